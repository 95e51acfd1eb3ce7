// The name of an argument is its name on the wire.
use ipc_rpc::{Context, ipc_service};

#[ipc_service]
trait Service {
    async fn pattern(&self, ctx: Context, (a, b): (u8, u8));
    async fn wild(&self, ctx: Context, _: u8);
    async fn mutable(&self, ctx: Context, mut a: u8);
    async fn attribute(&self, ctx: Context, #[cfg(unix)] a: u8);
    async fn twice(&self, ctx: Context, a: u8, a: u8);
    async fn like_context(&self, context: Context, ctx: u8);
}

#[ipc_service]
trait TarpcsForm {
    async fn like_context(context: u8, ctx: u8);
}

fn main() {}
