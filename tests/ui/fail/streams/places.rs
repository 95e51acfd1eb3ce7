use ipc_rpc::{Context, Receiver, ipc_service};

#[ipc_service]
trait Places {
    async fn within(&self, ctx: Context, numbers: Option<Receiver<u64>>);
    async fn several(&self, ctx: Context) -> (Receiver<u64>, u64);
    async fn of_streams(&self, ctx: Context) -> Receiver<Receiver<u64>>;
    async fn as_error(&self, ctx: Context) -> Result<u64, Receiver<u64>>;
    async fn of_what(&self, ctx: Context, numbers: Receiver);
    #[ipc(idempotent)]
    async fn again(&self, ctx: Context, numbers: Receiver<u64>);
}

#[ipc_service]
trait InTarpcsForm {
    async fn count(limit: u64) -> Receiver<u64>;
}

fn main() {}
