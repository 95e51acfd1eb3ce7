//! Calls in flight, each way, and pings.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::clock;
use crate::error::ProtocolError;
use crate::proto::{Inbound, Outbound, Pings};
use crate::wire::RequestId;

fn outbound<T: Default>(limit: u32) -> Outbound<T> {
    Outbound::new(NonZeroU32::new(limit).unwrap())
}

/// Takes a slot for this call, or hands it back.
fn begin_call<T: Default>(calls: &mut Outbound<T>, call: T) -> Result<RequestId, T> {
    let Some((id, place)) = calls.begin() else {
        return Err(call);
    };
    *place = call;
    Ok(id)
}

fn finish_call<T: Default>(calls: &mut Outbound<T>, id: RequestId) -> Option<T> {
    calls.finish(id).map(std::mem::take)
}

fn begin_request<T: Default>(
    requests: &mut Inbound<T>,
    id: RequestId,
    request: T,
) -> Result<(), ProtocolError> {
    *requests.begin(id).map_err(|error| *error)? = request;
    Ok(())
}

fn finish_request<T: Default>(requests: &mut Inbound<T>, id: RequestId) -> Option<T> {
    requests.finish(id).map(std::mem::take)
}

#[test]
fn an_outbound_call_beyond_the_limit_is_handed_back() {
    let mut calls = outbound(2);
    let first = begin_call(&mut calls, "first").unwrap();
    begin_call(&mut calls, "second").unwrap();
    assert_eq!(begin_call(&mut calls, "third"), Err("third"));
    assert_eq!(calls.len(), 2);
    assert_eq!(finish_call(&mut calls, first), Some("first"));
    let third = begin_call(&mut calls, "third").unwrap();
    assert_eq!(third.slot(), first.slot());
    assert_ne!(third.generation(), first.generation());
}

#[test]
fn a_late_answer_to_an_earlier_user_of_a_slot_is_not_taken() {
    let mut calls = outbound(1);
    let first = begin_call(&mut calls, 1).unwrap();
    assert_eq!(finish_call(&mut calls, first), Some(1));
    let second = begin_call(&mut calls, 2).unwrap();
    assert_eq!(calls.get_mut(first), None);
    assert_eq!(finish_call(&mut calls, first), None);
    assert_eq!(calls.get_mut(second), Some(&mut 2));
    assert_eq!(finish_call(&mut calls, second), Some(2));
    assert_eq!(
        finish_call(&mut calls, second),
        None,
        "an answer is taken once"
    );
    assert_eq!(calls.len(), 0);
}

#[test]
fn an_answer_to_a_slot_that_never_was_is_not_taken() {
    let mut calls = outbound(u32::MAX);
    begin_call(&mut calls, ()).unwrap();
    for id in [
        RequestId::new(1, 0),
        RequestId::new(0, 1),
        RequestId::new(u32::MAX, u32::MAX),
    ] {
        assert_eq!(calls.get_mut(id), None, "{id}");
        assert_eq!(finish_call(&mut calls, id), None, "{id}");
    }
    assert_eq!(calls.len(), 1);
}

#[test]
fn an_inbound_request_in_a_taken_slot_is_a_duplicate_whatever_its_generation() {
    let mut requests = Inbound::new(4);
    let id = RequestId::new(2, 7);
    begin_request(&mut requests, id, "first").unwrap();
    for again in [id, RequestId::new(2, 8), RequestId::new(2, 6)] {
        let error = begin_request(&mut requests, again, "again").unwrap_err();
        let expected = ProtocolError::DuplicateRequest {
            id: again.to_string(),
        };
        assert_eq!(error, expected);
    }
    assert_eq!(requests.len(), 1);
    assert_eq!(finish_request(&mut requests, id), Some("first"));
    begin_request(&mut requests, id, "the slot is free again").unwrap();
}

#[test]
fn an_inbound_request_beyond_the_limit_is_not_entered_and_costs_nothing() {
    let mut requests = Inbound::new(4);
    begin_request(&mut requests, RequestId::new(3, 0), ()).unwrap();
    for slot in [4, 5, u32::MAX] {
        let error = begin_request(&mut requests, RequestId::new(slot, 0), ()).unwrap_err();
        let expected = ProtocolError::TooManyRequests {
            slot: slot as usize,
            limit: 4,
        };
        assert_eq!(error, expected);
    }
    assert_eq!(requests.len(), 1);
    assert_eq!(requests.iter_mut().count(), 1);
}

#[test]
fn a_cancel_or_finish_of_another_generation_does_not_touch_a_request() {
    let mut requests = Inbound::new(4);
    begin_request(&mut requests, RequestId::new(1, 5), 5).unwrap();
    for other in [
        RequestId::new(1, 4),
        RequestId::new(0, 5),
        RequestId::new(3, 5),
        RequestId::new(u32::MAX, 5),
    ] {
        assert_eq!(requests.get_mut(other), None, "{other}");
        assert_eq!(finish_request(&mut requests, other), None, "{other}");
    }
    assert_eq!(finish_request(&mut requests, RequestId::new(1, 5)), Some(5));
    assert!(requests.is_empty());
}

#[test]
fn a_pong_is_taken_once_and_only_by_the_ping_it_answers() {
    let mut pings = Pings::default();
    let now = clock::now();
    let later = now + Duration::from_secs(1);
    let first = pings.begin("first", now);
    assert_eq!(pings.finish(first), Some(("first", now)));
    let second = pings.begin("second", later);
    assert_eq!(second.slot(), first.slot());
    assert_eq!(pings.finish(first), None);
    assert_eq!(pings.finish(RequestId::new(9, second.generation())), None);
    let third = pings.begin("third", later);
    assert_eq!(pings.finish(second), Some(("second", later)));
    assert_eq!(pings.drain().collect::<Vec<_>>(), ["third"]);
    assert_eq!(pings.finish(third), None);
}

#[derive(Clone, Debug)]
enum Step {
    Begin,
    Finish(prop::sample::Index),
    Late(prop::sample::Index),
    Unknown(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Begin),
        3 => any::<prop::sample::Index>().prop_map(Step::Finish),
        1 => any::<prop::sample::Index>().prop_map(Step::Late),
        1 => any::<u64>().prop_map(Step::Unknown),
    ]
}

proptest! {
    /// Both tables, one fed by the other: a side that keeps to the limit is never blamed, and every answer reaches
    /// the call that it is for.
    #[test]
    fn both_tables_agree_whatever_the_order_of_answers(
        limit in 1..6_u32,
        steps in vec(any_step(), 0..200),
    ) {
        let mut calls = outbound(limit);
        let mut requests = Inbound::new(limit as usize);
        let mut in_flight: Vec<(RequestId, usize)> = Vec::new();
        let mut answered: Vec<RequestId> = Vec::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Begin => match begin_call(&mut calls, number) {
                    Ok(id) => {
                        prop_assert!(id.slot() < limit as usize);
                        prop_assert!(!answered.contains(&id));
                        prop_assert_eq!(begin_request(&mut requests, id, number), Ok(()));
                        in_flight.push((id, number));
                    }
                    Err(refused) => {
                        prop_assert_eq!(refused, number);
                        prop_assert_eq!(in_flight.len(), limit as usize);
                    }
                },
                Step::Finish(_) if in_flight.is_empty() => {}
                Step::Finish(index) => {
                    let (id, number) = in_flight.swap_remove(index.index(in_flight.len()));
                    prop_assert_eq!(finish_request(&mut requests, id), Some(number));
                    prop_assert_eq!(finish_call(&mut calls, id), Some(number));
                    answered.push(id);
                }
                Step::Late(_) if answered.is_empty() => {}
                Step::Late(index) => {
                    let id = answered[index.index(answered.len())];
                    prop_assert_eq!(finish_request(&mut requests, id), None);
                    prop_assert_eq!(finish_call(&mut calls, id), None);
                }
                Step::Unknown(id) => {
                    let id = RequestId::from_wire(id);
                    prop_assume!(in_flight.iter().all(|(other, _)| *other != id));
                    prop_assert_eq!(calls.get_mut(id), None);
                    prop_assert_eq!(requests.get_mut(id), None);
                }
            }
            prop_assert_eq!(calls.len(), in_flight.len());
            prop_assert_eq!(requests.len(), in_flight.len());
            let expected: HashMap<_, _> = in_flight.iter().copied().collect();
            let kept: HashMap<_, _> = calls.iter_mut().map(|(id, call)| (id, *call)).collect();
            prop_assert_eq!(&kept, &expected);
            let served: HashMap<_, _> = requests.iter_mut().map(|(id, call)| (id, *call)).collect();
            prop_assert_eq!(&served, &expected);
        }
    }

    #[test]
    fn a_request_id_is_its_slot_and_generation(slot in any::<u32>(), generation in any::<u32>()) {
        let id = RequestId::new(slot, generation);
        prop_assert_eq!(RequestId::from_wire(id.to_wire()), id);
        prop_assert_eq!((id.slot(), id.generation()), (slot as usize, generation));
    }

    /// No request of a peer panics or grows the table beyond its limit.
    #[test]
    fn any_requests_of_a_peer_are_entered_once_or_refused(ids in vec(any::<(u8, u8)>(), 0..300)) {
        let mut requests = Inbound::new(64);
        let mut taken = HashMap::new();
        for (slot, generation) in ids {
            let id = RequestId::new(slot.into(), generation.into());
            let entered = begin_request(&mut requests, id, ());
            prop_assert_eq!(entered.is_ok(), slot < 64 && !taken.contains_key(&slot));
            if entered.is_ok() {
                taken.insert(slot, generation);
            }
            prop_assert_eq!(requests.len(), taken.len());
        }
    }
}
