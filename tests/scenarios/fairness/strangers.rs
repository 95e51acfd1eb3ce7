//! What is not this crate's and takes part in a call: wakers, memory, streams.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use futures_util::future::join_all;
use ipc_rpc::transport::memory;
use ipc_rpc::{CallError, Connect, Connection, ConnectionError, context};
use support::{LabClient, Report, Stage, Task, Transport, promptly, scenarios};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

scenarios! {
    a_waker_that_panics_harms_no_other_call,
    memory_of_the_applications_is_dropped_under_no_lock,
    a_peer_that_pings_steadily_and_reads_is_not_taken_for_deaf,
    a_stream_whose_shutdown_waits_is_closed_all_the_same,
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        panic!("a waker of somebody else's");
    }
}

async fn a_waker_that_panics_harms_no_other_call(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let other = client.clone();
    let mut bad = Box::pin(async move { other.hang(context::without_deadline(), 0).await });
    let panics = Waker::from(Arc::new(Panics));
    let polled = bad.as_mut().poll(&mut Context::from_waker(&panics));
    assert!(polled.is_pending());
    let good = (1..20).map(|id| {
        let client = client.clone();
        Task::spawn(async move { client.hang(context::without_deadline(), id).await })
    });
    let good: Vec<_> = good.collect();
    for id in 0..20 {
        promptly(stage.lab.wait(Report::Started(id))).await;
    }
    for id in 0..20 {
        stage.lab.release(id);
    }
    let answers = promptly(join_all(good.into_iter().map(Task::join))).await;
    assert!(
        (1..20)
            .zip(answers)
            .all(|(id, answer)| answer.unwrap() == id)
    );
    assert_eq!(promptly(bad).await.unwrap(), 0);
    stage.end().await;
}

/// Memory that does something as it goes.
struct Owned {
    bytes: Vec<u8>,
    connection: Mutex<Option<Connection>>,
}

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.lock().unwrap().take() {
            connection.abort();
        }
    }
}

async fn memory_of_the_applications_is_dropped_under_no_lock(transport: Transport) {
    let stage = Stage::new(transport).await;
    for len in [1_000, 8 * 1024, 40 * 1024] {
        let client = stage.client().await;
        let connection = client.connection().clone();
        let bytes = Bytes::from_owner(Owned {
            bytes: vec![7; len],
            connection: Mutex::new(Some(connection.clone())),
        });
        // Whether the answer or the end comes first is of no account here.
        let answer = promptly(client.bytes(context::current(), bytes)).await;
        assert!(
            answer.is_ok() || matches!(answer, Err(CallError::Connection { .. })),
            "{answer:?}"
        );
        let reason = promptly(connection.closed()).await;
        assert!(matches!(reason, ConnectionError::Aborted), "{reason:?}");
    }
    stage.end().await;
}

async fn a_peer_that_pings_steadily_and_reads_is_not_taken_for_deaf(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let payload = [7; 128 * 1024];
    // More in all than may wait, and never nothing.
    let pings = (0..32).map(async |_| {
        for _ in 0..20 {
            client.connection().ping_with(&payload).await.unwrap();
        }
    });
    join_all(pings).await;
    assert!(!client.connection().is_closed());
    stage.end().await;
}

/// A stream that cannot be shut down.
struct Unending(memory::MemoryStream);

impl AsyncRead for Unending {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Unending {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Pending
    }
}

async fn a_stream_whose_shutdown_waits_is_closed_all_the_same(transport: Transport) {
    let stage = Stage::new(transport).await;
    let (ours, theirs) = memory::pair();
    stage.handle.accept(theirs);
    let client: LabClient = Connect::over(Unending(ours)).await.unwrap();
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    let connection = client.connection().clone();
    assert!(promptly(connection.close("done")).await);
    stage.end().await;
}
