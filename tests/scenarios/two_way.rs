//! Calls in both directions over one connection, and several services on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ipc_rpc::{CallError, CallOutcome, ConnectError, Connection, Context, context, ipc_service};
use support::{Task, Transport, promptly, scenarios};

scenarios! {
    a_handler_calls_back_into_the_caller_it_is_serving,
    calls_that_nest_32_deep_on_one_connection_finish,
    a_call_back_finishes_while_every_slot_is_taken,
    the_server_calls_its_client_when_nobody_has_called_it,
    both_sides_call_at_once_with_large_messages,
    several_services_each_way_share_a_connection,
    a_service_that_the_peer_does_not_serve_is_told_before_anything_is_sent,
    a_call_back_after_the_client_has_gone_fails,
    a_call_back_inherits_the_deadline_of_its_call,
    two_services_of_one_name_are_refused_on_either_side,
}

/// What a host offers to its plugins.
#[ipc_service]
pub trait Host {
    /// Calls back until `depth` is used up, and counts the calls on the way.
    async fn descend(&self, ctx: Context, depth: u32) -> Result<u32, String>;
    /// Calls nobody back.
    async fn echo(&self, ctx: Context, bytes: Vec<u8>) -> Vec<u8>;
    /// Waits for a call back that never answers.
    async fn hang(&self, ctx: Context) -> Result<(), String>;
}

/// What a plugin offers to its host.
#[ipc_service]
pub trait Plugin {
    /// The same from the other side.
    async fn descend(&self, ctx: Context, depth: u32) -> Result<u32, String>;
    /// Calls nobody back.
    async fn echo(&self, ctx: Context, bytes: Vec<u8>) -> Vec<u8>;
    /// Never answers.
    async fn hang(&self, ctx: Context);
}

/// Something else that may be served beside either.
#[ipc_service]
pub trait Clock {
    /// Counts its calls.
    async fn tick(&self, ctx: Context) -> u32;
}

#[derive(Default)]
struct Hosting;

impl Host for Hosting {
    async fn descend(&self, ctx: Context, depth: u32) -> Result<u32, String> {
        let plugin: PluginClient = ctx.peer().client();
        match depth {
            0 => Ok(0),
            _ => {
                let further = plugin.descend(context::current(), depth - 1).await;
                further
                    .map(|calls| calls + 1)
                    .map_err(|error| error.to_string())
            }
        }
    }

    async fn echo(&self, _: Context, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    async fn hang(&self, ctx: Context) -> Result<(), String> {
        let plugin: PluginClient = ctx.peer().client();
        let hanging = plugin.hang(context::current()).await;
        hanging.map_err(|error| error.to_string())
    }
}

struct Plugged;

impl Plugin for Plugged {
    async fn descend(&self, ctx: Context, depth: u32) -> Result<u32, String> {
        let host: HostClient = ctx.peer().client();
        match depth {
            0 => Ok(0),
            _ => {
                let further = host.descend(context::current(), depth - 1).await;
                further
                    .map(|calls| calls + 1)
                    .map_err(|error| error.to_string())
            }
        }
    }

    async fn echo(&self, _: Context, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    async fn hang(&self, _: Context) {
        std::future::pending().await
    }
}

#[derive(Clone, Default)]
struct Ticks(Arc<AtomicU32>);

impl Clock for Ticks {
    async fn tick(&self, _: Context) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

struct Pair {
    host: HostClient,
    server: Task<()>,
    /// The server's side of the connection.
    plugin: PluginClient,
}

/// A server that serves `Host` and a client that serves `Plugin`.
async fn pair(transport: Transport, max_in_flight: usize) -> Pair {
    let place = transport.place();
    let mut config = ipc_rpc::Config::default();
    config.max_in_flight = max_in_flight;
    let (introduce, mut introduced) = tokio::sync::mpsc::unbounded_channel();
    let server = place
        .server()
        .config(config.clone())
        .service(Hosting.serve())
        .service(Introduction(introduce).serve())
        .bind()
        .unwrap();
    let server = Task::spawn(async move {
        server.run().await.unwrap();
    });
    let host = place
        .connect::<HostClient>()
        .config(config)
        .serve(Plugged.serve())
        .await
        .unwrap();
    let hello: IntroduceClient = host.connection().client();
    hello.hello(context::current()).await.unwrap();
    let plugin = introduced.recv().await.unwrap().client();
    Pair {
        host,
        server,
        plugin,
    }
}

/// How a server gets hold of a connection.
#[ipc_service]
pub trait Introduce {
    /// Says hello.
    async fn hello(&self, ctx: Context);
}

struct Introduction(tokio::sync::mpsc::UnboundedSender<Connection>);

impl Introduce for Introduction {
    async fn hello(&self, ctx: Context) {
        self.0.send(ctx.peer().connection().unwrap()).unwrap();
    }
}

async fn a_handler_calls_back_into_the_caller_it_is_serving(transport: Transport) {
    let pair = pair(transport, 1024).await;
    assert_eq!(pair.host.descend(context::current(), 1).await.unwrap(), 1);
    assert_eq!(pair.plugin.descend(context::current(), 1).await.unwrap(), 1);
    drop(pair);
}

async fn calls_that_nest_32_deep_on_one_connection_finish(transport: Transport) {
    let pair = pair(transport, 1024).await;
    assert_eq!(pair.host.descend(context::current(), 32).await.unwrap(), 32);
    let (down, up) = tokio::join!(
        pair.host.descend(context::current(), 33),
        pair.plugin.descend(context::current(), 34)
    );
    assert_eq!((down.unwrap(), up.unwrap()), (33, 34));
}

async fn a_call_back_finishes_while_every_slot_is_taken(transport: Transport) {
    // One request at a time each way: the call takes the only slot there, the call back the only one back.
    let pair = pair(transport, 1).await;
    assert_eq!(pair.host.descend(context::current(), 1).await.unwrap(), 1);
    // A third would need the slot that the first has: it waits, until the deadline that all three share.
    let deadlocked = context::with_timeout(std::time::Duration::from_millis(200));
    let error = pair.host.descend(deadlocked, 2).await.unwrap_err();
    assert!(
        error.is_timeout() || error.to_string().contains("within"),
        "{error}"
    );
    assert_eq!(pair.host.descend(context::current(), 1).await.unwrap(), 1);
}

async fn the_server_calls_its_client_when_nobody_has_called_it(transport: Transport) {
    let pair = pair(transport, 1024).await;
    let echoed = pair.plugin.echo(context::current(), vec![7; 100]).await;
    assert_eq!(echoed.unwrap(), vec![7; 100]);
    let mut kept = Vec::new();
    for number in 0..100_u8 {
        let plugin = pair.plugin.clone();
        kept.push(async move { plugin.echo(context::current(), vec![number]).await });
    }
    let echoed = futures_util::future::join_all(kept).await;
    assert!(
        (0..100)
            .zip(echoed)
            .all(|(number, echo)| echo.unwrap() == vec![number])
    );
}

async fn both_sides_call_at_once_with_large_messages(transport: Transport) {
    let pair = pair(transport, 8).await;
    let calls = 6;
    let down = (0..8_u8).map(|number| {
        let host = pair.host.clone();
        async move {
            for _ in 0..calls {
                let echoed = host.echo(context::current(), vec![number; 1024 * 1024]);
                assert!(echoed.await.unwrap().iter().all(|byte| *byte == number));
            }
        }
    });
    let up = (0..8_u8).map(|number| {
        let plugin = pair.plugin.clone();
        async move {
            for _ in 0..calls {
                let echoed = plugin.echo(context::current(), vec![number; 1024 * 1024]);
                assert!(echoed.await.unwrap().iter().all(|byte| *byte == number));
            }
        }
    });
    tokio::join!(
        futures_util::future::join_all(down),
        futures_util::future::join_all(up)
    );
}

async fn several_services_each_way_share_a_connection(transport: Transport) {
    let place = transport.place();
    let (ours, theirs) = (Ticks::default(), Ticks::default());
    let server = place
        .server()
        .service(Hosting.serve())
        .service(ours.clone().serve())
        .bind()
        .unwrap();
    let handle = server.handle();
    let running = Task::spawn(async move {
        server.run().await.unwrap();
    });
    let host = place
        .connect::<HostClient>()
        .serve(Plugged.serve())
        .serve(theirs.clone().serve())
        .await
        .unwrap();
    let clock: ClockClient = host.connection().client();
    assert_eq!(clock.tick(context::current()).await.unwrap(), 1);
    assert_eq!(host.descend(context::current(), 2).await.unwrap(), 2);
    assert_eq!(clock.tick(context::current()).await.unwrap(), 2);
    assert_eq!(ours.0.load(Ordering::Relaxed), 2);
    assert_eq!(theirs.0.load(Ordering::Relaxed), 0);
    host.connection().close("").await;
    handle.shutdown(std::time::Duration::ZERO).await;
    running.join().await;
}

async fn a_service_that_the_peer_does_not_serve_is_told_before_anything_is_sent(
    transport: Transport,
) {
    let pair = pair(transport, 1024).await;
    let clock: ClockClient = pair.host.connection().client();
    let error = clock.tick(context::current()).await.unwrap_err();
    assert!(
        matches!(
            error,
            CallError::Unimplemented {
                service: "Clock",
                method: "tick"
            }
        ),
        "{error:?}"
    );
    assert_eq!(error.outcome(), CallOutcome::NotSent);
    let clock: ClockClient = pair.plugin.connection().client();
    assert_eq!(
        clock.tick(context::current()).await.unwrap_err().outcome(),
        CallOutcome::NotSent
    );
    // Outside a call this process is the peer, and it serves nothing.
    let clock: ClockClient = context::current().peer().client();
    let error = clock.tick(context::current()).await.unwrap_err();
    assert!(
        matches!(error, CallError::Unimplemented { .. }),
        "{error:?}"
    );
}

async fn a_call_back_after_the_client_has_gone_fails(transport: Transport) {
    let Pair {
        host,
        plugin,
        server,
    } = pair(transport, 1024).await;
    host.connection().close("gone").await;
    drop(host);
    promptly(plugin.connection().closed()).await;
    let error = plugin.echo(context::current(), vec![1]).await.unwrap_err();
    assert!(
        matches!(error, CallError::Connection { sent: false, .. }),
        "{error:?}"
    );
    drop(server);
}

async fn a_call_back_inherits_the_deadline_of_its_call(transport: Transport) {
    let pair = pair(transport, 1024).await;
    let soon = context::with_timeout(std::time::Duration::from_millis(100));
    let error = pair.host.hang(soon).await.unwrap_err();
    assert!(
        error.is_timeout() || error.to_string().contains("within"),
        "{error}"
    );
    // Neither side holds a slot for it any more.
    assert_eq!(pair.host.descend(context::current(), 4).await.unwrap(), 4);
}

async fn two_services_of_one_name_are_refused_on_either_side(transport: Transport) {
    let place = transport.place();
    let twice = place
        .server()
        .service(Hosting.serve())
        .service(Hosting.serve());
    assert!(matches!(
        twice.bind(),
        Err(ipc_rpc::BindError::DuplicateService { name: "Host" })
    ));
    let error = place
        .connect::<HostClient>()
        .serve(Plugged.serve())
        .serve(Plugged.serve())
        .await
        .unwrap_err();
    assert!(
        matches!(error, ConnectError::DuplicateService { name: "Plugin" }),
        "{error:?}"
    );
}
