// Handlers move between threads, and services are shared by them.
use std::cell::Cell;
use std::rc::Rc;

use ipc_rpc::{Context, ipc_service};

#[ipc_service]
trait Service {
    async fn get(&self, ctx: Context, a: u8) -> u8;
}

struct HoldsRc;

impl Service for HoldsRc {
    async fn get(&self, _: Context, a: u8) -> u8 {
        let a = Rc::new(a);
        std::future::ready(()).await;
        *a
    }
}

struct NotShared(Cell<u8>);

impl Service for NotShared {
    async fn get(&self, _: Context, a: u8) -> u8 {
        self.0.replace(a)
    }
}

fn main() {}
