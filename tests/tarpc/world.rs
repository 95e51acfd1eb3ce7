//! A service in tarpc's form, written as for `#[tarpc::service]`.

use std::time::{Duration, Instant};

use ipc_rpc::ipc_service;
use tarpc::context;
use tokio::sync::mpsc;

#[ipc_service]
pub trait World {
    /// Returns a greeting for name.
    async fn hello(name: String) -> String;
    /// Divides. The error travels in-band.
    async fn divide(a: i64, b: i64) -> Result<i64, String>;
    /// Returns how much time the handler has.
    async fn time_left() -> Duration;
    /// Never returns by itself.
    async fn hang();
    /// Panics.
    async fn panic();
    /// Returns so many bytes.
    async fn fill(len: usize) -> String;
}

/// A step in the life of a handler that hangs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Started,
    Dropped,
}

#[derive(Clone, Debug)]
pub(crate) struct HelloServer {
    steps: mpsc::UnboundedSender<Step>,
}

/// A server, and what its handlers report.
pub(crate) fn hello_server() -> (HelloServer, mpsc::UnboundedReceiver<Step>) {
    let (steps, reported) = mpsc::unbounded_channel();
    (HelloServer { steps }, reported)
}

impl World for HelloServer {
    async fn hello(self, _: context::Context, name: String) -> String {
        format!("Hello, {name}!")
    }

    async fn divide(self, _: context::Context, a: i64, b: i64) -> Result<i64, String> {
        a.checked_div(b)
            .ok_or_else(|| format!("cannot divide {a} by {b}"))
    }

    async fn time_left(self, context: context::Context) -> Duration {
        context.deadline.saturating_duration_since(now())
    }

    async fn hang(self, _: context::Context) {
        let _reports = self.steps.report();
        std::future::pending().await
    }

    async fn panic(self, _: context::Context) {
        panic!("this handler panics, as it should");
    }

    async fn fill(self, _: context::Context, len: usize) -> String {
        "x".repeat(len)
    }
}

/// Reports that a handler is there, and that it is gone.
pub(crate) trait Report {
    fn report(&self) -> Reporting;
}

impl Report for mpsc::UnboundedSender<Step> {
    fn report(&self) -> Reporting {
        // Nobody may listen any more.
        let _ = self.send(Step::Started);
        Reporting(self.clone())
    }
}

pub(crate) struct Reporting(mpsc::UnboundedSender<Step>);

impl Drop for Reporting {
    fn drop(&mut self) {
        let _ = self.0.send(Step::Dropped);
    }
}

/// Now, by the clock that tarpc's deadlines are made with.
#[expect(
    clippy::disallowed_methods,
    reason = "tarpc's contexts hold instants, and there is no other way to make one"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// tarpc's own context, with this much time.
pub(crate) fn context_for(time: Duration) -> context::Context {
    let mut context = context::current();
    context.deadline = now() + time;
    context
}
