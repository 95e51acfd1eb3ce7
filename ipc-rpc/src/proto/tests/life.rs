//! How a connection lives and ends.

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;

use crate::clock;
use crate::error::{ConnectionError, ProtocolError};
use crate::proto::{Life, Timeout};
use crate::wire::{Goodbye, GoodbyeCode};

const DRAIN: Duration = Duration::from_secs(5);
const LINGER: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(1);

fn life() -> (Life, Instant) {
    (Life::new(DRAIN, LINGER), clock::now())
}

fn goodbye() -> Goodbye {
    Goodbye::new(GoodbyeCode::Closed, "done")
}

fn violation() -> ProtocolError {
    ProtocolError::DuplicateRequest {
        id: "0.0".to_owned(),
    }
}

fn io_error() -> ConnectionError {
    ConnectionError::io(std::io::ErrorKind::Other.into())
}

/// A reason in short, to compare by.
fn name(reason: &ConnectionError) -> &'static str {
    match reason {
        ConnectionError::LocallyClosed { .. } => "locally closed",
        ConnectionError::Aborted => "aborted",
        ConnectionError::PeerClosed(_) => "peer closed",
        ConnectionError::PeerVanished => "peer vanished",
        ConnectionError::Protocol(_) => "protocol",
        ConnectionError::PeerNotReading { .. } => "peer not reading",
        ConnectionError::PingTimeout { .. } => "ping timeout",
        ConnectionError::Io(_) => "io",
        ConnectionError::NotRenewed(_) => "not renewed",
    }
}

fn ended(life: &Life) -> Option<&'static str> {
    life.ended().map(name)
}

/// The phase, by what it lets happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Open,
    Draining,
    Closing,
    Mute,
    Ended,
}

fn phase(life: &Life) -> Phase {
    let flags = (
        life.is_open(),
        life.is_draining(),
        life.is_closing(),
        life.is_listening(),
        life.ended().is_some(),
    );
    match flags {
        (true, false, false, true, false) => Phase::Open,
        (false, true, false, true, false) => Phase::Draining,
        (false, false, true, false, false) => Phase::Closing,
        (false, false, false, true, false) => Phase::Mute,
        (false, false, false, false, true) => Phase::Ended,
        other => panic!("no phase lets this happen: {other:?}"),
    }
}

/// A life brought to a phase: what it would report there if it just ended, and when it began.
fn brought_to(wanted: Phase) -> (Life, Instant) {
    let (mut life, now) = life();
    match wanted {
        Phase::Open => {}
        Phase::Draining => assert!(life.close(goodbye(), now)),
        Phase::Closing => {
            assert!(life.close(goodbye(), now));
            assert_eq!(life.handle_drained(now), Some(goodbye()));
        }
        Phase::Mute => life.handle_write_failed(io_error(), now),
        Phase::Ended => life.end(ConnectionError::Aborted),
    }
    assert_eq!(phase(&life), wanted);
    (life, now)
}

#[test]
fn an_orderly_end_goes_through_draining_and_closing() {
    let (mut life, now) = life();
    assert_eq!(phase(&life), Phase::Open);
    assert!(life.reason().is_none());
    assert_eq!(life.poll_timeout(), None);
    assert_eq!(life.handle_drained(now), None, "nobody asked for an end");

    assert!(life.close(goodbye(), now));
    assert_eq!(phase(&life), Phase::Draining);
    assert_eq!(life.poll_timeout(), Some(now + DRAIN));
    assert_eq!(name(&life.reason().unwrap()), "locally closed");

    assert_eq!(life.handle_drained(now), Some(goodbye()));
    assert_eq!(phase(&life), Phase::Closing);
    assert_eq!(life.handle_drained(now), None, "goodbye is said only once");

    life.handle_flushed(now + TICK);
    assert_eq!(life.poll_timeout(), Some(now + TICK + LINGER));
    life.handle_lost(ConnectionError::PeerVanished);
    assert_eq!(ended(&life), Some("locally closed"));
    assert_eq!(life.poll_timeout(), None);
    let Some(ConnectionError::LocallyClosed { reason }) = life.ended() else {
        panic!("{life:?}");
    };
    assert_eq!(reason, "done");
    assert!(!life.was_cut());
}

#[test]
fn closing_twice_changes_nothing() {
    for wanted in [Phase::Draining, Phase::Closing, Phase::Mute, Phase::Ended] {
        let (mut life, now) = brought_to(wanted);
        let before = (life.poll_timeout(), life.reason().map(|r| r.to_string()));
        let other = Goodbye::new(GoodbyeCode::ShuttingDown, "another");
        assert!(!life.close(other, now + TICK), "{wanted:?}");
        assert_eq!(phase(&life), wanted);
        assert_eq!(
            before,
            (life.poll_timeout(), life.reason().map(|r| r.to_string()))
        );
    }
}

#[test]
fn a_violation_is_told_to_the_peer_while_it_can_be() {
    for (wanted, told, after, reason) in [
        (Phase::Open, true, Phase::Closing, "protocol"),
        (Phase::Draining, true, Phase::Closing, "protocol"),
        (Phase::Closing, false, Phase::Closing, "locally closed"),
        (Phase::Mute, false, Phase::Ended, "protocol"),
        (Phase::Ended, false, Phase::Ended, "aborted"),
    ] {
        let (mut life, now) = brought_to(wanted);
        let goodbye = life.fail(violation(), now);
        assert_eq!(goodbye.is_some(), told, "{wanted:?}");
        assert_eq!(phase(&life), after, "{wanted:?}");
        assert_eq!(name(&life.reason().unwrap()), reason, "{wanted:?}");
        if let Some(goodbye) = goodbye {
            assert_eq!(goodbye.code, GoodbyeCode::ProtocolViolation);
            assert_eq!(goodbye.text, violation().to_string());
            assert_eq!(life.poll_timeout(), Some(now + LINGER));
        }
    }
}

#[test]
fn too_many_requests_are_blamed_as_overload() {
    let (mut life, now) = life();
    let error = ProtocolError::TooManyRequests { slot: 9, limit: 9 };
    let goodbye = life.fail(error, now).unwrap();
    assert_eq!(goodbye.code, GoodbyeCode::Overloaded);
    assert!(goodbye.text.contains('9'), "{goodbye:?}");
}

#[test]
fn the_end_of_the_stream_ends_every_phase_with_what_came_first() {
    for (wanted, reason) in [
        (Phase::Open, "peer vanished"),
        (Phase::Draining, "peer vanished"),
        (Phase::Closing, "locally closed"),
        (Phase::Mute, "io"),
        (Phase::Ended, "aborted"),
    ] {
        let (mut life, _) = brought_to(wanted);
        life.handle_lost(ConnectionError::PeerVanished);
        assert_eq!(ended(&life), Some(reason), "{wanted:?}");
    }
}

#[test]
fn a_goodbye_ends_every_phase_and_outranks_a_failed_write() {
    for (wanted, reason) in [
        (Phase::Open, "peer closed"),
        (Phase::Draining, "peer closed"),
        (Phase::Closing, "locally closed"),
        (Phase::Mute, "peer closed"),
        (Phase::Ended, "aborted"),
    ] {
        let (mut life, _) = brought_to(wanted);
        life.handle_goodbye(goodbye());
        assert_eq!(ended(&life), Some(reason), "{wanted:?}");
    }
}

#[test]
fn a_failed_write_leaves_time_to_hear_why() {
    for (wanted, after, reason) in [
        (Phase::Open, Phase::Mute, "io"),
        (Phase::Draining, Phase::Mute, "io"),
        (Phase::Closing, Phase::Ended, "locally closed"),
        (Phase::Mute, Phase::Ended, "io"),
        (Phase::Ended, Phase::Ended, "aborted"),
    ] {
        let (mut life, now) = brought_to(wanted);
        life.handle_write_failed(io_error(), now);
        assert_eq!(phase(&life), after, "{wanted:?}");
        assert_eq!(name(&life.reason().unwrap()), reason, "{wanted:?}");
        if after == Phase::Mute {
            assert_eq!(life.poll_timeout(), Some(now + LINGER));
        }
    }
}

#[test]
fn an_abort_ends_every_phase_and_keeps_the_reason_for_closing() {
    for (wanted, reason) in [
        (Phase::Open, "aborted"),
        (Phase::Draining, "aborted"),
        (Phase::Closing, "locally closed"),
        (Phase::Mute, "io"),
        (Phase::Ended, "aborted"),
    ] {
        let (mut life, _) = brought_to(wanted);
        life.end(ConnectionError::Aborted);
        assert_eq!(ended(&life), Some(reason), "{wanted:?}");
    }
}

#[test]
fn nothing_happens_before_its_time() {
    for wanted in [
        Phase::Open,
        Phase::Draining,
        Phase::Closing,
        Phase::Mute,
        Phase::Ended,
    ] {
        let (mut life, now) = brought_to(wanted);
        let just_before = life.poll_timeout().map_or(now + DRAIN, |at| at - TICK);
        assert_eq!(life.handle_timeout(just_before), Timeout::Nothing);
        assert_eq!(phase(&life), wanted);
        assert!(!life.was_cut());
    }
}

#[test]
fn draining_too_long_is_cut_and_then_goodbye_is_said() {
    let (mut life, now) = brought_to(Phase::Draining);
    assert_eq!(life.handle_timeout(now + DRAIN), Timeout::CutDrain);
    assert!(life.was_cut());
    let later = now + DRAIN + TICK;
    assert_eq!(life.handle_drained(later), Some(goodbye()));
    assert_eq!(phase(&life), Phase::Closing);
    assert_eq!(life.poll_timeout(), Some(later + LINGER));
}

#[test]
fn the_time_for_draining_can_be_cut_and_not_extended() {
    let (mut life, now) = brought_to(Phase::Draining);
    life.drain_until(now + DRAIN * 2);
    assert_eq!(life.poll_timeout(), Some(now + DRAIN));
    life.drain_until(now + TICK);
    assert_eq!(life.poll_timeout(), Some(now + TICK));
    for wanted in [Phase::Open, Phase::Mute, Phase::Ended] {
        let (mut life, now) = brought_to(wanted);
        let before = life.poll_timeout();
        life.drain_until(now);
        assert_eq!(life.poll_timeout(), before, "{wanted:?}");
    }
}

#[test]
fn a_close_may_have_a_time_of_its_own() {
    let (mut life, now) = life();
    assert!(life.close_by(goodbye(), now + DRAIN * 2));
    assert_eq!(life.poll_timeout(), Some(now + DRAIN * 2));
    assert!(!life.close_by(goodbye(), now));
    assert_eq!(life.poll_timeout(), Some(now + DRAIN * 2));
    life.shorten_drain(now);
    assert_eq!(life.handle_timeout(now), Timeout::CutDrain);
}

#[test]
fn a_goodbye_that_cannot_be_written_is_not_waited_for_when_the_end_is_cut_short() {
    let (mut life, now) = brought_to(Phase::Draining);
    life.handle_drained(now);
    assert_eq!(life.poll_timeout(), Some(now + DRAIN));
    life.drain_until(now);
    assert_eq!(life.poll_timeout(), Some(now + LINGER));
}

#[test]
fn a_peer_that_neither_reads_nor_goes_is_given_up() {
    let (mut life, now) = brought_to(Phase::Closing);
    let until = life.poll_timeout().unwrap();
    assert!(until <= now + DRAIN + LINGER);
    life.handle_timeout(until);
    assert_eq!(ended(&life), Some("locally closed"));

    let (mut life, now) = brought_to(Phase::Mute);
    life.handle_timeout(now + LINGER);
    assert_eq!(ended(&life), Some("io"));
}

#[test]
fn lingering_is_never_prolonged_by_a_late_flush() {
    let (mut life, now) = life();
    life.fail(violation(), now);
    life.handle_flushed(now + LINGER / 2);
    assert_eq!(life.poll_timeout(), Some(now + LINGER));
}

#[derive(Clone, Debug)]
enum Step {
    Close,
    DrainUntil(u16),
    Fail,
    Drained,
    Flushed,
    WriteFailed,
    Goodbye,
    Lost,
    Abort,
    Time(u16),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Close),
        any::<u16>().prop_map(Step::DrainUntil),
        Just(Step::Fail),
        Just(Step::Drained),
        Just(Step::Flushed),
        Just(Step::WriteFailed),
        Just(Step::Goodbye),
        Just(Step::Lost),
        Just(Step::Abort),
        (0..8_000_u16).prop_map(Step::Time),
    ]
}

proptest! {
    /// Phases only go forward, at most one goodbye is said, the reason of an end never changes, and time alone
    /// brings every end that was begun to its end.
    #[test]
    fn a_life_only_ever_goes_forward(steps in vec(any_step(), 0..30)) {
        let (mut life, mut now) = life();
        let mut goodbyes = 0;
        let mut reported = None;
        for step in steps {
            let before = phase(&life);
            match step {
                Step::Close => drop(life.close(goodbye(), now)),
                Step::DrainUntil(ms) => {
                    let until = now + Duration::from_millis(ms.into());
                    match ms % 2 {
                        0 => life.drain_until(until),
                        _ => life.shorten_drain(until),
                    }
                }
                Step::Fail => goodbyes += usize::from(life.fail(violation(), now).is_some()),
                Step::Drained => goodbyes += usize::from(life.handle_drained(now).is_some()),
                Step::Flushed => life.handle_flushed(now),
                Step::WriteFailed => life.handle_write_failed(io_error(), now),
                Step::Goodbye => life.handle_goodbye(goodbye()),
                Step::Lost => life.handle_lost(ConnectionError::PeerVanished),
                Step::Abort => life.end(ConnectionError::Aborted),
                Step::Time(ms) => {
                    now += Duration::from_millis(ms.into());
                    let cut = life.handle_timeout(now) == Timeout::CutDrain;
                    prop_assert!(!cut || before == Phase::Draining);
                }
            }
            prop_assert!(phase(&life) >= before);
            prop_assert_eq!(life.reason().is_none(), life.is_open());
            if reported.is_some() {
                prop_assert_eq!(ended(&life), reported);
            }
            reported = ended(&life);
        }
        prop_assert!(goodbyes <= 1);
        for _ in 0..3 {
            if let Some(at) = life.poll_timeout()
                && life.handle_timeout(at) == Timeout::CutDrain
            {
                life.handle_drained(at);
            }
        }
        prop_assert!(matches!(phase(&life), Phase::Open | Phase::Ended));
    }
}
