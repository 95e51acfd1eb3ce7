// Another type that is called `Context`, as one imports it from tarpc.
use ipc_rpc::ipc_service;
use ipc_rpc::tarpc::context::Context;

#[ipc_service]
trait Service {
    async fn get(&self, ctx: Context, a: u8) -> u8;
    fn block(&self, ctx: Context, a: u8) -> u8;
}

fn main() {}
