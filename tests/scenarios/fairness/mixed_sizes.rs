//! Messages of every size between each other: every answer is its caller's.

use bytes::Bytes;
use ipc_rpc::{CallError, Codec, Config, Context, context, ipc_service};
use serde::{Deserialize, Serialize};
use support::{Task, Transport, scenarios};

scenarios! {
    large_and_small_messages_of_many_callers_come_back_as_they_were,
}

/// Bytes in every place where a method may have some.
#[ipc_service]
pub(crate) trait Post {
    /// Returns it.
    async fn shared(&self, ctx: Context, bytes: Bytes) -> Bytes;

    /// Returns it.
    async fn owned(&self, ctx: Context, bytes: Vec<u8>) -> Vec<u8>;

    /// Returns it.
    async fn nested(&self, ctx: Context, bytes: Vec<Vec<u8>>) -> Vec<Vec<u8>>;

    /// Returns it.
    async fn parcel(&self, ctx: Context, parcel: Parcel) -> Parcel;

    /// Returns all of it, one behind the other.
    async fn several(
        &self,
        ctx: Context,
        first: Bytes,
        number: u32,
        second: Vec<u8>,
        text: String,
        last: Bytes,
    ) -> Vec<u8>;

    /// Returns it, as one thing or the other.
    async fn either(&self, ctx: Context, well: bool, bytes: Vec<u8>) -> Result<Bytes, Vec<u8>>;
}

/// Bytes within a type of the user's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Parcel {
    shared: Bytes,
    owned: Vec<u8>,
    both: Option<(Vec<u8>, Bytes)>,
}

struct Office;

impl Post for Office {
    async fn shared(&self, _: Context, bytes: Bytes) -> Bytes {
        bytes
    }

    async fn owned(&self, _: Context, bytes: Vec<u8>) -> Vec<u8> {
        bytes
    }

    async fn nested(&self, _: Context, bytes: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        // Some answers are given by the connection's task, and some by one of their own.
        tokio::task::yield_now().await;
        bytes
    }

    async fn parcel(&self, _: Context, parcel: Parcel) -> Parcel {
        parcel
    }

    async fn several(
        &self,
        _: Context,
        first: Bytes,
        number: u32,
        second: Vec<u8>,
        text: String,
        last: Bytes,
    ) -> Vec<u8> {
        tokio::task::yield_now().await;
        all_of(&first, number, &second, &text, &last)
    }

    async fn either(&self, _: Context, well: bool, bytes: Vec<u8>) -> Result<Bytes, Vec<u8>> {
        if well { Ok(bytes.into()) } else { Err(bytes) }
    }
}

fn all_of(first: &[u8], number: u32, second: &[u8], text: &str, last: &[u8]) -> Vec<u8> {
    let number = number.to_le_bytes();
    [first, &number, second, text.as_bytes(), last].concat()
}

const KIB: usize = 1024;

/// What is copied with its neighbours, what goes in a write of its own, what takes several, and nothing at all.
const SIZES: [usize; 4] = [17 * KIB, 1, 64 * KIB, 0];

const LARGEST: usize = 8 * 1024 * KIB;

/// Bytes that no other call has, and whose neighbours differ, so that neither a mistaken caller nor a shift passes
/// unseen.
fn pattern(seed: usize, len: usize) -> Vec<u8> {
    let mut round: Vec<u8> = (0..=250).collect();
    round.extend(seed.to_le_bytes());
    let mut bytes = round.repeat(len / round.len() + 1);
    bytes.truncate(len);
    if let Some(first) = bytes.first_mut() {
        *first = seed as u8;
    }
    bytes
}

async fn large_and_small_messages_of_many_callers_come_back_as_they_were(transport: Transport) {
    const CALLERS: usize = 24;
    const ROUNDS: usize = 12;
    let mut config = Config::default();
    // A message of 8 MiB and what is around it, and room for little more.
    config.max_frame_len = LARGEST + KIB;
    config.max_outbound_len = LARGEST;
    for codec in [Codec::Postcard, Codec::MessagePack] {
        let place = transport.place();
        let server = place
            .server()
            .config(config.clone())
            .service(Office.serve());
        let server = server.bind().unwrap();
        let handle = server.handle();
        let running = Task::spawn(server.run());
        let client = place.connect::<PostClient>().config(config.clone());
        let client = client.codec(codec).await.unwrap();
        let callers = (0..CALLERS).map(|caller| {
            let client = client.clone();
            Task::spawn(async move {
                for round in 0..ROUNDS {
                    let seed = caller * ROUNDS + round + 1;
                    let len = match (caller % 8, round) {
                        (0, 3 | 8) => LARGEST,
                        _ => SIZES[(caller + round) % SIZES.len()],
                    };
                    // Those of the largest kind go beside the body: a codec takes its time for eight million bytes.
                    let kind = if len == LARGEST { round % 2 } else { seed % 6 };
                    call(&client, kind, seed, len).await;
                }
            })
        });
        for caller in callers.collect::<Vec<_>>() {
            caller.join().await;
        }
        assert!(!client.connection().is_closed());
        handle.shutdown(std::time::Duration::ZERO).await;
        running.join().await.unwrap();
    }
}

/// Calls one method, and checks what comes back.
async fn call(client: &PostClient, kind: usize, seed: usize, len: usize) {
    let ctx = context::without_deadline;
    let bytes = pattern(seed, len);
    // The other arguments of a method that has several are of other sizes.
    let other = pattern(seed + 7, SIZES[seed % SIZES.len()]);
    let is_same = match kind {
        0 => client.shared(ctx(), bytes.clone().into()).await.unwrap() == bytes,
        1 => client.owned(ctx(), bytes.clone()).await.unwrap() == bytes,
        2 => {
            let nested = vec![bytes, Vec::new(), other];
            client.nested(ctx(), nested.clone()).await.unwrap() == nested
        }
        3 => {
            let parcel = Parcel {
                shared: other.clone().into(),
                both: (seed.is_multiple_of(4)).then(|| (other, bytes.clone().into())),
                owned: bytes,
            };
            client.parcel(ctx(), parcel.clone()).await.unwrap() == parcel
        }
        4 => {
            let (number, text) = (seed as u32, seed.to_string());
            let returned = client.several(
                ctx(),
                bytes.clone().into(),
                number,
                other.clone(),
                text.clone(),
                bytes.clone().into(),
            );
            let expected = all_of(&bytes, number, &other, &text, &bytes);
            returned.await.unwrap() == expected
        }
        _ => match client
            .either(ctx(), seed.is_multiple_of(2), bytes.clone())
            .await
        {
            Ok(returned) => seed.is_multiple_of(2) && returned == bytes,
            Err(CallError::Service(returned)) => seed % 2 == 1 && returned == bytes,
            Err(error) => panic!("{error:?}"),
        },
    };
    assert!(is_same, "call {seed}, of {len} bytes, of kind {kind}");
}
