// A method is called by another process: nothing that needs this one's compiler can stand around it.
use ipc_rpc::{Context, ipc_service};

#[ipc_service]
trait Service {
    async fn generic<T>(&self, ctx: Context, a: T);
    async fn clause(&self, ctx: Context)
    where
        Self: Clone;
    async unsafe fn dangerous(&self, ctx: Context);
    extern "C" fn foreign(&self, ctx: Context);
}

#[ipc_service]
trait TarpcsForm {
    fn blocking();
    async fn provided() {}
}

fn main() {}
