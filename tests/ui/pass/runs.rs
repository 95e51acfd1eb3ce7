// What is declared with raw names, under `#[cfg]`, with bodies and as `fn` is called like anything else.
#![deny(warnings)]

use ipc_rpc::transport::memory::Address;
use ipc_rpc::{CallError, Context, Server, context, ipc_service};

#[ipc_service]
trait r#Match {
    async fn r#type(&self, ctx: Context, r#fn: u8, b: u8) -> u8;

    #[cfg(all())]
    async fn either(&self, ctx: Context, a: u8) -> u8;
    #[cfg(any())]
    async fn either(&self, ctx: Context, a: Missing) -> Missing;
    #[cfg(any())]
    async fn never(&self, ctx: Context, a: Missing);

    async fn twice(&self, _: Context, mut a: u8) -> Result<u8, String> {
        a = a.checked_mul(2).ok_or("too large")?;
        Ok(a)
    }

    fn half(&self, _ctx: Context, a: u8) -> u8 {
        a / 2
    }

    #[ipc(name = "renamed")]
    async fn upload(&self, ctx: Context, name: String, data: bytes::Bytes) -> bytes::Bytes;
}

struct Fire;

impl Match for Fire {
    async fn r#type(&self, _: Context, r#fn: u8, b: u8) -> u8 {
        r#fn + b
    }

    async fn either(&self, _: Context, a: u8) -> u8 {
        a
    }

    async fn upload(&self, _: Context, name: String, data: bytes::Bytes) -> bytes::Bytes {
        assert_eq!(name, "n");
        data
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let address = Address::new();
    let server = Server::builder(&address)
        .service(Fire.serve())
        .bind()
        .unwrap();
    let calls = async {
        let client = MatchClient::connect(&address).await.unwrap();
        let now = context::current;
        assert_eq!(client.r#type(now(), 1, 2).await.unwrap(), 3);
        assert_eq!(client.either(now(), 4).await.unwrap(), 4);
        assert_eq!(client.twice(now(), 4).await.unwrap(), 8);
        let error = client.twice(now(), 200).await.unwrap_err();
        assert!(matches!(error, CallError::Service(text) if text == "too large"));
        assert_eq!(client.half(now(), 4).await.unwrap(), 2);
        let data = bytes::Bytes::from_static(b"data");
        assert_eq!(
            client
                .upload(now(), "n".to_owned(), data.clone())
                .await
                .unwrap(),
            data
        );

        assert!(client.supports("type") && client.supports("renamed"));
        assert!(!client.supports("upload") && !client.supports("never"));
    };
    tokio::select! {
        ended = server.run() => panic!("{ended:?}"),
        () = calls => {}
    }
}
