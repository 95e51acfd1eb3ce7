//! Data that looks like something else, or like nothing, is data.
//!
//! In ipcIO `}{` in a text was rewritten, nothing came through that was larger than a chunk of its socket, and what
//! counts as false became null. @isdk/ipc-server took texts for subscriptions, Innmind's IPC swallowed those that its
//! protocol uses itself, and libnick's communicator split arguments at line ends and cut them at 1024 bytes.

use bytes::Bytes;
use ipc_rpc::{Codec, Context, context, ipc_service};
use support::{LabClient, Report, Stage, Transport, scenarios};

scenarios! {
    texts_that_look_like_framing_or_control_come_back_as_they_were,
    bytes_that_are_frames_or_a_hello_come_back_as_they_were,
    data_of_any_size_comes_back_in_every_codec,
    values_that_are_nothing_arrive_as_they_are,
    methods_may_be_called_like_what_happens_to_connections,
}

const CODECS: [Codec; 2] = [Codec::Postcard, Codec::MessagePack];

const TEXTS: [&str; 28] = [
    "",
    " ",
    "\0",
    "\n",
    "\r\n\r\n",
    "}{",
    "x}{y",
    "{}",
    "null",
    "undefined",
    "false",
    "0",
    r#"{"sub":"topic"}"#,
    r#"{"t":6,"d":{"m":"bye"}}"#,
    "what time is it?",
    "sub",
    "innmind/ipc:heartbeat",
    "innmind/ipc:connection.close",
    "message.received",
    "handshake",
    "GET / HTTP/1.1",
    "\u{89}ipcrpc\n",
    "Lab",
    "echo",
    "Lab.echo",
    "ready",
    "error",
    "close",
];

async fn texts_that_look_like_framing_or_control_come_back_as_they_were(transport: Transport) {
    for codec in CODECS {
        let stage = Stage::new(transport).await;
        let client = stage.connect().codec(codec).await.unwrap();
        for text in TEXTS {
            let echoed = client.echo(context::current(), text.to_owned()).await;
            assert_eq!(echoed.unwrap(), text);
            client
                .note(context::current(), text.to_owned())
                .await
                .unwrap();
            stage.lab.wait(Report::Noted(text.to_owned())).await;
        }
        // No more and no fewer than were sent, and nothing of it was taken for something else.
        assert_eq!(stage.lab.all().len(), TEXTS.len());
        assert_eq!(client.connection().id(), stage.handle.connections()[0].id());
        stage.end().await;
    }
}

async fn bytes_that_are_frames_or_a_hello_come_back_as_they_were(transport: Transport) {
    let stage = Stage::new(transport).await;
    let client = stage.client().await;
    let hello = b"\x89ipcrpc\n\x01\0\0\0\0\0\0\0";
    let frames = (0..=u8::MAX).map(|kind| vec![8, 0, 0, 0, kind, 0, 0, 0, 1, 0, 0, 0]);
    let runs = (0..=u8::MAX).map(|byte| vec![byte; 64]);
    for data in frames.chain(runs).chain([hello.to_vec()]) {
        let data = Bytes::from(data);
        let echoed = client.bytes(context::current(), data.clone()).await;
        assert_eq!(echoed.unwrap(), data);
    }
    assert!(!client.connection().is_closed());
    stage.end().await;
}

async fn comes_back(client: &LabClient, len: usize) {
    // Neighbours differ, so that a shift or a cut does not pass unseen.
    let text: String = ('\0'..='\x7e').cycle().take(len).collect();
    let echoed = client.echo(context::current(), text.clone()).await;
    assert!(echoed.unwrap() == text, "a text of {len} bytes");
    let data = Bytes::from(text.into_bytes());
    let echoed = client.bytes(context::current(), data.clone()).await;
    assert!(echoed.unwrap() == data, "{len} bytes");
}

async fn data_of_any_size_comes_back_in_every_codec(transport: Transport) {
    const KIB: usize = 1024;
    for codec in CODECS {
        let stage = Stage::new(transport).await;
        let client = stage.connect().codec(codec).await.unwrap();
        for border in [KIB, 64 * KIB, KIB * KIB] {
            for len in [border - 1, border, border + 1] {
                comes_back(&client, len).await;
            }
        }
        comes_back(&client, 3 * KIB * KIB).await;
        stage.end().await;
    }
}

/// Takes values that are empty, false or none.
#[ipc_service]
trait Nothings {
    async fn number(&self, ctx: Context, number: i64) -> i64;
    async fn flag(&self, ctx: Context, flag: bool) -> bool;
    async fn maybe(&self, ctx: Context, text: Option<String>) -> Option<String>;
    async fn list(&self, ctx: Context, list: Vec<String>) -> Vec<String>;
    async fn unit(&self, ctx: Context, unit: ());
    async fn fallible(&self, ctx: Context, fails: bool) -> Result<(), ()>;
    async fn bytes(&self, ctx: Context, bytes: Bytes) -> Bytes;
}

struct Same;

impl Nothings for Same {
    async fn number(&self, _: Context, number: i64) -> i64 {
        number
    }

    async fn flag(&self, _: Context, flag: bool) -> bool {
        flag
    }

    async fn maybe(&self, _: Context, text: Option<String>) -> Option<String> {
        text
    }

    async fn list(&self, _: Context, list: Vec<String>) -> Vec<String> {
        list
    }

    async fn unit(&self, _: Context, unit: ()) {
        unit
    }

    async fn fallible(&self, _: Context, fails: bool) -> Result<(), ()> {
        if fails { Err(()) } else { Ok(()) }
    }

    async fn bytes(&self, _: Context, bytes: Bytes) -> Bytes {
        bytes
    }
}

async fn values_that_are_nothing_arrive_as_they_are(transport: Transport) {
    let ctx = context::current;
    for codec in CODECS {
        let stage = Stage::with(transport, |server| server.service(Same.serve())).await;
        let client = stage.place.connect::<NothingsClient>().codec(codec);
        let client = client.await.unwrap();
        assert_eq!(client.number(ctx(), 0).await.unwrap(), 0);
        assert!(!client.flag(ctx(), false).await.unwrap());
        for maybe in [None, Some(String::new())] {
            assert_eq!(client.maybe(ctx(), maybe.clone()).await.unwrap(), maybe);
        }
        for list in [vec![], vec![String::new()], vec![String::new(); 2]] {
            assert_eq!(client.list(ctx(), list.clone()).await.unwrap(), list);
        }
        client.unit(ctx(), ()).await.unwrap();
        client.fallible(ctx(), false).await.unwrap();
        let error = client.fallible(ctx(), true).await.unwrap_err();
        assert_eq!(error.into_service().ok(), Some(()));
        assert_eq!(client.bytes(ctx(), Bytes::new()).await.unwrap(), "");
        stage.end().await;
    }
}

/// Calls its methods as other systems call events, and commands of their own.
#[ipc_service]
trait Lifelike {
    async fn close(&self, ctx: Context) -> String;
    async fn closed(&self, ctx: Context) -> String;
    async fn error(&self, ctx: Context) -> String;
    async fn ready(&self, ctx: Context) -> String;
    async fn message(&self, ctx: Context) -> String;
    async fn request(&self, ctx: Context) -> String;
    async fn ping(&self, ctx: Context) -> String;
    async fn handshake(&self, ctx: Context) -> String;
    async fn discover(&self, ctx: Context) -> String;
    async fn broadcast(&self, ctx: Context) -> String;
    async fn shutdown(&self, ctx: Context) -> String;
}

struct Called;

macro_rules! says_its_name {
    ($($method:ident)+) => {$(
        async fn $method(&self, _: Context) -> String {
            stringify!($method).to_owned()
        }
    )+};
}

impl Lifelike for Called {
    says_its_name! {
        close closed error ready message request ping handshake discover broadcast shutdown
    }
}

async fn methods_may_be_called_like_what_happens_to_connections(transport: Transport) {
    let stage = Stage::with(transport, |server| server.service(Called.serve())).await;
    let client: LifelikeClient = stage.place.connect().await.unwrap();
    macro_rules! assert_named {
        ($($method:ident)+) => {$(
            let said = client.$method(context::current()).await.unwrap();
            assert_eq!(said, stringify!($method));
        )+};
    }
    assert_named! {
        close closed error ready message request ping handshake discover broadcast shutdown
    }
    assert!(!client.connection().is_closed());
    client.connection().ping().await.unwrap();
    stage.end().await;
}
