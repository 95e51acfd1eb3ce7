//! Figures of every call.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Instant;

use metrics::{Counter, Histogram, counter, histogram};

use super::{Layer, Next, Request, Response, Status};
use crate::clock;
use crate::descriptor::MethodDescriptor;
use crate::error::CallError;
use crate::meter::{CALL_DURATION, CALLS, Role, describe};

/// A layer that counts each call by what became of it, and takes how long it took, for the recorder of the `metrics`
/// crate: `ipc_rpc_calls_total` with the labels `role`, `service`, `method` and `outcome`, and
/// `ipc_rpc_call_duration_seconds` with the first three.
///
/// A client's figure is what its caller waited; a server's is what the handler took, and that its answer waited for room. The
/// figures of connections are taken without this layer; `docs/metrics.md` in the repository has them all.
///
/// Needs the feature `metrics`. Beside what every layer costs a call takes a look into a table, two looks at the clock and
/// what the recorder does with two figures. Where a method's figures go is looked up at its first call: install the recorder before that, and before the
/// first connection.
#[derive(Clone)]
pub struct Metrics {
    role: Role,
    methods: Arc<RwLock<HashMap<Key, Arc<Figures>>>>,
}

/// Where the names of service and method stand. Both are there for ever; that one may be there twice does no harm.
type Key = (usize, usize);

impl Metrics {
    /// For [`Connect::layer`](crate::Connect::layer).
    #[must_use]
    pub fn client() -> Self {
        Self::of(Role::Client)
    }

    /// For [`ServerBuilder::layer`](crate::ServerBuilder::layer).
    #[must_use]
    pub fn server() -> Self {
        Self::of(Role::Server)
    }

    fn of(role: Role) -> Self {
        describe();
        Self {
            role,
            methods: Arc::default(),
        }
    }

    fn figures(&self, service: &'static str, method: &'static MethodDescriptor) -> Arc<Figures> {
        let key = (
            service.as_ptr() as usize,
            std::ptr::from_ref(method) as usize,
        );
        let known = self.methods.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(figures) = known.get(&key) {
            return Arc::clone(figures);
        }
        drop(known);
        // The recorder is asked where no lock is held. Of two that come at once one is for nothing.
        let figures = Arc::new(Figures::new(self.role, service, method.name));
        let mut known = self.methods.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(key).or_insert(figures))
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl Layer for Metrics {
    async fn call(&self, request: Request, next: Next) -> Response {
        let mut measured = Measured {
            figures: self.figures(request.service, request.method),
            begun: clock::now(),
            // Dropped before there is a response: whoever waited has gone, or the deadline has passed.
            outcome: Outcome::Cancelled,
        };
        let response = next.run(request).await;
        measured.outcome = Outcome::of(response.status());
        response
    }
}

/// A call under way. Counted when it is dropped.
struct Measured {
    figures: Arc<Figures>,
    begun: Instant,
    outcome: Outcome,
}

impl Drop for Measured {
    fn drop(&mut self) {
        let took = clock::now().saturating_duration_since(self.begun);
        self.figures.took.record(took);
        self.figures.calls(self.outcome).increment(1);
    }
}

/// Where the figures of one method go.
struct Figures {
    labels: [(&'static str, &'static str); 3],
    took: Histogram,
    /// Each of them from when it is first needed, so that outcomes which never come are no series.
    calls: [OnceLock<Counter>; Outcome::COUNT],
}

impl Figures {
    fn new(role: Role, service: &'static str, method: &'static str) -> Self {
        let labels = [
            ("role", role.label()),
            ("service", service),
            ("method", method),
        ];
        Self {
            labels,
            took: histogram!(CALL_DURATION, &labels),
            calls: [const { OnceLock::new() }; Outcome::COUNT],
        }
    }

    fn calls(&self, outcome: Outcome) -> &Counter {
        self.calls[outcome as usize].get_or_init(|| {
            let [role, service, method] = self.labels;
            let labels = [role, service, method, ("outcome", outcome.label())];
            counter!(CALLS, &labels)
        })
    }
}

/// What became of a call, as its label says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Ok,
    ServiceError,
    Cancelled,
    Connection,
    DeadlineExceeded,
    Unimplemented,
    TooLarge,
    TooManyStreams,
    Codec,
    Panicked,
    Overloaded,
    Refused,
    PeerNotFound,
    ShuttingDown,
    Protocol,
    Failed,
}

impl Outcome {
    const COUNT: usize = Self::Failed as usize + 1;

    const fn of(status: Status<'_>) -> Self {
        match status {
            Status::Returned => Self::Ok,
            Status::ServiceError => Self::ServiceError,
            Status::Failed(error) => match error {
                CallError::Service(never) => match *never {},
                CallError::Connection { .. } => Self::Connection,
                CallError::DeadlineExceeded { .. } => Self::DeadlineExceeded,
                CallError::Cancelled => Self::Cancelled,
                CallError::Unimplemented { .. } => Self::Unimplemented,
                CallError::TooLarge { .. } => Self::TooLarge,
                CallError::TooManyStreams { .. } => Self::TooManyStreams,
                CallError::Encode(_)
                | CallError::Decode(_)
                | CallError::Undecodable { .. }
                | CallError::Unencodable { .. } => Self::Codec,
                CallError::Panicked => Self::Panicked,
                CallError::Overloaded { .. } => Self::Overloaded,
                CallError::Refused { .. } => Self::Refused,
                CallError::PeerNotFound { .. } => Self::PeerNotFound,
                CallError::ShuttingDown => Self::ShuttingDown,
                CallError::Protocol(_) => Self::Protocol,
                CallError::Failed { .. } => Self::Failed,
            },
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ServiceError => "service_error",
            Self::Cancelled => "cancelled",
            Self::Connection => "connection",
            Self::DeadlineExceeded => "deadline_exceeded",
            Self::Unimplemented => "unimplemented",
            Self::TooLarge => "too_large",
            Self::TooManyStreams => "too_many_streams",
            Self::Codec => "codec",
            Self::Panicked => "panicked",
            Self::Overloaded => "overloaded",
            Self::Refused => "refused",
            Self::PeerNotFound => "peer_not_found",
            Self::ShuttingDown => "shutting_down",
            Self::Protocol => "protocol",
            Self::Failed => "failed",
        }
    }
}
