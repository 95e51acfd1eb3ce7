use super::*;

const NOTHING: Underway = Underway {
    has_calls: false,
    has_requests: false,
    is_reading: false,
    is_blocked: false,
    written: 0,
};

const CALLS: Underway = Underway {
    has_calls: true,
    ..NOTHING
};

/// More than any budget takes.
const MANY: usize = 10_000_000;

fn lull(timekeeper: Timekeeper) -> Lull {
    Lull::on_cores(&Config::default(), timekeeper, false, 2)
}

/// One turn, in which so many requests arrive and so many callers are woken for answers.
fn turn(lull: &mut Lull, (requests, answers): (usize, usize), underway: Underway) -> Next {
    let asked = lull.begin_turn();
    if requests + answers > 0 {
        lull.note_read();
    }
    (0..requests).for_each(|_| lull.note_request(true));
    lull.note_woken(answers);
    lull.note_answers(answers > 0);
    lull.begin(asked, underway)
}

/// How often the task looks from now on, if nothing comes.
fn looks(lull: &mut Lull, underway: Underway) -> usize {
    (0..MANY)
        .take_while(|_| turn(lull, (0, 0), underway).looks)
        .count()
}

/// Whether the first turn ends with a look, on a thread of its own, where nobody else looks.
fn looks_at_first(mut lull: Lull, came: (usize, usize), underway: Underway) -> bool {
    std::thread::scope(|scope| {
        let first = scope.spawn(|| turn(&mut lull, came, underway).looks);
        first.join().unwrap()
    })
}

#[test]
fn behind_a_burst_more_is_looked_for_over_a_socket_with_a_core_for_the_peer() {
    let system = || lull(Timekeeper::System);
    assert!(looks_at_first(system(), (9, 0), NOTHING));
    assert!(looks_at_first(system(), (0, 9), CALLS));
    assert!(!looks_at_first(system(), (1, 1), CALLS));
    // Behind the last answer there is none to look for.
    assert!(!looks_at_first(system(), (0, 9), NOTHING));
    let memory = lull(Timekeeper::Runtime);
    assert!(!looks_at_first(memory, (9, 0), NOTHING));
    let alone = Lull::on_cores(&Config::default(), Timekeeper::System, false, 1);
    assert!(!looks_at_first(alone, (9, 0), NOTHING));
    let config = Config {
        burst_poll: Duration::ZERO,
        ..Config::default()
    };
    let unwanted = Lull::on_cores(&config, Timekeeper::System, false, 2);
    assert!(!looks_at_first(unwanted, (9, 0), NOTHING));
}

#[tokio::test(start_paused = true)]
async fn looking_and_asking_end_though_the_clock_of_the_runtime_stands_still() {
    let asking = Config {
        busy_poll: Duration::from_micros(50),
        ..Config::default()
    };
    for config in [Config::default(), asking] {
        let mut lull = Lull::on_cores(&config, Timekeeper::System, false, 2);
        assert!(turn(&mut lull, (9, 0), CALLS).looks);
        assert!(looks(&mut lull, CALLS) < MANY);
    }
}

#[test]
fn the_rest_of_a_large_message_is_looked_for_while_some_of_it_comes() {
    let mut lull = lull(Timekeeper::System);
    let reading = Underway {
        is_reading: true,
        ..NOTHING
    };
    assert!(!turn(&mut lull, (0, 0), reading).looks);
    // It was read in a turn that ended with something left to do.
    lull.begin_turn();
    lull.note_read();
    assert!(turn(&mut lull, (0, 0), reading).looks);
    assert!(looks(&mut lull, reading) < MANY);
}

#[test]
fn on_several_threads_bursts_are_looked_behind_and_large_messages_are_not() {
    let threaded = || Lull::on_cores(&Config::default(), Timekeeper::System, true, 2);
    assert!(looks_at_first(threaded(), (9, 0), NOTHING));
    let blocked = Underway {
        is_blocked: true,
        written: 5,
        ..NOTHING
    };
    assert!(!looks_at_first(threaded(), (0, 0), blocked));
}

#[test]
fn room_for_a_message_is_looked_for_while_the_peer_makes_some() {
    let mut lull = lull(Timekeeper::System);
    let blocked = |written| Underway {
        is_blocked: true,
        written,
        ..NOTHING
    };
    assert!(turn(&mut lull, (0, 0), blocked(5)).looks);
    assert!(turn(&mut lull, (0, 0), blocked(9)).looks);
    // The peer reads no more.
    assert!(looks(&mut lull, blocked(9)) < MANY);
    assert!(!turn(&mut lull, (0, 0), blocked(9)).looks);
    // It has all of it, and answers.
    let all = Underway {
        written: 12,
        ..NOTHING
    };
    assert!(turn(&mut lull, (0, 0), all).looks);
    assert!(looks(&mut lull, all) < MANY);
    assert!(!turn(&mut lull, (0, 0), all).looks);
}

#[test]
fn a_small_message_that_is_written_at_once_is_not_looked_behind() {
    let mut lull = lull(Timekeeper::System);
    let written = Underway {
        written: 100,
        ..CALLS
    };
    assert!(!turn(&mut lull, (1, 1), written).looks);
}

#[test]
fn a_head_start_that_was_taken_is_given_up_behind_bursts_though_the_task_never_sleeps() {
    let mut lull = lull(Timekeeper::System);
    let said: Vec<_> = (0..100)
        .filter_map(|_| turn(&mut lull, (1, 0), NOTHING).early)
        .collect();
    assert_eq!(said, [true]);
    let said: Vec<_> = (0..100)
        .filter_map(|_| {
            let next = turn(&mut lull, (9, 0), NOTHING);
            assert!(next.looks);
            next.early
        })
        .collect();
    assert_eq!(said, [false]);
}

#[test]
fn a_burst_that_comes_in_pieces_is_no_reason_for_a_head_start() {
    let mut lull = lull(Timekeeper::System);
    assert!(turn(&mut lull, (9, 0), NOTHING).looks);
    for _ in 0..100 {
        for _ in 0..3 {
            assert_eq!(turn(&mut lull, (1, 0), NOTHING).early, None);
        }
        // However long that has taken.
        turn(&mut lull, (9, 0), NOTHING);
    }
}
