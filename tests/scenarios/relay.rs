//! Clients that reach each other through their server.

use std::time::Duration;

use bytes::Bytes;
use ipc_rpc::{CallError, Codec, Context, Receiver, StreamError, channel, context, ipc_service};
use support::{Lab as _, LabClient, LabError, Report, Stage, Transport, promptly, rig, scenarios};

scenarios! {
    a_call_to_a_client_of_a_name_is_passed_on_with_all_that_it_comes_to,
    streams_are_passed_on_in_both_directions,
    a_reader_that_does_not_read_stops_the_writer_behind_the_relay,
    a_stream_that_is_given_up_behind_the_relay_is_given_up_in_front_of_it,
    a_name_that_nobody_has_is_told,
    a_method_that_the_client_lacks_is_told,
    a_server_without_a_relay_passes_nothing_on,
    a_server_passes_on_what_its_policy_allows,
    clients_of_different_codecs_are_told_so,
    a_client_that_goes_during_a_call_fails_it_for_its_caller,
    a_call_that_is_given_up_is_given_up_behind_the_relay,
    a_deadline_is_kept_behind_the_relay,
    clients_learn_who_else_is_there,
}

/// What a client offers to others.
#[ipc_service]
pub trait Tap {
    /// Counts up to `limit`.
    async fn count(&self, ctx: Context, limit: u64) -> Receiver<u64>;
    /// Adds up.
    async fn sum(&self, ctx: Context, numbers: Receiver<u64>) -> u64;
    /// Returns the first item, and gives the rest up.
    async fn first(&self, ctx: Context, blocks: Receiver<Bytes>) -> Bytes;
}

struct Tapped;

impl Tap for Tapped {
    async fn count(&self, ctx: Context, limit: u64) -> Receiver<u64> {
        ctx.stream(move |numbers| async move {
            for number in 0..limit {
                if numbers.send(number).await.is_err() {
                    break;
                }
            }
        })
    }

    async fn sum(&self, _: Context, mut numbers: Receiver<u64>) -> u64 {
        let mut sum = 0;
        while let Some(Ok(number)) = numbers.recv().await {
            sum += number;
        }
        sum
    }

    async fn first(&self, _: Context, mut blocks: Receiver<Bytes>) -> Bytes {
        let first = blocks.recv().await.unwrap().unwrap();
        blocks.close("one is enough");
        first
    }
}

/// A server that passes calls on, a client called `worker` whose lab and tap others may call, and one that calls them.
struct Relayed {
    stage: Stage,
    worker: LabClient,
    /// What happens in the worker's lab.
    lab: support::Reports,
    caller: LabClient,
}

impl Relayed {
    async fn new(transport: Transport) -> Self {
        let stage = Stage::with(transport, |server| server.relay()).await;
        let (rig, lab) = rig();
        let worker = stage.connect().peer_name("worker");
        let worker = worker.serve(rig.serve()).serve(Tapped.serve());
        Self {
            worker: worker.await.unwrap(),
            lab,
            caller: stage.client().await,
            stage,
        }
    }

    fn remote_lab(&self) -> LabClient {
        self.caller.connection().client_of("worker")
    }

    fn tap(&self) -> TapClient {
        self.caller.connection().client_of("worker")
    }

    async fn end(self) {
        self.lab.release_all();
        self.stage.end().await;
    }
}

async fn a_call_to_a_client_of_a_name_is_passed_on_with_all_that_it_comes_to(transport: Transport) {
    let relayed = Relayed::new(transport).await;
    let lab = relayed.remote_lab();
    assert_eq!(lab.add(context::current(), 2, 3).await.unwrap(), 5);
    let error = lab.divide(context::current(), 7, 0).await.unwrap_err();
    assert_eq!(
        error.into_service().unwrap(),
        LabError::DivideByZero { dividend: 7 }
    );
    let large = Bytes::from(vec![7; 1024 * 1024]);
    let echoed = lab.bytes(context::current(), large.clone()).await.unwrap();
    assert_eq!(echoed, large);
    let joined = lab.join(
        context::current(),
        Bytes::from_static(b"a"),
        "b".to_owned(),
        large.clone(),
    );
    assert_eq!(joined.await.unwrap().len(), large.len() + 2);
    lab.note(context::current(), "through".to_owned())
        .await
        .unwrap();
    relayed.lab.wait(Report::Noted("through".to_owned())).await;
    let error = lab
        .panic_at_once(context::current(), String::new())
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Panicked), "{error:?}");
    relayed.end().await;
}

async fn streams_are_passed_on_in_both_directions(transport: Transport) {
    let relayed = Relayed::new(transport).await;
    let tap = relayed.tap();
    let mut counted = tap.count(context::current(), 5_000).await.unwrap();
    for expected in 0..5_000 {
        assert_eq!(counted.recv().await.unwrap().unwrap(), expected);
    }
    assert!(counted.recv().await.is_none());
    let numbers = Receiver::from_stream(futures_util::stream::iter(1..=5_000));
    let sum = tap.sum(context::current(), numbers).await.unwrap();
    assert_eq!(sum, 5_000 * 5_001 / 2);
    relayed.end().await;
}

async fn a_reader_that_does_not_read_stops_the_writer_behind_the_relay(transport: Transport) {
    let relayed = Relayed::new(transport).await;
    let tap = relayed.tap();
    let endless = tap.count(context::current(), u64::MAX).await.unwrap();
    let mut other = tap.count(context::current(), 3).await.unwrap();
    for expected in 0..3 {
        assert_eq!(promptly(other.recv()).await.unwrap().unwrap(), expected);
    }
    let sum = promptly(relayed.remote_lab().add(context::current(), 2, 3)).await;
    assert_eq!(sum.unwrap(), 5);
    drop(endless);
    relayed.end().await;
}

async fn a_stream_that_is_given_up_behind_the_relay_is_given_up_in_front_of_it(
    transport: Transport,
) {
    let relayed = Relayed::new(transport).await;
    let (blocks, receiver) = channel(1);
    let tap = relayed.tap();
    let block = Bytes::from(vec![7; 64 * 1024]);
    let (first, ended) = tokio::join!(tap.first(context::current(), receiver), async {
        loop {
            if let Err(error) = promptly(blocks.send(block.clone())).await {
                return error;
            }
        }
    });
    assert_eq!(first.unwrap(), block);
    assert!(
        matches!(&ended, StreamError::Closed { reason } if reason == "one is enough"),
        "{ended:?}"
    );
    relayed.end().await;
}

async fn a_name_that_nobody_has_is_told(transport: Transport) {
    let relayed = Relayed::new(transport).await;
    let lab: LabClient = relayed.caller.connection().client_of("nobody");
    let error = lab.add(context::current(), 2, 3).await.unwrap_err();
    assert!(
        matches!(&error, CallError::PeerNotFound { name } if name == "nobody"),
        "{error:?}"
    );
    relayed.end().await;
}

async fn a_method_that_the_client_lacks_is_told(transport: Transport) {
    let relayed = Relayed::new(transport).await;
    let named = relayed.stage.connect().peer_name("idler").await.unwrap();
    let lab: LabClient = relayed.caller.connection().client_of("idler");
    let error = lab.add(context::current(), 2, 3).await.unwrap_err();
    assert!(
        matches!(error, CallError::Unimplemented { .. }),
        "{error:?}"
    );
    named.connection().close("done").await;
    relayed.end().await;
}

async fn a_server_without_a_relay_passes_nothing_on(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let lab: LabClient = client.connection().client_of("worker");
    let error = lab.add(context::current(), 2, 3).await.unwrap_err();
    assert!(
        matches!(error, CallError::Unimplemented { .. }),
        "{error:?}"
    );
    let listed = client.connection().named_peers(context::current()).await;
    assert!(listed.is_err());
    stage.end().await;
}

async fn a_server_passes_on_what_its_policy_allows(transport: Transport) {
    let policy = |request: &ipc_rpc::RelayRequest| {
        ["", "Tap"].contains(&&*request.service) && request.to.name().as_deref() == Some("worker")
    };
    let stage = Stage::with(transport, |server| server.relay_if(policy)).await;
    let (rig, _) = rig();
    let worker = stage.connect().peer_name("worker");
    let worker = worker.serve(rig.serve()).serve(Tapped.serve());
    let _worker = worker.await.unwrap();
    let caller = stage.client().await;
    let tap: TapClient = caller.connection().client_of("worker");
    assert!(tap.count(context::current(), 1).await.is_ok());
    let lab: LabClient = caller.connection().client_of("worker");
    let error = lab.add(context::current(), 2, 3).await.unwrap_err();
    assert!(matches!(error, CallError::Refused { .. }), "{error:?}");
    // Of whom the caller may not know, it learns nothing.
    let _hidden = stage.connect().peer_name("hidden").await.unwrap();
    let lab: LabClient = caller.connection().client_of("hidden");
    let error = lab.add(context::current(), 2, 3).await.unwrap_err();
    assert!(matches!(error, CallError::PeerNotFound { .. }), "{error:?}");
    let peers = caller.connection().named_peers(context::current()).await;
    let peers = peers
        .unwrap()
        .into_iter()
        .map(|peer| (peer.name, peer.services));
    assert!(peers.eq([("worker".to_owned(), vec!["Tap".to_owned()])]));
    stage.end().await;
}

async fn clients_of_different_codecs_are_told_so(transport: Transport) {
    let relayed = Relayed::new(transport).await;
    let other = relayed.stage.connect().codec(Codec::MessagePack);
    let other = other.await.unwrap();
    let lab: LabClient = other.connection().client_of("worker");
    let error = lab.add(context::current(), 2, 3).await.unwrap_err();
    assert!(matches!(error, CallError::Refused { .. }), "{error:?}");
    relayed.end().await;
}

async fn a_client_that_goes_during_a_call_fails_it_for_its_caller(transport: Transport) {
    let relayed = Relayed::new(transport).await;
    let lab = relayed.remote_lab();
    let hanging = relayed
        .lab
        .hanging(&lab, context::without_deadline(), 1)
        .await;
    relayed.worker.connection().abort();
    let error = promptly(hanging).await.unwrap_err();
    assert!(matches!(error, CallError::Cancelled), "{error:?}");
    assert_eq!(
        relayed.caller.add(context::current(), 2, 3).await.unwrap(),
        5
    );
    relayed.end().await;
}

async fn a_call_that_is_given_up_is_given_up_behind_the_relay(transport: Transport) {
    let relayed = Relayed::new(transport).await;
    let lab = relayed.remote_lab();
    let hanging = relayed
        .lab
        .hanging(&lab, context::without_deadline(), 1)
        .await;
    drop(hanging);
    promptly(relayed.lab.wait(Report::Dropped(1))).await;
    relayed.end().await;
}

async fn a_deadline_is_kept_behind_the_relay(transport: Transport) {
    let relayed = Relayed::new(transport).await;
    let lab = relayed.remote_lab();
    let hurry = context::with_timeout(Duration::from_millis(50));
    let error = lab.hang(hurry, 1).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    promptly(relayed.lab.wait(Report::Dropped(1))).await;
    relayed.end().await;
}

async fn clients_learn_who_else_is_there(transport: Transport) {
    let relayed = Relayed::new(transport).await;
    let idler = relayed.stage.connect().peer_name("idler").await.unwrap();
    let peers = relayed.caller.connection().named_peers(context::current());
    let peers: Vec<_> = peers
        .await
        .unwrap()
        .into_iter()
        .map(|peer| (peer.name, peer.services))
        .collect();
    let serves = vec!["Lab".to_owned(), "Tap".to_owned()];
    assert_eq!(
        peers,
        [("idler".to_owned(), vec![]), ("worker".to_owned(), serves)]
    );
    idler.connection().close("done").await;
    relayed.end().await;
}
