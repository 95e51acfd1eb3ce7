//! Streams within one process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{SinkExt as _, StreamExt as _, TryStreamExt as _, poll, stream};
use ipc_rpc::{Receiver, Sender, StreamError, channel, context};
use support::{Task, Transport, promptly, scenarios};

use super::{Scene, all, until_error};

scenarios! {
    a_channel_holds_as_many_items_as_it_was_made_for,
    a_sender_is_a_sink,
    a_sink_sends_to_another_process,
    a_closed_sink_sends_no_more,
    clones_of_a_sender_share_the_stream,
    the_ends_of_a_channel_see_each_other_go,
    a_produced_stream_that_is_read_here_runs_here,
    senders_that_wait_when_the_receiver_is_sent_go_on_there,
    a_receiver_may_be_read_and_sent_in_every_order,
    a_stream_may_be_used_without_a_runtime,
}

async fn a_channel_holds_as_many_items_as_it_was_made_for(_: Transport) {
    for (capacity, holds) in [(0, 1), (1, 1), (2, 2), (100, 100)] {
        let (sender, mut receiver) = channel(capacity);
        for number in 0..holds {
            assert!(matches!(
                poll!(Box::pin(sender.send(number))),
                std::task::Poll::Ready(Ok(()))
            ));
        }
        let mut further = Box::pin(sender.send(holds));
        assert!(poll!(&mut further).is_pending());
        assert_eq!(receiver.recv().await.unwrap().unwrap(), 0);
        further.await.unwrap();
        assert!(poll!(Box::pin(sender.send(0))).is_pending());
        // What was dropped while it waited was not sent.
        drop(sender);
        assert!(all(receiver).await.unwrap().into_iter().eq(1..=holds));
    }
}

async fn a_sender_is_a_sink(_: Transport) {
    let (mut sender, receiver) = channel(2);
    let reading = Task::spawn(async move { receiver.try_collect::<Vec<u64>>().await });
    sender.feed(0).await.unwrap();
    sender.feed(1).await.unwrap();
    sender.flush().await.unwrap();
    sender
        .send_all(&mut stream::iter(2..500).map(Ok))
        .await
        .unwrap();
    futures_util::SinkExt::send(&mut sender, 500).await.unwrap();
    sender.feed(501).await.unwrap();
    sender.close().await.unwrap();
    assert!(reading.join().await.unwrap().into_iter().eq(0..=501));
    assert!(sender.is_closed());
}

async fn a_sink_sends_to_another_process(transport: Transport) {
    let scene = Scene::with(transport, super::window(16, 4 * 1024)).await;
    let (mut sender, receiver) = channel(2);
    let back = scene.faucet.numbers(context::current(), receiver).await;
    let sending = Task::spawn(async move {
        sender
            .send_all(&mut stream::iter(0..5000).map(Ok))
            .await
            .unwrap();
        sender.feed(5000).await.unwrap();
        sender.close().await.unwrap();
        sender
    });
    assert!(all(back.unwrap()).await.unwrap().into_iter().eq(0..=5000));
    assert!(sending.join().await.is_closed());
    // By `forward`, and with a reader that leaves.
    let (sender, receiver) = channel(2);
    let leave = support::Leave::Close("full".to_owned());
    let sipping = scene.faucet.sip(context::current(), 100, leave, receiver);
    let forwarding = stream::iter(0..1_000_000_u64).map(Ok).forward(sender);
    let (sipped, forwarded) = tokio::join!(sipping, forwarding);
    assert_eq!(sipped.unwrap(), 4950);
    let error = forwarded.unwrap_err();
    assert!(
        matches!(&error, StreamError::Closed { reason } if reason == "full"),
        "{error:?}"
    );
    scene.end().await;
}

async fn a_closed_sink_sends_no_more(_: Transport) {
    let (mut sender, receiver) = channel(2);
    let clone: Sender<u64> = sender.clone();
    sender.close().await.unwrap();
    sender.close().await.unwrap();
    assert!(Sender::send(&sender, 1).await.unwrap_err().is_closed());
    assert!(promptly(sender.closed()).await.is_closed());
    // The other one does.
    Sender::send(&clone, 2).await.unwrap();
    drop(clone);
    assert_eq!(all(receiver).await.unwrap(), [2]);
}

async fn clones_of_a_sender_share_the_stream(transport: Transport) {
    let scene = Scene::with(transport, super::window(16, 4 * 1024)).await;
    for over_there in [false, true] {
        let (sender, mut receiver) = channel(3);
        let sending: Vec<_> = (0..20_u64)
            .map(|id| {
                let sender = sender.clone();
                Task::spawn(async move {
                    for number in 0..100 {
                        sender.send(id * 1000 + number).await.unwrap();
                    }
                })
            })
            .collect();
        drop(sender);
        if over_there {
            let back = scene.faucet.numbers(context::current(), receiver).await;
            receiver = back.unwrap();
        }
        let mut next = [0; 20];
        let mut count = 0;
        while let Some(item) = receiver.recv().await {
            let item = item.unwrap();
            let id = (item / 1000) as usize;
            assert_eq!(item % 1000, next[id]);
            next[id] += 1;
            count += 1;
        }
        assert_eq!(count, 2000);
        for sending in sending {
            sending.join().await;
        }
    }
    scene.end().await;
}

async fn the_ends_of_a_channel_see_each_other_go(_: Transport) {
    let (sender, receiver) = channel(1);
    sender.send(1).await.unwrap();
    let clone = sender.clone();
    let waiting = Task::spawn(async move { clone.send(2).await });
    let clone = sender.clone();
    let closed = Task::spawn(async move { clone.closed().await });
    tokio::task::yield_now().await;
    receiver.close("full");
    let full = "nobody reads the stream any more: \"full\"";
    assert_eq!(waiting.join().await.unwrap_err().to_string(), full);
    assert_eq!(closed.join().await.to_string(), full);
    assert_eq!(sender.send(3).await.unwrap_err().to_string(), full);
    let (sender, receiver) = channel(5);
    sender.send(1).await.unwrap();
    let clone = sender.clone();
    sender.abort("dry");
    assert!(clone.is_closed() && clone.send(2).await.unwrap_err().is_closed());
    let (read, error) = until_error(receiver).await;
    assert_eq!(read, [1]);
    assert!(matches!(error, StreamError::Aborted { reason } if reason == "dry"));
    let (sender, receiver) = channel::<u64>(1);
    drop(sender);
    assert!(all(receiver).await.unwrap().is_empty());
}

async fn a_produced_stream_that_is_read_here_runs_here(_: Transport) {
    let made = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&made);
    let mut items: Receiver<usize> = context::current().stream(|items| async move {
        for number in 0..100 {
            counter.fetch_add(1, Ordering::SeqCst);
            items.send(number).await.unwrap();
        }
    });
    tokio::task::yield_now().await;
    assert_eq!(made.load(Ordering::SeqCst), 0);
    assert_eq!(items.recv().await.unwrap().unwrap(), 0);
    assert!(made.load(Ordering::SeqCst) < 20);
    assert!(all(items).await.unwrap().into_iter().eq(1..100));
}

async fn senders_that_wait_when_the_receiver_is_sent_go_on_there(transport: Transport) {
    let scene = Scene::with(transport, super::window(16, 4 * 1024)).await;
    let (sender, receiver) = channel(1);
    sender.send(0).await.unwrap();
    let clone = sender.clone();
    let waiting = Task::spawn(async move {
        for number in 1..100 {
            clone.send(number).await.unwrap();
        }
    });
    let closed = Task::spawn(async move { sender.closed().await });
    tokio::task::yield_now().await;
    let mut back = scene
        .faucet
        .numbers(context::current(), receiver)
        .await
        .unwrap();
    for expected in 0..100 {
        assert_eq!(back.recv().await.unwrap().unwrap(), expected);
    }
    waiting.join().await;
    drop(back);
    assert!(promptly(closed.join()).await.is_closed());
    scene.end().await;
}

async fn a_receiver_may_be_read_and_sent_in_every_order(transport: Transport) {
    let scene = Scene::new(transport).await;
    // A produced stream that was begun here goes on there.
    let mut made: Receiver<u64> = context::current().stream(|items| async move {
        for number in 0..1000 {
            if items.send(number).await.is_err() {
                return;
            }
        }
    });
    for expected in 0..3 {
        assert_eq!(made.recv().await.unwrap().unwrap(), expected);
    }
    let sum = scene.faucet.sum(context::current(), made).await;
    assert_eq!(sum.unwrap(), (3..1000).sum::<u64>());
    // A channel that has ended already, with items and without.
    for count in [0, 1, 5] {
        let (sender, receiver) = channel(10);
        for number in 0..count {
            sender.send(number).await.unwrap();
        }
        drop(sender);
        let back = scene.faucet.numbers(context::current(), receiver).await;
        assert!(all(back.unwrap()).await.unwrap().into_iter().eq(0..count));
        let (sender, receiver) = channel(10);
        for number in 0..count {
            sender.send(number).await.unwrap();
        }
        sender.abort("dry");
        let back = scene.faucet.numbers(context::current(), receiver).await;
        let (read, error) = until_error(back.unwrap()).await;
        assert!(read.into_iter().eq(0..count));
        assert!(matches!(error, StreamError::Aborted { reason } if reason == "dry"));
    }
    scene.end().await;
}

async fn a_stream_may_be_used_without_a_runtime(transport: Transport) {
    let scene = Scene::with(transport, super::window(16, 4 * 1024)).await;
    if transport == Transport::LocalSocket {
        let counted = scene
            .faucet
            .count(context::current(), 1, 1000)
            .await
            .unwrap();
        let (sender, receiver) = channel(1);
        scene
            .faucet
            .pour(context::current(), 2, receiver)
            .await
            .unwrap();
        // By another executor, on a thread that knows no runtime.
        let thread = std::thread::spawn(move || {
            block_on(async move {
                assert!(all(counted).await.unwrap().into_iter().eq(0..1000));
                for number in 0..1000 {
                    sender.send(number).await.unwrap();
                }
            });
        });
        let poured = scene.flows.wait(2, |flow| flow.finished).await;
        assert_eq!(poured.read, 1000);
        tokio::task::spawn_blocking(|| thread.join().unwrap())
            .await
            .unwrap();
    }
    scene.end().await;
}

/// Runs a future on this thread, which has no runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::task::Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut cx = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut cx) {
            std::task::Poll::Ready(output) => return output,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}
