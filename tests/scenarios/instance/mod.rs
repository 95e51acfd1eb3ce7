//! One instance of an application, with all its processes in one.

mod launches;
mod places;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ipc_rpc::instance::{self, Arrival, Claim, Instance, Launch, Primary, Secondary, Start};
use ipc_rpc::{ClaimError, SocketName};
use support::{Task, promptly};

/// More than any of these takes, and less than the watchdog's patience.
const GRACE: Duration = Duration::from_secs(20);

/// An application of a test's own.
#[derive(Clone)]
struct App(String);

impl App {
    fn new() -> Self {
        Self(format!("org.example.{}", SocketName::unique()))
    }

    fn claim(&self) -> Claim<String, String> {
        instance::claim(&self.0)
    }

    async fn primary(&self) -> Primary<String, String> {
        match self.claim().await.unwrap() {
            Instance::Primary(primary) => primary,
            other => panic!("{other:?}"),
        }
    }

    async fn secondary(&self) -> Secondary<String, String> {
        match self.claim().await.unwrap() {
            Instance::Secondary(secondary) => secondary,
            other => panic!("{other:?}"),
        }
    }

    async fn start(&self, payload: &str) -> Result<Start<String, String>, ClaimError> {
        self.claim().start(launch(payload)).await
    }

    /// A launch that is handed over, on a task.
    fn starting(&self, payload: &str) -> Task<Result<Start<String, String>, ClaimError>> {
        let (app, payload) = (self.clone(), payload.to_owned());
        Task::spawn(async move { app.start(&payload).await })
    }

    async fn answer(&self, payload: &str) -> String {
        answered(self.start(payload).await)
    }
}

fn launch(payload: &str) -> Launch<String> {
    Launch::new(payload.to_owned())
}

#[track_caller]
fn answered(started: Result<Start<String, String>, ClaimError>) -> String {
    match started.unwrap() {
        Start::Answered(answer) => answer.into_parts().0,
        other @ Start::Primary(_) => panic!("{other:?}"),
    }
}

#[track_caller]
fn promoted(started: Result<Start<String, String>, ClaimError>) -> Primary<String, String> {
    match started.unwrap() {
        Start::Primary(primary) => primary,
        other @ Start::Answered(_) => panic!("{other:?}"),
    }
}

/// Answers with the payload.
async fn echo(arrival: Arrival<String>) -> String {
    arrival.launch.payload
}

/// Waits until so many launches wait at the primary.
async fn waiting(primary: &Primary<String, String>, count: usize) {
    promptly(async {
        while primary.waiting() != count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Handlers that note what they get.
#[derive(Clone, Default)]
struct Notebook(Arc<Mutex<Vec<String>>>);

impl Notebook {
    fn note(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// A handler that notes and echoes.
    fn handler(
        &self,
    ) -> impl Fn(Arrival<String>) -> std::future::Ready<String> + Send + Sync + 'static {
        let notes = self.clone();
        move |arrival| {
            notes.note(arrival.launch.payload.clone());
            std::future::ready(arrival.launch.payload)
        }
    }
}

/// Facts about sockets, with threads.
macro_rules! facts {
    ($($fact:ident),+ $(,)?) => {$(
        mod $fact {
            #[test]
            fn over_a_local_socket() {
                support::run(
                    support::Transport::LocalSocket,
                    support::Clock::Real,
                    |_| super::$fact(),
                );
            }
        }
    )+};
}

use facts;
