//! Streams of messages that come to nothing, beside streams that are read.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use super::*;
use crate::codec::Codec;
use crate::config::Config;
use crate::connection::{Facts, PeerServices};
use crate::identity::PeerIdentity;
use crate::wake::Place;
use crate::wire::{ConnectionId, RequestId};

const ID: StreamId = StreamId::new(3, 7);

/// A connection whose task does not run: what it is to do, the tests do.
fn connection() -> Connection {
    connection_over(Box::new(tokio::io::sink()))
}

fn connection_over(writer: crate::transport::Writer) -> Connection {
    let config = Config::default();
    let facts = Facts {
        id: ConnectionId::new(1),
        codec: Codec::default(),
        peer: PeerIdentity::in_process(),
        session: Arc::new(()),
        peer_limits: config.peer_limits(),
        peer_serves: PeerServices::default(),
        peer_name: None,
        offers: None,
        config,
        renewed: None,
    };
    Connection::of(Shared::new(writer, facts))
}

/// A frame about the stream, or one that opens it.
fn frame(header: Header, body: &[u8]) -> Frame<'_> {
    Frame {
        header,
        body: Body::Lent(body),
        side: Body::Lent(&[]),
    }
}

/// A response to nothing, and what opens the stream in front of its body.
fn answer_to_nothing() -> (Header, Vec<u8>) {
    let mut header = Header::new(Kind::Response, RequestId::new(5, 5));
    header.flags = Flags::STREAMS;
    let mut body = Vec::new();
    StreamId::encode_all(&[ID], &mut body);
    (header, body)
}

#[tokio::test]
async fn an_answer_to_nothing_that_opens_a_stream_which_is_read_leaves_its_reader_alone() {
    let connection = connection();
    let shared = connection.shared();
    let mut readers = shared.enter_streams(vec![ID]).unwrap();
    let reader = readers.iter_mut().next().unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(reader.poll_more(&mut cx).is_pending());

    let mut deferred = Deferred::default();
    let (header, body) = answer_to_nothing();
    let before = shared.lock().outbox.len();
    let answered = shared.lock().answer(frame(header, &body), &mut deferred);
    answered.expect("it means nothing, whatever is in it");
    assert_eq!(shared.lock().outbox.len(), before, "nothing is stopped");

    let end = frame(Header::new(Kind::End, ID.in_header()), &[]);
    shared.lock().handle_stream(end, &mut deferred).unwrap();
    deferred.run();
    let told = reader.poll_more(&mut cx);
    assert!(
        matches!(told, Poll::Ready(Err(ReaderEnd::Finished))),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_refused_message_may_not_open_a_stream_in_a_taken_slot() {
    let connection = connection();
    let shared = connection.shared();
    let _readers = shared.enter_streams(vec![ID]).unwrap();
    let limit = shared.lock().incoming.limit();
    for (slot, generation) in [(3, 7), (3, 8), (limit as u32, 0), (u32::MAX, 0)] {
        let id = StreamId::new(slot, generation);
        let refused = shared.lock().refuse_streams(vec![id]);
        assert!(refused.is_err(), "{id}");
    }
    let refused = shared.lock().refuse_streams(vec![StreamId::new(4, 7)]);
    assert_eq!(refused, Ok(()));
}

/// Keeps the writer that it is started on.
struct Kept(Arc<Mutex<Option<StreamWriter>>>);

impl Feed for Kept {
    fn start(self: Box<Self>, writer: StreamWriter) {
        *self.0.lock().unwrap() = Some(writer);
    }
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn who_waits_for_room_is_woken_when_the_stream_is_ended_on_this_side() {
    // The peer reads nothing.
    let (there, _here) = tokio::io::duplex(16);
    let connection = connection_over(Box::new(there));
    let place = Arc::default();
    let feed: Box<dyn Feed> = Box::new(Kept(Arc::clone(&place)));
    let mut header = Header::new(Kind::Response, RequestId::new(0, 0));
    let shared = connection.shared();
    let opened =
        shared
            .lock()
            .open_streams([feed].into_iter().collect(), &mut header, &mut Vec::new());
    opened.start(shared);
    let writer = place.lock().unwrap().take().unwrap();
    connection.preface(bytes::Bytes::from(vec![0; 256 * 1024]));
    let count = Arc::new(Count::default());
    let waker = Waker::from(Arc::clone(&count));
    let cx = Context::from_waker(&waker);
    let mut waits = Place::default();
    let mut send = || writer.poll_send(Payload::Small(b"x"), &mut waits, &cx);
    assert!(send().is_pending());
    writer.reset(StreamCode::Aborted, "a clone has given it up");
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    assert!(send().is_ready());
}
