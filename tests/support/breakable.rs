//! A stream that breaks when told to.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Wraps a stream so that a test can cut it, stall it, chop it and count what passes.
pub fn breakable<S>(stream: S) -> (Breakable<S>, Breaker<S>) {
    let line = Arc::new(Mutex::new(Line {
        stream: Some(stream),
        reads: Direction::default(),
        writes: Direction::default(),
        written: None,
    }));
    (Breakable(Arc::clone(&line)), Breaker(line))
}

/// The stream, for the one who uses it.
pub struct Breakable<S>(Arc<Mutex<Line<S>>>);

/// The test's hold on a [`Breakable`].
pub struct Breaker<S>(Arc<Mutex<Line<S>>>);

struct Line<S> {
    /// `None`: cut.
    stream: Option<S>,
    reads: Direction,
    writes: Direction,
    written: Option<Vec<u8>>,
}

struct Direction {
    /// Bytes that may pass before it stalls.
    allowance: usize,
    /// Bytes that pass at once, at most.
    chunk: usize,
    passed: usize,
    waker: Option<Waker>,
}

impl Default for Direction {
    fn default() -> Self {
        Self {
            allowance: usize::MAX,
            chunk: usize::MAX,
            passed: 0,
            waker: None,
        }
    }
}

impl Direction {
    /// Bytes that may pass now.
    fn poll_open(&mut self, cx: &Context<'_>) -> Poll<usize> {
        if self.allowance == 0 {
            self.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(self.allowance.min(self.chunk))
    }

    const fn pass(&mut self, len: usize) {
        self.passed += len;
        if self.allowance != usize::MAX {
            self.allowance -= len;
        }
    }
}

impl<S> Breaker<S> {
    /// Drops the stream at once: its user reads its end and cannot write, and so does the other end.
    pub fn cut(&self) {
        self.change(|line| line.stream = None);
    }

    /// Nothing is read any more, until [`resume`](Self::resume).
    pub fn stall_reads(&self) {
        self.change(|line| line.reads.allowance = 0);
    }

    /// Lets so many bytes be read, and then none any more.
    pub fn allow_reads(&self, len: usize) {
        self.change(|line| line.reads.allowance = len);
    }

    /// Nothing is written any more, until [`resume`](Self::resume).
    pub fn stall_writes(&self) {
        self.change(|line| line.writes.allowance = 0);
    }

    /// Lets both directions pass again.
    pub fn resume(&self) {
        self.change(|line| {
            line.reads.allowance = usize::MAX;
            line.writes.allowance = usize::MAX;
        });
    }

    /// Lets no more than `len` bytes pass at once, in either direction.
    pub fn chop(&self, len: usize) {
        self.change(|line| {
            line.reads.chunk = len;
            line.writes.chunk = len;
        });
    }

    /// Keeps what is written from now on, for [`recorded`](Self::recorded).
    pub fn record(&self) {
        lock(&self.0).written = Some(Vec::new());
    }

    /// What was written since [`record`](Self::record).
    #[must_use]
    pub fn recorded(&self) -> Vec<u8> {
        lock(&self.0).written.clone().unwrap_or_default()
    }

    /// Whether its user has dropped it.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// Bytes that its user has read.
    #[must_use]
    pub fn bytes_read(&self) -> usize {
        lock(&self.0).reads.passed
    }

    /// Bytes that its user has written.
    #[must_use]
    pub fn bytes_written(&self) -> usize {
        lock(&self.0).writes.passed
    }

    fn change(&self, change: impl FnOnce(&mut Line<S>)) {
        let mut line = lock(&self.0);
        change(&mut line);
        let wakers = [line.reads.waker.take(), line.writes.waker.take()];
        drop(line);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }
}

impl<S: AsyncWrite + Unpin> Breaker<S> {
    /// Writes bytes of the test's own between those of the stream's user.
    ///
    /// # Errors
    ///
    /// Whatever the stream reports.
    pub async fn inject(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = poll_fn(|cx| match &mut lock(&self.0).stream {
                Some(stream) => Pin::new(stream).poll_write(cx, bytes),
                None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            });
            bytes = &bytes[written.await?..];
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Breakable<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut line = lock(&self.0);
        let Line { stream, reads, .. } = &mut *line;
        let Some(stream) = stream else {
            return Poll::Ready(Ok(()));
        };
        let most = ready!(reads.poll_open(cx));
        let mut piece = vec![0; buf.remaining().min(most).min(LARGEST_READ)];
        let mut piece = ReadBuf::new(&mut piece);
        let polled = Pin::new(stream).poll_read(cx, &mut piece);
        if polled.is_pending() {
            // A cut has to reach whoever waits in the stream that it drops.
            reads.waker = Some(cx.waker().clone());
        }
        ready!(polled)?;
        reads.pass(piece.filled().len());
        buf.put_slice(piece.filled());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Breakable<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut line = lock(&self.0);
        let Line {
            stream,
            writes,
            written: record,
            ..
        } = &mut *line;
        let Some(stream) = stream else {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        };
        let most = ready!(writes.poll_open(cx));
        let piece = &buf[..buf.len().min(most)];
        let polled = Pin::new(stream).poll_write(cx, piece);
        if polled.is_pending() {
            writes.waker = Some(cx.waker().clone());
        }
        let written = ready!(polled)?;
        writes.pass(written);
        if let Some(record) = record {
            record.extend_from_slice(&piece[..written]);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut lock(&self.0).stream {
            Some(stream) => Pin::new(stream).poll_flush(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut lock(&self.0).stream {
            Some(stream) => Pin::new(stream).poll_shutdown(cx),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl<S> fmt::Debug for Breakable<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Breakable")
    }
}

impl<S> fmt::Debug for Breaker<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Breaker")
    }
}

/// As much as a socket holds, about.
const LARGEST_READ: usize = 256 * 1024;

/// What a panicking test leaves is as good as it was.
fn lock<S>(line: &Mutex<Line<S>>) -> MutexGuard<'_, Line<S>> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use ipc_rpc::transport::memory;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_chopped_stream_passes_everything_in_order() {
        let (near, mut far) = memory::pair();
        let (mut near, breaker) = breakable(near);
        breaker.chop(3);
        near.write_all(b"hello there").await.unwrap();
        far.write_all(b"good morning").await.unwrap();
        let mut heard = [0; 11];
        far.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"hello there");
        let mut answer = [0; 12];
        assert_eq!(near.read(&mut answer).await.unwrap(), 3);
        near.read_exact(&mut answer[3..]).await.unwrap();
        assert_eq!(&answer, b"good morning");
        assert_eq!((breaker.bytes_written(), breaker.bytes_read()), (11, 12));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stalled_stream_goes_on_when_it_is_resumed() {
        let (near, mut far) = memory::pair();
        let (mut near, breaker) = breakable(near);
        breaker.stall_reads();
        far.write_all(b"late").await.unwrap();
        let mut heard = [0; 4];
        let patience = std::time::Duration::from_secs(1);
        let early = tokio::time::timeout(patience, near.read_exact(&mut heard)).await;
        assert!(early.is_err());
        breaker.resume();
        near.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"late");
    }

    #[tokio::test]
    async fn both_ends_of_a_stream_that_is_cut_find_its_end() {
        let (near, mut far) = memory::pair();
        let (mut near, breaker) = breakable(near);
        let reading = crate::Task::spawn(async move { near.read_u8().await });
        tokio::task::yield_now().await;
        breaker.cut();
        assert!(reading.join().await.is_err());
        assert_eq!(far.read(&mut [0]).await.unwrap(), 0);
    }
}
