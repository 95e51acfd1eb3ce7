//! A service in our form over tarpc's transports and stubs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::join_all;
use ipc_rpc::transport::memory::Address;
use ipc_rpc::{
    CallError, CallOutcome, Caller, Connection, Context, Server, StubCaller, context, ipc_service,
};
use support::Task;
#[cfg(unix)]
use tarpc::client::RpcError;
use tarpc::client::stub::load_balance::RoundRobin;
#[cfg(unix)]
use tarpc::client::stub::retry::Retry;
use tarpc::client::{self, NewClient};
use tarpc::server::request_hook::RequestHook;
use tarpc::server::{BaseChannel, Channel, Serve};
use tarpc::transport::channel;
use tarpc::{ServerError, context as tarpc_context};
use tokio::sync::mpsc;

use crate::stage::run;
use crate::world::{Report, Step};

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[ipc_service]
pub trait Calculator {
    async fn add(&self, ctx: Context, a: i64, b: i64) -> i64;
    async fn divide(&self, ctx: Context, a: i64, b: i64) -> Result<i64, String>;
    #[ipc(oneway)]
    async fn note(&self, ctx: Context, line: String);
    fn crunch(&self, ctx: Context, n: u64) -> u64;
    async fn time_left(&self, ctx: Context) -> Option<Duration>;
    #[ipc(timeout = "100ms")]
    async fn hang_shortly(&self, ctx: Context);
    async fn hang(&self, ctx: Context);
    async fn is_called_from_here(&self, ctx: Context) -> bool;
    async fn has_session(&self, ctx: Context) -> bool;
}

/// The response of `divide`, whatever was asked.
pub(crate) fn calculator_response() -> CalculatorResponse {
    CalculatorResponse::Divide(Ok(7))
}

#[derive(Debug)]
struct Calc {
    steps: mpsc::UnboundedSender<Step>,
    notes: mpsc::UnboundedSender<String>,
}

/// What a [`Calc`] reports.
struct Reported {
    steps: mpsc::UnboundedReceiver<Step>,
    notes: mpsc::UnboundedReceiver<String>,
}

fn calc() -> (CalculatorServer<Calc>, Reported) {
    let (steps, steps_reported) = mpsc::unbounded_channel();
    let (notes, notes_reported) = mpsc::unbounded_channel();
    let reported = Reported {
        steps: steps_reported,
        notes: notes_reported,
    };
    (Calc { steps, notes }.serve(), reported)
}

impl Calculator for Calc {
    async fn add(&self, _: Context, a: i64, b: i64) -> i64 {
        a + b
    }
    async fn divide(&self, _: Context, a: i64, b: i64) -> Result<i64, String> {
        a.checked_div(b)
            .ok_or_else(|| "division by zero".to_owned())
    }
    async fn note(&self, _: Context, line: String) {
        self.notes.send(line).expect("the test listens");
    }
    fn crunch(&self, _: Context, n: u64) -> u64 {
        (1..=n).product()
    }
    async fn time_left(&self, ctx: Context) -> Option<Duration> {
        ctx.remaining()
    }
    async fn hang_shortly(&self, _: Context) {
        let _reports = self.steps.report();
        std::future::pending().await
    }
    async fn hang(&self, _: Context) {
        let _reports = self.steps.report();
        std::future::pending().await
    }
    async fn is_called_from_here(&self, ctx: Context) -> bool {
        ctx.peer().is_this_process()
    }
    async fn has_session(&self, ctx: Context) -> bool {
        ctx.session::<()>().is_some()
    }
}

type Stub = client::Channel<CalculatorRequest, CalculatorResponse>;

type ServerEnd = channel::UnboundedChannel<
    tarpc::ClientMessage<CalculatorRequest>,
    tarpc::Response<CalculatorResponse>,
>;

/// tarpc's client on one end of tarpc's channel, the task that drives it, and the other end.
fn client_and_end() -> (Stub, Task<()>, ServerEnd) {
    let (ours, theirs) = channel::unbounded();
    let NewClient { client, dispatch } = client::new(client::Config::default(), ours);
    let dispatch = Task::spawn(async move {
        // Calls learn from it what they need to know.
        let _ = dispatch.await;
    });
    (client, dispatch, theirs)
}

/// tarpc's server on this end, with all handlers in one future, which ends them when it is dropped.
///
/// `Send` if the handlers are, which `Serve` does not tell.
fn serving<S>(end: ServerEnd, serve: S) -> impl Future<Output = ()>
where
    S: Serve<Req = CalculatorRequest, Resp = CalculatorResponse> + Clone,
{
    BaseChannel::with_defaults(end)
        .execute(serve)
        .for_each_concurrent(None, |handler| handler)
}

/// All shapes of methods, through whatever carries their calls.
async fn every_shape_is_called<C>(
    client: &CalculatorClient<C>,
    notes: &mut mpsc::UnboundedReceiver<String>,
) where
    C: Caller<CalculatorService>,
{
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    assert_eq!(client.divide(context::current(), 6, 3).await.unwrap(), 2);
    let error = client.divide(context::current(), 6, 0).await.unwrap_err();
    assert!(matches!(error, CallError::Service(text) if text == "division by zero"));
    assert_eq!(client.crunch(context::current(), 5).await.unwrap(), 120);
    client
        .note(context::current(), "noted".to_owned())
        .await
        .unwrap();
    assert_eq!(notes.recv().await.unwrap(), "noted");
}

#[test]
fn every_shape_of_method_is_called_over_tarpcs_channel() {
    run(|| async {
        let (calc, mut reported) = calc();
        let (stub, _dispatch, end) = client_and_end();
        let _server = Task::spawn(serving(end, calc));
        let client = CalculatorClient::over(StubCaller(stub));
        every_shape_is_called(&client, &mut reported.notes).await;
    });
}

#[test]
fn every_shape_of_method_is_called_over_a_lane_of_a_connection() {
    run(|| async {
        let (calc, mut reported) = calc();
        let address = Address::new();
        let server = Server::builder(&address).service(calc).bind().unwrap();
        let _server = Task::spawn(server.run());
        let connection = Connection::connect(&address).await.unwrap();
        let lane = connection.lane::<CalculatorService>().unwrap();
        let NewClient { client, dispatch } = client::new(client::Config::default(), lane);
        let _dispatch = Task::spawn(dispatch);
        let client = CalculatorClient::over(StubCaller(client));
        every_shape_is_called(&client, &mut reported.notes).await;
        // This handler is called over a connection, so it knows more than tarpc can tell.
        let here = client.is_called_from_here(context::current()).await;
        assert!(!here.unwrap());
    });
}

#[test]
fn a_service_is_called_without_a_transport_as_its_own_stub() {
    run(|| async {
        let (calc, mut reported) = calc();
        let client = CalculatorClient::over(StubCaller(calc));
        every_shape_is_called(&client, &mut reported.notes).await;
    });
}

#[test]
fn two_hundred_calls_run_at_once_over_tarpcs_channel() {
    run(|| async {
        let (calc, _reported) = calc();
        let (stub, _dispatch, end) = client_and_end();
        let _server = Task::spawn(serving(end, calc));
        let client = CalculatorClient::over(StubCaller(stub));
        let calls = (0..200).map(|i| client.add(context::current(), i, 1));
        for (i, sum) in (0..).zip(join_all(calls).await) {
            assert_eq!(sum.unwrap(), i + 1);
        }
    });
}

#[test]
fn over_tarpcs_channel_the_peer_is_this_process_and_there_is_no_session() {
    run(|| async {
        let (calc, _reported) = calc();
        let (stub, _dispatch, end) = client_and_end();
        let _server = Task::spawn(serving(end, calc));
        let client = CalculatorClient::over(StubCaller(stub));
        let now = context::current;
        assert!(client.is_called_from_here(now()).await.unwrap());
        assert!(!client.has_session(now()).await.unwrap());
    });
}

#[test]
fn deadlines_over_tarpcs_channel_are_tarpcs_unless_asked_and_a_year_at_most() {
    run(|| async {
        let (calc, _reported) = calc();
        let (stub, _dispatch, end) = client_and_end();
        let _server = Task::spawn(serving(end, calc));
        let client = CalculatorClient::over(StubCaller(stub));
        let left = client.time_left(context::current()).await.unwrap().unwrap();
        assert!(left <= Duration::from_secs(10), "{left:?}");
        assert!(left > Duration::from_secs(5), "{left:?}");
        // tarpc's own timers panic beyond some two years.
        for endless in [
            context::without_deadline(),
            context::with_timeout(Duration::MAX),
        ] {
            let left = client.time_left(endless).await.unwrap().unwrap();
            assert!(left <= YEAR, "{left:?}");
            assert!(left > YEAR - Duration::from_secs(60), "{left:?}");
        }
    });
}

#[test]
fn a_timeout_of_a_method_holds_over_tarpcs_channel() {
    run(|| async {
        let (calc, mut reported) = calc();
        let (stub, _dispatch, end) = client_and_end();
        let _server = Task::spawn(serving(end, calc));
        let client = CalculatorClient::over(StubCaller(stub));
        let error = client.hang_shortly(context::current()).await.unwrap_err();
        assert!(error.is_timeout(), "{error:?}");
        assert_eq!(reported.steps.recv().await, Some(Step::Started));
        assert_eq!(reported.steps.recv().await, Some(Step::Dropped));
    });
}

#[test]
fn a_call_that_is_dropped_cancels_its_handler_over_tarpcs_channel() {
    run(|| async {
        let (calc, mut reported) = calc();
        let (stub, _dispatch, end) = client_and_end();
        let _server = Task::spawn(serving(end, calc));
        let client = CalculatorClient::over(StubCaller(stub));
        tokio::select! {
            ended = client.hang(context::without_deadline()) => {
                panic!("a handler that hangs ended: {ended:?}");
            }
            step = reported.steps.recv() => assert_eq!(step, Some(Step::Started)),
        }
        assert_eq!(reported.steps.recv().await, Some(Step::Dropped));
    });
}

#[test]
fn calls_fail_when_tarpcs_channel_ends() {
    run(|| async {
        let (calc, mut reported) = calc();
        let (stub, _dispatch, end) = client_and_end();
        let server = Task::spawn(serving(end, calc));
        let client = CalculatorClient::over(StubCaller(stub));
        let late = client.clone();
        let call = Task::spawn(async move { client.hang(context::without_deadline()).await });
        assert_eq!(reported.steps.recv().await, Some(Step::Started));
        server.stop().await;
        let error = call.join().await.unwrap_err();
        assert!(error.is_closed(), "{error:?}");
        assert_eq!(error.outcome(), CallOutcome::Unknown);
        let error = late.add(context::current(), 1, 2).await.unwrap_err();
        assert!(error.is_closed(), "{error:?}");
    });
}

/// Lets a request through only after it has been refused twice.
async fn third_time(tries: Arc<AtomicUsize>) -> Result<(), ServerError> {
    match tries.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Err(ServerError::new(
            std::io::ErrorKind::WouldBlock,
            "not yet".to_owned(),
        )),
        _ => Ok(()),
    }
}

#[test]
fn a_hook_of_tarpcs_stands_before_a_service_in_our_form() {
    run(|| async {
        let (calc, _reported) = calc();
        let (stub, _dispatch, end) = client_and_end();
        let tries = Arc::new(AtomicUsize::new(0));
        let hook = move |_: &mut tarpc_context::Context, _: &CalculatorRequest| {
            third_time(Arc::clone(&tries))
        };
        let _server = Task::spawn(serving(end, calc.before(hook)));
        let client = CalculatorClient::over(StubCaller(stub));
        for _ in 0..2 {
            let error = client.add(context::current(), 1, 2).await.unwrap_err();
            assert!(matches!(error, CallError::Overloaded { .. }), "{error:?}");
        }
        assert_eq!(client.add(context::current(), 1, 2).await.unwrap(), 3);
    });
}

#[cfg(unix)]
#[test]
fn tarpcs_retry_repeats_a_call_of_a_service_in_our_form() {
    use tarpc::serde_transport;
    use tokio::net::UnixStream;
    use tokio_serde::formats::Json;
    use tokio_util::codec::{Framed, LengthDelimitedCodec};

    run(|| async {
        let (calc, _reported) = calc();
        let tries = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&tries);
        let hook = move |_: &mut tarpc_context::Context, _: &CalculatorRequest| {
            third_time(Arc::clone(&counted))
        };
        let (ours, theirs) = UnixStream::pair().unwrap();
        let framed = |stream| Framed::new(stream, LengthDelimitedCodec::new());
        let server =
            BaseChannel::with_defaults(serde_transport::new(framed(theirs), Json::default()));
        let _server = Task::spawn(
            server
                .execute(calc.before(hook))
                .for_each_concurrent(None, |handler| handler),
        );
        // A retry sends the same request again, so it is behind an `Arc`.
        let NewClient { client, dispatch } =
            client::new::<Arc<CalculatorRequest>, CalculatorResponse, _>(
                client::Config::default(),
                serde_transport::new(framed(ours), Json::default()),
            );
        let _dispatch = Task::spawn(dispatch);
        let retry = Retry::new(client, |result: &Result<_, RpcError>, attempt| {
            result.is_err() && attempt < 5
        });
        let client = CalculatorClient::over(StubCaller(retry));
        assert_eq!(client.add(context::current(), 1, 2).await.unwrap(), 3);
        assert_eq!(tries.load(Ordering::Relaxed), 3);
    });
}

#[test]
fn tarpcs_load_balancer_spreads_calls_over_services_in_our_form() {
    run(|| async {
        let (one, mut one_reported) = calc();
        let (other, mut other_reported) = calc();
        let client = CalculatorClient::over(StubCaller(RoundRobin::new(vec![one, other])));
        for i in 0..4 {
            let note = client.note(context::current(), i.to_string());
            note.await.unwrap();
        }
        for (reported, lines) in [
            (&mut one_reported, ["0", "2"]),
            (&mut other_reported, ["1", "3"]),
        ] {
            for line in lines {
                assert_eq!(reported.notes.recv().await.unwrap(), line);
            }
        }
    });
}
