// The runtime is reached through whatever re-exports it.
#![deny(warnings)]
#![allow(dead_code, reason = "declaring is all that is done")]

mod sdk {
    pub(crate) mod inner {
        pub(crate) use ::ipc_rpc as rpc;
    }
}

/// Not the crate.
mod ipc_rpc {}

#[sdk::inner::rpc::ipc_service(crate = crate::sdk::inner::rpc)]
trait Relayed {
    async fn get(&self, ctx: sdk::inner::rpc::Context, value: u8) -> Result<u8, String>;
    fn block(&self, ctx: sdk::inner::rpc::Context) -> u8;
}

#[sdk::inner::rpc::ipc_service(crate = crate::sdk::inner::rpc)]
trait RelayedTarpc {
    async fn get(value: u8) -> u8;
}

fn main() {}
