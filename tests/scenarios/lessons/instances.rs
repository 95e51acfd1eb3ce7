//! One instance of an application, with handlers that do what handlers of libnick's communicator could not.
//!
//! It called them with its lock held, so that one which subscribed hung; and a launch without arguments never left the
//! process that made it.

use std::sync::{Arc, Weak};

use ipc_rpc::SocketName;
use ipc_rpc::instance::{self, Claim, Instance, Launch, Primary, Start};
use support::{Clock, Transport, promptly, run};

struct App(String);

impl App {
    fn new() -> Self {
        Self(format!("org.example.{}", SocketName::unique()))
    }

    fn claim(&self) -> Claim<String, String> {
        instance::claim(&self.0)
    }

    async fn primary(&self) -> Arc<Primary<String, String>> {
        match self.claim().await.unwrap() {
            Instance::Primary(primary) => Arc::new(primary),
            other => panic!("{other:?}"),
        }
    }

    async fn answer(&self, payload: &str) -> String {
        let started = self.claim().start(Launch::new(payload.to_owned()));
        match promptly(started).await.unwrap() {
            Start::Answered(answer) => answer.into_parts().0,
            other @ Start::Primary(_) => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_handler_may_launch_by_itself_and_put_another_in_its_place() {
    run(Transport::LocalSocket, Clock::Real, |_| async {
        let app = App::new();
        let primary = app.primary().await;
        let myself: Weak<Primary<String, String>> = Arc::downgrade(&primary);
        primary.serve(move |arrival| {
            let primary = myself.upgrade().unwrap();
            let payload = arrival.launch.payload;
            if payload == "replace" {
                primary.serve(|_| async { "the next one".to_owned() });
            }
            async move {
                match payload.as_str() {
                    "again" => primary
                        .launch(Launch::new("once".to_owned()))
                        .await
                        .unwrap(),
                    _ => payload,
                }
            }
        });
        assert_eq!(app.answer("again").await, "once");
        assert_eq!(app.answer("replace").await, "replace");
        assert_eq!(app.answer("again").await, "the next one");
    });
}

#[test]
fn a_launch_with_nothing_in_it_is_handled_whoever_it_comes_from() {
    run(Transport::LocalSocket, Clock::Real, |_| async {
        let app = App::new();
        let primary = app.primary().await;
        primary.serve(|arrival| {
            let Launch { args, payload, .. } = arrival.launch;
            let is_own = arrival.is_own;
            async move { format!("{} {} {is_own}", args.len(), payload.len()) }
        });
        assert_eq!(app.answer("").await, "0 0 false");
        let own = primary.launch(Launch::new(String::new()));
        assert_eq!(promptly(own).await.unwrap(), "0 0 true");
    });
}
