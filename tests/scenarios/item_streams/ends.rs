//! How a stream ends: what its reader sees, and what its writer does.

use futures_util::poll;
use ipc_rpc::{Receiver, StreamError, channel, context};
use support::{End, Leave, Task, Transport, promptly, scenarios};

use super::{DEFAULT_WINDOW, Scene, all, numbers, until_error, window};

scenarios! {
    a_stream_that_is_complete_ends_with_nothing_else,
    a_stream_that_is_aborted_ends_with_the_reason,
    a_producer_that_panics_is_told_to_the_reader,
    a_sender_that_is_dropped_by_a_panic_is_told_to_the_reader,
    a_stream_of_values_that_panics_is_told_to_the_reader,
    items_sent_before_an_abort_arrive,
    a_reason_is_cut_to_a_kibibyte,
    the_last_sender_ends_the_stream,
    a_producer_whose_receiver_is_dropped_is_dropped,
    a_sender_whose_receiver_is_dropped_is_told,
    a_sender_whose_receiver_is_closed_is_told_why,
    a_sender_with_items_waiting_before_the_call_is_told_why,
    a_sender_that_waits_for_credit_is_told_that_nobody_reads,
    closed_resolves_for_every_sender,
    what_was_sent_and_not_read_is_dropped_with_the_receiver,
}

async fn a_stream_that_is_complete_ends_with_nothing_else(transport: Transport) {
    let scene = Scene::new(transport).await;
    let ended = scene.faucet.end(context::current(), 1, End::Complete).await;
    assert_eq!(all(ended.unwrap()).await.unwrap(), [0, 1, 2]);
    scene.end().await;
}

async fn a_stream_that_is_aborted_ends_with_the_reason(transport: Transport) {
    let scene = Scene::new(transport).await;
    let abort = End::Abort("out of water".to_owned());
    let ended = scene.faucet.end(context::current(), 1, abort).await;
    let (read, error) = until_error(ended.unwrap()).await;
    assert_eq!(read, [0, 1, 2]);
    assert!(
        matches!(&error, StreamError::Aborted { reason } if reason == "out of water"),
        "{error:?}"
    );
    // The same towards the service.
    let (sender, receiver) = channel(1);
    let summing = scene.faucet.sum(context::current(), receiver);
    let (sum, ()) = tokio::join!(summing, async {
        sender.send(1).await.unwrap();
        sender.abort("no more");
    });
    let told = sum.unwrap_err().into_service().unwrap();
    assert_eq!(told, "aborted by the sender: \"no more\"");
    scene.end().await;
}

async fn a_producer_that_panics_is_told_to_the_reader(transport: Transport) {
    let scene = Scene::new(transport).await;
    for id in 0..20 {
        let ended = scene.faucet.end(context::current(), id, End::Panic).await;
        let (read, error) = until_error(ended.unwrap()).await;
        assert_eq!(read, [0, 1, 2]);
        assert!(matches!(error, StreamError::Panicked), "{error:?}");
        assert!(scene.flows.wait(id, |flow| flow.dropped).await.dropped);
    }
    scene.end().await;
}

async fn a_sender_that_is_dropped_by_a_panic_is_told_to_the_reader(transport: Transport) {
    let scene = Scene::new(transport).await;
    let (sender, receiver) = channel(1);
    let mut back = scene
        .faucet
        .numbers(context::current(), receiver)
        .await
        .unwrap();
    sender.send(7).await.unwrap();
    assert_eq!(back.recv().await.unwrap().unwrap(), 7);
    let panicking = std::thread::spawn(move || {
        let _sender = sender;
        panic!("the sender's own words");
    });
    assert!(panicking.join().is_err());
    let error = back.recv().await.unwrap().unwrap_err();
    assert!(matches!(error, StreamError::Panicked), "{error:?}");
    assert!(back.recv().await.is_none());
    scene.end().await;
}

async fn a_stream_of_values_that_panics_is_told_to_the_reader(transport: Transport) {
    let scene = Scene::new(transport).await;
    // Often at once, when another thread may still be about to let go of the stream.
    for panics_at in std::iter::repeat_n(0, 200).chain([1, 2, 3, 50]) {
        let items = (0..).inspect(move |n: &u64| {
            assert!(*n < panics_at, "the stream's own words");
        });
        let items = Receiver::from_stream(futures_util::stream::iter(items));
        let back = scene.faucet.numbers(context::current(), items).await;
        let (read, error) = until_error(back.unwrap()).await;
        assert!(read.into_iter().eq(0..panics_at));
        assert!(matches!(error, StreamError::Panicked), "{error:?}");
    }
    scene.end().await;
}

async fn items_sent_before_an_abort_arrive(transport: Transport) {
    let scene = Scene::with(transport, window(16, 4 * 1024)).await;
    let (sender, receiver) = channel(1);
    let back = scene.faucet.numbers(context::current(), receiver).await;
    let sending = Task::spawn(async move {
        for number in 0..500 {
            sender.send(number).await.unwrap();
        }
        sender.abort("now");
    });
    let (read, error) = until_error(back.unwrap()).await;
    assert!(read.into_iter().eq(0..500));
    assert!(
        matches!(error, StreamError::Aborted { .. }),
        "passed on by the service as what it is: {error:?}"
    );
    sending.join().await;
    scene.end().await;
}

async fn a_reason_is_cut_to_a_kibibyte(transport: Transport) {
    let scene = Scene::new(transport).await;
    // Cut within a character, it would be no text.
    let long = format!("x{}", "ß".repeat(5000));
    let ended = scene
        .faucet
        .end(context::current(), 1, End::Abort(long.clone()));
    let (_, error) = until_error(ended.await.unwrap()).await;
    let StreamError::Aborted { reason } = &error else {
        panic!("{error:?}");
    };
    assert!(long.starts_with(reason) && (1023..=1024).contains(&reason.len()));
    let (sender, receiver) = channel(1);
    let sipped = scene
        .faucet
        .sip(context::current(), 0, Leave::Close(long.clone()), receiver);
    assert_eq!(sipped.await.unwrap(), 0);
    let StreamError::Closed { reason } = promptly(sender.closed()).await else {
        panic!("something else");
    };
    assert!(long.starts_with(&reason) && (1023..=1024).contains(&reason.len()));
    scene.end().await;
}

async fn the_last_sender_ends_the_stream(transport: Transport) {
    let scene = Scene::new(transport).await;
    let (first, receiver) = channel(1);
    let second = first.clone();
    let mut back = scene
        .faucet
        .numbers(context::current(), receiver)
        .await
        .unwrap();
    first.send(1).await.unwrap();
    drop(first);
    second.send(2).await.unwrap();
    assert_eq!(back.recv().await.unwrap().unwrap(), 1);
    assert_eq!(back.recv().await.unwrap().unwrap(), 2);
    let third = second.clone();
    drop(second);
    scene.assert_alive().await;
    {
        let mut next = Box::pin(back.recv());
        assert!(poll!(&mut next).is_pending());
        drop(third);
        assert!(next.await.is_none());
    }
    scene.end().await;
}

async fn a_producer_whose_receiver_is_dropped_is_dropped(transport: Transport) {
    let scene = Scene::new(transport).await;
    // One that waits for something else entirely, and one that waits for credit.
    let waiting = scene.faucet.end(context::current(), 1, End::Never).await;
    let mut waiting = waiting.unwrap();
    let counting = scene.faucet.count(context::current(), 2, u64::MAX).await;
    let counting = counting.unwrap();
    assert_eq!(waiting.recv().await.unwrap().unwrap(), 0);
    scene.flows.wait(1, |flow| flow.sent == 3).await;
    scene
        .flows
        .wait(2, |flow| flow.sent == DEFAULT_WINDOW)
        .await;
    drop(waiting);
    scene.flows.wait(1, support::Flow::is_over).await;
    assert!(!scene.flows.of(2).dropped);
    counting.close("enough");
    scene.flows.wait(2, support::Flow::is_over).await;
    scene.end().await;
}

async fn a_sender_whose_receiver_is_dropped_is_told(transport: Transport) {
    let scene = Scene::new(transport).await;
    let (sender, receiver) = channel(1);
    let faucet = scene.faucet.clone();
    let sipping = Task::spawn(async move {
        faucet
            .sip(context::current(), 2, Leave::Drop, receiver)
            .await
    });
    sender.send(1).await.unwrap();
    assert!(!sender.is_closed());
    sender.send(2).await.unwrap();
    let error = promptly(sender.closed()).await;
    assert!(
        matches!(&error, StreamError::Closed { reason } if reason.is_empty()),
        "{error:?}"
    );
    assert!(error.is_closed() && sender.is_closed());
    let error = sender.send(3).await.unwrap_err();
    assert!(error.is_closed(), "{error:?}");
    assert_eq!(sipping.join().await.unwrap(), 3);
    scene.end().await;
}

async fn a_sender_whose_receiver_is_closed_is_told_why(transport: Transport) {
    let scene = Scene::new(transport).await;
    let (sender, receiver) = channel(1);
    let faucet = scene.faucet.clone();
    let leave = Leave::Close("full".to_owned());
    let sipping =
        Task::spawn(async move { faucet.sip(context::current(), 1, leave, receiver).await });
    sender.send(1).await.unwrap();
    let error = promptly(sender.closed()).await;
    assert_eq!(
        error.to_string(),
        "nobody reads the stream any more: \"full\""
    );
    let error = sender.send(2).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "nobody reads the stream any more: \"full\""
    );
    assert_eq!(sipping.join().await.unwrap(), 1);
    scene.end().await;
}

async fn a_sender_with_items_waiting_before_the_call_is_told_why(transport: Transport) {
    let scene = Scene::new(transport).await;
    let (sender, receiver) = channel(10);
    for number in 0..10 {
        sender.send(number).await.unwrap();
    }
    let faucet = scene.faucet.clone();
    let leave = Leave::Close("full".to_owned());
    let sipping =
        Task::spawn(async move { faucet.sip(context::current(), 10, leave, receiver).await });
    let error = promptly(sender.closed()).await;
    assert_eq!(
        error.to_string(),
        "nobody reads the stream any more: \"full\""
    );
    assert_eq!(sipping.join().await.unwrap(), 45);
    scene.end().await;
}

async fn a_sender_that_waits_for_credit_is_told_that_nobody_reads(transport: Transport) {
    let scene = Scene::with(transport, window(16, 4 * 1024)).await;
    let (sender, receiver) = channel(1);
    let mut holding = Box::pin(scene.faucet.hold(context::current(), 1, receiver));
    assert!(poll!(&mut holding).is_pending());
    let sending = Task::spawn(async move {
        for number in 0_u64.. {
            if let Err(error) = sender.send(number).await {
                return (number, error);
            }
        }
        unreachable!("there is an end to numbers");
    });
    scene.flows.wait(1, |flow| flow.started).await;
    scene.assert_alive().await;
    drop(holding);
    let (sent, error) = promptly(sending.join()).await;
    assert!(sent <= 16 && error.is_closed(), "{sent}, {error:?}");
    scene.flows.wait(1, support::Flow::is_over).await;
    scene.end().await;
}

async fn closed_resolves_for_every_sender(transport: Transport) {
    let scene = Scene::new(transport).await;
    let (sender, receiver) = channel(1);
    // Some wait before the receiver goes away, some when it has.
    let waiting = |count: usize| -> Vec<_> {
        let clones = vec![sender.clone(); count];
        let closed = |sender: ipc_rpc::Sender<u64>| async move { sender.closed().await };
        clones.into_iter().map(closed).map(Task::spawn).collect()
    };
    let mut closed = waiting(5);
    let mut holding = Box::pin(scene.faucet.hold(context::current(), 1, receiver));
    assert!(poll!(&mut holding).is_pending());
    closed.extend(waiting(5));
    scene.flows.wait(1, |flow| flow.started).await;
    closed.extend(waiting(5));
    drop(holding);
    for closed in closed {
        let error = promptly(closed.join()).await;
        assert!(error.is_closed(), "{error:?}");
    }
    scene.end().await;
}

async fn what_was_sent_and_not_read_is_dropped_with_the_receiver(transport: Transport) {
    let scene = Scene::with(transport, window(64, 1024 * 1024)).await;
    for id in 0..200 {
        let counted = scene.faucet.count(context::current(), id, 1000).await;
        let mut counted = counted.unwrap();
        for expected in 0..id % 70 {
            assert_eq!(counted.recv().await.unwrap().unwrap(), expected);
        }
        drop(counted);
    }
    for id in 0..200 {
        let flow = scene.flows.wait(id, support::Flow::is_over).await;
        assert!(flow.sent < 200, "{id}: {flow:?}");
    }
    let sum = scene.faucet.sum(context::current(), numbers(0..1000)).await;
    assert_eq!(sum.unwrap(), 499_500);
    scene.end().await;
}
