// A service can be declared anywhere, with any visibility, and by a macro.
#![deny(warnings, unreachable_pub)]
#![allow(dead_code, reason = "declaring is all that is done")]

use ipc_rpc::{Context, ipc_service};

pub(crate) type Wrong = String;

macro_rules! service {
    ($vis:vis $name:ident, $t:ty) => {
        #[ipc_service]
        $vis trait $name {
            async fn get(&self, ctx: Context, value: $t) -> Result<$t, $crate::Wrong>;
            async fn list(&self, ctx: Context, value: Vec<$t>) -> Option<$t>;
            fn block(&self, ctx: Context, value: $t) -> $t;
        }
    };
}

service!(Private, u8);
service!(pub(crate) Crate, Vec<(u8, String)>);

mod inside {
    use super::*;

    service!(pub(super) Super, u8);
    service!(pub(in crate::inside) In, u8);
    service!(pub(self) Own, u8);

    #[ipc_service]
    trait PrivateTarpc {
        async fn get();
    }
}

fn local() {
    #[ipc_service]
    trait Local {
        async fn hi(&self, ctx: ipc_rpc::Context) -> u8;
        fn block(&self, ctx: ipc_rpc::Context);
    }

    struct Here;

    impl Local for Here {
        async fn hi(&self, _: ipc_rpc::Context) -> u8 {
            1
        }
        fn block(&self, _: ipc_rpc::Context) {}
    }

    let _ = Here.serve();

    #[ipc_service]
    trait LocalTarpc {
        async fn hi(a: u8) -> u8;
    }

    // Hidden names are made of the trait's and the method's: these two must not meet.
    #[ipc_service]
    trait Add {
        async fn get_args(&self, ctx: ipc_rpc::Context);
        async fn get(&self, ctx: ipc_rpc::Context);
    }

    #[ipc_service]
    trait AddGet {
        async fn args(&self, ctx: ipc_rpc::Context);
    }
}

fn main() {
    local();
}
