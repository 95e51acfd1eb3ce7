//! Peers that do not keep to the protocol of streams: they harm their own connection and nothing else.

mod items;
mod openings;

use ipc_rpc::{Client, Config, ServiceDefinition};
use support::{Faucet as _, FaucetClient, Flows, Tap};

use crate::hostile_peer::Target;
use crate::hostile_peer::raw::{Frame, ITEMS, RESPONSE, Raw, STREAMS, VIOLATION, put_text};

const SINGLE: u8 = 1;
const ONE_WAY: u8 = 1;

pub(crate) fn small() -> Config {
    super::window(16, 4 * 1024)
}

pub(crate) async fn target(config: Config) -> (Target, Flows) {
    let tap = Tap::default();
    let flows = tap.0.clone();
    let target = Target::with(|server| server.config(config).service(tap.serve())).await;
    (target, flows)
}

/// A call of the faucet, which stands behind the lab.
fn call(slot: u32, name: &str, args: &[u8]) -> Frame {
    let faucet = <FaucetClient as Client>::Definition::DESCRIPTOR;
    Frame {
        lane: 1,
        method: faucet.method(name).expect("there is such a method").id,
        body: args.to_vec(),
        ..Frame::new(1, slot, 0)
    }
}

pub(crate) fn ids(streams: &[(u32, u32)]) -> Vec<u8> {
    let mut bytes = (streams.len() as u16).to_le_bytes().to_vec();
    for (slot, generation) in streams {
        bytes.extend(slot.to_le_bytes());
        bytes.extend(generation.to_le_bytes());
    }
    bytes
}

/// The same that opens streams.
pub(crate) fn opening(slot: u32, name: &str, streams: &[(u32, u32)], args: &[u8]) -> Frame {
    let plain = call(slot, name, &[]);
    Frame {
        flags: STREAMS | if name == "pour" { ONE_WAY } else { 0 },
        body: [&ids(streams), args].concat(),
        ..plain
    }
}

pub(crate) fn frame(kind: u8, (slot, generation): (u32, u32), body: impl Into<Vec<u8>>) -> Frame {
    Frame {
        body: body.into(),
        ..Frame::new(kind, slot, generation)
    }
}

/// So many items of one byte, in one frame.
pub(crate) fn items(stream: (u32, u32), count: u32) -> Frame {
    Frame {
        method: count,
        ..frame(ITEMS, stream, [1, 7].repeat(count as usize))
    }
}

pub(crate) fn single(stream: (u32, u32), len: usize) -> Frame {
    Frame {
        flags: SINGLE,
        ..frame(ITEMS, stream, vec![7; len])
    }
}

fn reason(code: u16, text: &str) -> Vec<u8> {
    let mut body = code.to_le_bytes().to_vec();
    put_text(&mut body, text);
    body
}

fn credit(items: u32, bytes: u32) -> Vec<u8> {
    [items.to_le_bytes(), bytes.to_le_bytes()].concat()
}

async fn send_all(peer: &mut Raw, frames: &[Frame]) {
    for frame in frames {
        peer.send_frame(frame).await;
    }
}

/// The next frame that is no answer.
async fn next_of_stream(peer: &mut Raw) -> Frame {
    loop {
        let frame = peer.frame().await.expect("a frame");
        if frame.kind != RESPONSE {
            return frame;
        }
    }
}

/// Checks that this ends the connection, and returns why.
async fn told(target: &mut Target, mut peer: Raw) -> String {
    peer.expect_goodbye(VIOLATION).await;
    drop(peer);
    target.violation().await
}

/// Has the service write a stream, and returns its id.
async fn opened(peer: &mut Raw, request: &Frame) -> (u32, u32) {
    let answer = peer.call(request).await;
    assert_eq!(answer.flags, STREAMS);
    assert_eq!(answer.body[..2], [1, 0]);
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
    (number(&answer.body[2..6]), number(&answer.body[6..10]))
}
