//! Every limit and every default, in one place, each with its reason.

use std::time::Duration;

use crate::wire::{Credit, MAX_DEADLINE, PeerLimits};

/// Limits and times of a client's or server's connections.
///
/// Start from [`Config::default`] and change what you need; the builders of client and server take it
/// with `.config(..)`. Values outside their range are moved to its nearer end when a builder uses them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Bytes of a message that this side accepts: arguments or result of one call, encoded, with the
    /// envelope's own few bytes.
    ///
    /// Announced while connecting; the peer keeps to it, and a call that would exceed it fails alone.
    /// Too small refuses honest calls; too large lets one peer claim as much memory for each connection.
    /// Range: 4 KiB to 1 GiB. Default: 8 MiB.
    pub max_frame_len: usize,

    /// Calls that this side serves at once on a connection; further ones wait at the caller.
    ///
    /// Too small serialises callers; too large lets one peer start as many handlers. Range: 1 to 65,536.
    /// Default: 1,024.
    pub max_in_flight: usize,

    /// Streams of a connection that are open at once in each direction: as many as the peer may write, and as many as
    /// this side writes. A call that would open one too many fails with
    /// [`CallError::TooManyStreams`](crate::CallError::TooManyStreams).
    ///
    /// Too small refuses honest calls; too large lets one peer have as many windows of memory at once, where nobody reads
    /// what it sends. What a stream that has ended leaves to be read is not counted here: it goes with its receiver. Range:
    /// 1 to 65,536. Default: 256.
    pub max_streams: usize,

    /// Items of a stream that may be on their way to this side or wait here to be read; then its writer waits.
    ///
    /// Too small and the writer waits for every few items, which costs several times the processor's time. Large, small items
    /// come a little faster, by a tenth with 8,192, and a call beside them waits a little longer. The memory is bounded by
    /// `stream_window_len` all the same. Range: 16 to 1,048,576. Default: 2,048.
    pub stream_window_items: usize,

    /// Bytes of a stream that may be on their way to this side or wait here to be read, and beyond that one item.
    ///
    /// Bounds what a stream costs that nobody reads. Too small and large items go one by one, each waiting for the one
    /// before to be read. Too large and a small call beside the stream waits for what is on its way: on two threads a side and
    /// beside items of 64 KiB that was 160 µs with 1 MiB, 85 with 512 KiB and 50 with 256, and their rate was best with 512.
    /// Range: 4 KiB to 1 GiB. Default: 512 KiB.
    pub stream_window_len: usize,

    /// Bytes that may wait to be written on a connection before callers and handlers wait in turn.
    ///
    /// Bounds what a peer that does not read costs. Range: 64 KiB to 1 GiB. Default: 16 MiB, two messages
    /// of the default size.
    pub max_outbound_len: usize,

    /// How long a call may take unless its context or its method says otherwise. `None`: for ever.
    ///
    /// Default: 30 s, so that a peer that hangs is noticed and a slow answer still arrives.
    pub call_timeout: Option<Duration>,

    /// How long a client may take to reach a server and be admitted, in total.
    ///
    /// A server that is not there is not waited for; one that is busy is. Default: 10 s.
    pub connect_timeout: Duration,

    /// How long a server waits for a client's hello and for the authenticator's answer, in total and not
    /// for each byte. Too short refuses honest clients on a busy machine. Default: 10 s.
    pub handshake_timeout: Duration,

    /// Connections that may be shaking hands at once; further ones wait for their turn. While some wait, one that
    /// has taken more than half a second gives way.
    ///
    /// So strangers cannot use up the places of admitted clients, and clients that say nothing cannot keep others
    /// out. Range: 1 to 65,536. Default: 64.
    pub max_handshakes: usize,

    /// Admitted connections of a server; a further client is refused with
    /// [`RefusalReason::ServerFull`](crate::RefusalReason::ServerFull).
    ///
    /// Each costs some 10 KiB and a descriptor while it is idle, and up to its limits when it is not. Range: 1 to
    /// 1,048,576. Default: 4,096.
    pub max_connections: usize,

    /// How long `close` waits for calls in flight, in both directions, before it ends them.
    ///
    /// Too short cuts honest calls; too long holds up whoever waits for the end. Default: 5 s.
    pub drain_timeout: Duration,

    /// How long a closing side reads on before it drops the socket, so that its last words arrive.
    ///
    /// A peer that is there goes at once; this is what one that is not costs. Default: 1 s.
    pub linger_timeout: Duration,

    /// How long the connection's task asks for more, again and again, before it sleeps. Zero: not at all.
    ///
    /// To be woken takes some 50 µs where a core sleeps, too; a call whose answer is asked for takes a tenth of that.
    /// The price is a core that is busy for that long behind every message, so this is for few connections, each end of
    /// which has a core to itself, on a runtime of one thread: with more threads the others are woken by the same
    /// messages. A process that may use one core only does not ask at all, and where asking is in vain again and again
    /// it is left out. Too short sleeps before the answer is there. Range: zero to 1 ms. Default: zero.
    ///
    /// # Platform notes
    ///
    /// On Linux the socket itself is asked several times for each time that the runtime is; elsewhere the runtime alone is, which
    /// made 7.4 µs of 4.8 where it was tried.
    ///
    /// ## Windows
    ///
    /// Not tested over named pipes.
    pub busy_poll: Duration,

    /// How long the connection's task looks for what is next before it sleeps where more is about to come: behind four
    /// requests or answers, or more, that came at once and, on tokio's `current_thread` runtime, in the middle of a large message.
    /// Zero: it sleeps at once.
    ///
    /// With many calls in flight that is about twice as fast where a core takes long to be woken, for less of the processors' time
    /// as a rule: to sleep and be woken costs both processes something, too. The price is a core that is busy for that long
    /// where nothing comes, and all the time where bursts follow each other a little faster than this. Where it is in
    /// vain again and again it is left out for a while; a process that may use one core only does not look at all, nor does a
    /// connection that [asks](Self::busy_poll) anyway, or one over memory or a stream of the application's own. Too short sleeps
    /// before the peer has made what is next. Range: zero to 1 ms. Default: 50 µs.
    ///
    /// # Platform notes
    ///
    /// Measured on Linux only. Elsewhere it is done in the same way, over named pipes as well.
    pub burst_poll: Duration,

    /// How long a peer may take nothing of what waits for it before the connection is ended with
    /// [`ConnectionError::PeerNotReading`](crate::ConnectionError::PeerNotReading). `None`: for ever.
    ///
    /// A peer that is stopped, in a debugger for one, reads nothing; one that is slow reads a little. Too short cuts
    /// peers off that are only busy; too long keeps what waits for one that hangs in memory. Default: 30 s.
    pub stall_timeout: Option<Duration>,

    /// Silence of the peer behind which it is pinged. No answer within `ping_timeout` ends the connection with
    /// [`ConnectionError::PingTimeout`](crate::ConnectionError::PingTimeout). `None`: a silent peer is left alone.
    ///
    /// Whatever arrives is a sign of life, so that a busy connection is never pinged. The answer is given by the peer's
    /// connection and not by its handlers. A peer is given up only while this process runs: what has arrived is read
    /// first, and behind a pause of this process, or of the machine, the peer is asked once more. A peer that is stopped,
    /// in a debugger for one, is dead by this measure.
    ///
    /// Too short wakes idle processes for nothing; too long keeps what a peer that hangs holds. Range: from 10 ms. Default:
    /// `None`.
    pub ping_interval: Option<Duration>,

    /// How long a ping may take, be it one of `ping_interval` or of [`Connection::ping`](crate::Connection::ping). Too short
    /// takes a busy peer for a dead one. Range: from 10 ms. Default: 10 s.
    pub ping_timeout: Duration,
}

/// When, how often and for how long a client connects again whose connection has ended.
///
/// Start from [`Reconnect::default`] and change what you need. Before each attempt the client waits for a random time: from
/// zero to a bound that doubles from attempt to attempt, so that many clients of a server that starts again do not all come
/// at once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reconnect {
    /// How long the wait before the first attempt is at most.
    ///
    /// Too short, and all clients of a server come back before it is up, and at once; too long, and calls wait longer than
    /// the server's start takes. At least 1 ms. Default: 100 ms.
    pub first_delay: Duration,

    /// How long the wait before an attempt is at most. Behind a connection that held for less the waits go on growing, so that
    /// a server that dies of its clients is not run over by them. Default: 5 s.
    pub longest_delay: Duration,

    /// How many attempts in a row may fail before the client gives up, those that led to a connection which held for less than
    /// `longest_delay` included. Zero: it does not even try. `None`: any number. Default: `None`.
    pub max_attempts: Option<u32>,

    /// How long the client may be without a connection before it gives up. `None`: for ever. Default: 5 minutes.
    pub give_up_after: Option<Duration>,

    /// What becomes of calls that are made while there is no connection. Default: [`WhileDown::Wait`].
    pub while_down: WhileDown,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            first_delay: Duration::from_millis(100),
            longest_delay: Duration::from_secs(5),
            max_attempts: None,
            give_up_after: Some(Duration::from_secs(300)),
            while_down: WhileDown::Wait,
        }
    }
}

/// What becomes of a call that is made while a client has no connection and is making another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhileDown {
    /// It waits for the next connection, until its own deadline.
    #[default]
    Wait,
    /// It fails at once with [`CallError::Connection`](crate::CallError::Connection), not sent.
    Fail,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_frame_len: 8 * 1024 * 1024,
            max_in_flight: 1024,
            max_streams: 256,
            stream_window_items: 2048,
            stream_window_len: 512 * 1024,
            max_outbound_len: 16 * 1024 * 1024,
            call_timeout: Some(Duration::from_secs(30)),
            connect_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(10),
            max_handshakes: 64,
            max_connections: 4096,
            drain_timeout: Duration::from_secs(5),
            linger_timeout: Duration::from_secs(1),
            busy_poll: Duration::ZERO,
            burst_poll: Duration::from_micros(50),
            stall_timeout: Some(Duration::from_secs(30)),
            ping_interval: None,
            ping_timeout: Duration::from_secs(10),
        }
    }
}

impl Config {
    /// What the peer is told to keep to.
    pub(crate) fn peer_limits(&self) -> PeerLimits {
        let number = |value| u32::try_from(value).unwrap_or(u32::MAX);
        PeerLimits {
            max_frame_len: number(self.max_frame_len),
            max_in_flight: number(self.max_in_flight),
            max_streams: number(self.max_streams),
            stream_window: Credit {
                items: number(self.stream_window_items),
                bytes: number(self.stream_window_len),
            },
        }
    }

    /// How much of a stream has to be read before its writer is told.
    pub(crate) fn half_stream_window(&self) -> Credit {
        let Credit { items, bytes } = self.peer_limits().stream_window;
        Credit {
            items: items.div_ceil(2),
            bytes: bytes.div_ceil(2),
        }
    }

    /// The same with every value moved into its range.
    pub(crate) fn clamped(mut self) -> Self {
        self.max_frame_len = self.max_frame_len.clamp(4 * 1024, GIB);
        self.max_in_flight = self.max_in_flight.clamp(1, 65_536);
        self.max_streams = self.max_streams.clamp(1, 65_536);
        self.stream_window_items = self.stream_window_items.clamp(16, 1_048_576);
        self.stream_window_len = self.stream_window_len.clamp(4 * 1024, GIB);
        self.max_outbound_len = self.max_outbound_len.clamp(64 * 1024, GIB);
        self.max_handshakes = self.max_handshakes.clamp(1, 65_536);
        self.max_connections = self.max_connections.clamp(1, 1_048_576);
        let longest = MAX_DEADLINE;
        for time in [
            &mut self.connect_timeout,
            &mut self.handshake_timeout,
            &mut self.drain_timeout,
            &mut self.linger_timeout,
            &mut self.ping_timeout,
        ] {
            *time = (*time).min(longest);
        }
        // Less would be a peer that is given up before it can answer, and a process that does nothing but ask.
        let shortest = Duration::from_millis(10);
        self.ping_timeout = self.ping_timeout.max(shortest);
        self.ping_interval = self
            .ping_interval
            .map(|interval| interval.clamp(shortest, longest));
        self.busy_poll = self.busy_poll.min(Duration::from_millis(1));
        self.burst_poll = self.burst_poll.min(Duration::from_millis(1));
        self.call_timeout = self.call_timeout.map(|timeout| timeout.min(longest));
        self.stall_timeout = self.stall_timeout.map(|timeout| timeout.min(longest));
        self
    }
}

const GIB: usize = 1024 * 1024 * 1024;
