// The arguments of `#[ipc_service(..)]`.
use ipc_rpc::{Context, ipc_service};

#[ipc_service(nam = 1)]
trait Unknown {}

#[ipc_service(version = 1, version = 2)]
trait Twice {}

#[ipc_service(version = "2", name)]
trait Kinds {}

#[ipc_service(version = 0, name = "")]
trait Ranges {}

#[ipc_service(name = "my service")]
trait White {}

#[ipc_service(crate = "a::b")]
trait Text {}

#[ipc_service(crate = ::ipc_rpc::<u8>)]
trait Generics {}

#[ipc_service(derive = Clone)]
trait NoList {
    async fn get();
}

#[ipc_service(derive = [1])]
trait NoPath {
    async fn get();
}

#[ipc_service(derive = [Clone])]
trait OwnForm {
    async fn get(&self, ctx: Context);
}

#[ipc_service(derive_serde = true)]
trait Deprecated {
    async fn get();
}

#[ipc_service(version: 2)]
trait Syntax {}

macro_rules! service {
    () => {
        #[ipc_service(crate = $crate::ipc_rpc)]
        trait Dollar {}
    };
}
service!();

fn main() {}
