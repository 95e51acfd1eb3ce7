use ipc_rpc::{Context, ipc_service};

struct Opaque;

/// Somebody else's.
pub struct Receiver<T>(T);

#[ipc_service]
trait Foreign {
    async fn count(&self, ctx: Context) -> Receiver<u64>;
}

#[ipc_service]
trait Items {
    async fn opaque(&self, ctx: Context) -> ipc_rpc::Receiver<Opaque>;
}

fn main() {}
