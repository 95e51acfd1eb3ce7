// Names that are taken, by other methods or by what is generated.
use ipc_rpc::{Context, ipc_service};

#[ipc_service]
trait Clashes {
    async fn twice(&self, ctx: Context);
    async fn twice(&self, ctx: Context);
    #[cfg(unix)]
    async fn one_cfg(&self, ctx: Context);
    #[cfg(unix)]
    async fn one_cfg(&self, ctx: Context);
    #[ipc(name = "twice")]
    async fn other(&self, ctx: Context);
    async fn a_b(&self, ctx: Context);
    async fn a__b(&self, ctx: Context);
    async fn costarring(&self, ctx: Context);
    async fn liquid(&self, ctx: Context);
}

#[ipc_service]
trait Reserved {
    async fn serve(&self, ctx: Context);
    async fn new(&self, ctx: Context);
    #[ipc(name = "link")]
    async fn connect(&self, ctx: Context);
    async fn over(&self, ctx: Context);
    async fn connection(&self, ctx: Context);
    async fn supports(&self, ctx: Context);
    async fn clone(&self, ctx: Context);
}

#[ipc_service]
trait ReservedByTarpc {
    async fn serve();
    async fn new();
    async fn from();
}

fn main() {}
