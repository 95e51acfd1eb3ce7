//! A stream that came over one connection goes out over another.

use ipc_rpc::{ConnectionError, Receiver, StreamError, channel, context};
use support::{End, Leave, Transport, promptly, scenarios};

use super::{Scene, all, until_error, window};

scenarios! {
    a_relayed_stream_arrives_whole,
    a_relayed_stream_is_sent_no_faster_than_it_is_read,
    the_end_of_a_relayed_stream_is_passed_on,
    a_reader_that_leaves_a_relayed_stream_is_told_to_its_writer,
    a_relayed_stream_whose_source_vanishes_is_not_complete,
    a_relayed_stream_whose_reader_vanishes_is_closed_at_its_source,
    a_receiver_that_was_read_a_little_is_relayed_from_there,
}

/// A source and a destination, with a connection to each.
async fn pair(transport: Transport) -> (Scene, Scene) {
    let config = window(16, 4 * 1024);
    let from = Scene::with(transport, config.clone()).await;
    (from, Scene::with(transport, config).await)
}

async fn end((from, to): (Scene, Scene)) {
    from.end().await;
    to.end().await;
}

async fn a_relayed_stream_arrives_whole(transport: Transport) {
    let (from, to) = pair(transport).await;
    let counted = from.faucet.count(context::current(), 1, 10_000).await;
    let counted = to
        .faucet
        .numbers(context::current(), counted.unwrap())
        .await;
    let counted = from
        .faucet
        .numbers(context::current(), counted.unwrap())
        .await;
    assert!(
        all(counted.unwrap())
            .await
            .unwrap()
            .into_iter()
            .eq(0..10_000)
    );
    end((from, to)).await;
}

async fn a_relayed_stream_is_sent_no_faster_than_it_is_read(transport: Transport) {
    let (from, to) = pair(transport).await;
    let counted = from.faucet.count(context::current(), 1, 10_000).await;
    let holding = to.faucet.hold(context::current(), 2, counted.unwrap());
    let mut holding = Box::pin(holding);
    assert!(futures_util::poll!(&mut holding).is_pending());
    // A window at its reader, and another here, with up to half of one that was read and not yet credited, and one
    // item in the relay's hands.
    from.flows.wait(1, |flow| flow.sent >= 32).await;
    for _ in 0..20 {
        from.assert_alive().await;
        to.assert_alive().await;
    }
    let sent = from.flows.of(1).sent;
    assert!((32..=33).contains(&sent), "{sent}");
    assert_eq!(to.flows.of(2).read, 0);
    to.flows.release(2);
    assert_eq!(holding.await.unwrap(), 49_995_000);
    end((from, to)).await;
}

async fn the_end_of_a_relayed_stream_is_passed_on(transport: Transport) {
    let (from, to) = pair(transport).await;
    let abort = End::Abort("dry".to_owned());
    for (id, how) in [abort, End::Panic].into_iter().enumerate() {
        let ended = from.faucet.end(context::current(), id as u64, how).await;
        let relayed = to.faucet.numbers(context::current(), ended.unwrap()).await;
        let (read, error) = until_error(relayed.unwrap()).await;
        assert_eq!(read, [0, 1, 2]);
        let is_right = match &error {
            StreamError::Aborted { reason } => id == 0 && reason == "dry",
            StreamError::Panicked => id == 1,
            _ => false,
        };
        assert!(is_right, "{error:?}");
    }
    end((from, to)).await;
}

async fn a_reader_that_leaves_a_relayed_stream_is_told_to_its_writer(transport: Transport) {
    let (from, to) = pair(transport).await;
    let ctx = context::current;
    // Here through a relay: the service returns what it is given.
    let (sender, receiver) = channel(1);
    let back = from.faucet.numbers(ctx(), receiver).await.unwrap();
    let leave = Leave::Close("full".to_owned());
    let sipping = to.faucet.sip(ctx(), 3, leave, back);
    let (sipped, ()) = tokio::join!(sipping, async {
        for number in 0..3 {
            sender.send(number).await.unwrap();
        }
    });
    assert_eq!(sipped.unwrap(), 3);
    let error = promptly(sender.closed()).await;
    assert!(
        matches!(&error, StreamError::Closed { reason } if reason == "full"),
        "{error:?}"
    );
    // A producer in the middle of its work is dropped.
    let counted = from.faucet.count(ctx(), 1, u64::MAX).await.unwrap();
    let sipped = to.faucet.sip(ctx(), 30, Leave::Drop, counted).await;
    assert_eq!(sipped.unwrap(), (0..30).sum::<u64>());
    promptly(from.flows.wait(1, support::Flow::is_over)).await;
    end((from, to)).await;
}

async fn a_relayed_stream_whose_source_vanishes_is_not_complete(transport: Transport) {
    let (from, to) = pair(transport).await;
    let ended = from.faucet.end(context::current(), 1, End::Never).await;
    let mut relayed = to
        .faucet
        .numbers(context::current(), ended.unwrap())
        .await
        .unwrap();
    for expected in 0..3 {
        assert_eq!(relayed.recv().await.unwrap().unwrap(), expected);
    }
    from.lab.connection().abort();
    let error = promptly(relayed.recv()).await.unwrap().unwrap_err();
    assert!(matches!(error, StreamError::Dropped), "{error:?}");
    from.stage.end().await;
    to.end().await;
}

async fn a_relayed_stream_whose_reader_vanishes_is_closed_at_its_source(transport: Transport) {
    let (from, to) = pair(transport).await;
    let counted = from.faucet.count(context::current(), 1, u64::MAX).await;
    to.faucet
        .pour(context::current(), 2, counted.unwrap())
        .await
        .unwrap();
    to.flows.wait(2, |flow| flow.read > 100).await;
    to.lab.connection().abort();
    promptly(from.flows.wait(1, support::Flow::is_over)).await;
    let poured = promptly(to.flows.wait(2, support::Flow::is_over)).await;
    assert!(
        matches!(
            poured.error,
            None | Some(StreamError::Connection(
                ConnectionError::PeerVanished | ConnectionError::Io { .. }
            ))
        ),
        "{poured:?}"
    );
    from.end().await;
    to.stage.end().await;
}

async fn a_receiver_that_was_read_a_little_is_relayed_from_there(transport: Transport) {
    let (from, to) = pair(transport).await;
    let mut counted: Receiver<u64> = from
        .faucet
        .count(context::current(), 1, 1000)
        .await
        .unwrap();
    for expected in 0..5 {
        assert_eq!(counted.recv().await.unwrap().unwrap(), expected);
    }
    let relayed = to.faucet.numbers(context::current(), counted).await;
    assert!(all(relayed.unwrap()).await.unwrap().into_iter().eq(5..1000));
    end((from, to)).await;
}
