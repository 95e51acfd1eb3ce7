// A service is a trait that both peers know, and consists of methods.
use ipc_rpc::{Context, ipc_service};

macro_rules! methods {
    () => {};
}

#[ipc_service]
trait Generic<T> {
    async fn get(&self, ctx: Context) -> T;
}

#[ipc_service]
trait Borrowing<'a> {}

#[ipc_service]
trait Where
where
    Self: Clone,
{
}

#[ipc_service]
unsafe trait Unsafe {}

#[ipc_service]
trait Items {
    type Item;
    const N: u8;
    methods!();
}

#[ipc_service]
struct NoTrait;

fn main() {
    // It is kept all the same.
    let _ = NoTrait;
}
