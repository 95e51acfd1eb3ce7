//! A connection on which as many handlers wait as may is as lively as any other.

use futures_util::poll;
use ipc_rpc::{Config, Context, context, ipc_service};
use support::{Report, Task, Transport, promptly, scenarios};

use super::{asked, narrow, started};

scenarios! {
    pings_are_answered_at_the_cap_in_both_directions,
    a_cancel_takes_effect_at_the_cap_and_makes_room_for_the_next_caller,
    an_answer_reaches_its_caller_at_the_cap,
    a_handler_at_the_cap_is_told_what_the_peer_answers_it,
}

const CAP: u64 = 8;

async fn pings_are_answered_at_the_cap_in_both_directions(transport: Transport) {
    let mut stage = narrow(transport, CAP as usize).await;
    let client = stage.client().await;
    let id = stage.connected().await;
    let running = started(&stage, &client, 0..CAP).await;
    let waiting = asked(&client, CAP).await;
    let server = stage.handle.connection(id).unwrap();
    for len in [0, 1, 100_000] {
        let payload = vec![7; len];
        promptly(client.connection().ping_with(&payload))
            .await
            .unwrap();
        promptly(server.ping_with(&payload)).await.unwrap();
    }
    assert_eq!(stage.lab.count(|report| *report == Report::Started(CAP)), 0);
    drop((running, waiting));
    stage.end().await;
}

async fn a_cancel_takes_effect_at_the_cap_and_makes_room_for_the_next_caller(transport: Transport) {
    let stage = narrow(transport, CAP as usize).await;
    let client = stage.client().await;
    let mut running = started(&stage, &client, 0..CAP).await;
    let mut waiting = Vec::new();
    for id in CAP..3 * CAP {
        waiting.push(Task::spawn(asked(&client, id).await));
    }
    for id in 0..CAP {
        drop(running.remove(0));
        promptly(stage.lab.wait(Report::Dropped(id))).await;
        // The slot is free when the handler has ended, and no sooner.
        promptly(stage.lab.wait(Report::Started(CAP + id))).await;
    }
    for id in CAP..2 * CAP {
        waiting.remove(0).stop().await;
        promptly(stage.lab.wait(Report::Dropped(id))).await;
        promptly(stage.lab.wait(Report::Started(CAP + id))).await;
    }
    let most = most_at_once(&stage.lab.all());
    assert_eq!(most, CAP as usize);
    stage.end().await;
}

fn most_at_once(log: &[Report]) -> usize {
    let mut now = 0_usize;
    let counts = log.iter().map(|report| {
        match report {
            Report::Started(_) => now += 1,
            _ => now -= 1,
        }
        now
    });
    counts.max().unwrap_or(0)
}

async fn an_answer_reaches_its_caller_at_the_cap(transport: Transport) {
    let stage = narrow(transport, CAP as usize).await;
    let client = stage.client().await;
    let mut running = started(&stage, &client, 0..CAP).await;
    // From the last to the first, with others waiting all the while.
    for id in (0..CAP).rev() {
        let next = 100 + id;
        let mut waiting = asked(&client, next).await;
        stage.lab.release(id);
        let call = running.remove(id as usize);
        assert_eq!(promptly(call).await.unwrap(), id);
        assert!(poll!(&mut waiting).is_pending());
        promptly(stage.lab.wait(Report::Started(next))).await;
        running.push(waiting);
    }
    stage.end().await;
}

/// What handlers ask of their caller's side.
#[ipc_service]
pub(crate) trait Asking {
    /// Asks the caller's side for a sign of life, and waits for it.
    async fn ping_back(&self, ctx: Context, len: usize) -> Result<(), String>;
}

struct Asker;

impl Asking for Asker {
    async fn ping_back(&self, ctx: Context, len: usize) -> Result<(), String> {
        let connection = ctx.peer().connection().ok_or("no connection")?;
        let pong = connection.ping_with(&vec![7; len]).await;
        pong.map(drop).map_err(|error| error.to_string())
    }
}

async fn a_handler_at_the_cap_is_told_what_the_peer_answers_it(transport: Transport) {
    let mut config = Config::default();
    config.max_in_flight = 1;
    let place = transport.place();
    let server = place.server().config(config).service(Asker.serve());
    let server = server.bind().unwrap();
    let handle = server.handle();
    let running = Task::spawn(server.run());
    let client: AskingClient = place.connect().await.unwrap();
    let calls = (0..50).map(|call| {
        let client = client.clone();
        Task::spawn(async move {
            let ctx = context::without_deadline();
            client.ping_back(ctx, call * 4_000).await
        })
    });
    for call in calls.collect::<Vec<_>>() {
        promptly(call.join()).await.unwrap();
    }
    handle.shutdown(std::time::Duration::ZERO).await;
    running.join().await.unwrap();
}
