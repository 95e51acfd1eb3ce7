use proptest::prelude::*;

use super::*;

fn connected(id: u64) -> ServerEvent {
    ServerEvent::Connected {
        id: ConnectionId::new(id),
        peer: PeerIdentity::in_process(),
        name: None,
    }
}

fn disconnected(id: u64) -> ServerEvent {
    ServerEvent::Disconnected {
        id: ConnectionId::new(id),
        reason: ConnectionError::PeerVanished,
    }
}

fn drain(events: &mut Events<ServerEvent>) -> Vec<ServerEvent> {
    std::iter::from_fn(|| events.try_next()).collect()
}

#[test]
fn an_observer_that_falls_behind_loses_whole_histories_and_is_told() {
    let hub = Hub::default();
    let mut events = hub.subscribe([]);
    for id in 0..2_000 {
        hub.publish(&connected(id));
    }
    for id in 0..2_000 {
        hub.publish(&disconnected(id));
    }
    let seen = drain(&mut events);
    let opened = seen.iter().filter(|event| event.opens().is_some()).count();
    let closed = seen.iter().filter(|event| event.closes().is_some()).count();
    assert_eq!(opened, closed);
    assert!(opened >= 500, "{opened} of 2,000 fit in");
    let missed: u64 = seen
        .iter()
        .map(|event| match event {
            ServerEvent::Missed { connections, .. } => *connections,
            _ => 0,
        })
        .sum();
    assert_eq!(missed as usize + opened, 2_000);
}

#[test]
fn a_connection_from_before_the_observer_is_no_half_history() {
    let hub = Hub::default();
    hub.publish(&connected(1));
    let mut events = hub.subscribe([]);
    hub.publish(&disconnected(1));
    assert!(events.try_next().is_none());
}

#[test]
fn nothing_follows_the_last_event() {
    let hub = Hub::default();
    let mut events = hub.subscribe([]);
    hub.publish(&ServerEvent::Closed);
    hub.publish(&connected(1));
    assert!(matches!(drain(&mut events)[..], [ServerEvent::Closed]));
}

#[tokio::test]
async fn the_stream_ends_behind_the_last_event_for_late_observers_too() {
    let hub = Hub::<ServerEvent>::default();
    hub.publish(&ServerEvent::Closed);
    assert!(hub.subscribe([]).next().await.is_none());
}

#[derive(Clone, Debug)]
enum Step {
    Connect,
    Disconnect(usize),
    Error,
    Read(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Connect),
        3 => any::<usize>().prop_map(Step::Disconnect),
        1 => Just(Step::Error),
        1 => (0..200_usize).prop_map(Step::Read),
    ]
}

proptest! {
    /// Whatever happens in whatever order, an observer sees for each connection nothing, or `Connected`
    /// and later exactly one `Disconnected`; and `Closed` once, last.
    #[test]
    fn an_observer_sees_whole_histories_in_any_schedule(steps in prop::collection::vec(step(), 0..4_000)) {
        let hub = Hub::default();
        let mut events = hub.subscribe([]);
        let (mut next, mut open, mut seen) = (0, Vec::new(), Vec::new());
        for step in steps {
            match step {
                Step::Connect => {
                    hub.publish(&connected(next));
                    open.push(next);
                    next += 1;
                }
                Step::Disconnect(which) if !open.is_empty() => {
                    let id = open.swap_remove(which % open.len());
                    hub.publish(&disconnected(id));
                }
                Step::Disconnect(_) => {}
                Step::Error => hub.publish(&ServerEvent::Error {
                    error: Arc::new(ServerError::AuthenticatorPanicked),
                }),
                Step::Read(count) => seen.extend((0..count).map_while(|_| events.try_next())),
            }
        }
        for id in open {
            hub.publish(&disconnected(id));
        }
        hub.publish(&ServerEvent::Closed);
        seen.extend(drain(&mut events));

        let mut alive = std::collections::HashSet::new();
        let mut done = std::collections::HashSet::new();
        for event in &seen {
            if let Some(id) = event.opens() {
                prop_assert!(alive.insert(id) && !done.contains(&id));
            }
            if let Some(id) = event.closes() {
                prop_assert!(alive.remove(&id) && done.insert(id));
            }
        }
        prop_assert!(alive.is_empty());
        let closed = seen.iter().filter(|event| event.is_last()).count();
        prop_assert!(closed == 1 && seen.last().is_some_and(Fact::is_last));
    }
}
