//! A reader that does not read stops its writer, and that one only.

use std::time::Duration;

use bytes::Bytes;
use futures_util::poll;
use ipc_rpc::{Config, channel, context};
use support::{Task, Transport, promptly, scenarios};

use super::{Scene, all, numbers, window};

scenarios! {
    a_reader_that_does_not_read_stops_its_writer_after_a_window_of_items,
    a_reader_that_does_not_read_stops_its_writer_after_a_window_of_bytes,
    a_service_that_does_not_read_stops_its_caller_after_a_window,
    a_stopped_writer_goes_on_as_its_reader_does,
    a_stopped_stream_holds_up_no_other_and_no_call,
    an_item_larger_than_the_window_gets_through,
    windows_full_of_items_hold_up_no_call,
    a_stream_at_full_speed_holds_up_no_call,
}

/// Whatever the peer was going to send has arrived when this returns, and has been answered.
async fn exchange(scene: &Scene) {
    for _ in 0..20 {
        let sum = scene.faucet.add(context::current(), 2, 3).await;
        assert_eq!(sum.unwrap(), 5);
        scene.lab.connection().ping().await.unwrap();
    }
}

async fn a_reader_that_does_not_read_stops_its_writer_after_a_window_of_items(
    transport: Transport,
) {
    for items in [16, 100, 1024] {
        let scene = Scene::with(transport, window(items, 1024 * 1024)).await;
        let counted = scene.faucet.count(context::current(), 1, 100_000).await;
        let counted = counted.unwrap();
        let full = items as u64;
        scene.flows.wait(1, |flow| flow.sent >= full).await;
        exchange(&scene).await;
        assert_eq!(scene.flows.of(1).sent, full);
        drop(counted);
        scene.flows.wait(1, support::Flow::is_over).await;
        scene.end().await;
    }
}

async fn a_reader_that_does_not_read_stops_its_writer_after_a_window_of_bytes(
    transport: Transport,
) {
    // Small ones have their length in front; the last one may begin within the window and end behind it.
    for (len, window_len, full) in [(99, 4096, 41), (4096, 16_384, 4), (5000, 16_384, 4)] {
        let scene = Scene::with(transport, window(1024, window_len)).await;
        let blobs = scene.faucet.blobs(context::current(), 1, len, 10_000).await;
        let blobs = blobs.unwrap();
        scene.flows.wait(1, |flow| flow.sent >= full).await;
        exchange(&scene).await;
        assert_eq!(scene.flows.of(1).sent, full, "{len} of {window_len}");
        drop(blobs);
        scene.end().await;
    }
}

async fn a_service_that_does_not_read_stops_its_caller_after_a_window(transport: Transport) {
    let scene = Scene::with(transport, window(16, 1024 * 1024)).await;
    let (sender, receiver) = channel(1);
    let mut holding = Box::pin(scene.faucet.hold(context::current(), 1, receiver));
    // It is sent here and now, and the sender with it: nothing waits on this side.
    assert!(poll!(&mut holding).is_pending());
    scene.flows.wait(1, |flow| flow.started).await;
    for number in 0..16 {
        promptly(sender.send(number)).await.unwrap();
    }
    let mut further = Box::pin(sender.send(16));
    assert!(poll!(&mut further).is_pending());
    exchange(&scene).await;
    assert!(poll!(&mut further).is_pending());
    scene.flows.release(1);
    further.await.unwrap();
    drop(sender);
    assert_eq!(holding.await.unwrap(), (0..=16).sum::<u64>());
    scene.end().await;
}

async fn a_stopped_writer_goes_on_as_its_reader_does(transport: Transport) {
    let scene = Scene::with(transport, window(16, 1024 * 1024)).await;
    let counted = scene.faucet.count(context::current(), 1, 1000).await;
    let mut counted = counted.unwrap();
    for read in 1..=984_u64 {
        assert_eq!(counted.recv().await.unwrap().unwrap(), read - 1);
        // Credit comes back by halves of a window.
        let sent = (read / 8) * 8 + 16;
        scene.flows.wait(1, |flow| flow.sent >= sent).await;
        assert_eq!(scene.flows.of(1).sent, sent);
    }
    assert!(all(counted).await.unwrap().into_iter().eq(984..1000));
    scene.end().await;
}

async fn a_stopped_stream_holds_up_no_other_and_no_call(transport: Transport) {
    let scene = Scene::with(transport, window(64, 64 * 1024)).await;
    let ctx = context::current;
    let mut stopped = Vec::new();
    for id in 0..20 {
        stopped.push(scene.faucet.count(ctx(), id, 1000).await.unwrap());
    }
    let (sender, receiver) = channel(1);
    let faucet = scene.faucet.clone();
    let holding = Task::spawn(async move { faucet.hold(ctx(), 77, receiver).await });
    let filling = Task::spawn(async move {
        for number in 0..1000 {
            sender.send(number).await.unwrap();
        }
    });
    for id in 0..20 {
        scene.flows.wait(id, |flow| flow.sent == 64).await;
    }
    let counted = scene.faucet.count(ctx(), 99, 10_000).await.unwrap();
    assert!(all(counted).await.unwrap().into_iter().eq(0..10_000));
    let sum = scene.faucet.sum(ctx(), numbers(0..10_000)).await;
    assert_eq!(sum.unwrap(), 49_995_000);
    let large = Bytes::from(vec![7; 1024 * 1024]);
    let returned = scene.lab.bytes(ctx(), large.clone()).await;
    assert!(returned.unwrap() == large);
    assert!((0..20).all(|id| scene.flows.of(id).sent == 64));
    for counted in stopped {
        assert!(all(counted).await.unwrap().into_iter().eq(0..1000));
    }
    scene.flows.release(77);
    filling.join().await;
    assert_eq!(holding.join().await.unwrap(), 499_500);
    scene.end().await;
}

async fn an_item_larger_than_the_window_gets_through(transport: Transport) {
    let scene = Scene::with(transport, window(16, 4 * 1024)).await;
    let len = 3 * 1024 * 1024;
    let blobs = scene.faucet.blobs(context::current(), 1, len, 4).await;
    let mut blobs = blobs.unwrap();
    let mut count = 0;
    while let Some(blob) = blobs.recv().await {
        assert_eq!(blob.unwrap().len(), len);
        count += 1;
    }
    assert_eq!(count, 4);
    scene.end().await;
}

async fn windows_full_of_items_hold_up_no_call(transport: Transport) {
    let scene = Scene::with(transport, Config::default()).await;
    let ctx = context::current;
    // More than sockets and outboxes hold, and nobody reads any of it.
    let mut unread = Vec::new();
    for (id, len) in [1, 100, 5000, 100_000].into_iter().enumerate() {
        for more in 0..8 {
            let id = id as u64 * 100 + more;
            unread.push(scene.faucet.blobs(ctx(), id, len, 100_000).await.unwrap());
        }
    }
    promptly(exchange(&scene)).await;
    drop(unread);
    scene.end().await;
}

async fn a_stream_at_full_speed_holds_up_no_call(transport: Transport) {
    let scene = Scene::with(transport, Config::default()).await;
    let blobs = scene
        .faucet
        .blobs(context::current(), 1, 64 * 1024, u64::MAX)
        .await;
    let mut blobs = blobs.unwrap();
    let reading = Task::spawn(async move { while let Some(Ok(_)) = blobs.recv().await {} });
    for _ in 0..50 {
        let short = context::with_timeout(Duration::from_secs(5));
        assert_eq!(scene.faucet.add(short, 2, 3).await.unwrap(), 5);
    }
    reading.stop().await;
    scene.flows.wait(1, support::Flow::is_over).await;
    scene.end().await;
}

/// Over a connection whose client writes nothing any more, though it still reads.
#[cfg(unix)]
#[test]
fn a_sender_that_waits_behind_a_full_outbox_is_told_that_nobody_reads() {
    use ipc_rpc::Connect;
    use support::{Faucet as _, FaucetClient, SocketFile, Stage, Tap, breakable, watched};
    watched(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let file = SocketFile::new();
            let tap = Tap::default();
            let flows = tap.0.clone();
            let stage = Stage::at(file.place(), |server| server.service(tap.serve())).await;
            let (stream, breaker) = breakable(file.open().await);
            let faucet = Connect::<FaucetClient>::over(stream).await.unwrap();
            let (blobs, receiver) = channel(1);
            let (numbers, held) = channel(1);
            let mut back = faucet
                .shared_bytes(context::current(), receiver)
                .await
                .unwrap();
            faucet
                .pour_for_a_while(context::current(), 1, held)
                .await
                .unwrap();
            blobs.send(Bytes::from_static(b"first")).await.unwrap();
            assert_eq!(back.recv().await.unwrap().unwrap(), "first");
            for number in 0..2 {
                numbers.send(number).await.unwrap();
            }
            flows.wait(1, |flow| flow.read == 2).await;
            breaker.stall_writes();
            let large = Bytes::from(vec![7; 300_000]);
            blobs.send(large).await.unwrap();
            // There is credit for it and no room.
            let mut further = Box::pin(numbers.send(2));
            assert!(poll!(&mut further).is_pending());
            flows.release(1);
            let error = promptly(further).await.unwrap_err();
            assert!(error.is_closed(), "{error:?}");
            breaker.resume();
            drop((blobs, back));
            assert_eq!(faucet.add(context::current(), 2, 3).await.unwrap(), 5);
            stage.end().await;
        });
        runtime.shutdown_background();
    });
}
