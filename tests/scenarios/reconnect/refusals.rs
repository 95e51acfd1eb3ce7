//! Calls that are refused, lost and late, in any order.

use std::time::Duration;

use futures_util::poll;
use ipc_rpc::{
    CallError, CallOutcome, Context, Followed, Receiver, Subscription, context, ipc_service,
};
use support::{Lab as _, LabClient, Report, Stage, Task, Transport, promptly, rig, scenarios};

use super::{Counter, CountingClient, begin, lose, soon};

scenarios! {
    a_refusal_of_another_client_that_is_going_is_told_and_not_waited_out,
    a_call_refused_by_a_server_that_is_going_says_so_where_calls_do_not_wait,
    a_call_refused_by_a_server_that_is_going_waits_for_the_next,
    an_idempotent_call_whose_time_is_up_says_so_and_that_it_may_have_run,
    a_call_that_waits_may_be_polled_by_any_executor,
    a_one_way_call_waits_like_any_other,
    a_subscription_outlives_a_loss_while_it_subscribes,
}

#[ipc_service]
trait Slow {
    async fn follow(&self, ctx: Context) -> Receiver<u64>;
}

#[derive(Clone)]
struct Hangs(bool, tokio::sync::watch::Sender<bool>);

impl Slow for Hangs {
    async fn follow(&self, ctx: Context) -> Receiver<u64> {
        self.1.send_replace(true);
        if self.0 {
            std::future::pending::<()>().await;
        }
        ctx.stream(async |sender| {
            let _ = sender.send(7).await;
            std::future::pending::<()>().await;
        })
    }
}

async fn a_refusal_of_another_client_that_is_going_is_told_and_not_waited_out(
    transport: Transport,
) {
    let stage = Stage::with(transport, |server| server.relay()).await;
    let (rig, lab) = rig();
    let worker = stage
        .connect()
        .peer_name("worker")
        .serve(rig.serve())
        .await
        .unwrap();
    let caller: LabClient = stage.connect().reconnect(soon()).await.unwrap();
    let remote: LabClient = caller.connection().client_of("worker");
    let hanging = remote.clone();
    let call = Task::spawn(async move { hanging.hang(context::without_deadline(), 1).await });
    promptly(lab.wait(Report::Started(1))).await;
    let mut close = Box::pin(worker.connection().close("enough"));
    assert!(poll!(&mut close).is_pending());
    let result = promptly(remote.add(context::without_deadline(), 2, 3)).await;
    assert!(result.is_err(), "{result:?}");
    drop(call);
    lab.release_all();
    stage.end().await;
}

async fn a_call_refused_by_a_server_that_is_going_says_so_where_calls_do_not_wait(
    transport: Transport,
) {
    let counter = Counter::new();
    let stage = counter.serve_at(&transport.place()).await;
    let mut policy = soon();
    policy.while_down = ipc_rpc::WhileDown::Fail;
    let client: CountingClient = stage.place.connect().reconnect(policy).await.unwrap();
    let calling = client.clone();
    let call = Task::spawn(async move { calling.once(context::without_deadline(), true).await });
    counter.has_run(1).await;
    let stopping = stage.stopping(Duration::from_secs(2));
    let error = loop {
        match promptly(client.once(context::without_deadline(), false)).await {
            Ok(_) => tokio::task::yield_now().await,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, CallError::ShuttingDown), "{error:?}");
    drop(call);
    stopping.join().await;
    stage.end().await;
}

async fn a_call_refused_by_a_server_that_is_going_waits_for_the_next(transport: Transport) {
    let (counter, stage, client) = begin(transport).await;
    let calling = client.clone();
    let call = Task::spawn(async move { calling.once(context::without_deadline(), true).await });
    counter.has_run(1).await;
    let stopping = stage.stopping(Duration::from_secs(20));
    let calling = client.clone();
    let next = Task::spawn(async move {
        let mut last = Vec::new();
        loop {
            match calling.once(context::without_deadline(), false).await {
                Ok(n) => last.push(n),
                Err(error) => return (last, Some(error)),
            }
            if last.len() > 2000 {
                return (last, None);
            }
        }
    });
    let _ = tokio::time::timeout(
        Duration::from_millis(200),
        &mut Box::pin(std::future::pending::<()>()),
    )
    .await;
    let place = stage.place.clone();
    stage.kill().await;
    drop(stopping);
    let stage = counter.serve_at(&place).await;
    let (last, error) = promptly(next.join()).await;
    println!("{} {error:?}", last.len());
    assert!(error.is_none());
    let error = promptly(call.join()).await.unwrap_err();
    assert_eq!(error.outcome(), CallOutcome::Unknown);
    stage.end().await;
}

async fn an_idempotent_call_whose_time_is_up_says_so_and_that_it_may_have_run(
    transport: Transport,
) {
    let (counter, stage, client) = begin(transport).await;
    let calling = client.clone();
    let call = Task::spawn(async move {
        calling
            .again(context::with_timeout(Duration::from_millis(400)), true)
            .await
    });
    counter.has_run(1).await;
    lose(stage, &client).await;
    let error = promptly(call.join()).await.unwrap_err();
    assert_eq!(error.outcome(), CallOutcome::Unknown);
    assert!(error.is_timeout(), "{error:?}");
}

async fn a_call_that_waits_may_be_polled_by_any_executor(transport: Transport) {
    let (_counter, stage, client) = begin(transport).await;
    lose(stage, &client).await;
    let polled = std::thread::spawn(move || {
        let mut call = Box::pin(client.once(context::with_timeout(Duration::from_secs(1)), false));
        let waker = std::task::Waker::noop();
        call.as_mut()
            .poll(&mut std::task::Context::from_waker(waker))
            .is_pending()
    });
    assert!(polled.join().is_ok(), "it panicked");
}

async fn a_one_way_call_waits_like_any_other(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client: LabClient = stage.connect().reconnect(soon()).await.unwrap();
    let place = stage.place.clone();
    stage.kill().await;
    promptly(client.connection().closed()).await;
    let calling = client.clone();
    let call = Task::spawn(async move { calling.note(context::current(), "x".to_owned()).await });
    tokio::task::yield_now().await;
    let stage = Stage::at(place, |s| s).await;
    promptly(call.join()).await.unwrap();
    promptly(stage.lab.wait(Report::Noted("x".to_owned()))).await;
    drop(client);
    stage.end().await;
}

async fn a_subscription_outlives_a_loss_while_it_subscribes(transport: Transport) {
    let hangs = Hangs(true, tokio::sync::watch::Sender::new(false));
    let served = hangs.clone();
    let stage = Stage::at(transport.place(), |server| server.service(served.serve())).await;
    let client: SlowClient = stage.place.connect().reconnect(soon()).await.unwrap();
    let follower = client.clone();
    let mut numbers = Subscription::new(move || {
        let client = follower.clone();
        async move { client.follow(context::without_deadline()).await }
    });
    let reading = Task::spawn(async move { numbers.recv().await });
    hangs.1.subscribe().wait_for(|is| *is).await.unwrap();
    let place = stage.place.clone();
    stage.kill().await;
    promptly(client.connection().closed()).await;
    let served = Hangs(false, hangs.1);
    let stage = Stage::at(place, |server| server.service(served.serve())).await;
    let read = promptly(reading.join()).await;
    assert!(matches!(read, Some(Ok(Followed::Item(7)))), "{read:?}");
    drop(client);
    stage.end().await;
}
