//! What the instances of an application say to each other: one method, over a connection as any other.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::post::{Origin, Post};
use crate::connection::{Connection, Dispatched, IncomingCall};
use crate::context::Context;
use crate::descriptor::{MethodDescriptor, ServiceDescriptor};
use crate::error::{CallError, ClaimError};
use crate::service::{
    Args, Blob, Caller, Client, Lane, Method, NoMessage, Plain, Service, ServiceDefinition,
};

static INSTANCE: ServiceDescriptor = ServiceDescriptor::new("ipc-rpc.instance", 1, "", &[LAUNCH]);

const LAUNCH: MethodDescriptor = MethodDescriptor::new("launch", 1, 1, "");

/// A launch whose texts are the system's and whose payload is the application's. Cheap to clone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct WireLaunch {
    pub(super) args: Vec<Bytes>,
    pub(super) working_directory: Option<Bytes>,
    pub(super) env: Vec<(Bytes, Bytes)>,
    pub(super) payload: Bytes,
}

/// Why the primary instance has no answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum NoAnswer {
    /// It gives its place up, and has not begun with the launch.
    Released,
    /// It has begun, and gave up.
    GivenUp,
    Undecodable(String),
    Unencodable(String),
    Panicked,
}

/// What the launch comes to. It is no error of the call, whatever it is: the primary instance is there, and says so.
pub(super) type Answered = Result<Bytes, NoAnswer>;

/// The service of the primary instance.
pub(super) struct Reception(pub(super) Arc<Post>);

impl Service for Reception {
    fn descriptor(&self) -> &'static ServiceDescriptor {
        &INSTANCE
    }

    fn dispatch(&self, call: IncomingCall<'_>) -> Dispatched {
        if call.method() == LAUNCH.id {
            call.run::<LaunchMethod, _, _, _>(&self.0, |post, ctx, launch| async move {
                let origin = Origin {
                    peer: ctx.peer().identity(),
                    is_own: false,
                };
                post.receive(origin, launch).await
            })
        } else {
            call.unimplemented()
        }
    }
}

pub(super) struct Definition;

impl ServiceDefinition for Definition {
    type Request = NoMessage;
    type Response = NoMessage;
    const DESCRIPTOR: &'static ServiceDescriptor = &INSTANCE;
}

struct LaunchMethod;

impl Method for LaunchMethod {
    type Service = Definition;
    type Args = WireLaunch;
    type Reply = Plain<Answered>;
    const DESCRIPTOR: MethodDescriptor = LAUNCH;

    fn request(_: WireLaunch) -> Option<NoMessage> {
        None
    }

    fn response(response: NoMessage) -> Option<Answered> {
        match response {}
    }
}

impl Args for WireLaunch {
    fn each_bytes(&mut self, _: &mut dyn FnMut(Blob<'_>)) {}
}

/// The way to the primary instance.
#[derive(Clone, Debug)]
pub(super) struct Handover {
    connection: Connection,
    lane: Lane,
}

impl Handover {
    pub(super) const fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) async fn launch(
        &self,
        context: Context,
        launch: WireLaunch,
    ) -> Result<Answered, CallError> {
        Caller::<Definition>::call::<LaunchMethod>(&self.lane, context, launch).await
    }
}

impl Client for Handover {
    type Definition = Definition;

    fn from_lane(lane: Lane) -> Self {
        Self {
            connection: lane.connection(),
            lane,
        }
    }
}

impl NoAnswer {
    /// For a launch that is not handed to anybody else.
    pub(super) fn into_error(self) -> ClaimError {
        match self {
            Self::Released | Self::GivenUp => ClaimError::GivenUp,
            Self::Undecodable(message) => ClaimError::Undecodable { message },
            Self::Unencodable(message) => ClaimError::Call(CallError::Unencodable { message }),
            Self::Panicked => ClaimError::Panicked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Codec;

    fn encoded(value: &impl Serialize) -> Vec<u8> {
        let mut bytes = Vec::new();
        Codec::MessagePack.encode(value, &mut bytes).unwrap();
        bytes
    }

    /// Processes of two releases may meet: what is said here stays, or is another method.
    #[test]
    fn what_instances_say_to_each_other_is_as_the_protocol_has_it() {
        let launch = WireLaunch {
            args: vec![Bytes::from_static(b"a"), Bytes::new()],
            working_directory: None,
            env: vec![(Bytes::from_static(b"N"), Bytes::from_static(b"v"))],
            payload: Bytes::from_static(&[0xc0]),
        };
        let expected = [
            &b"\x84\xa4args\x92\xc4\x01a\xc4\x00"[..],
            b"\xb1working_directory\xc0",
            b"\xa3env\x91\x92\xc4\x01N\xc4\x01v",
            b"\xa7payload\xc4\x01\xc0",
        ];
        assert_eq!(encoded(&launch), expected.concat());
        let answers: [(Answered, &[u8]); 3] = [
            (Ok(Bytes::from_static(b"x")), b"\x81\xa2Ok\xc4\x01x"),
            (Err(NoAnswer::Released), b"\x81\xa3Err\xa8Released"),
            (
                Err(NoAnswer::Undecodable("t".to_owned())),
                b"\x81\xa3Err\x81\xabUndecodable\xa1t",
            ),
        ];
        for (answer, bytes) in answers {
            assert_eq!(encoded(&answer), bytes, "{answer:?}");
        }
    }
}
