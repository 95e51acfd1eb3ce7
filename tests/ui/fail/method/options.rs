// `#[ipc(..)]` on methods.
use ipc_rpc::{Context, ipc_service};

#[ipc_service(version = 2)]
trait Service {
    #[ipc(once)]
    async fn unknown(&self, ctx: Context);
    #[ipc(oneway)]
    #[ipc(oneway)]
    async fn twice(&self, ctx: Context);
    #[ipc(oneway = true)]
    async fn flag(&self, ctx: Context);
    #[ipc]
    async fn no_list(&self, ctx: Context);
    #[cfg_attr(unix, ipc(oneway))]
    async fn conditional(&self, ctx: Context);
    #[ipc(name = "")]
    async fn empty_name(&self, ctx: Context);
    #[ipc(name = "a b")]
    async fn white_name(&self, ctx: Context);
    #[ipc(spawn)]
    fn spawned_blocking(&self, ctx: Context);
    #[ipc(since = 0)]
    async fn from_zero(&self, ctx: Context);
    #[ipc(since = 3)]
    async fn from_later(&self, ctx: Context);
    #[ipc(oneway)]
    async fn with_output(&self, ctx: Context) -> u8;
}

#[ipc_service]
trait Timeouts {
    #[ipc(timeout)]
    async fn no_value(&self, ctx: Context);
    #[ipc(timeout = 5)]
    async fn no_string(&self, ctx: Context);
    #[ipc(timeout = "5")]
    async fn no_unit(&self, ctx: Context);
    #[ipc(timeout = "5 weeks")]
    async fn odd_unit(&self, ctx: Context);
    #[ipc(timeout = "soon")]
    async fn no_number(&self, ctx: Context);
    #[ipc(timeout = "1.5s")]
    async fn fraction(&self, ctx: Context);
    #[ipc(timeout = "0s")]
    async fn zero(&self, ctx: Context);
    #[ipc(timeout = "99999999999999999d")]
    async fn beyond_counting(&self, ctx: Context);
}

#[ipc_service]
trait TarpcsForm {
    #[ipc(oneway)]
    async fn oneway();
    #[ipc(timeout = "1s")]
    async fn timeout();
    #[ipc(idempotent)]
    async fn idempotent();
    #[ipc(spawn)]
    async fn spawned();
    #[ipc(since = 1)]
    async fn since();
    #[ipc(once)]
    async fn unknown();
}

fn main() {}
