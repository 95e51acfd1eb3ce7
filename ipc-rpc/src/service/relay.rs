//! Calls that a server passes on: from one of its clients to another.

use std::sync::Arc;

use super::lane::Lane;
use super::message::Args;
use super::reply::Plain;
use super::tarpc_form::NoMessage;
use super::{Blob, Caller, Client, Method, ServiceDefinition};
use crate::connection::Connection;
use crate::context::Context;
use crate::descriptor::{MethodDescriptor, ServiceDescriptor};
use crate::error::CallError;
use crate::layer::Layers;

/// The service that a server with a relay serves beside its own.
///
/// The arguments of [`FORWARD`] are no value but a [`Route`](crate::wire::Route) and, behind it, the arguments of the call that
/// is passed on; its response is that call's, whatever it is.
pub(crate) static RELAY: ServiceDescriptor =
    ServiceDescriptor::new("ipc-rpc.relay", 1, "", &[FORWARD, PEERS]);

pub(crate) const FORWARD: MethodDescriptor = MethodDescriptor::new("forward", 1, 1, "");
pub(crate) const PEERS: MethodDescriptor = MethodDescriptor::new("peers", 2, 2, "");

/// A client of the same server that can be reached through it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerEntry {
    /// The name that it claimed, with [`Connect::peer_name`](crate::Connect::peer_name).
    pub name: String,
    /// The names of the services that it serves.
    pub services: Vec<String>,
}

/// What [`PEERS`] returns: name and services of each.
pub(crate) type PeerList = Vec<(String, Vec<String>)>;

struct Relay;

impl ServiceDefinition for Relay {
    type Request = NoMessage;
    type Response = NoMessage;
    const DESCRIPTOR: &'static ServiceDescriptor = &RELAY;
}

struct Peers;

impl Method for Peers {
    type Service = Relay;
    type Args = ();
    type Reply = Plain<PeerList>;
    const DESCRIPTOR: MethodDescriptor = PEERS;

    fn request((): ()) -> Option<NoMessage> {
        None
    }

    fn response(response: NoMessage) -> Option<PeerList> {
        match response {}
    }
}

impl Args for () {
    fn each_bytes(&mut self, _: &mut dyn FnMut(Blob<'_>)) {}
}

impl Connection {
    /// A client of a service of another client of this server: the one with this
    /// [name](crate::Connect::peer_name), whoever that is when a call is made.
    ///
    /// The server passes the calls on, and what they are answered with, streams included. To the peer they are calls of the
    /// server: `ctx.peer()` is the server there, and its session. The server has to [allow it](crate::ServerBuilder::relay).
    ///
    /// Calls fail with [`CallError::PeerNotFound`] if no client has the name, with [`CallError::Unimplemented`] if the server
    /// passes nothing on or the peer has no such method, with [`CallError::Refused`] if the server does not pass this one on or
    /// the two clients do not use one codec, and with [`CallError::Cancelled`] if the peer goes during the call.
    #[must_use]
    pub fn client_of<C: Client>(&self, peer: impl Into<Arc<str>>) -> C {
        let relay = Lane::open(self.clone(), &RELAY, Layers::default());
        C::from_lane(relay.routed(peer.into(), C::Definition::DESCRIPTOR))
    }

    /// The clients of this server that have a name, this one included if it has, at this moment.
    ///
    /// # Errors
    ///
    /// [`CallError::Unimplemented`] if the server does not [tell](crate::ServerBuilder::relay), and what else can go wrong
    /// with a call.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub fn named_peers(
        &self,
        context: Context,
    ) -> impl Future<Output = Result<Vec<PeerEntry>, CallError>> + Send + use<> {
        let relay = Lane::open(self.clone(), &RELAY, Layers::default());
        async move {
            let peers = Caller::<Relay>::call::<Peers>(&relay, context, ()).await?;
            let entry = |(name, services)| PeerEntry { name, services };
            Ok(peers.into_iter().map(entry).collect())
        }
    }
}
