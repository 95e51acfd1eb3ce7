//! Values nested as deep as a peer likes, which must not run a stack out.

use ipc_rpc::{Client, Context, Server, ServiceDefinition, ipc_service};
use serde::{Deserialize, Serialize};
use support::{Place, Stage};

use super::raw::{Frame, MESSAGE_PACK, Offer, POSTCARD, Raw, SocketFile, UNDECODABLE, Verdict};
use super::{assert_alive, raw_scenarios};

raw_scenarios! { a_value_nested_a_million_deep_fails_its_call_alone }

/// A value that contains itself, as deep as a peer likes.
#[derive(Serialize, Deserialize)]
pub(crate) struct Tree(Vec<Self>);

#[ipc_service]
pub(crate) trait Nest {
    /// Counts the levels of a tree with one branch.
    async fn depth(&self, ctx: Context, tree: Tree) -> u8;
}

struct Nested;

impl Nest for Nested {
    async fn depth(&self, _: Context, tree: Tree) -> u8 {
        let mut depth = 0;
        let mut level = &tree;
        while let Some(next) = level.0.first() {
            depth += 1;
            level = next;
        }
        depth
    }
}

async fn a_value_nested_a_million_deep_fails_its_call_alone() {
    let socket = SocketFile::new();
    let (_, lab) = support::rig();
    let server = Server::builder(socket.name())
        .service(Nested.serve())
        .bind()
        .unwrap();
    let place = Place::LocalSocket(socket.name());
    let mut stage = Stage::run(place, server, lab).await;
    let method = <NestClient as Client>::Definition::DESCRIPTOR.methods[0].id;
    // The arguments in front, a level, and the innermost one.
    let postcard = (POSTCARD, &[][..], 1, 0);
    let message_pack = (MESSAGE_PACK, &b"\x81\xa4tree"[..], 0x91, 0x90);
    for (codec, front, level, innermost) in [postcard, message_pack] {
        let mut peer = Raw::connect(socket.path()).await;
        let offer = Offer {
            codecs: vec![codec],
            ..Offer::default()
        };
        assert_eq!(peer.say_hello(&offer).await, Verdict::Welcome);
        stage.connected().await;
        let nested = |depth| {
            let body = [front, &vec![level; depth], &[innermost]].concat();
            Frame {
                method,
                ..Frame::call(0, "add", body)
            }
        };
        assert_eq!(peer.call(&nested(3)).await.body, [3]);
        for depth in [200, 10_000, 1024 * 1024] {
            let answer = peer.call(&nested(depth)).await;
            assert_eq!(answer.code(), UNDECODABLE, "{depth} levels");
        }
        assert_alive(&mut peer).await;
        drop(peer);
        stage.disconnected().await;
    }
    stage.end().await;
}
