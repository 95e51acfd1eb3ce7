// The same in tarpc's form.
use ipc_rpc::ipc_service;

#[derive(Debug)]
struct Opaque;

#[ipc_service]
trait World {
    async fn hello(name: Opaque) -> String;
}

fn main() {}
