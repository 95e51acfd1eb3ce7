//! What a launch comes to.

use std::time::Duration;

use ipc_rpc::ClaimError;
use ipc_rpc::instance::{self, Launch};
use support::promptly;

use super::{App, Notebook, answered, echo, facts, launch, promoted, waiting};

facts! {
    a_launch_arrives_whole_however_large_and_one_that_is_too_large_is_an_error,
    launches_that_come_before_the_handler_wait_for_it_in_order_and_the_own_one_is_first,
    a_launch_that_nobody_waits_for_any_more_is_not_begun,
    the_primarys_own_launches_go_through_the_same_handler,
    a_handler_that_panics_fails_its_own_launch_and_no_other,
    a_handler_that_hangs_holds_up_its_own_launch_and_no_other,
    a_new_handler_takes_over_from_the_next_launch_on,
    payloads_that_do_not_fit_are_an_error_on_the_side_that_launches,
    later_instances_know_who_the_primary_is_by_the_kernels_word,
    only_a_primary_that_is_trusted_is_told_of_a_launch,
}

async fn a_launch_arrives_whole_however_large_and_one_that_is_too_large_is_an_error() {
    let app = App::new();
    let primary = app.primary().await;
    primary.serve(|arrival| async move {
        let Launch { args, payload, .. } = arrival.launch;
        format!("{} {}", args[0].len(), payload.len())
    });
    for len in [1024, 1025, 3000, 1_000_000] {
        let launch = launch(&"x".repeat(len)).with_args(["y".repeat(len)]);
        let answer = answered(app.claim().start(launch).await);
        assert_eq!(answer, format!("{len} {len}"));
    }
    let error = app.start(&"x".repeat(9_000_000)).await.unwrap_err();
    assert!(matches!(error, ClaimError::Call(_)), "{error:?}");
    assert!(!error.may_have_been_handled());
}

async fn launches_that_come_before_the_handler_wait_for_it_in_order_and_the_own_one_is_first() {
    let app = App::new();
    let primary = promoted(app.start("own").await);
    waiting(&primary, 1).await;
    let mut starting = Vec::new();
    for number in 0..5 {
        starting.push(app.starting(&number.to_string()));
        waiting(&primary, number + 2).await;
    }
    let notes = Notebook::default();
    primary.serve(notes.handler());
    for (number, started) in starting.into_iter().enumerate() {
        assert_eq!(answered(started.join().await), number.to_string());
    }
    assert_eq!(notes.lines(), ["own", "0", "1", "2", "3", "4"]);
}

async fn a_launch_that_nobody_waits_for_any_more_is_not_begun() {
    let app = App::new();
    let primary = app.primary().await;
    let timeout = Duration::from_millis(50);
    let error = app.claim().timeout(timeout).start(launch("late")).await;
    let error = error.unwrap_err();
    assert!(
        matches!(error, ClaimError::TimedOut { after, .. } if after == timeout),
        "{error:?}"
    );
    let dropped = app.starting("dropped");
    waiting(&primary, 1).await;
    dropped.stop().await;
    waiting(&primary, 0).await;
    let last = app.starting("last");
    waiting(&primary, 1).await;
    let notes = Notebook::default();
    primary.serve(notes.handler());
    assert_eq!(answered(last.join().await), "last");
    assert_eq!(notes.lines(), ["last"]);
}

async fn the_primarys_own_launches_go_through_the_same_handler() {
    let app = App::new();
    let primary = app.primary().await;
    primary
        .serve(|arrival| async move { format!("{} {}", arrival.is_own, arrival.launch.payload) });
    assert_eq!(primary.launch(launch("a")).await.unwrap(), "true a");
    assert_eq!(app.answer("b").await, "false b");
}

async fn a_handler_that_panics_fails_its_own_launch_and_no_other() {
    let app = App::new();
    let primary = app.primary().await;
    // Where it is called, and where it is run.
    primary.serve(|arrival| {
        let payload = arrival.launch.payload;
        assert_ne!(payload, "at once");
        async move {
            assert_ne!(payload, "later");
            payload
        }
    });
    for payload in ["at once", "later"] {
        let error = app.start(payload).await.unwrap_err();
        assert!(matches!(error, ClaimError::Panicked), "{error:?}");
        let error = primary.launch(launch(payload)).await.unwrap_err();
        assert!(matches!(error, ClaimError::Panicked), "{error:?}");
        assert_eq!(app.answer("other").await, "other");
    }
}

async fn a_handler_that_hangs_holds_up_its_own_launch_and_no_other() {
    let app = App::new();
    let primary = app.primary().await;
    primary.serve(|arrival| async move {
        match arrival.launch.payload.as_str() {
            "hang" => std::future::pending().await,
            _ => arrival.launch.payload,
        }
    });
    let timeout = Duration::from_millis(300);
    let hanging = app.claim().timeout(timeout).start(launch("hang"));
    let others = async {
        for _ in 0..3 {
            assert_eq!(promptly(app.answer("other")).await, "other");
        }
    };
    let (hung, ()) = tokio::join!(hanging, others);
    let error = hung.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(app.answer("behind it").await, "behind it");
}

async fn a_new_handler_takes_over_from_the_next_launch_on() {
    let app = App::new();
    let primary = app.primary().await;
    primary.serve(|_| async { "old".to_owned() });
    assert_eq!(app.answer("a").await, "old");
    primary.serve(|_| async { "new".to_owned() });
    assert_eq!(app.answer("a").await, "new");
}

async fn payloads_that_do_not_fit_are_an_error_on_the_side_that_launches() {
    let app = App::new();
    let primary = app.primary().await;
    primary.serve(echo);
    let error = instance::claim::<Vec<u64>, String>(&app.0)
        .start(Launch::new(vec![1, 2]))
        .await
        .unwrap_err();
    assert!(matches!(error, ClaimError::Undecodable { .. }), "{error:?}");
    assert!(!error.may_have_been_handled());
    let error = instance::claim::<String, u64>(&app.0)
        .start(launch("a"))
        .await
        .unwrap_err();
    assert!(matches!(error, ClaimError::Decode(_)), "{error:?}");
    assert_eq!(app.answer("a").await, "a");
}

async fn later_instances_know_who_the_primary_is_by_the_kernels_word() {
    let app = App::new();
    let primary = app.primary().await;
    primary.serve(|arrival| async move { arrival.peer.to_string() });
    let secondary = app.secondary().await;
    if !cfg!(target_os = "macos") {
        assert_eq!(secondary.primary_pid(), Some(std::process::id()));
    }
    assert!(secondary.primary().is_same_user());
    let told = answered(secondary.hand_over(launch("a")).await);
    assert_eq!(told, app.secondary().await.primary().to_string());
}

async fn only_a_primary_that_is_trusted_is_told_of_a_launch() {
    let app = App::new();
    let primary = app.primary().await;
    let notes = Notebook::default();
    primary.serve(notes.handler());
    let nobody = ipc_rpc::PeerPolicy::custom(|_| false);
    let error = app.claim().trust(nobody).start(launch("a")).await;
    let error = error.unwrap_err();
    assert!(
        matches!(
            error,
            ClaimError::Connect(ipc_rpc::ConnectError::UntrustedServer { .. })
        ),
        "{error:?}"
    );
    assert!(notes.lines().is_empty());
}
