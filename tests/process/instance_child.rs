//! What children do that want to be the one instance of an application.

use std::time::Duration;

use ipc_rpc::ClaimError;
use ipc_rpc::instance::{self, Arrival, Launch, Primary, Scope, Start};

use crate::{end_of_input, next_input, say};

/// Starts, and says what came of it; a primary instance serves until it is told to end.
pub(crate) async fn launch(id: &str, payload: &str) {
    let claim = instance::claim::<String, String>(id);
    let started = claim.start(Launch::of_process(payload.to_owned())).await;
    match started {
        Ok(Start::Primary(primary)) => serve(primary).await,
        Ok(Start::Answered(answer)) => say(format!("answered: {}", answer.value())),
        Err(error @ ClaimError::Lost { .. }) => say(format!("lost: {error}")),
        Err(error) => say(format!("{error:?}")),
    }
}

/// The same as the instance of all users, whose handler says of which user a launch is.
pub(crate) async fn for_all(id: &str, payload: &str) {
    let claim = instance::claim::<String, String>(id).scope(Scope::System);
    match claim.start(Launch::new(payload.to_owned())).await {
        Ok(Start::Primary(primary)) => {
            primary.serve(
                |arrival: Arrival<String>| async move { format!("{:?}", arrival.peer.uid()) },
            );
            say("primary");
            end_of_input().await;
        }
        Ok(Start::Answered(answer)) => say(answer.value()),
        Err(error) => say(format!("{error:?}")),
    }
}

/// The same when the word comes.
pub(crate) async fn race(id: &str, payload: &str) {
    say("ready");
    next_input().await;
    launch(id, payload).await;
}

/// Lets itself be ended by the answer. What comes behind that says whether it was.
pub(crate) async fn launch_or_exit(id: &str, code: &str) {
    let code: i32 = code.parse().expect("a number");
    let claim = instance::claim::<String, String>(id).timeout(Duration::from_millis(500));
    match claim
        .start_or_exit(Launch::of_process("exit".to_owned()), |_| code)
        .await
    {
        Ok(primary) => serve(primary).await,
        Err(error) => say(format!("still here: {error:?}")),
    }
}

/// Has the place and no handler.
pub(crate) async fn never_ready(id: &str) {
    let claim = instance::claim::<String, String>(id);
    let started = claim.start(Launch::new("never".to_owned())).await;
    let Ok(Start::Primary(_primary)) = started else {
        return say("not the primary");
    };
    say("primary");
    end_of_input().await;
}

async fn serve(primary: Primary<String, String>) {
    primary.serve(|arrival: Arrival<String>| async move {
        let Launch { args, payload, .. } = arrival.launch;
        let who = arrival.peer.pid().unwrap_or_default();
        if arrival.is_own {
            say(format!("primary for {payload}"));
        }
        format!(
            "{payload} of {who} with {:?}",
            args.get(3..).unwrap_or_default()
        )
    });
    end_of_input().await;
}
