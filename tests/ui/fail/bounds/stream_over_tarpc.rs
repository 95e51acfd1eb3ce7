use ipc_rpc::{Context, Receiver, StubCaller, context, ipc_service};

#[ipc_service]
trait Numbers {
    async fn below(&self, ctx: Context, limit: u64) -> Receiver<u64>;
}

async fn over<S>(stub: S) {
    let numbers = NumbersClient::over(StubCaller(stub));
    let _ = numbers.below(context::current(), 3).await;
}

fn main() {
    let _ = over(());
}
