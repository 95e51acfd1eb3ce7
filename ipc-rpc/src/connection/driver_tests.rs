use std::pin::Pin;
use std::sync::Mutex;
use std::task::Waker;

use tokio::io::{AsyncRead, AsyncWriteExt, DuplexStream, ReadBuf};

use super::super::head_start::HeadStart;
use super::super::incoming::{Dispatched, IncomingCall};
use super::super::{Connection, Facts};
use super::*;
use crate::clock::Timekeeper;
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
        Timekeeper::Runtime
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
    };
    let (reader, writer) = (Box::new(reader), Box::new(tokio::io::sink()));
    let (_connection, mut driver) = Connection::begin(
        Facts::of_nobody(),
        (reader, writer),
        bytes::Bytes::new(),
        Arc::new(Nobody),
    );
    driver.lull.head_start = HeadStart::on_two_cores();
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
