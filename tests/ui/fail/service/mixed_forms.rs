// One service uses one form.
use ipc_rpc::{Context, ipc_service};

#[ipc_service]
trait MostlyTarpc {
    async fn hello(name: String) -> String;
    async fn ping();
    async fn shared(&self, ctx: Context);
    async fn served(ctx: Context);
}

#[ipc_service]
trait MostlyOurs {
    async fn hello(&self, ctx: Context, name: String) -> String;
    async fn ping();
    async fn served(ctx: Context);
}

fn main() {}
