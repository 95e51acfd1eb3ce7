// A type that serde does not know, within one that it knows.
use ipc_rpc::{Context, ipc_service};

struct Opaque;

#[ipc_service]
trait Outputs {
    async fn output(&self, ctx: Context) -> Vec<Opaque>;
}

fn main() {}
