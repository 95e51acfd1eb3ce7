//! Calls that block.

use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use ipc_rpc::layer::{Next, Request};
use ipc_rpc::{CallError, Context, context, ipc_service};
use support::{LabError, Report, Stage, Task, Transport, promptly, scenarios};

use super::on_a_thread;

scenarios! {
    calls_return_what_the_others_do,
    deadlines_are_the_same,
    threads_call_at_once,
    handlers_of_the_client_call_back_through_it,
    layers_have_a_runtime,
    a_thread_of_a_runtime_is_blocked_and_nothing_else,
}

async fn calls_return_what_the_others_do(transport: Transport) {
    let stage = Stage::new(transport).await;
    let connect = stage.connect();
    let lab = stage.lab.clone();
    on_a_thread(move || {
        let client = connect.blocking().unwrap();
        let now = context::current;
        assert_eq!(client.add(now(), 2, 3).unwrap(), 5);
        let error = client.divide(now(), 1, 0).unwrap_err();
        assert!(matches!(
            error,
            CallError::Service(LabError::DivideByZero { dividend: 1 })
        ));
        let error = client.panic_later(now(), "x".to_owned()).unwrap_err();
        assert!(matches!(error, CallError::Panicked), "{error:?}");
        let large = bytes::Bytes::from(vec![7; 1024 * 1024]);
        assert_eq!(client.bytes(now(), large.clone()).unwrap(), large);
        client.note(now(), "noted".to_owned()).unwrap();
        assert!(client.supports("add") && !client.supports("nonsense"));
        assert!(format!("{client:?}").contains("LabBlockingClient"));
    })
    .await;
    promptly(lab.wait(Report::Noted("noted".to_owned()))).await;
    stage.end().await;
}

async fn deadlines_are_the_same(transport: Transport) {
    let stage = Stage::new(transport).await;
    let connect = stage.connect().call_timeout(Duration::from_millis(40));
    on_a_thread(move || {
        let client = connect.blocking().unwrap();
        for (error, text) in [
            (
                client.hang(context::current(), 1),
                "no response within 40ms",
            ),
            (
                client.hang(context::with_timeout(Duration::from_millis(30)), 2),
                "no response within 30ms",
            ),
            (
                client.hang_shortly(context::current(), 3),
                "no response within 50ms",
            ),
        ]
        .map(|(result, text)| (result.unwrap_err(), text))
        {
            assert!(error.is_timeout());
            assert_eq!(error.to_string(), text);
        }
        assert_eq!(client.add(context::current(), 2, 3).unwrap(), 5);
    })
    .await;
    stage.end().await;
}

async fn threads_call_at_once(transport: Transport) {
    const THREADS: u64 = 8;
    let stage = Stage::new(transport).await;
    let connect = stage.connect();
    let lab = stage.lab.clone();
    let threads = tokio::task::spawn_blocking(move || {
        let client = connect.blocking().unwrap();
        let call = |id| {
            let client = client.clone();
            move || {
                for round in 0..100 {
                    let sum = client.add(context::current(), round, 1);
                    assert_eq!(sum.unwrap(), round + 1);
                }
                client.hang(context::without_deadline(), id).unwrap()
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|id| thread::spawn(call(id))).collect();
        let join = |thread: thread::JoinHandle<u64>| thread.join().unwrap();
        threads.into_iter().map(join).collect::<Vec<_>>()
    });
    // All of them wait before one is answered.
    let all = |log: &[Report]| {
        let started = |report: &&Report| matches!(report, Report::Started(_));
        log.iter().filter(started).count() as u64 == THREADS
    };
    promptly(lab.wait_until(all)).await;
    for id in 0..THREADS {
        lab.release(id);
    }
    let answered = promptly(threads).await.unwrap();
    assert_eq!(answered, (0..THREADS).collect::<Vec<_>>());
    stage.end().await;
}

/// A host that has its guest do the work.
#[ipc_service]
trait Host {
    async fn delegate(&self, ctx: Context, depth: u64) -> Result<u64, String>;
}

#[ipc_service]
trait Guest {
    async fn work(&self, ctx: Context, depth: u64) -> u64;
    fn block(&self, ctx: Context, depth: u64) -> u64;
}

struct TheHost;

impl Host for TheHost {
    async fn delegate(&self, ctx: Context, depth: u64) -> Result<u64, String> {
        let guest: GuestClient = ctx.peer().client();
        let worked = if depth.is_multiple_of(2) {
            guest.work(context::current(), depth).await
        } else {
            guest.block(context::current(), depth).await
        };
        worked.map_err(|error| error.to_string())
    }
}

/// Calls its host back through the client that blocks, from handlers on the very thread that drives the connection.
#[derive(Clone, Default)]
struct TheGuest(Arc<OnceLock<Mutex<Option<HostBlockingClient>>>>);

impl TheGuest {
    fn host(&self) -> HostBlockingClient {
        self.0.wait().lock().unwrap().clone().unwrap()
    }

    fn go_on(&self, depth: u64) -> u64 {
        match depth.checked_sub(1) {
            Some(less) => 1 + self.host().delegate(context::current(), less).unwrap(),
            None => 0,
        }
    }
}

impl Guest for TheGuest {
    async fn work(&self, _: Context, depth: u64) -> u64 {
        self.go_on(depth)
    }

    fn block(&self, _: Context, depth: u64) -> u64 {
        self.go_on(depth)
    }
}

async fn handlers_of_the_client_call_back_through_it(transport: Transport) {
    let stage = Stage::with(transport, |server| server.service(TheHost.serve())).await;
    let connect = stage.place.connect::<HostClient>();
    on_a_thread(move || {
        let guest = TheGuest::default();
        let client = connect.serve(guest.clone().serve()).blocking().unwrap();
        let _ = guest.0.set(Mutex::new(Some(client.clone())));
        assert_eq!(client.delegate(context::current(), 7).unwrap(), 7);
        // The service holds the client that holds the service.
        *guest.0.wait().lock().unwrap() = None;
    })
    .await;
    stage.end().await;
}

async fn layers_have_a_runtime(transport: Transport) {
    let stage = Stage::new(transport).await;
    let connect = stage.connect().layer(|request: Request, next: Next| async {
        tokio::time::timeout(Duration::from_secs(3600), next.run(request))
            .await
            .unwrap()
    });
    on_a_thread(move || {
        // A thread of no runtime at all.
        let calling = thread::spawn(move || {
            let client = connect.blocking().unwrap();
            client.add(context::current(), 2, 3).unwrap()
        });
        assert_eq!(calling.join().unwrap(), 5);
    })
    .await;
    stage.end().await;
}

async fn a_thread_of_a_runtime_is_blocked_and_nothing_else(transport: Transport) {
    let stage = Stage::new(transport).await;
    let connect = stage.connect();
    on_a_thread(move || {
        // Each of these is not the runtime of the server.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let client = connect.blocking().unwrap();
            // More calls than a task has polls before it is to yield.
            for round in 0..1000 {
                let sum = client.add(context::current(), round, 1).unwrap();
                assert_eq!(sum, round + 1);
            }
            let own = Task::spawn(async move { client.add(context::current(), 2, 3).unwrap() });
            assert_eq!(own.join().await, 5);
        });
    })
    .await;
    stage.end().await;
}
