//! Many clients doing as they please, in orders that nobody thought of.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ipc_rpc::{ClientEvent, ConnectError, Context, Events, context, ipc_service};
use support::{LabClient, Place, Stage, Task, Transport, scenarios};

scenarios! {
    every_history_is_orderly_whatever_clients_and_server_do,
}

/// A service that no stage serves.
#[ipc_service]
trait Elsewhere {
    /// Does nothing.
    async fn nothing(&self, ctx: Context);
}

/// Numbers that look random, the same for the same seed (xorshift, Marsaglia 2003).
struct Dice(AtomicU64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(AtomicU64::new(
            seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1),
        ))
    }

    fn roll(&self, sides: u64) -> u64 {
        let mut x = self.0.load(Ordering::Relaxed);
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.store(x, Ordering::Relaxed);
        (x >> 16) % sides
    }

    async fn dawdle(&self) {
        for _ in 0..self.roll(20) {
            tokio::task::yield_now().await;
        }
    }
}

async fn every_history_is_orderly_whatever_clients_and_server_do(transport: Transport) {
    for seed in 0..40 {
        let dice = Dice::new(seed);
        let stage = Stage::new(transport).await;
        let clients: Vec<_> = (0..24)
            .map(|client| {
                let dice = Dice::new(seed << 8 | client);
                Task::spawn(visit(stage.place.clone(), dice))
            })
            .collect();
        for _ in 0..dice.roll(60) {
            dice.dawdle().await;
        }
        // Both check the server's history.
        match dice.roll(4) {
            0 => stage.kill().await,
            1 => {
                stage.end().await;
            }
            2 => {
                stage.shutdown(Duration::from_millis(5)).await;
            }
            _ => {
                for client in clients {
                    client.join().await;
                }
                stage.end().await;
                continue;
            }
        }
        for client in clients {
            client.join().await;
        }
    }
}

/// One client's life, and the check of its history.
async fn visit(place: Place, dice: Dice) {
    dice.dawdle().await;
    if dice.roll(6) == 0 {
        let connect = place.connect::<ElsewhereClient>();
        let events = connect.events();
        connect.await.unwrap_err();
        assert_orderly_client(events).await;
        return;
    }
    let connect = place.connect::<LabClient>();
    let events = connect.events();
    match connect.await {
        Ok(client) => use_it(client, &dice).await,
        Err(
            ConnectError::NotRunning { .. }
            | ConnectError::Ended(_)
            | ConnectError::Io { .. }
            | ConnectError::Refused { .. },
        ) => {}
        Err(error) => panic!("{error:?}"),
    }
    assert_orderly_client(events).await;
}

async fn use_it(client: LabClient, dice: &Dice) {
    let short = || context::with_timeout(Duration::from_millis(dice.roll(3)));
    for _ in 0..dice.roll(12) {
        // Whatever comes of them is fine: it is the histories that are looked at.
        match dice.roll(6) {
            0 => drop(client.hang(short(), 1).await),
            1 => drop(client.note(context::current(), String::new()).await),
            2 => drop(client.panic_later(context::current(), String::new()).await),
            3 => drop(client.last_words(context::current()).await),
            4 => drop(client.connection().ping().await),
            _ => drop(client.echo(context::current(), "x".repeat(5_000)).await),
        }
        dice.dawdle().await;
    }
    match dice.roll(4) {
        0 => client.connection().abort(),
        1 => {
            client.connection().close("leaving").await;
        }
        2 => {
            let connection = client.connection().clone();
            drop(client);
            dice.dawdle().await;
            drop(connection);
        }
        _ => drop(client),
    }
}

async fn assert_orderly_client(mut events: Events<ClientEvent>) {
    let mut history = Vec::new();
    while let Some(event) = events.next().await {
        history.push(event);
    }
    let orderly = match &history[..] {
        [
            ClientEvent::Connecting,
            ClientEvent::Closed { reason: None },
        ] => true,
        [
            ClientEvent::Connecting,
            ClientEvent::Connected { id: begun },
            ClientEvent::Disconnected { id: ended, .. },
            ClientEvent::Closed { reason: Some(_) },
        ] => begun == ended,
        _ => false,
    };
    assert!(orderly, "{history:#?}");
}
