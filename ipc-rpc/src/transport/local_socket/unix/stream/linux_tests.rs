use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::super::watched::POLLS_BEHIND_BLOCK;
use super::*;

/// More than a socket takes before its writer waits.
const MUCH: usize = 4 << 20;

fn pair() -> (Halves, Halves) {
    let (one, other) = StdStream::pair().unwrap();
    (Halves::of(one), Halves::of(other))
}

struct Halves {
    watched: Arc<Watched>,
    read: ReadHalf,
    write: WriteHalf,
}

impl Halves {
    fn of(stream: StdStream) -> Self {
        let stream = Stream::try_from(stream).unwrap();
        let watched = Arc::clone(&stream.0);
        let (read, write) = split(stream);
        Self {
            watched,
            read,
            write,
        }
    }

    fn is_watched_for_room(&self) -> bool {
        self.watched.is_for_room()
    }

    /// One byte there and back, each of which is waited for before it is written.
    async fn echo(&mut self, peer: &mut Self) {
        pass(&mut self.write, &mut peer.read).await;
        pass(&mut peer.write, &mut self.read).await;
    }
}

async fn pass(write: &mut WriteHalf, read: &mut ReadHalf) {
    let mut byte = [0];
    let (read, written) = tokio::join!(biased; read.read_exact(&mut byte), write.write_all(&[7]));
    read.unwrap();
    written.unwrap();
    assert_eq!(byte, [7]);
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A task that is polled by hand, and how often it was woken.
struct Polled {
    count: Arc<Count>,
    waker: Waker,
}

impl Polled {
    fn new() -> Self {
        let count = Arc::new(Count::default());
        let waker = Waker::from(Arc::clone(&count));
        Self { count, waker }
    }

    fn cx(&self) -> Context<'_> {
        Context::from_waker(&self.waker)
    }

    fn woken(&self) -> usize {
        self.count.0.load(Ordering::Relaxed)
    }

    /// Looks for what there is to be read, and finds nothing.
    fn finds_nothing(&self, read: &mut ReadHalf) {
        let mut buf = Vec::with_capacity(8);
        assert!(read.poll_append(&mut self.cx(), &mut buf, 8).is_pending());
    }

    /// The same, and is told of what its peer writes then.
    async fn is_greeted(&self, read: &mut ReadHalf, peer: &mut WriteHalf) {
        self.finds_nothing(read);
        let before = self.woken();
        peer.write_all(b"hello").await.unwrap();
        soon(async {
            while self.woken() == before {
                tokio::task::yield_now().await;
            }
        })
        .await;
        let mut buf = Vec::with_capacity(8);
        let read = read.poll_append(&mut self.cx(), &mut buf, 8);
        assert!(matches!(read, Poll::Ready(Ok(5))), "{read:?}");
        assert_eq!(buf, b"hello");
    }
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(Duration::from_secs(20), future).await;
    done.unwrap()
}

#[tokio::test]
async fn room_is_watched_for_while_it_is_missing_and_a_while_longer() {
    let (mut one, mut other) = pair();
    one.echo(&mut other).await;
    assert!(!one.is_watched_for_room());
    let sent = vec![7; MUCH];
    let mut received = vec![0; MUCH];
    let (written, read) = soon(async {
        tokio::join!(
            one.write.write_all(&sent),
            other.read.read_exact(&mut received)
        )
    })
    .await;
    written.unwrap();
    read.unwrap();
    assert!(received == sent);
    assert!(one.is_watched_for_room());
    assert!(!other.is_watched_for_room());
    for _ in 0..=POLLS_BEHIND_BLOCK {
        soon(one.echo(&mut other)).await;
    }
    assert!(!one.is_watched_for_room());
}

#[tokio::test]
async fn who_looks_again_and_again_has_room_watched_for_no_shorter_and_who_asks_by_itself_no_longer()
 {
    let (mut one, mut other) = pair();
    fill(&mut one.write, &mut Context::from_waker(Waker::noop()));
    let mut received = vec![0; MUCH];
    let mut missing = true;
    while missing {
        let mut buf = ReadBuf::new(&mut received);
        let read = poll_fn(|cx| Pin::new(&mut other.read).poll_read(cx, &mut buf));
        soon(read).await.unwrap();
        let piece =
            Pin::new(&mut one.write).poll_write(&mut Context::from_waker(Waker::noop()), b"piece");
        missing = piece.is_pending();
    }
    let task = Polled::new();
    for _ in 0..3 * u32::from(POLLS_BEHIND_BLOCK) {
        task.finds_nothing(&mut one.read);
    }
    assert!(one.is_watched_for_room());
    for _ in 0..=POLLS_BEHIND_BLOCK {
        soon(other.write.write_all(b"hello")).await.unwrap();
        let mut buf = [0; 8];
        assert_eq!(one.read.read_now(&mut buf).unwrap().unwrap(), 5);
        task.finds_nothing(&mut one.read);
    }
    assert!(!one.is_watched_for_room());
}

/// Polls a write of a piece until there is no room for it.
fn fill(write: &mut WriteHalf, cx: &mut Context<'_>) {
    let piece = [7; 64 * 1024];
    while Pin::new(&mut *write).poll_write(cx, &piece).is_ready() {}
}

#[tokio::test]
async fn a_write_that_waits_is_told_of_room_however_often_its_peer_writes_meanwhile() {
    let (mut one, mut other) = pair();
    let task = Polled::new();
    fill(&mut one.write, &mut task.cx());
    // It is not polled again for as many waits as otherwise make room uninteresting, and more.
    for _ in 0..3 * u32::from(POLLS_BEHIND_BLOCK) {
        soon(pass(&mut other.write, &mut one.read)).await;
    }
    assert!(one.is_watched_for_room());
    let told = task.woken();
    let mut received = vec![0; 64 * 1024];
    soon(async {
        while task.woken() == told {
            other.read.read_exact(&mut received).await.unwrap();
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(received.iter().all(|byte| *byte == 7));
}

#[tokio::test]
async fn who_waits_to_read_is_told_behind_a_registration_anew() {
    let (mut one, mut other) = pair();
    let task = Polled::new();
    task.finds_nothing(&mut one.read);
    // Somebody else's write finds no room, and has the socket registered anew.
    fill(&mut one.write, &mut Context::from_waker(Waker::noop()));
    assert!(one.is_watched_for_room());
    assert_eq!(task.woken(), 1);
    task.is_greeted(&mut one.read, &mut other.write).await;
}

#[tokio::test]
async fn one_task_that_waits_for_both_is_told_of_both() {
    let (mut one, mut other) = pair();
    let task = Polled::new();
    task.finds_nothing(&mut one.read);
    // The write has the socket registered anew, behind the look at what has arrived.
    fill(&mut one.write, &mut task.cx());
    assert!(task.woken() > 0);
    task.is_greeted(&mut one.read, &mut other.write).await;
}

#[tokio::test]
async fn two_that_write_before_they_read_in_one_task_each_go_on_when_the_other_reads() {
    let (mut one, mut other) = pair();
    let sent = vec![7; MUCH];
    let (mut up, mut down) = (vec![0; MUCH], vec![0; MUCH]);
    // One reads from the beginning, the other behind its write.
    let first = async {
        let (read, written) =
            tokio::join!(biased; one.read.read_exact(&mut down), one.write.write_all(&sent));
        read.unwrap();
        written.unwrap();
    };
    let second = async {
        other.write.write_all(&sent).await.unwrap();
        other.read.read_exact(&mut up).await.unwrap();
    };
    soon(async { tokio::join!(biased; first, second) }).await;
    assert!(up == sent && down == sent);
}

#[tokio::test]
async fn a_write_that_is_given_up_has_room_watched_for_no_longer_than_its_writer_is_there() {
    let (mut one, mut other) = pair();
    fill(&mut one.write, &mut Context::from_waker(Waker::noop()));
    assert!(one.is_watched_for_room());
    let Halves {
        watched,
        mut read,
        write,
    } = one;
    drop(write);
    for _ in 0..=POLLS_BEHIND_BLOCK {
        soon(pass(&mut other.write, &mut read)).await;
    }
    assert!(!watched.is_for_room());
}

#[tokio::test]
async fn a_head_start_is_given_from_the_next_read_on_and_taken_back() {
    let (mut one, mut other) = pair();
    for early in [true, false, true] {
        one.read.wake_early(early);
        soon(one.echo(&mut other)).await;
        assert_eq!(one.is_watched_for_room(), early);
        assert!(!other.is_watched_for_room());
    }
}

#[tokio::test]
async fn no_more_is_appended_than_was_asked_for() {
    let (mut one, mut other) = pair();
    other.write.write_all(b"hello, world").await.unwrap();
    // Memory for exactly as much, for more, and for none.
    for (room, most, expected) in [(5, 5, "hello"), (100, 2, ", "), (0, 3, "wor"), (1, 9, "l")] {
        let mut buf = Vec::with_capacity(room);
        let append = poll_fn(|cx| one.read.poll_append(cx, &mut buf, most));
        assert_eq!(soon(append).await.unwrap(), expected.len());
        assert_eq!(buf, expected.as_bytes());
    }
    drop(other);
    let mut buf = Vec::new();
    let append = poll_fn(|cx| one.read.poll_append(cx, &mut buf, 8));
    assert_eq!(soon(append).await.unwrap(), 1);
    let append = poll_fn(|cx| one.read.poll_append(cx, &mut buf, 8));
    assert_eq!(soon(append).await.unwrap(), 0);
    assert_eq!(buf, b"d");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn halves_in_tasks_of_their_own_lose_no_wake_up_while_what_is_watched_changes() {
    const PIECES: usize = 200;
    let tasks: Vec<_> = (0..8)
        .flat_map(|number: u8| {
            let (one, other) = pair();
            let is_restless = number.is_multiple_of(2);
            let Halves {
                mut read,
                mut write,
                ..
            } = one;
            let Halves {
                read: mut peer_read,
                write: mut peer_write,
                ..
            } = other;
            let writes = async move {
                let piece = [7; 64 * 1024];
                for _ in 0..PIECES {
                    write.write_all(&piece).await.unwrap();
                }
            };
            let reads = async move {
                let mut byte = [0];
                let mut count: usize = 0;
                // In every other pair it is polled over and over, beside something else that is always ready.
                while count < PIECES {
                    read.wake_early(count.is_multiple_of(3));
                    tokio::select! {
                        biased;
                        received = read.read(&mut byte) => count += received.unwrap(),
                        () = tokio::task::yield_now(), if is_restless => {}
                    }
                }
            };
            let peer = async move {
                let mut piece = [0; 64 * 1024];
                for _ in 0..PIECES {
                    peer_read.read_exact(&mut piece).await.unwrap();
                    peer_write.write_all(&[7]).await.unwrap();
                }
            };
            #[expect(clippy::disallowed_methods, reason = "joined below")]
            [
                tokio::spawn(writes),
                tokio::spawn(reads),
                tokio::spawn(peer),
            ]
        })
        .collect();
    for task in tasks {
        soon(task).await.unwrap();
    }
}
