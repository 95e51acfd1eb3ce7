//! What a client brings to its server.

use std::sync::Arc;
use std::time::Duration;

use super::auth::Auth;
use super::dial::Route;
use crate::auth::PeerPolicy;
use crate::codec::Codec;
use crate::config::{Config, Reconnect};
use crate::descriptor::ServiceDescriptor;
use crate::service::Service;
use crate::wire::Offer;

/// What a client brings to its server.
pub(super) struct Plan {
    pub(super) route: Route,
    /// How long the server is waited for, if it is.
    pub(super) patience: Option<Duration>,
    pub(super) auth: Auth,
    /// In order of preference.
    pub(super) codecs: Vec<Codec>,
    pub(super) trust: PeerPolicy,
    pub(super) allow_partial: bool,
    pub(super) config: Config,
    pub(super) reconnect: Option<Reconnect>,
    /// What the server may call over this connection.
    pub(super) services: Vec<Arc<dyn Service>>,
    /// Services of the server's that are to be as they are known here.
    pub(super) calls: Vec<&'static ServiceDescriptor>,
    /// What the client wants to be called among the server's clients.
    pub(super) peer_name: Option<String>,
    /// What it says of itself beside its services.
    pub(super) offer: Offer,
    /// Handlers run in tasks of their own, for they may block.
    pub(super) handlers_in_tasks: bool,
}
