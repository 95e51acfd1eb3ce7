//! Both ends of a connection's streams, and between them a link that a test holds.
//!
//! Each side does with a frame what `connection::streams` does with it. Beside them stands the story of each stream, by
//! which everything that the two sides decide is checked as it is decided.

use std::collections::VecDeque;

use super::credit;
use crate::proto::{Incoming, Outgoing, Spent};
use crate::wire::{Credit, StreamId};

/// One of the two sides of a link.
pub(super) type Side = usize;

/// A stream, by its place among all that were opened.
pub(super) type Serial = usize;

/// What one side announces: streams at once, and the window of each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Announced {
    pub(super) limit: usize,
    pub(super) window: Credit,
    /// How many bytes of items share a frame on their way to it.
    pub(super) max_packed: usize,
    /// Whether its readers tell of each item, and not of half a window.
    pub(super) tells_each: bool,
}

/// The number of an item in its stream, and its bytes.
type Item = (u32, usize);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Frame {
    Open(StreamId, Serial),
    Items(StreamId, Serial, Vec<Item>),
    End(StreamId, End),
    Credit(StreamId, Credit),
    Stop(StreamId),
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Finished,
    Reset,
    /// By the writer, since it was asked to.
    Stopped,
}

/// What has happened to a stream.
#[derive(Debug)]
struct Story {
    writer: Side,
    id: StreamId,
    sent: u32,
    /// What the writer has sent and got no credit for.
    unpaid: (u64, u64),
    written: Option<End>,
    /// What has arrived and was not yet taken.
    waiting: VecDeque<Item>,
    /// What has arrived and no credit was given for.
    held: (u64, u64),
    /// What was taken and not yet told.
    taken: Credit,
    read: u32,
    /// Whether its opening has arrived, and was accepted.
    entered: bool,
    /// Whether its reader has gone, or there never was one.
    stopped: bool,
    heard: Option<End>,
}

#[derive(Debug)]
struct Peer {
    announced: Announced,
    outgoing: Outgoing<Serial>,
    incoming: Incoming<Serial>,
    /// Frames on their way to it.
    link: VecDeque<Frame>,
}

/// Two sides and what is between them.
#[derive(Debug)]
pub(super) struct Pair {
    peers: [Peer; 2],
    stories: Vec<Story>,
}

impl Pair {
    pub(super) fn new(announced: [Announced; 2]) -> Self {
        let peer = |side: Side| {
            let (own, other) = (announced[side], announced[1 - side]);
            Peer {
                announced: own,
                outgoing: Outgoing::new(own.limit.min(other.limit), other.window),
                incoming: Incoming::new(own.limit, own.window),
                link: VecDeque::new(),
            }
        };
        Self {
            peers: [peer(0), peer(1)],
            stories: Vec::new(),
        }
    }

    /// How many streams there ever were.
    pub(super) fn opened(&self) -> usize {
        self.stories.len()
    }

    fn open_from(&self, side: Side) -> usize {
        let is_open = |story: &&Story| story.writer == side && story.written.is_none();
        self.stories.iter().filter(is_open).count()
    }

    /// Opens a stream from `side`, if there is room.
    pub(super) fn open(&mut self, side: Side) -> Option<Serial> {
        let open = self.open_from(side);
        let Peer { outgoing, .. } = &mut self.peers[side];
        assert_eq!(outgoing.has_room_for(1), open < outgoing.limit());
        if !outgoing.has_room_for(1) {
            return None;
        }
        let serial = self.stories.len();
        let id = outgoing.open(serial);
        assert!(id.slot() < outgoing.limit(), "{id}");
        let is_known = |story: &Story| story.writer == side && story.id == id;
        assert!(!self.stories.iter().any(is_known), "{id} is used again");
        self.stories.push(Story {
            writer: side,
            id,
            sent: 0,
            unpaid: (0, 0),
            written: None,
            waiting: VecDeque::new(),
            held: (0, 0),
            taken: credit(0, 0),
            read: 0,
            entered: false,
            stopped: false,
            heard: None,
        });
        self.peers[1 - side].link.push_back(Frame::Open(id, serial));
        Some(serial)
    }

    /// Sends an item, if its stream is open and there is credit. It joins those in front of it if it may.
    pub(super) fn send(&mut self, serial: Serial, len: usize, joins: bool) -> Spent {
        let story = &mut self.stories[serial];
        let reader = 1 - story.writer;
        let Announced {
            window, max_packed, ..
        } = self.peers[reader].announced;
        let has_credit =
            story.unpaid.0 < window.items.into() && story.unpaid.1 < window.bytes.into();
        let expected = match (story.written, has_credit) {
            (Some(_), _) => Spent::Over,
            (None, true) => Spent::Sent,
            (None, false) => Spent::NoCredit,
        };
        let spent = self.peers[story.writer].outgoing.spend(story.id, 1, len);
        assert_eq!(spent, expected, "{story:?}");
        if spent != Spent::Sent {
            return spent;
        }
        let item = (story.sent, len);
        story.sent += 1;
        story.unpaid.0 += 1;
        story.unpaid.1 += len as u64;
        match self.peers[reader].link.back_mut() {
            Some(Frame::Items(id, _, items))
                if joins && *id == story.id && bytes_of(items) + len <= max_packed =>
            {
                items.push(item);
            }
            _ => {
                let frame = Frame::Items(story.id, serial, vec![item]);
                self.peers[reader].link.push_back(frame);
            }
        }
        spent
    }

    /// The writer ends its stream, unless it is over.
    pub(super) fn end(&mut self, serial: Serial, end: End) {
        let story = &mut self.stories[serial];
        let ended = self.peers[story.writer].outgoing.end(story.id);
        assert_eq!(ended, story.written.is_none().then_some(serial));
        if ended.is_some() {
            story.written = Some(end);
            let frame = Frame::End(story.id, end);
            self.peers[1 - story.writer].link.push_back(frame);
        }
    }

    /// The reader takes up to `count` items.
    pub(super) fn take(&mut self, serial: Serial, count: usize) {
        let story = &mut self.stories[serial];
        if story.stopped {
            return;
        }
        let [writer, reader] = [story.writer, 1 - story.writer];
        let Announced {
            window, tells_each, ..
        } = self.peers[reader].announced;
        for _ in 0..count {
            let Some((number, len)) = story.waiting.pop_front() else {
                break;
            };
            assert_eq!(number, story.read, "in order, none lost and none twice");
            story.read += 1;
            story.taken.items += 1;
            story.taken.bytes += len as u32;
            let half = credit(window.items.div_ceil(2), window.bytes.div_ceil(2));
            let is_half = story.taken.items >= half.items || story.taken.bytes >= half.bytes;
            if !tells_each && !is_half {
                continue;
            }
            let taken = std::mem::take(&mut story.taken);
            let given = self.peers[reader].incoming.take(story.id, taken);
            if let Some(given) = given {
                assert!(given.items >= half.items || given.bytes >= half.bytes);
                assert_eq!(story.heard, None, "it is over");
                story.held.0 -= u64::from(given.items);
                story.held.1 -= u64::from(given.bytes);
                let frame = Frame::Credit(story.id, given);
                self.peers[writer].link.push_back(frame);
            }
        }
    }

    /// The reader goes.
    pub(super) fn stop(&mut self, serial: Serial) {
        let story = &mut self.stories[serial];
        if !story.entered || story.stopped {
            return;
        }
        let stopped = self.peers[1 - story.writer].incoming.stop(story.id);
        assert_eq!(stopped, story.heard.is_none().then_some(serial));
        story.stopped = true;
        story.waiting.clear();
        if stopped.is_some() {
            let frame = Frame::Stop(story.id);
            self.peers[story.writer].link.push_back(frame);
        }
    }

    /// Delivers the next frame to a side. `false`: there is none. A stream that it opens is not entered if `refuses`, as
    /// with a request to a side that closes.
    pub(super) fn deliver(&mut self, to: Side, refuses: bool) -> bool {
        let Some(frame) = self.peers[to].link.pop_front() else {
            return false;
        };
        match frame {
            Frame::Open(id, serial) => self.handle_open(to, id, serial, refuses),
            Frame::Items(id, serial, items) => self.handle_items(to, id, serial, items),
            Frame::End(id, end) => self.handle_end(to, id, end),
            Frame::Credit(id, credit) => {
                let handled = self.peers[to].outgoing.handle_credit(id, credit);
                let serial = handled.expect("what was used").copied();
                let story = self.story_of(to, id);
                assert_eq!(serial.is_some(), self.stories[story].written.is_none());
                let unpaid = &mut self.stories[story].unpaid;
                unpaid.0 -= u64::from(credit.items);
                unpaid.1 -= u64::from(credit.bytes);
            }
            Frame::Stop(id) => {
                let serial = self.story_of(to, id);
                let story = &mut self.stories[serial];
                let ended = self.peers[to].outgoing.end(id);
                assert_eq!(ended, story.written.is_none().then_some(serial));
                if ended.is_some() {
                    story.written = Some(End::Stopped);
                    self.peers[1 - to]
                        .link
                        .push_back(Frame::End(id, End::Stopped));
                }
            }
        }
        true
    }

    fn handle_open(&mut self, to: Side, id: StreamId, serial: Serial, refuses: bool) {
        let story = &mut self.stories[serial];
        if refuses {
            story.stopped = true;
            assert_eq!(self.peers[to].incoming.stop(id), None);
            self.peers[1 - to].link.push_back(Frame::Stop(id));
            return;
        }
        story.entered = true;
        let opened = self.peers[to].incoming.open(id, serial);
        opened.expect("its slot is free, and below the limit");
    }

    fn handle_items(&mut self, to: Side, id: StreamId, serial: Serial, items: Vec<Item>) {
        let story = &mut self.stories[serial];
        assert_eq!(story.heard, None, "nothing follows an end");
        let (count, bytes) = (items.len() as u32, bytes_of(&items));
        let window = self.peers[to].announced.window;
        let handled = self.peers[to].incoming.handle_items(id, count, bytes);
        let owner = handled.expect("there was credit for them").copied();
        assert_eq!(owner, (!story.stopped).then_some(serial));
        if owner.is_none() {
            return;
        }
        story.held.0 += u64::from(count);
        story.held.1 += bytes as u64;
        assert!(story.held.0 <= window.items.into(), "{story:?}");
        assert!(
            story.held.1 < u64::from(window.bytes) + bytes as u64,
            "one window and one frame: {story:?}"
        );
        story.waiting.extend(items);
    }

    fn handle_end(&mut self, to: Side, id: StreamId, end: End) {
        let serial = self.story_of(1 - to, id);
        let story = &mut self.stories[serial];
        let told = self.peers[to].incoming.handle_end(id);
        assert_eq!(told, (!story.stopped).then_some(serial));
        assert_eq!(story.heard.replace(end), None, "it ends once");
    }

    fn story_of(&self, writer: Side, id: StreamId) -> Serial {
        let is_it = |story: &Story| story.writer == writer && story.id == id;
        self.stories.iter().position(is_it).expect("it was opened")
    }

    /// Delivers everything and has the readers take everything, until nothing moves any more.
    fn come_to_rest(&mut self) {
        loop {
            for serial in 0..self.stories.len() {
                self.take(serial, usize::MAX);
            }
            if self.peers.iter().all(|peer| peer.link.is_empty()) {
                return;
            }
            for side in 0..2 {
                while self.deliver(side, false) {}
            }
        }
    }

    /// Lets everything run to its end. No stream is stuck on the way, and nothing is left behind.
    pub(super) fn settle(&mut self, backlog: &[usize]) {
        self.come_to_rest();
        for len in backlog {
            for serial in 0..self.stories.len() {
                let spent = self.send(serial, *len, true);
                assert_ne!(spent, Spent::NoCredit, "stuck: {:?}", self.stories[serial]);
            }
            self.come_to_rest();
        }
        for serial in 0..self.stories.len() {
            self.end(serial, End::Finished);
        }
        self.come_to_rest();
        for story in &self.stories {
            assert!(story.written.is_some());
            assert_eq!(story.heard, story.written);
            if !story.stopped {
                assert_eq!(story.read, story.sent, "{story:?}");
            }
        }
        self.assert_empty();
        for side in 0..2 {
            let limit = self.peers[side].outgoing.limit();
            for _ in 0..limit {
                assert!(self.open(side).is_some(), "every slot is free again");
            }
            assert_eq!(self.open(side), None);
        }
        self.come_to_rest();
    }

    /// Ends the connection at both sides. Whoever reads or writes is told once.
    pub(super) fn cut(&mut self) {
        for side in 0..2 {
            let Peer {
                outgoing,
                incoming,
                link,
                ..
            } = &mut self.peers[side];
            link.clear();
            let mut readers: Vec<_> = incoming.drain().collect();
            let mut writers: Vec<_> = outgoing.drain().collect();
            readers.sort_unstable();
            writers.sort_unstable();
            let of = |is: &dyn Fn(&Story) -> bool| -> Vec<Serial> {
                let serials = 0..self.stories.len();
                serials
                    .filter(|serial| is(&self.stories[*serial]))
                    .collect()
            };
            let is_read = |story: &Story| {
                story.writer != side && story.entered && !story.stopped && story.heard.is_none()
            };
            assert_eq!(readers, of(&is_read));
            let is_written = |story: &Story| story.writer == side && story.written.is_none();
            assert_eq!(writers, of(&is_written));
        }
        self.assert_empty();
        for story in &self.stories {
            let [writer, reader] = [story.writer, 1 - story.writer];
            let writer = &mut self.peers[writer];
            assert_eq!(writer.outgoing.spend(story.id, 1, 1), Spent::Over);
            assert_eq!(writer.outgoing.end(story.id), None);
            let reader = &mut self.peers[reader];
            assert_eq!(reader.incoming.take(story.id, credit(9, 9)), None);
            assert_eq!(reader.incoming.stop(story.id), None);
        }
    }

    fn assert_empty(&self) {
        for peer in &self.peers {
            assert!(peer.outgoing.is_empty());
            assert_eq!(peer.incoming.len(), 0);
            assert!(peer.link.is_empty());
        }
    }
}

fn bytes_of(items: &[Item]) -> usize {
    items.iter().map(|(_, len)| len).sum()
}
