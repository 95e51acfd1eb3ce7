use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWriteExt, DuplexStream, ReadBuf};

use super::super::incoming::{Dispatched, IncomingCall};
use super::super::{Connection, Facts};
use super::*;
use crate::clock::Timekeeper;
use crate::config::Config;
use crate::transport::half::Receive;
use crate::wire::{Header, Kind, RequestId};

/// Whoever says something to this one is not answered by it.
struct Nobody;

impl Dispatch for Nobody {
    fn dispatch(&self, call: IncomingCall<'_>) -> Dispatched {
        drop(call);
        Dispatched::DONE
    }
}

/// Tells how it was to be woken.
struct Recorder {
    io: DuplexStream,
    said: Arc<Mutex<Vec<bool>>>,
    timekeeper: Timekeeper,
}

impl AsyncRead for Recorder {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl Receive for Recorder {
    fn timekeeper(&self) -> Timekeeper {
        self.timekeeper
    }

    fn keeps_last_words(&self) -> bool {
        false
    }

    fn wake_early(&mut self, early: bool) {
        self.said.lock().unwrap().push(early);
    }
}

#[tokio::test]
async fn a_head_start_is_asked_for_while_one_request_comes_at_a_time() {
    let (io, mut peer) = tokio::io::duplex(64 * 1024);
    let said = Arc::new(Mutex::new(Vec::new()));
    let reader = Recorder {
        io,
        said: Arc::clone(&said),
        timekeeper: Timekeeper::Runtime,
    };
    let (reader, writer) = (Box::new(reader), Box::new(tokio::io::sink()));
    let (_connection, mut driver) = Connection::begin(
        Facts::of_nobody(),
        (reader, writer),
        bytes::Bytes::new(),
        Arc::new(Nobody),
    );
    driver.lull = Lull::on_cores(&Config::default(), Timekeeper::Runtime, false, 2);
    let mut cx = Context::from_waker(Waker::noop());
    let frame = |(kind, flags)| {
        let mut header = Header::new(kind, RequestId::new(0, 0));
        header.flags = flags;
        header.encode()
    };
    let ping = (Kind::Ping, Flags::default());
    let request = (Kind::Request, Flags::default());
    let notice = (Kind::Request, Flags::ONE_WAY);
    for (said_to_it, at_once, expected) in [
        (ping, 1, vec![]),
        (notice, 1, vec![]),
        (request, 1, vec![true]),
        (request, 3, vec![true, false]),
        (request, 1, vec![true, false, true]),
        (notice, 1, vec![true, false, true, false]),
    ] {
        for _ in 0..100 {
            // The same one again: it was answered by then.
            for _ in 0..at_once {
                peer.write_all(&frame(said_to_it)).await.unwrap();
            }
            for _ in 0..3 {
                assert!(driver.poll(&mut cx).is_pending());
            }
        }
        assert_eq!(*said.lock().unwrap(), expected);
    }
}

/// How often a task was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Whether the task of a connection goes round again by itself behind these bytes of its peer, which takes so many and reads none.
async fn goes_round_behind(said: &[u8], takes: usize, burst_poll: Duration) -> bool {
    let (io, mut peer) = tokio::io::duplex(1024 * 1024);
    let (write, _unread) = tokio::io::duplex(takes);
    let reader = Recorder {
        io,
        said: Arc::default(),
        timekeeper: Timekeeper::System,
    };
    let (_connection, mut driver) = Connection::begin(
        Facts::of_nobody(),
        (Box::new(reader), Box::new(write)),
        bytes::Bytes::new(),
        Arc::new(Nobody),
    );
    let config = Config {
        burst_poll,
        ..Config::default()
    };
    driver.lull = Lull::on_cores(&config, Timekeeper::System, false, 2);
    // What is to be done to begin with.
    for _ in 0..3 {
        assert!(
            driver
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
    }
    peer.write_all(said).await.unwrap();
    // Until there is nothing left to do.
    loop {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut cx = Context::from_waker(&waker);
        assert!(driver.poll(&mut cx).is_pending());
        if driver.shared.lock().driver == DriverState::Idle {
            // What was put off comes when this task has had its turn.
            tokio::task::yield_now().await;
            return woken.0.load(Ordering::Relaxed) > 0;
        }
    }
}

/// The same on a thread of its own, where nobody else looks.
fn looks_behind(said: &[u8], takes: usize, burst_poll: Duration) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    std::thread::scope(|scope| {
        let looks = scope.spawn(|| runtime.block_on(goes_round_behind(said, takes, burst_poll)));
        looks.join().unwrap()
    })
}

#[test]
fn where_more_is_about_to_come_the_task_goes_round_again_unless_it_is_not_to() {
    let header = |kind, slot, len| {
        let mut header = Header::new(kind, RequestId::new(slot, 0));
        header.len = len;
        header.encode()
    };
    let ping = header(Kind::Ping, 0, 0).to_vec();
    let requests = |count| -> Vec<u8> {
        (0..count)
            .flat_map(|slot| header(Kind::Request, slot, 0))
            .collect()
    };
    let part = [&header(Kind::Ping, 0, 100_000)[..], &[7; 50_000]].concat();
    let large_ping = [&header(Kind::Ping, 0, 8_000)[..], &[7; 8_000]].concat();
    let all = 1024 * 1024;
    for (said, takes, expected) in [
        (ping, all, false),
        (requests(1), all, false),
        (requests(9), all, true),
        (part, all, true),
        (large_ping.clone(), all, false),
        (large_ping, 1024, true),
    ] {
        let longest = Duration::from_millis(1);
        let len = said.len();
        assert_eq!(looks_behind(&said, takes, longest), expected, "{len} bytes");
        assert!(!looks_behind(&said, takes, Duration::ZERO), "{len} bytes");
    }
}
