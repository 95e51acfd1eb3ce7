//! The service that scenarios call, and what it reports of its handlers' lives.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use ipc_rpc::{Context, TraceContext, context, ipc_service};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use crate::reports::{Report, Reports};

/// Everything that scenarios ask of a service.
///
/// Methods with an `id` report what becomes of their handler under that id: see [`Report`].
#[ipc_service]
pub trait Lab {
    /// Returns what it is given.
    async fn echo(&self, ctx: Context, text: String) -> String;

    /// Adds.
    async fn add(&self, ctx: Context, a: i64, b: i64) -> i64;

    /// Divides, or says why it cannot.
    async fn divide(&self, ctx: Context, a: i64, b: i64) -> Result<i64, LabError>;

    /// Returns `id` when the test releases it, and no sooner.
    async fn hang(&self, ctx: Context, id: u64) -> u64;

    /// The same with a timeout of its own.
    #[ipc(timeout = "50ms")]
    async fn hang_shortly(&self, ctx: Context, id: u64) -> u64;

    /// The same without an answer.
    #[ipc(oneway)]
    async fn hang_unanswered(&self, ctx: Context, id: u64);

    /// The same on a thread that it blocks.
    fn block(&self, ctx: Context, id: u64) -> u64;

    /// Answers at once, and spawns a task that reports when the call is over.
    async fn outlive(&self, ctx: Context, id: u64);

    /// Hangs beside a task that reports when the call is over.
    async fn hang_and_watch(&self, ctx: Context, id: u64) -> u64;

    /// Panics before it waits for anything.
    async fn panic_at_once(&self, ctx: Context, text: String) -> u64;

    /// Panics after it has waited.
    async fn panic_later(&self, ctx: Context, text: String) -> u64;

    /// Panics on a thread that blocks.
    fn panic_blocking(&self, ctx: Context, text: String) -> u64;

    /// Reports a line, and answers nothing.
    #[ipc(oneway)]
    async fn note(&self, ctx: Context, line: String);

    /// Returns the bytes it is given.
    async fn bytes(&self, ctx: Context, bytes: Bytes) -> Bytes;

    /// Returns its arguments one behind the other.
    async fn join(&self, ctx: Context, first: Bytes, middle: String, last: Bytes) -> Bytes;

    /// Returns so many bytes.
    async fn fill(&self, ctx: Context, len: usize) -> Bytes;

    /// Returns so many bytes, within the body of the answer.
    async fn fill_body(&self, ctx: Context, len: usize) -> Vec<u8>;

    /// Counts the bytes it is given, within the body of the request.
    async fn measure(&self, ctx: Context, bytes: Vec<u8>) -> usize;

    /// Returns the value it is given, which some codecs cannot decode.
    async fn any_value(&self, ctx: Context, value: serde_json::Value) -> serde_json::Value;

    /// Returns what `Option`s and floats come to.
    async fn parts(&self, ctx: Context, parts: Parts) -> Parts;

    /// Returns what the handler finds in its context.
    async fn facts(&self, ctx: Context) -> ContextFacts;

    /// The same on a thread that blocks.
    fn facts_blocking(&self, ctx: Context) -> ContextFacts;

    /// Computes for so many microseconds without waiting.
    async fn compute(&self, ctx: Context, micros: u64) -> u64;

    /// Answers while the connection that the call came over is being closed.
    async fn last_words(&self, ctx: Context) -> u64;

    /// Runs a program with these arguments, and returns what it writes.
    async fn run_program(&self, ctx: Context, program: String, args: Vec<String>) -> String;
}

/// The service's own error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LabError {
    /// Division by zero.
    DivideByZero {
        /// What was to be divided.
        dividend: i64,
    },
}

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::DivideByZero { dividend } = self;
        write!(f, "cannot divide {dividend} by zero")
    }
}

impl std::error::Error for LabError {}

/// Types that codecs treat each in their own way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "one field of each kind")]
pub struct Parts {
    pub none: Option<u8>,
    pub some: Option<String>,
    pub list: Vec<(u32, char)>,
    pub signed: i128,
    pub float: f64,
    pub unit: (),
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            none: None,
            some: Some("Größe".to_owned()),
            list: vec![(0, 'a'), (u32::MAX, '\u{10ffff}')],
            signed: i128::MIN,
            float: -0.5,
            unit: (),
        }
    }
}

/// What a handler finds in its context.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContextFacts {
    /// What is left of the deadline.
    pub remaining: Option<Duration>,
    /// What is left of the deadline that calls of the handler inherit.
    pub inherited: Option<Duration>,
    /// Trace, span, and whether it is sampled.
    pub trace: Option<(u128, u64, bool)>,
    /// The trace that calls of the handler inherit.
    pub inherited_trace: Option<(u128, u64, bool)>,
    /// The caller's process.
    pub pid: Option<u32>,
    /// The connection that the call came over.
    pub connection: Option<u64>,
    /// The session, if it is a text.
    pub session: Option<String>,
}

impl ContextFacts {
    /// Looks.
    #[must_use]
    pub fn of(ctx: &Context) -> Self {
        let parts = |trace: TraceContext| (trace.trace_id, trace.span_id, trace.sampled);
        let inherited = context::current();
        Self {
            remaining: ctx.remaining(),
            inherited: inherited.remaining(),
            trace: ctx.trace_context().map(parts),
            inherited_trace: inherited.trace_context().map(parts),
            pid: ctx.peer().identity().pid(),
            connection: ctx.peer().connection_id().map(|id| id.get()),
            session: ctx.session::<String>().map(|session| session.to_string()),
        }
    }
}

/// Makes a lab and the test's view of it.
#[must_use]
pub fn rig() -> (Rig, Reports) {
    let reports = Reports::new();
    (Rig(reports.clone()), reports)
}

/// The lab that scenarios use.
#[derive(Clone, Debug)]
pub struct Rig(Reports);

impl Lab for Rig {
    async fn echo(&self, _: Context, text: String) -> String {
        text
    }

    async fn add(&self, _: Context, a: i64, b: i64) -> i64 {
        a + b
    }

    async fn divide(&self, _: Context, a: i64, b: i64) -> Result<i64, LabError> {
        a.checked_div(b)
            .ok_or(LabError::DivideByZero { dividend: a })
    }

    async fn hang(&self, _: Context, id: u64) -> u64 {
        let running = self.0.running(id);
        self.0.released(id).await;
        running.finish();
        id
    }

    async fn hang_shortly(&self, ctx: Context, id: u64) -> u64 {
        self.hang(ctx, id).await
    }

    async fn hang_unanswered(&self, ctx: Context, id: u64) {
        self.hang(ctx, id).await;
    }

    fn block(&self, ctx: Context, id: u64) -> u64 {
        Handle::current().block_on(self.hang(ctx, id))
    }

    async fn outlive(&self, ctx: Context, id: u64) {
        spawn(self.0.watch(ctx, id));
    }

    async fn hang_and_watch(&self, ctx: Context, id: u64) -> u64 {
        spawn(self.0.watch(ctx.clone(), id));
        self.hang(ctx, id).await
    }

    async fn panic_at_once(&self, _: Context, text: String) -> u64 {
        panic!("{text}");
    }

    async fn panic_later(&self, _: Context, text: String) -> u64 {
        tokio::task::yield_now().await;
        panic!("{text}");
    }

    fn panic_blocking(&self, _: Context, text: String) -> u64 {
        panic!("{text}");
    }

    async fn note(&self, _: Context, line: String) {
        self.0.report(Report::Noted(line));
    }

    async fn bytes(&self, _: Context, bytes: Bytes) -> Bytes {
        bytes
    }

    async fn join(&self, _: Context, first: Bytes, middle: String, last: Bytes) -> Bytes {
        [&first[..], middle.as_bytes(), &last].concat().into()
    }

    async fn fill(&self, _: Context, len: usize) -> Bytes {
        vec![7; len].into()
    }

    async fn fill_body(&self, _: Context, len: usize) -> Vec<u8> {
        vec![7; len]
    }

    async fn measure(&self, _: Context, bytes: Vec<u8>) -> usize {
        bytes.len()
    }

    async fn any_value(&self, _: Context, value: serde_json::Value) -> serde_json::Value {
        value
    }

    async fn parts(&self, _: Context, parts: Parts) -> Parts {
        parts
    }

    async fn facts(&self, ctx: Context) -> ContextFacts {
        ContextFacts::of(&ctx)
    }

    fn facts_blocking(&self, ctx: Context) -> ContextFacts {
        ContextFacts::of(&ctx)
    }

    async fn compute(&self, _: Context, micros: u64) -> u64 {
        compute_for(Duration::from_micros(micros));
        micros
    }

    async fn last_words(&self, ctx: Context) -> u64 {
        if let Some(connection) = ctx.peer().connection() {
            spawn(async move {
                connection.close("answered").await;
            });
        }
        7
    }

    async fn run_program(&self, _: Context, program: String, args: Vec<String>) -> String {
        let output = tokio::process::Command::new(program)
            .args(args)
            .output()
            .await
            .expect("the program runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "ends with the call or connection that it is about"
)]
fn spawn(watch: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(watch);
}

#[expect(
    clippy::disallowed_methods,
    reason = "real time, which computing takes whatever the runtime's clock says"
)]
fn compute_for(time: Duration) {
    let begun = std::time::Instant::now();
    while begun.elapsed() < time {
        std::hint::spin_loop();
    }
}
