//! An auth payload is shown to the authenticator and to nobody else.

use std::error::Error;
use std::fmt::Debug;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use ipc_rpc::{AuthHello, Codec, Rejection};
use serde::{Serialize, Serializer};
use support::{Clock, Stage, Transport, run};
use tracing_subscriber::fmt::MakeWriter;

use super::rejected;

const SECRET: &str = "swordfish-4711";

/// Everything that anybody could have read.
#[derive(Clone, Default)]
struct Public(Arc<Mutex<Vec<u8>>>);

impl Public {
    fn show(&self, what: &dyn Debug) {
        let mut public = self.clone();
        writeln!(public, "{what:?}\n{what:#?}").unwrap();
    }

    fn show_error(&self, error: &(dyn Error + 'static)) {
        self.show(&error);
        let mut public = self.clone();
        let mut next = Some(error);
        while let Some(error) = next {
            writeln!(public, "{error}").unwrap();
            next = error.source();
        }
    }

    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Public {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut public = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        public.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Public {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// A payload that says its secret in its error, which only the client itself may see.
struct Unspeakable;

impl Serialize for Unspeakable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it cannot be said"))
    }
}

#[test]
fn an_auth_payload_is_neither_shown_nor_logged_nor_part_of_an_error() {
    // One thread, so that the subscriber of this thread hears everything.
    run(Transport::Memory, Clock::Paused, scenario);
}

async fn scenario(transport: Transport) {
    let public = Public::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        // A time may have the secret's digits.
        .without_time()
        .with_writer(public.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    tracing::info!("the log is heard");

    let shown = public.clone();
    let check = move |hello: AuthHello<String>| {
        shown.show(&hello);
        async move {
            assert!(!hello.payload.starts_with("panic"), "no more than that");
            match hello.payload.len() {
                14 => Ok(hello.payload),
                _ => Err(Rejection::new(1, "unknown token")),
            }
        }
    };
    let mut stage = Stage::with(transport, |server| server.authenticate(check)).await;
    for codec in [Codec::Postcard, Codec::MessagePack] {
        let client = stage.connect().codec(codec).auth(SECRET).await.unwrap();
        public.show(&client);
        public.show(&client.connection());
        public.show(&stage.events.next().await);
        let wrong_type = (SECRET, 7_u8);
        let rejected_one = format!("{SECRET}!");
        let panicking = format!("panic {SECRET}");
        let connects = [
            stage.connect().codec(codec).auth(&wrong_type),
            stage.connect().codec(codec).auth(&[SECRET, SECRET]),
            stage.connect().codec(codec).auth(&rejected_one),
            stage.connect().codec(codec).auth(&panicking),
            stage.connect().codec(codec).auth(&SECRET.repeat(10_000)),
            stage.connect().codec(codec).auth(&Unspeakable),
        ];
        for (index, connect) in connects.into_iter().enumerate() {
            public.show(&connect);
            public.show_error(&connect.await.unwrap_err());
            if index < 4 {
                public.show(&rejected(&mut stage).await);
            }
        }
        public.show(&client.connection().close("done").await);
        public.show(&stage.disconnected().await);
    }
    public.show(&stage.handle);
    stage.end().await;

    let text = public.text();
    assert!(text.contains("the log is heard"), "{text}");
    assert!(text.contains("unknown token"), "{text}");
    assert!(text.contains("it cannot be said"), "{text}");
    assert!(text.contains("client turned away"), "the log: {text}");
    let numbers = format!("{:?}", SECRET.as_bytes());
    let hexadecimal: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    for secret in [SECRET, "4711", &numbers[1..20], &hexadecimal[..12]] {
        assert!(!text.contains(secret), "{secret:?} in {text}");
    }
    let in_lines = SECRET.bytes().take(3).map(|byte| format!("{byte},\n"));
    let starts: Vec<_> = in_lines.collect();
    let lines: String = text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    assert!(!lines.contains(&starts.concat()), "byte by byte in {text}");
}
