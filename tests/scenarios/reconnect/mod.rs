//! Clients that outlive their connections.

mod calls;
mod ends;
mod providers;
mod refusals;
mod renewal;
mod stages;
mod stress;

use std::time::Duration;

use ipc_rpc::{
    ClientEvent, Connect, Context, Events, Receiver, Reconnect, Topic, context, ipc_service,
};
use support::{Place, Stage, Transport};
use tokio::sync::watch;

/// Counts what it runs.
#[ipc_service]
trait Counting {
    /// Counts, and hangs if it is told to.
    async fn once(&self, ctx: Context, hang: bool) -> u64;
    /// The same, and may run twice.
    #[ipc(idempotent)]
    async fn again(&self, ctx: Context, hang: bool) -> u64;
    /// Follows the numbers that are published.
    async fn follow(&self, ctx: Context) -> Receiver<u64>;
    /// Adds up what it is sent.
    async fn sum(&self, ctx: Context, numbers: Receiver<u64>) -> u64;
}

/// What servers, one after another, have in common.
#[derive(Clone)]
struct Counter {
    runs: watch::Sender<u64>,
    numbers: Topic<u64>,
}

impl Counter {
    fn new() -> Self {
        Self {
            runs: watch::Sender::new(0),
            numbers: Topic::new(64),
        }
    }

    fn runs(&self) -> u64 {
        *self.runs.borrow()
    }

    /// Waits until it has run so often.
    async fn has_run(&self, times: u64) {
        let mut runs = self.runs.subscribe();
        support::promptly(runs.wait_for(|runs| *runs >= times))
            .await
            .unwrap();
    }

    async fn count(&self, hang: bool) -> u64 {
        let mut runs = 0;
        self.runs.send_modify(|count| {
            *count += 1;
            runs = *count;
        });
        if hang {
            std::future::pending::<()>().await;
        }
        runs
    }

    /// Serves it there.
    async fn serve_at(&self, place: &Place) -> Stage {
        let served = self.clone();
        Stage::at(place.clone(), |server| server.service(served.serve())).await
    }
}

impl Counting for Counter {
    async fn once(&self, _: Context, hang: bool) -> u64 {
        self.count(hang).await
    }

    async fn again(&self, _: Context, hang: bool) -> u64 {
        self.count(hang).await
    }

    async fn follow(&self, _: Context) -> Receiver<u64> {
        self.numbers.subscribe()
    }

    async fn sum(&self, _: Context, mut numbers: Receiver<u64>) -> u64 {
        let mut sum = 0;
        while let Some(Ok(number)) = numbers.recv().await {
            sum += number;
        }
        sum
    }
}

/// A policy that does not keep a test waiting.
fn soon() -> Reconnect {
    let mut policy = Reconnect::default();
    policy.first_delay = Duration::from_millis(5);
    policy.longest_delay = Duration::from_millis(20);
    policy
}

fn connect(place: &Place) -> Connect<CountingClient> {
    place.connect().reconnect(soon())
}

/// A server, and a client of it that outlives it.
async fn begin(transport: Transport) -> (Counter, Stage, CountingClient) {
    let counter = Counter::new();
    let stage = counter.serve_at(&transport.place()).await;
    let client = connect(&stage.place).await.unwrap();
    (counter, stage, client)
}

/// Calls, and waits for as long as it takes.
async fn once(client: &CountingClient) -> u64 {
    let call = client.once(context::without_deadline(), false);
    support::promptly(call).await.unwrap()
}

/// Kills the server, and waits until the client knows: what it calls before that may get lost.
async fn lose(stage: Stage, client: &CountingClient) -> Place {
    let place = stage.place.clone();
    stage.kill().await;
    support::promptly(client.connection().closed()).await;
    place
}

/// Waits for an event that is as wanted, and returns what came before.
async fn until(
    events: &mut Events<ClientEvent>,
    wanted: fn(&ClientEvent) -> bool,
) -> Vec<ClientEvent> {
    let mut before = Vec::new();
    loop {
        let event = support::promptly(events.next()).await.unwrap();
        let found = wanted(&event);
        before.push(event);
        if found {
            return before;
        }
    }
}

fn is_disconnected(event: &ClientEvent) -> bool {
    matches!(event, ClientEvent::Disconnected { .. })
}

fn is_closed(event: &ClientEvent) -> bool {
    matches!(event, ClientEvent::Closed { .. })
}

fn is_reconnecting(event: &ClientEvent) -> bool {
    matches!(event, ClientEvent::Reconnecting { .. })
}
