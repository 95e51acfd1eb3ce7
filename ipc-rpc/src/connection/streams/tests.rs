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
        config: config.into(),
        renewed: None,
    };
    Connection::of(Shared::new(writer, facts))
}

/// A frame about the stream, or one that opens it.
fn frame<'a>(header: &'a Header, body: &'a [u8]) -> Frame<'a> {
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
    let answered = shared.lock().answer(frame(&header, &body), &mut deferred);
    answered.expect("it means nothing, whatever is in it");
    assert_eq!(shared.lock().outbox.len(), before, "nothing is stopped");

    let end = Header::new(Kind::End, ID.in_header());
    let end = frame(&end, &[]);
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

/// Opens a stream.
fn writer_of(connection: &Connection) -> StreamWriter {
    let place = Arc::default();
    let feed: Box<dyn Feed> = Box::new(Kept(Arc::clone(&place)));
    let mut header = Header::new(Kind::Response, RequestId::new(0, 0));
    let shared = connection.shared();
    let opened =
        shared
            .lock()
            .open_streams([feed].into_iter().collect(), &mut header, &mut Vec::new());
    opened.start(shared);
    place.lock().unwrap().take().unwrap()
}

/// Opens a stream to a peer that reads nothing, over a connection on which more waits than may.
fn writer_without_room() -> (Connection, StreamWriter, tokio::io::DuplexStream) {
    let (there, here) = tokio::io::duplex(16);
    let connection = connection_over(Box::new(there));
    let writer = writer_of(&connection);
    connection.preface(vec![0; 256 * 1024]);
    (connection, writer, here)
}

#[tokio::test]
async fn who_waits_for_room_is_woken_when_the_stream_is_ended_on_this_side() {
    let (_connection, writer, _deaf) = writer_without_room();
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

#[tokio::test]
async fn whoever_reads_much_lets_others_have_their_turn() {
    let connection = connection();
    let shared = connection.shared();
    let mut readers = shared.enter_streams(vec![ID]).unwrap();
    let reader = readers.iter_mut().next().unwrap();
    let mut deferred = Deferred::default();
    for _ in 0..8 {
        let mut body = vec![0; turns::SHARE / 2];
        // A length of seven bits, and items of as many bytes.
        body.chunks_mut(128).for_each(|item| item[0] = 127);
        let mut header = Header::new(Kind::Items, ID.in_header());
        header.method = (body.len() / 128) as u32;
        let items = frame(&header, &body);
        shared.lock().handle_stream(items, &mut deferred).unwrap();
    }
    deferred.run();
    let (mut read, mut turns) = (0, 0);
    while read < 8 * turns::SHARE / 2 {
        while let Some(item) = reader.next_item() {
            read += 1 + item.len();
        }
        match futures_util::poll!(std::future::poll_fn(|cx| reader.poll_more(cx))) {
            Poll::Ready(more) => more.unwrap(),
            Poll::Pending => turns += 1,
        }
        if read == 8 * turns::SHARE / 2 {
            break;
        }
    }
    assert_eq!(
        turns, 4,
        "whenever it has read as much, and then it goes on"
    );
}

#[tokio::test]
async fn whoever_writes_much_lets_others_have_their_turn() {
    let connection = connection();
    let writer = writer_of(&connection);
    let item = bytes::Bytes::from(vec![7; turns::SHARE / 2]);
    let mut cx = Context::from_waker(Waker::noop());
    let mut waits = Place::default();
    let mut turns = 0;
    for _ in 0..8 {
        if writer.poll_turn(&mut cx).is_pending() {
            turns += 1;
            assert!(writer.poll_turn(&mut cx).is_ready(), "once");
        }
        let sent = writer.poll_send(Payload::Large(&item), &mut waits, &cx);
        assert!(sent.is_ready());
        // As the connection's task does.
        let lent = writer.connection().shared().lock().outbox.lend();
        if let Some(lent) = lent {
            writer.connection().shared().write_once(lent);
        }
    }
    assert_eq!(turns, 3, "behind every other item, but for the last");
}

#[tokio::test]
async fn what_was_gathered_by_one_that_goes_is_sent_though_there_is_no_room() {
    let (connection, writer, _deaf) = writer_without_room();
    let mut batch = writer.batch();
    writer.send_batch(&mut batch).await.unwrap();
    let pushed: Result<_, ()> = batch.push(|out| {
        out.extend_from_slice(b"the last one");
        Ok(())
    });
    assert_eq!(pushed, Ok(None));
    let waits = futures_util::poll!(std::pin::pin!(writer.send_batch(&mut batch)));
    assert!(waits.is_pending());
    let before = connection.shared().lock().outbox.len();
    writer.send_last_batch(&mut batch);
    assert!(batch.is_empty());
    assert!(connection.shared().lock().outbox.len() > before);
}
