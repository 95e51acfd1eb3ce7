// `&self, ctx: Context` stands before the arguments.
use std::sync::Arc;

use ipc_rpc::{Context, ipc_service};

#[ipc_service]
trait Service {
    async fn by_value(self, ctx: Context);
    async fn mutable_value(mut self, ctx: Context);
    async fn mutable(&mut self, ctx: Context);
    async fn typed(self: Arc<Self>, ctx: Context);
    async fn lifetime(&'static self, ctx: Context);
    async fn no_receiver(ctx: Context, a: u8);
    async fn no_context(&self);
    async fn late_context(&self, a: u8, ctx: Context);
    async fn borrowed_context(&self, ctx: &Context);
}

fn main() {}
