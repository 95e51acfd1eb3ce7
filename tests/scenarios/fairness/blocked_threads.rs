//! Handlers that hold on to the thread they run on.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ipc_rpc::{CallError, Context, ServerHandle, context, ipc_service};
use support::{Clock, Place, Task, Transport, promptly, run};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Makes tests of scenarios in which a thread is blocked.
macro_rules! scenarios {
    ($($scenario:ident),+ $(,)?) => {$(
        mod $scenario {
            use super::*;

            #[test]
            fn over_memory() {
                run(Transport::Memory, Clock::Real, super::$scenario);
            }

            #[test]
            fn over_a_local_socket() {
                run(Transport::LocalSocket, Clock::Real, super::$scenario);
            }
        }
    )+};
}

scenarios! {
    a_handler_that_blocks_its_thread_stops_no_other_connection,
    a_handler_of_a_method_known_to_compute_long_stops_no_other_connection,
    a_method_that_says_that_it_blocks_stops_no_other_connection,
    a_ping_behind_a_method_known_to_compute_long_does_not_wait_for_it,
    a_handler_whose_server_goes_while_it_is_being_started_is_dropped,
    a_handler_whose_connection_is_aborted_while_it_is_being_started_is_dropped,
}

/// Work that takes its thread.
#[ipc_service]
pub(crate) trait Works {
    /// Returns at once.
    async fn quick(&self, ctx: Context) -> u32;

    /// Computes for so long without waiting; if it is to block, until the test opens the gate.
    async fn compute(&self, ctx: Context, block: bool);

    /// Blocks until the gate is open, on a thread that is there for it.
    fn block(&self, ctx: Context);

    /// Blocks until the gate is open, and waits for ever then.
    async fn start(&self, ctx: Context);
}

/// What the handlers tell, and what holds them.
#[derive(Clone, Default)]
struct Gate {
    is_open: Arc<(Mutex<bool>, Condvar)>,
    blocked: watch::Sender<u32>,
    dropped: watch::Sender<u32>,
}

impl Gate {
    fn pass(&self) {
        self.blocked.send_modify(|count| *count += 1);
        let (is_open, opened) = &*self.is_open;
        let is_open = is_open.lock().unwrap_or_else(PoisonError::into_inner);
        drop(opened.wait_while(is_open, |is_open| !*is_open));
    }

    fn open(&self) {
        let (is_open, opened) = &*self.is_open;
        *is_open.lock().unwrap_or_else(PoisonError::into_inner) = true;
        opened.notify_all();
    }

    async fn is_blocking(&self) {
        let mut blocked = self.blocked.subscribe();
        promptly(blocked.wait_for(|count| *count > 0))
            .await
            .unwrap();
    }
}

struct Worker(Gate);

impl Works for Worker {
    async fn quick(&self, _: Context) -> u32 {
        7
    }

    async fn compute(&self, _: Context, block: bool) {
        if block {
            self.0.pass();
        } else {
            compute_for(Duration::from_millis(2));
        }
    }

    fn block(&self, _: Context) {
        self.0.pass();
    }

    async fn start(&self, _: Context) {
        struct Told<'a>(&'a Gate);
        impl Drop for Told<'_> {
            fn drop(&mut self) {
                self.0.dropped.send_modify(|count| *count += 1);
            }
        }
        let _told = Told(&self.0);
        self.0.pass();
        std::future::pending::<()>().await;
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a thread's time, whatever the runtime's is"
)]
fn compute_for(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// A server on threads of its own, more than are ever blocked: its clients are in another process, as it were.
struct Site {
    place: Place,
    gate: Gate,
    handle: ServerHandle,
    server: JoinHandle<()>,
    runtime: Option<Runtime>,
}

impl Site {
    fn new(transport: Transport) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(4)
            .enable_all()
            .build()
            .unwrap();
        let gate = Gate::default();
        let place = transport.place();
        let entered = runtime.enter();
        let server = place.server().service(Worker(gate.clone()).serve());
        let server = server.bind().unwrap();
        let handle = server.handle();
        drop(entered);
        let server = runtime.spawn(async move { drop(server.run().await) });
        Self {
            place,
            gate,
            handle,
            server,
            runtime: Some(runtime),
        }
    }

    async fn client(&self) -> WorksClient {
        promptly(self.place.connect().into_future()).await.unwrap()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // Whatever the test has come to, no thread stays behind.
        self.gate.open();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Checks that a call which blocks a thread of the server stops nobody but, if anybody, those who share its connection.
async fn assert_stops_no_other(
    site: &Site,
    client: WorksClient,
    call: impl AsyncFn(&WorksClient) -> Result<(), CallError>,
) {
    let others = [
        site.client().await,
        site.client().await,
        site.client().await,
    ];
    let blocked = call(&client);
    let work = async {
        site.gate.is_blocking().await;
        for other in &others {
            promptly(other.connection().ping()).await.unwrap();
            for _ in 0..50 {
                let quick = promptly(other.quick(context::without_deadline())).await;
                assert_eq!(quick.unwrap(), 7);
            }
        }
        let new = site.client().await;
        let quick = promptly(new.quick(context::without_deadline())).await;
        assert_eq!(quick.unwrap(), 7);
        site.gate.open();
    };
    let (blocked, ()) = tokio::join!(blocked, work);
    blocked.unwrap();
}

async fn a_handler_that_blocks_its_thread_stops_no_other_connection(transport: Transport) {
    let site = Site::new(transport);
    let client = site.client().await;
    let call = async |client: &WorksClient| client.compute(context::without_deadline(), true).await;
    assert_stops_no_other(&site, client, call).await;
}

async fn a_handler_of_a_method_known_to_compute_long_stops_no_other_connection(
    transport: Transport,
) {
    let site = Site::new(transport);
    let client = site.client().await;
    let ctx = context::without_deadline;
    for _ in 0..4 {
        client.compute(ctx(), false).await.unwrap();
    }
    let call = async |client: &WorksClient| client.compute(ctx(), true).await;
    assert_stops_no_other(&site, client, call).await;
}

async fn a_method_that_says_that_it_blocks_stops_no_other_connection(transport: Transport) {
    let site = Site::new(transport);
    let client = site.client().await;
    let call = async |client: &WorksClient| client.block(context::without_deadline()).await;
    assert_stops_no_other(&site, client, call).await;
}

async fn a_ping_behind_a_method_known_to_compute_long_does_not_wait_for_it(transport: Transport) {
    let site = Site::new(transport);
    let client = site.client().await;
    let ctx = context::without_deadline;
    for _ in 0..4 {
        client.compute(ctx(), false).await.unwrap();
    }
    let blocked = {
        let client = client.clone();
        Task::spawn(async move { client.compute(ctx(), true).await })
    };
    site.gate.is_blocking().await;
    for _ in 0..50 {
        promptly(client.connection().ping()).await.unwrap();
        assert_eq!(promptly(client.quick(ctx())).await.unwrap(), 7);
    }
    site.gate.open();
    promptly(blocked.join()).await.unwrap();
}

/// A call whose handler has begun its first poll, in the connection's task, and does not come back from it.
async fn being_started(site: &Site) -> (WorksClient, Task<()>) {
    let client = site.client().await;
    let call = {
        let client = client.clone();
        Task::spawn(async move {
            client.start(context::without_deadline()).await.unwrap_err();
        })
    };
    site.gate.is_blocking().await;
    (client, call)
}

async fn is_dropped(site: &Site) {
    let mut dropped = site.gate.dropped.subscribe();
    assert_eq!(*dropped.borrow(), 0);
    site.gate.open();
    promptly(dropped.wait_for(|count| *count == 1))
        .await
        .unwrap();
}

async fn a_handler_whose_server_goes_while_it_is_being_started_is_dropped(transport: Transport) {
    for _ in 0..20 {
        let mut site = Site::new(transport);
        let (_client, call) = being_started(&site).await;
        // The connection ends on another thread, which knows of no task that it could abort.
        site.server.abort();
        promptly(&mut site.server).await.unwrap_err();
        is_dropped(&site).await;
        promptly(call.join()).await;
    }
}

async fn a_handler_whose_connection_is_aborted_while_it_is_being_started_is_dropped(
    transport: Transport,
) {
    for _ in 0..20 {
        let site = Site::new(transport);
        let (client, call) = being_started(&site).await;
        let connection = site.handle.connection(client.connection().id());
        connection.unwrap().abort();
        is_dropped(&site).await;
        promptly(call.join()).await;
    }
}
