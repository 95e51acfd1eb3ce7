//! What calls come to.

use std::cell::RefCell;
use std::ops::ControlFlow::{Break, Continue};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use ipc_rpc::layer::{Next, Request};
use ipc_rpc::{
    BindError, CallError, CallOutcome, Config, Context, FoldError, Receiver, channel, context,
};
use support::{Task, Transport, promptly, rig, scenarios};

use super::{Folding, Listener, Tally, TallyCall, TallyClient};

scenarios! {
    calls_of_all_clients_go_through_one_state_and_the_last_one_replies_and_stops,
    a_one_way_call_has_its_turn_like_any_other,
    the_services_own_error_arrives_typed,
    streams_are_arguments_and_results,
    a_call_that_is_not_answered_fails_and_does_not_hang,
    a_reply_may_be_kept_and_sent_later,
    a_handler_calls_back_its_caller_and_everybody,
    a_handler_has_the_time_that_its_call_has,
    layers_see_every_call,
    other_services_are_served_beside_the_fold,
    neither_state_nor_handler_need_be_send,
    a_service_that_is_there_twice_is_an_error,
    answers_that_a_client_does_not_fetch_hold_up_nobody_else,
}

async fn calls_of_all_clients_go_through_one_state_and_the_last_one_replies_and_stops(
    transport: Transport,
) {
    let folding = Folding::start(transport);
    let clients = join_all((0..4).map(|_| folding.client())).await;
    let calls = clients.iter().enumerate().flat_map(|(number, client)| {
        (0..50).map(move |_| client.add(context::current(), number as i64))
    });
    let totals: Vec<i64> = join_all(calls)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    // Nobody was given a total that somebody else had been given, but by adding nothing.
    let mut distinct: Vec<_> = totals.iter().filter(|total| **total > 0).collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert!(distinct.len() >= 150, "{distinct:?}");
    let last = clients[0].finish(context::current()).await;
    assert_eq!(last.unwrap(), 50 * (1 + 2 + 3));
    let closed = promptly(clients[1].connection().closed()).await;
    assert!(closed.to_string().contains("shutting down"), "{closed}");
    let state = folding.ended().await;
    assert_eq!(state.total, 300);
    assert_eq!(state.added.len(), 200);
}

async fn a_one_way_call_has_its_turn_like_any_other(transport: Transport) {
    let folding = Folding::start(transport);
    let client = folding.client().await;
    for _ in 0..100 {
        client.note(context::current(), 1).await.unwrap();
    }
    assert_eq!(client.add(context::current(), 0).await.unwrap(), 100);
    assert_eq!(folding.finish().await.total, 100);
}

async fn the_services_own_error_arrives_typed(transport: Transport) {
    let folding = Folding::start(transport);
    let client = folding.client().await;
    client.add(context::current(), 5).await.unwrap();
    assert_eq!(client.take(context::current(), 2).await.unwrap(), 3);
    let error = client.take(context::current(), 4).await.unwrap_err();
    assert!(matches!(&error, CallError::Service(text) if text == "there are only 3"));
    assert_eq!(error.outcome(), CallOutcome::Ran);
    folding.finish().await;
}

async fn streams_are_arguments_and_results(transport: Transport) {
    let folding = Folding::start(transport);
    let client = folding.client().await;
    let (sender, receiver) = channel(1);
    let sending = async move {
        for number in 1..=100 {
            sender.send(number).await.unwrap();
        }
    };
    let (added, ()) = tokio::join!(client.add_all(context::current(), receiver), sending);
    assert_eq!(added.unwrap(), 5050);
    let mut history = client.history(context::current()).await.unwrap();
    let mut read = Vec::new();
    while let Some(number) = history.recv().await {
        read.push(number.unwrap());
    }
    assert_eq!(read, (1..=100).collect::<Vec<_>>());
    drop(history);
    folding.finish().await;
}

async fn a_call_that_is_not_answered_fails_and_does_not_hang(transport: Transport) {
    let folding = Folding::start(transport);
    let client = folding.client().await;
    let forgotten = promptly(client.forget(context::without_deadline())).await;
    let error = forgotten.unwrap_err();
    assert!(matches!(error, CallError::Cancelled), "{error:?}");
    assert_eq!(client.add(context::current(), 1).await.unwrap(), 1);
    folding.finish().await;
}

async fn a_reply_may_be_kept_and_sent_later(transport: Transport) {
    let folding = Folding::start(transport);
    let client = folding.client().await;
    let kept: Vec<_> = (0..3)
        .map(|_| {
            let client = client.clone();
            Task::spawn(async move { client.keep(context::without_deadline()).await })
        })
        .collect();
    // Others have their turns meanwhile.
    let mut flushed = 0;
    while flushed < 3 {
        client.add(context::current(), 1).await.unwrap();
        flushed += client.flush(context::current()).await.unwrap();
    }
    for kept in kept {
        assert!(promptly(kept.join()).await.unwrap() > 0);
    }
    folding.finish().await;
}

#[derive(Debug, Default)]
struct Listens(AtomicI64, AtomicUsize);

impl Listener for Arc<Listens> {
    async fn total(&self, _: Context, total: i64) {
        self.0.store(total, Ordering::SeqCst);
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

async fn a_handler_calls_back_its_caller_and_everybody(transport: Transport) {
    let folding = Folding::start(transport);
    let (caller, other) = (Arc::<Listens>::default(), Arc::<Listens>::default());
    let connect = |listens: &Arc<Listens>| {
        let connect = folding.place.connect::<TallyClient>();
        connect.serve(Arc::clone(listens).serve())
    };
    let (client, _other) = (
        connect(&caller).await.unwrap(),
        connect(&other).await.unwrap(),
    );
    client.add(context::current(), 42).await.unwrap();
    assert_eq!(client.tell(context::current()).await.unwrap(), 2);
    for (listens, times) in [(&caller, 2), (&other, 1)] {
        assert_eq!(listens.0.load(Ordering::SeqCst), 42);
        assert_eq!(listens.1.load(Ordering::SeqCst), times);
    }
    folding.finish().await;
}

async fn a_handler_has_the_time_that_its_call_has(transport: Transport) {
    let folding = Folding::start(transport);
    let client = folding.client().await;
    let hour = Duration::from_secs(3600);
    let (own, inherited) = client.time(context::with_timeout(hour)).await.unwrap();
    for left in [own.unwrap(), inherited.unwrap()] {
        assert!(
            left <= hour && left > hour - Duration::from_secs(60),
            "{left:?}"
        );
    }
    assert_eq!(
        client.time(context::without_deadline()).await.unwrap(),
        (None, None)
    );
    folding.finish().await;
}

async fn layers_see_every_call(transport: Transport) {
    let seen = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&seen);
    let folding = Folding::with(transport, |server| {
        server.layer(move |request: Request, next: Next| {
            counting.fetch_add(1, Ordering::SeqCst);
            next.run(request)
        })
    });
    let client = folding.client().await;
    assert_eq!(client.add(context::current(), 1).await.unwrap(), 1);
    client.note(context::current(), 1).await.unwrap();
    client.take(context::current(), 9).await.unwrap_err();
    let mut history = client.history(context::current()).await.unwrap();
    assert_eq!(history.recv().await.unwrap().unwrap(), 1);
    drop(history);
    let forgotten = promptly(client.forget(context::without_deadline())).await;
    assert!(
        matches!(forgotten, Err(CallError::Cancelled)),
        "{forgotten:?}"
    );
    assert_eq!(seen.load(Ordering::SeqCst), 5);
    assert_eq!(folding.finish().await.total, 2);
}

async fn other_services_are_served_beside_the_fold(transport: Transport) {
    use support::Lab;

    let (rig, lab) = rig();
    let folding = Folding::with(transport, |server| server.service(rig.serve()));
    let lab_client: support::LabClient = folding.place.connect().await.unwrap();
    let client: TallyClient = lab_client.connection().client();
    assert_eq!(client.add(context::current(), 1).await.unwrap(), 1);
    let hanging = lab.hanging(&lab_client, context::current(), 1).await;
    let finished = client.finish(context::current()).await;
    assert_eq!(finished.unwrap(), 1);
    // Its calls in flight may finish.
    lab.release(1);
    assert_eq!(promptly(hanging).await.unwrap(), 1);
    folding.ended().await;
}

async fn neither_state_nor_handler_need_be_send(transport: Transport) {
    let place = transport.place();
    let server = place.server().bind().unwrap();
    let log = Rc::new(RefCell::new(Vec::new()));
    let folding = server.fold(Rc::new(0), async |total: &mut Rc<i64>, call| match call {
        TallyCall::Add { amount, reply, .. } => {
            log.borrow_mut().push(amount);
            *total = Rc::new(**total + amount);
            reply.send(**total);
            Continue(())
        }
        TallyCall::Finish { reply, .. } => {
            reply.send(**total);
            Break(())
        }
        _ => Continue(()),
    });
    let calling = async {
        let client: TallyClient = place.connect().await.unwrap();
        assert_eq!(client.add(context::current(), 2).await.unwrap(), 2);
        assert_eq!(client.add(context::current(), 3).await.unwrap(), 5);
        assert_eq!(client.finish(context::current()).await.unwrap(), 5);
    };
    let (folded, ()) = tokio::join!(folding, calling);
    let (total, shutdown) = folded.unwrap();
    assert_eq!((*total, shutdown.cut), (5, 0));
    assert_eq!(*log.borrow(), [2, 3]);
}

struct Served;

impl Tally for Served {
    async fn add(&self, _: Context, amount: i64) -> i64 {
        amount
    }
    async fn note(&self, _: Context, _: i64) {}
    async fn take(&self, _: Context, amount: i64) -> Result<i64, String> {
        Ok(amount)
    }
    async fn hang(&self, _: Context, amount: i64) -> i64 {
        amount
    }
    async fn history(&self, _: Context) -> Receiver<i64> {
        Receiver::default()
    }
    async fn add_all(&self, _: Context, _: Receiver<i64>) -> Result<i64, String> {
        Ok(0)
    }
    async fn fill(&self, _: Context, _: usize) -> bytes::Bytes {
        bytes::Bytes::new()
    }
    async fn forget(&self, _: Context) -> i64 {
        0
    }
    async fn keep(&self, _: Context) -> i64 {
        0
    }
    async fn flush(&self, _: Context) -> usize {
        0
    }
    async fn tell(&self, _: Context) -> usize {
        0
    }
    async fn time(&self, _: Context) -> (Option<Duration>, Option<Duration>) {
        (None, None)
    }
    async fn panic(&self, _: Context) -> i64 {
        0
    }
    async fn finish(&self, _: Context) -> i64 {
        0
    }
}

async fn a_service_that_is_there_twice_is_an_error(transport: Transport) {
    let place = transport.place();
    let server = place.server().service(Served.serve()).bind().unwrap();
    // A handler that never stops returns nothing.
    let folded = server.fold((), async |(), _: TallyCall| {}).await;
    assert!(
        matches!(
            folded,
            Err(FoldError::Service(BindError::DuplicateService {
                name: "Tally"
            }))
        ),
        "{folded:?}"
    );
    // The name is free again.
    drop(place.server().bind().unwrap());
}

async fn answers_that_a_client_does_not_fetch_hold_up_nobody_else(transport: Transport) {
    const LEN: usize = 256 * 1024;
    let mut config = Config::default();
    config.max_outbound_len = 64 * 1024;
    let folding = Folding::with(transport, |server| server.config(config));
    let (client, other) = (folding.client().await, folding.client().await);
    // More than the outbox may hold, all answered before the first of them is looked at.
    let filling = Task::spawn(async move {
        let fills = (0..40).map(|_| client.fill(context::current(), LEN));
        join_all(fills).await
    });
    for round in 1..=20 {
        let added = promptly(other.add(context::current(), 1)).await;
        assert_eq!(added.unwrap(), round);
    }
    for filled in promptly(filling.join()).await {
        assert_eq!(filled.unwrap().len(), LEN);
    }
    folding.finish().await;
}
