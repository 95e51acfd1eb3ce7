//! A service is the same in either form, as far as its peers can see.

use ipc_rpc::transport::memory::Address;
use ipc_rpc::{CallError, Connection, Server, context};
use support::Task;
use tarpc::client::{self, NewClient};

use crate::stage::run;

/// In our form.
mod ours {
    use ipc_rpc::{Context, ipc_service};

    #[ipc_service]
    pub trait Files {
        async fn open(&self, ctx: Context, name: String) -> Result<u64, String>;
        async fn count(&self, ctx: Context) -> Option<u32>;
    }

    pub(super) struct Shelf;

    impl Files for Shelf {
        async fn open(&self, _: Context, name: String) -> Result<u64, String> {
            super::open(name)
        }
        async fn count(&self, _: Context) -> Option<u32> {
            Some(1)
        }
    }
}

/// In tarpc's.
mod tarpcs {
    use ipc_rpc::ipc_service;
    use tarpc::context::Context;

    #[ipc_service]
    pub trait Files {
        async fn open(name: String) -> Result<u64, String>;
        async fn count() -> Option<u32>;
    }

    #[derive(Clone)]
    pub(super) struct Shelf;

    impl Files for Shelf {
        async fn open(self, _: Context, name: String) -> Result<u64, String> {
            super::open(name)
        }
        async fn count(self, _: Context) -> Option<u32> {
            Some(1)
        }
    }
}

fn open(name: String) -> Result<u64, String> {
    match name.as_str() {
        "here" => Ok(5),
        _ => Err(format!("no file {name}")),
    }
}

#[test]
fn a_client_in_our_form_calls_a_server_in_tarpcs() {
    run(|| async {
        use tarpcs::Files;

        let address = Address::new();
        let server = Server::builder(&address).service(tarpcs::Shelf.serve());
        let _server = Task::spawn(server.bind().unwrap().run());
        let client = ours::FilesClient::connect(&address).await.unwrap();
        let file = client.open(context::current(), "here".to_owned()).await;
        assert_eq!(file.unwrap(), 5);
        let file = client.open(context::current(), "there".to_owned()).await;
        let error = file.unwrap_err();
        assert!(matches!(error, CallError::Service(text) if text == "no file there"));
        assert_eq!(client.count(context::current()).await.unwrap(), Some(1));
    });
}

#[test]
fn a_client_in_tarpcs_form_calls_a_server_in_ours() {
    run(|| async {
        use ours::Files;
        use tarpc::context;

        let address = Address::new();
        let server = Server::builder(&address).service(ours::Shelf.serve());
        let _server = Task::spawn(server.bind().unwrap().run());
        let connection = Connection::connect(&address).await.unwrap();
        let lane = connection.lane::<tarpcs::FilesService>().unwrap();
        let NewClient { client, dispatch } =
            tarpcs::FilesClient::new(client::Config::default(), lane);
        let _dispatch = Task::spawn(dispatch);
        let file = client.open(context::current(), "here".to_owned()).await;
        assert_eq!(file.unwrap(), Ok(5));
        let file = client.open(context::current(), "there".to_owned()).await;
        assert_eq!(file.unwrap(), Err("no file there".to_owned()));
        assert_eq!(client.count(context::current()).await.unwrap(), Some(1));
    });
}
