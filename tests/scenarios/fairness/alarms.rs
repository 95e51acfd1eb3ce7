//! Deadlines over sockets, which one thread keeps for the whole process: each call expires with its own, whatever
//! becomes of the others.
#![expect(
    clippy::disallowed_methods,
    reason = "the system's time, which is what is kept"
)]

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::poll;
use ipc_rpc::{CallError, context};
use support::{LabClient, Place, Stage, Task, Transport, promptly, scenarios, watched};
use tokio::runtime::{Builder, Runtime};

scenarios! {
    every_call_expires_with_its_own_deadline,
    a_deadline_of_a_connection_that_has_ended_harms_no_other,
    an_earlier_deadline_that_comes_later_is_kept,
}

const STEP: Duration = Duration::from_millis(10);

/// Deadlines in no order, some of them alike.
fn timeouts() -> impl Iterator<Item = Duration> {
    (0..24).map(|call: u32| STEP * (1 + call * 7 % 12))
}

/// Checks that a call which nobody answers ends with its deadline, and not before.
async fn expires(client: &LabClient, timeout: Duration) {
    let begun = tokio::time::Instant::now();
    let ctx = context::with_timeout(timeout);
    let error = client.hang(ctx, u64::MAX).await.unwrap_err();
    let took = begun.elapsed();
    assert!(
        matches!(error, CallError::DeadlineExceeded { after: Some(after), .. } if after == timeout),
        "{error:?}"
    );
    assert!(took >= timeout, "after {took:?} instead of {timeout:?}");
}

async fn every_call_expires_with_its_own_deadline(transport: Transport) {
    let stage = Stage::new(transport).await;
    let mut calls = Vec::new();
    for _ in 0..6 {
        let client = stage.client().await;
        for timeout in timeouts() {
            let client = client.clone();
            calls.push(Task::spawn(async move { expires(&client, timeout).await }));
        }
    }
    // One that has time is not disturbed by any of them.
    let client = stage.client().await;
    let patient = Task::spawn(async move { client.hang(context::current(), 1).await });
    for call in calls {
        promptly(call.join()).await;
    }
    stage.lab.release(1);
    assert_eq!(promptly(patient.join()).await.unwrap(), 1);
    stage.end().await;
}

async fn a_deadline_of_a_connection_that_has_ended_harms_no_other(transport: Transport) {
    let stage = Stage::new(transport).await;
    let stays = stage.client().await;
    for round in 0..40 {
        let goes = stage.client().await;
        let mut pending: Vec<_> = timeouts()
            .map(|timeout| Box::pin(goes.hang(context::with_timeout(timeout), u64::MAX)))
            .collect();
        for call in &mut pending {
            assert!(poll!(call).is_pending());
        }
        match round % 3 {
            0 => goes.connection().abort(),
            1 => drop(std::mem::take(&mut pending)),
            _ => {}
        }
        let goes = (pending, goes.connection().clone());
        expires(&stays, STEP / 2).await;
        goes.1.abort();
        for result in promptly(join_all(goes.0)).await {
            let error = result.unwrap_err();
            assert!(error.is_closed() || error.is_timeout(), "{error:?}");
        }
    }
    // Those that would still have rung.
    expires(&stays, STEP * 13).await;
    assert_eq!(stays.add(context::current(), 2, 3).await.unwrap(), 5);
    stage.end().await;
}

async fn an_earlier_deadline_that_comes_later_is_kept(transport: Transport) {
    const HOUR: Duration = Duration::from_secs(3_600);
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let late = stage
        .lab
        .hanging(&client, context::with_timeout(HOUR), 1)
        .await;
    for timeout in [STEP * 5, STEP, STEP * 3] {
        promptly(expires(&client, timeout)).await;
    }
    // A later one than that and an earlier one, at once.
    promptly(async { tokio::join!(expires(&client, STEP * 4), expires(&client, STEP)) }).await;
    stage.lab.release(1);
    assert_eq!(promptly(late).await.unwrap(), 1);
    stage.end().await;
}

fn runtime(threads: usize) -> Runtime {
    let mut builder = match threads {
        0 => Builder::new_current_thread(),
        threads => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(threads);
            builder
        }
    };
    builder.enable_all().build().unwrap()
}

/// A server on a thread of its own, until the sender goes.
fn elsewhere() -> (Place, mpsc::Sender<()>, thread::JoinHandle<()>) {
    let (sender, stop) = mpsc::channel::<()>();
    let (told, place) = mpsc::channel();
    let thread = thread::spawn(move || {
        let runtime = runtime(1);
        let stage = runtime.block_on(Stage::new(Transport::LocalSocket));
        told.send(stage.place.clone()).unwrap();
        let _ = stop.recv();
        runtime.block_on(stage.end());
    });
    (place.recv().unwrap(), sender, thread)
}

#[test]
fn deadlines_are_kept_on_every_runtime_of_the_process() {
    watched(|| {
        let (place, stop, server) = elsewhere();
        let threads: Vec<_> = [0, 1, 2, 0]
            .into_iter()
            .map(|threads| {
                let place = place.clone();
                thread::spawn(move || {
                    runtime(threads).block_on(async {
                        let client: LabClient = place.connect().await.unwrap();
                        join_all(timeouts().map(|timeout| expires(&client, timeout))).await;
                    });
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        drop(stop);
        server.join().unwrap();
    });
}

#[test]
fn a_runtime_that_goes_with_alarms_pending_harms_nobody() {
    watched(|| {
        let (place, stop, server) = elsewhere();
        let stays = runtime(1);
        let client: LabClient = stays.block_on(place.connect().into_future()).unwrap();
        let begun = Instant::now();
        let mut left = Vec::new();
        for round in 0..30 {
            let goes = runtime(round % 3);
            let client: LabClient = goes.block_on(place.connect().into_future()).unwrap();
            let calls = timeouts().map(|timeout| {
                let client = client.clone();
                let ctx = context::with_timeout(timeout);
                let mut call = Box::pin(async move { client.hang(ctx, u64::MAX).await });
                goes.block_on(async { assert!(poll!(&mut call).is_pending()) });
                call
            });
            let calls: Vec<_> = calls.collect();
            match round % 2 {
                0 => drop(goes),
                _ => goes.shutdown_background(),
            }
            // Callers on other runtimes are told.
            left.extend(calls);
        }
        stays.block_on(async {
            for result in join_all(left).await {
                let error = result.unwrap_err();
                assert!(error.is_closed() || error.is_timeout(), "{error:?}");
            }
            // Until all that is left of them would have rung.
            while begun.elapsed() < STEP * 14 {
                expires(&client, STEP).await;
            }
            expires(&client, STEP).await;
        });
        drop(client);
        drop(stays);
        drop(stop);
        server.join().unwrap();
    });
}
