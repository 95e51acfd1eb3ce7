//! How a host leaves a plugin running: one method, of a service that such a plugin has for its host.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::connection::{Connection, Dispatched, IncomingCall};
use crate::context::Context;
use crate::descriptor::{MethodDescriptor, ServiceDescriptor};
use crate::error::CallError;
use crate::service::{
    Args, Blob, Caller, Client, Fit, Lane, Method, NoMessage, Plain, Service, ServiceDefinition,
};

static PARTING: ServiceDescriptor = ServiceDescriptor::new("ipc-rpc.plugin", 1, "", &[PART]);

const PART: MethodDescriptor = MethodDescriptor::new("part", 1, 1, "");

/// Where a plugin waits for its next host, and what that has to show.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Meeting {
    pub(super) path: String,
    /// In hexadecimal digits.
    pub(super) token: String,
    /// The process that waits there.
    pub(super) pid: u32,
}

/// What the plugin does to be found again. Why it cannot, in words.
pub(super) trait Stays: Send + Sync + 'static {
    fn stay(&self) -> Result<Meeting, String>;
}

/// The plugin's side.
pub(super) struct Staying<S>(pub(super) Arc<S>);

impl<S: Stays> Service for Staying<S> {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        &PARTING
    }

    fn dispatch(&self, call: IncomingCall<'_>) -> Dispatched {
        if call.method() == PART.id {
            let stay = |stays: Arc<S>, _: Context, Nothing {}| async move { stays.stay() };
            call.run::<PartMethod, _, _, _>(&self.0, stay)
        } else {
            call.unimplemented()
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Nothing {}

impl Args for Nothing {
    fn each_bytes(&mut self, _: &mut dyn FnMut(Blob<'_>)) {}
}

struct Definition;

impl ServiceDefinition for Definition {
    type Request = NoMessage;
    type Response = NoMessage;
    const DESCRIPTOR: &'static ServiceDescriptor = &PARTING;
}

struct PartMethod;

impl Method for PartMethod {
    type Service = Definition;
    type Args = Nothing;
    type Reply = Plain<Result<Meeting, String>>;
    const DESCRIPTOR: MethodDescriptor = PART;

    fn request(_: Nothing) -> Option<NoMessage> {
        None
    }

    fn response(response: NoMessage) -> Option<Result<Meeting, String>> {
        match response {}
    }
}

/// The host's side.
struct Parting(Lane);

impl Client for Parting {
    type Definition = Definition;

    fn from_lane(lane: Lane) -> Self {
        Self(lane)
    }
}

/// Whether a plugin can be asked.
pub(super) fn can_part(connection: &Connection) -> bool {
    Fit::of(connection, &PARTING) == Fit::Same
}

/// Asks a plugin to wait for another host.
pub(super) async fn part(
    connection: &Connection,
    context: Context,
) -> Result<Result<Meeting, String>, CallError> {
    let Parting(lane) = connection.client();
    Caller::<Definition>::call::<PartMethod>(&lane, context, Nothing {}).await
}
