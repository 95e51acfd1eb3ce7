//! Servers that handle one call after the other, over a state.

mod calls;
mod ends;
mod turns;

use std::ops::ControlFlow::{self, Break, Continue};
use std::sync::Arc;
use std::time::Duration;

use ipc_rpc::{
    CallError, Context, FoldError, Receiver, Reply, ServerBuilder, ServerHandle, Shutdown, context,
    ipc_service,
};
use support::{Place, Task, Transport, promptly};
use tokio::sync::{Notify, Semaphore, oneshot};

/// Counts, one call after the other.
#[ipc_service(calls)]
pub(crate) trait Tally {
    /// Adds, and returns the total.
    async fn add(&self, ctx: Context, amount: i64) -> i64;
    /// Adds, and nobody waits for it.
    #[ipc(oneway)]
    async fn note(&self, ctx: Context, amount: i64);
    /// Takes away, if there is as much.
    async fn take(&self, ctx: Context, amount: i64) -> Result<i64, String>;
    /// Adds when the test releases it, and returns the total.
    async fn hang(&self, ctx: Context, amount: i64) -> i64;
    /// Returns what was added so far, each by itself.
    async fn history(&self, ctx: Context) -> Receiver<i64>;
    /// Adds what comes.
    async fn add_all(&self, ctx: Context, numbers: Receiver<i64>) -> Result<i64, String>;
    /// Returns so many bytes.
    async fn fill(&self, ctx: Context, len: usize) -> bytes::Bytes;
    /// Is not answered.
    async fn forget(&self, ctx: Context) -> i64;
    /// Is answered by the next [`flush`](Self::flush).
    async fn keep(&self, ctx: Context) -> i64;
    /// Answers what was kept.
    async fn flush(&self, ctx: Context) -> usize;
    /// Tells the caller, and then everybody.
    async fn tell(&self, ctx: Context) -> usize;
    /// How much time the handler has, and a call that it makes.
    async fn time(&self, ctx: Context) -> (Option<Duration>, Option<Duration>);
    /// Panics.
    async fn panic(&self, ctx: Context) -> i64;
    /// Returns the total, and stops.
    async fn finish(&self, ctx: Context) -> i64;
}

/// What clients are told.
#[ipc_service]
pub(crate) trait Listener {
    /// The total is this.
    async fn total(&self, ctx: Context, total: i64);
}

/// What goes through the hands of one call after the other.
#[derive(Debug)]
struct State {
    total: i64,
    added: Vec<i64>,
    kept: Vec<Reply<i64>>,
    gate: Gate,
    server: ServerHandle,
}

/// Lets a handler hang until the test says so.
#[derive(Clone, Debug)]
struct Gate {
    released: Arc<Semaphore>,
    reached: Arc<Notify>,
}

impl Gate {
    fn new() -> Self {
        Self {
            released: Arc::new(Semaphore::new(0)),
            reached: Arc::default(),
        }
    }

    async fn pass(&self) {
        self.reached.notify_one();
        self.released.acquire().await.unwrap().forget();
    }

    fn release(&self) {
        self.released.add_permits(1);
    }
}

impl State {
    fn new(gate: Gate, server: ServerHandle) -> Self {
        Self {
            total: 0,
            added: Vec::new(),
            kept: Vec::new(),
            gate,
            server,
        }
    }

    fn add(&mut self, amount: i64) -> i64 {
        self.added.push(amount);
        self.total += amount;
        self.total
    }
}

async fn handle(state: &mut State, call: TallyCall) -> ControlFlow<()> {
    match call {
        TallyCall::Add { amount, reply, .. } => reply.send(state.add(amount)),
        TallyCall::Note { amount, .. } => {
            state.add(amount);
        }
        TallyCall::Take { amount, reply, .. } if amount > state.total => {
            reply.send(Err(format!("there are only {}", state.total)));
        }
        TallyCall::Take { amount, reply, .. } => reply.send(Ok(state.add(-amount))),
        TallyCall::Hang { amount, reply, .. } => {
            state.gate.pass().await;
            reply.send(state.add(amount));
        }
        TallyCall::History { reply, .. } => {
            let added = futures_util::stream::iter(state.added.clone());
            reply.send(Receiver::from_stream(added));
        }
        TallyCall::AddAll {
            mut numbers, reply, ..
        } => {
            while let Some(number) = numbers.recv().await {
                match number {
                    Ok(number) => state.add(number),
                    Err(error) => {
                        reply.send(Err(error.to_string()));
                        return Continue(());
                    }
                };
            }
            reply.send(Ok(state.total));
        }
        TallyCall::Fill { len, reply, .. } => reply.send(vec![7; len].into()),
        TallyCall::Forget { .. } => {}
        TallyCall::Keep { reply, .. } => state.kept.push(reply),
        TallyCall::Flush { reply, .. } => {
            let kept = std::mem::take(&mut state.kept);
            reply.send(kept.len());
            kept.into_iter().for_each(|reply| reply.send(state.total));
        }
        TallyCall::Tell { ctx, reply } => {
            let caller: ListenerClient = ctx.peer().client();
            caller
                .total(context::current(), state.total)
                .await
                .expect("the caller listens");
            let total = state.total;
            let everybody = state.server.peers();
            let told = everybody.broadcast(|listener: ListenerClient| async move {
                listener.total(context::current(), total).await
            });
            reply.send(told.await.reached.len());
        }
        TallyCall::Time { ctx, reply } => {
            reply.send((ctx.remaining(), context::current().remaining()));
        }
        TallyCall::Panic { .. } => panic!("as was asked for"),
        TallyCall::Finish { reply, .. } => {
            reply.send(state.total);
            return Break(());
        }
    }
    Continue(())
}

/// A server that folds.
struct Folding {
    place: Place,
    handle: ServerHandle,
    gate: Gate,
    fold: Task<Result<(State, Shutdown), FoldError>>,
}

impl Folding {
    fn start(transport: Transport) -> Self {
        Self::with(transport, |server| server)
    }

    fn with(transport: Transport, describe: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        let place = transport.place();
        let server = describe(place.server()).bind().unwrap();
        let (running, gate) = (server.handle(), Gate::new());
        let state = State::new(gate.clone(), running.clone());
        let fold = Task::spawn(server.fold(state, handle));
        Self {
            place,
            handle: running,
            gate,
            fold,
        }
    }

    async fn client(&self) -> TallyClient {
        self.place.connect().await.unwrap()
    }

    /// A call that hangs in the handler, as it does when this returns.
    async fn hanging(&self, client: &TallyClient, ctx: Context) -> Task<Result<i64, CallError>> {
        let client = client.clone();
        let hanging = Task::spawn(async move { client.hang(ctx, 1).await });
        promptly(self.gate.reached.notified()).await;
        hanging
    }

    /// Stops by a call, and returns what is left.
    async fn finish(self) -> State {
        let client = self.client().await;
        client.finish(context::current()).await.unwrap();
        self.ended().await
    }

    async fn ended(self) -> State {
        promptly(self.fold.join()).await.unwrap().0
    }
}

/// A call that waits for its turn, as it does when this returns.
async fn waiting(client: &TallyClient, amount: i64) -> Task<Result<i64, CallError>> {
    let call = client.clone();
    sent(client, async move {
        call.add(context::without_deadline(), amount).await
    })
    .await
}

/// A call that the server has when this returns.
async fn sent<T: Send + 'static>(
    client: &TallyClient,
    call: impl Future<Output = T> + Send + 'static,
) -> Task<T> {
    let (sender, sent) = oneshot::channel();
    let calling = Task::spawn(async move {
        tokio::pin!(call);
        // Sent when it was polled once, for there is a slot.
        assert!(futures_util::poll!(&mut call).is_pending());
        sender.send(()).unwrap();
        call.await
    });
    sent.await.unwrap();
    // The server has it: what came behind it was answered.
    client.connection().ping().await.unwrap();
    calling
}
