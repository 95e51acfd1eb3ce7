//! Streams in every place that they may have, with nothing imported but what is named.
#![deny(missing_docs, warnings)]

/// A service with streams.
#[ipc_rpc::ipc_service]
pub trait Streams {
    /// A result.
    async fn result(&self, ctx: ipc_rpc::Context) -> ipc_rpc::Receiver<u64>;
    /// The `Ok` of a result.
    async fn fallible(
        &self,
        ctx: ipc_rpc::Context,
    ) -> ::core::result::Result<ipc_rpc::Receiver<Vec<u8>>, String>;
    /// Arguments.
    async fn arguments(
        &self,
        ctx: ipc_rpc::Context,
        r#type: ipc_rpc::Receiver<String>,
        number: u64,
        visit: ipc_rpc::Receiver<Result<u8, String>>,
    ) -> ipc_rpc::Receiver<String>;
    /// On the blocking pool.
    fn blocking(&self, ctx: ipc_rpc::Context, items: ipc_rpc::Receiver<()>) -> u64;
    /// One-way.
    #[ipc(oneway)]
    async fn one_way(&self, ctx: ipc_rpc::Context, items: ipc_rpc::Receiver<u8>);
}

fn main() {}
