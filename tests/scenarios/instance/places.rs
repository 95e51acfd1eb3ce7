//! Whose the place is, and what happens when it changes hands.

use std::sync::Arc;
use std::time::Duration;

use ipc_rpc::ClaimError;
use ipc_rpc::instance::{self, Instance, Primary, Scope, Start};
use support::{Task, promptly};
use tokio::sync::Notify;

use super::{App, GRACE, Notebook, answered, echo, facts, launch, promoted, waiting};

facts! {
    the_second_claim_in_one_process_is_a_secondary,
    a_place_that_was_released_is_the_next_ones,
    launches_that_wait_when_the_place_is_released_go_to_the_next_primary,
    a_launch_that_was_begun_is_handled_to_its_end_when_the_place_is_released,
    a_launch_that_takes_longer_than_the_grace_is_told_so,
    a_primary_that_is_dropped_gives_up_its_place_and_loses_no_launch_that_waits,
    a_primary_that_goes_between_the_claim_and_the_launch_is_succeeded,
    a_launch_is_repeated_where_it_was_lost_if_that_is_wanted,
    whoever_wants_to_take_over_learns_when_the_place_is_free,
    versions_that_do_not_go_together_have_an_instance_each,
    an_instance_for_all_users_is_another_one_and_its_handler_sees_who_launches,
    an_id_that_is_none_is_an_error,
}

async fn the_second_claim_in_one_process_is_a_secondary() {
    let app = App::new();
    let primary = app.primary().await;
    primary.serve(echo);
    for _ in 0..3 {
        let secondary = app.secondary().await;
        assert_eq!(answered(secondary.hand_over(launch("a")).await), "a");
    }
    // Those that went have taken nothing along.
    assert_eq!(app.answer("b").await, "b");
}

async fn a_place_that_was_released_is_the_next_ones() {
    let app = App::new();
    for round in 0..10 {
        let primary = promoted(app.start(&round.to_string()).await);
        primary.serve(echo);
        assert_eq!(app.answer("a").await, "a");
        promptly(primary.release(GRACE)).await;
    }
}

async fn launches_that_wait_when_the_place_is_released_go_to_the_next_primary() {
    let app = App::new();
    let first = app.primary().await;
    // Under Wine two that take the place at the same moment may both have a pipe.
    let count = if cfg!(windows) { 1 } else { 5 };
    let payloads: Vec<_> = (0..=count).map(|number| number.to_string()).collect();
    let starting: Vec<_> = payloads[..count].iter().map(|n| app.starting(n)).collect();
    waiting(&first, count).await;
    promptly(first.release(GRACE)).await;
    // Whoever of them is the next, its handler gets its own launch and those of the others.
    let mut answers = Vec::new();
    let notes = Notebook::default();
    let mut primaries = Vec::new();
    for (number, started) in starting.into_iter().enumerate() {
        let notes = notes.clone();
        answers.push(Task::spawn(async move {
            match started.join().await.unwrap() {
                Start::Primary(primary) => {
                    primary.serve(notes.handler());
                    (number, None, Some(primary))
                }
                Start::Answered(answer) => (number, Some(answer.into_parts().0), None),
            }
        }));
    }
    for answer in answers {
        let (number, answer, primary) = promptly(answer.join()).await;
        match primary {
            Some(primary) => primaries.push(primary),
            None => assert_eq!(answer, Some(number.to_string())),
        }
    }
    assert_eq!(primaries.len(), 1);
    primaries[0].launch(launch(&payloads[count])).await.unwrap();
    let mut lines = notes.lines();
    lines.sort();
    assert_eq!(lines, payloads);
}

async fn a_launch_that_was_begun_is_handled_to_its_end_when_the_place_is_released() {
    let app = App::new();
    let (primary, begun, go_on) = held(&app).await;
    let started = app.starting("a");
    begun.notified().await;
    let releasing = Task::spawn(primary.release(GRACE));
    // Free while the launch of before is being handled; a pipe is when its last connection is over.
    let next = async {
        loop {
            if let Instance::Primary(next) = app.claim().await.unwrap() {
                break next;
            }
        }
    };
    let next = if cfg!(windows) {
        None
    } else {
        Some(promptly(next).await)
    };
    go_on.notify_one();
    assert_eq!(answered(started.join().await), "a");
    promptly(releasing.join()).await;
    drop(next);
}

async fn a_launch_that_takes_longer_than_the_grace_is_told_so() {
    let app = App::new();
    let (primary, begun, _go_on) = held(&app).await;
    let started = app.starting("a");
    begun.notified().await;
    promptly(primary.release(Duration::from_millis(20))).await;
    let error = started.join().await.unwrap_err();
    assert!(matches!(error, ClaimError::GivenUp), "{error:?}");
    assert!(error.may_have_been_handled());
}

async fn a_primary_that_is_dropped_gives_up_its_place_and_loses_no_launch_that_waits() {
    let app = App::new();
    let primary = app.primary().await;
    let started = app.starting("a");
    waiting(&primary, 1).await;
    drop(primary);
    match promptly(started.join()).await {
        Ok(Start::Primary(next)) => {
            let notes = Notebook::default();
            next.serve(notes.handler());
            assert_eq!(next.launch(launch("b")).await.unwrap(), "b");
            assert_eq!(notes.lines(), ["a", "b"]);
        }
        // Without a word to it: whether it was begun it cannot know.
        Err(ClaimError::Lost { .. }) => {}
        other => panic!("{other:?}"),
    }
}

async fn a_primary_that_goes_between_the_claim_and_the_launch_is_succeeded() {
    let app = App::new();
    let primary = app.primary().await;
    let secondary = app.secondary().await;
    promptly(primary.release(GRACE)).await;
    let next = promoted(promptly(secondary.hand_over(launch("a"))).await);
    let notes = Notebook::default();
    next.serve(notes.handler());
    assert_eq!(app.answer("b").await, "b");
    assert_eq!(notes.lines(), ["a", "b"]);
}

async fn a_launch_is_repeated_where_it_was_lost_if_that_is_wanted() {
    let app = App::new();
    let (primary, begun, _go_on) = held(&app).await;
    let repeating = app.clone();
    let started = Task::spawn(async move {
        let claim = repeating.claim().repeat_if_lost();
        claim.start(launch("a")).await
    });
    begun.notified().await;
    drop(primary);
    let next = promoted(promptly(started.join()).await);
    let notes = Notebook::default();
    next.serve(notes.handler());
    next.launch(launch("b")).await.unwrap();
    assert_eq!(notes.lines(), ["a", "b"]);
}

async fn whoever_wants_to_take_over_learns_when_the_place_is_free() {
    let app = App::new();
    let primary = app.primary().await;
    primary.serve(echo);
    let secondary = app.secondary().await;
    let Start::Answered(answer) = app.start("a").await.unwrap() else {
        panic!("there is a primary");
    };
    assert_eq!(answer.value(), "a");
    let exit = secondary.wait_primary_exit();
    tokio::pin!(exit);
    assert!(futures_util::poll!(&mut exit).is_pending());
    primary.release(GRACE).await;
    promptly(exit).await;
    promptly(answer.wait_primary_exit()).await;
    let _next = app.primary().await;
}

async fn versions_that_do_not_go_together_have_an_instance_each() {
    let app = App::new();
    let mut primaries = Vec::new();
    for version in [None, Some("1"), Some("2"), Some("")] {
        let mut claim = app.claim();
        if let Some(version) = version {
            claim = claim.version(version);
        }
        primaries.push(promoted(claim.start(launch("a")).await));
    }
    let later = app.claim().version("1").await.unwrap();
    assert!(matches!(later, Instance::Secondary(_)), "{later:?}");
}

async fn an_instance_for_all_users_is_another_one_and_its_handler_sees_who_launches() {
    let app = App::new();
    let _of_this_user = app.primary().await;
    let claim = || app.claim().scope(Scope::System);
    if !cfg!(any(target_os = "linux", target_os = "android", windows)) {
        let error = claim().await.unwrap_err();
        assert!(matches!(error, ClaimError::Unsupported { .. }), "{error:?}");
        return;
    }
    let primary = promoted(claim().start(launch("own")).await);
    primary.serve(|arrival| async move { arrival.peer.is_same_user().to_string() });
    assert_eq!(answered(claim().start(launch("a")).await), "true");
}

async fn an_id_that_is_none_is_an_error() {
    for id in ["", "a\nb"] {
        let error = instance::claim::<String, String>(id).await.unwrap_err();
        assert!(matches!(error, ClaimError::Id { .. }), "{error:?}");
    }
}

/// A primary whose handler says when it has begun, and goes on when it may.
async fn held(app: &App) -> (Primary<String, String>, Arc<Notify>, Arc<Notify>) {
    let primary = app.primary().await;
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (Arc::clone(&begun), Arc::clone(&go_on));
    primary.serve(move |arrival| {
        let (tell, wait) = (Arc::clone(&tell), Arc::clone(&wait));
        async move {
            tell.notify_one();
            wait.notified().await;
            arrival.launch.payload
        }
    });
    (primary, begun, go_on)
}
