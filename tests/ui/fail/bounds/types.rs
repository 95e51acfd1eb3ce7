// Types that serde does not know: in an argument, an output, an error, and nested.
use ipc_rpc::{Context, ipc_service};

struct Opaque;

#[ipc_service]
trait Arguments {
    async fn argument(&self, ctx: Context, a: u8, opaque: Opaque);
}

#[ipc_service]
trait Outputs {
    async fn output(&self, ctx: Context) -> Opaque;
}

#[ipc_service]
trait Errors {
    async fn error(&self, ctx: Context) -> Result<u8, Opaque>;
}

fn main() {}
