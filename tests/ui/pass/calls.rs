// The calls of a service as values, under lints that a careful crate turns on and with nothing imported.
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unnameable_types,
    clippy::all
)]
//! A crate.

/// Not std's.
#[derive(Debug)]
pub struct Option;
/// Not std's.
#[derive(Debug)]
pub struct Result;
/// Not the crate's.
#[derive(Debug)]
pub struct Reply;
/// Not the crate's.
pub trait Calls {}
/// Not the crate.
pub mod core {}
/// Not the crate.
pub mod std {}

/// A service whose calls are taken by a fold.
#[::ipc_rpc::ipc_service(calls)]
pub trait r#Match {
    /// Adds.
    async fn r#type(&self, ctx: ::ipc_rpc::Context, r#fn: u8, queue: u8, call: u8, args: u8) -> u8;
    /// Divides.
    async fn divide(
        &self,
        ctx: ::ipc_rpc::Context,
        a: i64,
        b: i64,
    ) -> ::core::result::Result<i64, ::std::string::String>;
    /// Is told.
    #[ipc(oneway)]
    async fn note(&self, ctx: ::ipc_rpc::Context, line: ::std::string::String);
    /// Counts.
    async fn count(
        &self,
        ctx: ::ipc_rpc::Context,
        numbers: ::ipc_rpc::Receiver<u8>,
    ) -> ::ipc_rpc::Receiver<u8>;
    /// Is to be replaced.
    #[deprecated]
    async fn old(&self, ctx: ::ipc_rpc::Context);
    /// Is there.
    #[cfg(all())]
    fn either(&self, ctx: ::ipc_rpc::Context, a: u8) -> u8;
    #[cfg(any())]
    fn either(&self, ctx: ::ipc_rpc::Context, a: Missing) -> Missing;
}

/// One without methods.
#[::ipc_rpc::ipc_service(calls)]
pub trait Nothing {}

/// Private, and in a module.
mod inside {
    #[::ipc_rpc::ipc_service(calls, name = "hidden", version = 2)]
    pub(super) trait Hidden {
        async fn get(&self, ctx: ::ipc_rpc::Context) -> u8;
    }
}

use ::core::ops::ControlFlow::{self, Break, Continue};

fn step(total: &mut u8, call: MatchCall) -> ControlFlow<()> {
    match call {
        MatchCall::Type { r#fn, queue, call, args, reply, .. } => {
            *total += r#fn + queue + call + args;
            reply.send(*total);
        }
        MatchCall::Divide { a, b, reply, .. } => {
            reply.send(a.checked_div(b).ok_or_else(|| "no quotient".to_owned()));
        }
        MatchCall::Note { line, .. } => *total = line.len() as u8,
        MatchCall::Count { numbers, reply, .. } => reply.send(numbers),
        MatchCall::Old { ctx, reply } => {
            assert!(!ctx.is_cancelled());
            reply.send(());
            return Break(());
        }
        MatchCall::Either { a, reply, .. } => reply.send(a),
    }
    Continue(())
}

fn is_spawned(future: impl ::core::future::Future + Send + 'static) {
    drop(future);
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let address = ::ipc_rpc::transport::memory::Address::new();
    let bind = || ::ipc_rpc::Server::builder(&address).bind().unwrap();
    // Every shape of a handler.
    is_spawned(bind().fold(0, async |total: &mut u8, call: MatchCall| step(total, call)));
    is_spawned(bind().fold((), async |(), _: MatchCall| {}));
    is_spawned(bind().fold(0, async |_: &mut u8, call: inside::HiddenCall| {
        let inside::HiddenCall::Get { reply, .. } = call;
        reply.send(7);
    }));
    let folding = bind().fold(0, async |total, call| step(total, call));
    let calling = async {
        let client = MatchClient::connect(&address).await.unwrap();
        let now = ::ipc_rpc::context::current;
        assert_eq!(client.r#type(now(), 1, 2, 3, 4).await.unwrap(), 10);
        assert_eq!(client.either(now(), 4).await.unwrap(), 4);
        let numbers = ::ipc_rpc::Receiver::from_stream(futures_util::stream::iter([1, 2]));
        let mut counted = client.count(now(), numbers).await.unwrap();
        assert_eq!(counted.recv().await.unwrap().unwrap(), 1);
        #[allow(deprecated)]
        client.old(now()).await.unwrap();
    };
    let (folded, ()) = tokio::join!(folding, calling);
    assert_eq!(folded.unwrap().0, 10);
}
