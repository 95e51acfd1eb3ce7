//! One instance of an application, with all its processes in one.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ipc_rpc::instance::{self, Arrival, Claim, Instance, Launch, Primary, Scope, Secondary, Start};
use ipc_rpc::{ClaimError, SocketName};
use support::{Clock, Task, Transport, promptly, run};
use tokio::sync::Notify;

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
                super::run(super::Transport::LocalSocket, super::Clock::Real, |_| super::$fact());
            }
        }
    )+};
}

facts! {
    the_second_claim_in_one_process_is_a_secondary,
    a_launch_arrives_whole_however_large_and_one_that_is_too_large_is_an_error,
    launches_that_come_before_the_handler_wait_for_it_in_order_and_the_own_one_is_first,
    a_launch_that_nobody_waits_for_any_more_is_not_begun,
    the_primarys_own_launches_go_through_the_same_handler,
    a_handler_that_panics_fails_its_own_launch_and_no_other,
    a_handler_that_hangs_holds_up_its_own_launch_and_no_other,
    a_new_handler_takes_over_from_the_next_launch_on,
    a_place_that_was_released_is_the_next_ones,
    launches_that_wait_when_the_place_is_released_go_to_the_next_primary,
    a_launch_that_was_begun_is_handled_to_its_end_when_the_place_is_released,
    a_launch_that_takes_longer_than_the_grace_is_told_so,
    a_primary_that_is_dropped_gives_up_its_place_and_loses_no_launch_that_waits,
    a_primary_that_goes_between_the_claim_and_the_launch_is_succeeded,
    a_launch_is_repeated_where_it_was_lost_if_that_is_wanted,
    whoever_wants_to_take_over_learns_when_the_place_is_free,
    versions_that_do_not_go_together_have_an_instance_each,
    payloads_that_do_not_fit_are_an_error_on_the_side_that_launches,
    later_instances_know_who_the_primary_is_by_the_kernels_word,
    an_instance_for_all_users_is_another_one_and_its_handler_sees_who_launches,
    only_a_primary_that_is_trusted_is_told_of_a_launch,
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
    let starting: Vec<_> = (0..5).map(|n| app.starting(&n.to_string())).collect();
    waiting(&first, 5).await;
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
    primaries[0].launch(launch("5")).await.unwrap();
    let mut lines = notes.lines();
    lines.sort();
    assert_eq!(lines, ["0", "1", "2", "3", "4", "5"]);
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
    assert!(
        matches!(error, ClaimError::GivenUp | ClaimError::Lost { .. }),
        "{error:?}"
    );
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

async fn an_id_that_is_none_is_an_error() {
    for id in ["", "a\nb"] {
        let error = instance::claim::<String, String>(id).await.unwrap_err();
        assert!(matches!(error, ClaimError::Id { .. }), "{error:?}");
    }
}
