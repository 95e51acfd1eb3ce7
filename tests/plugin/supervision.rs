//! Plugins that end without being asked to.

use std::time::Duration;

use ipc_rpc::plugin::{Command, HealthCheck, LaunchError, PluginEvent, PluginState, RestartPolicy};
use ipc_rpc::{CallOutcome, Events, WhileDown, context};

#[cfg(unix)]
use crate::stage::dead;
use crate::stage::{assert_gone, command, event, host, launch_as, soon, test};

fn quick() -> RestartPolicy {
    RestartPolicy::default().pauses(Duration::from_millis(10), Duration::from_millis(50))
}

fn supervised(args: &[&str]) -> Command {
    command(args).restart(quick())
}

async fn ready(events: &mut Events<PluginEvent>) {
    event(events, |event| {
        matches!(event, PluginEvent::Ready).then_some(())
    })
    .await;
}

#[test]
fn a_plugin_that_dies_is_started_again_and_takes_calls() {
    test(async || {
        let host = host();
        let plugin = launch_as(&host, supervised(&["serve"])).await;
        let mut events = plugin.events();
        ready(&mut events).await;
        let first = plugin.pid().unwrap();
        plugin.client().abort(context::current()).await.unwrap_err();
        let attempt = event(&mut events, |event| match event {
            PluginEvent::Restarting { attempt, .. } => Some(attempt),
            _ => None,
        });
        assert_eq!(attempt.await, 1);
        ready(&mut events).await;
        let second = plugin.pid().unwrap();
        assert_ne!(first, second);
        let pid = plugin.client().pid(context::current()).await;
        assert_eq!(pid.unwrap(), second);
        assert_gone(first);
    });
}

#[test]
fn a_plugin_that_dies_again_and_again_has_failed_until_it_is_restarted() {
    test(async || {
        let host = host();
        let plugin = launch_as(&host, supervised(&["serve"])).await;
        let mut events = plugin.events();
        for _ in 0..4 {
            ready(&mut events).await;
            plugin.client().abort(context::current()).await.unwrap_err();
        }
        event(&mut events, |event| {
            matches!(event, PluginEvent::Failed).then_some(())
        })
        .await;
        assert!(matches!(plugin.state(), PluginState::Failed));
        assert_eq!(plugin.pid(), None);
        soon(plugin.restart()).await.unwrap();
        let sum = plugin.client().add(context::current(), 2, 3).await;
        assert_eq!(sum.unwrap(), 5);
        // The budget is full again.
        ready(&mut events).await;
        plugin.client().abort(context::current()).await.unwrap_err();
        ready(&mut events).await;
        soon(plugin.shutdown()).await;
    });
}

#[test]
fn a_client_outlives_restarts_and_its_calls_wait_for_them() {
    test(async || {
        let host = host();
        let plugin = launch_as(&host, supervised(&["serve"])).await;
        let client = plugin.client();
        for _ in 0..3 {
            let before = client.pid(context::current()).await.unwrap();
            let lost = client.abort(context::current()).await.unwrap_err();
            assert_eq!(lost.outcome(), CallOutcome::Unknown, "{lost:?}");
            // Made while it is down, or before that is known.
            let after = soon(client.pid(context::current())).await.unwrap();
            assert_ne!(before, after);
        }
        let before = client.pid(context::current()).await.unwrap();
        let (restarted, after) = soon(async {
            tokio::join!(plugin.restart(), async {
                while client.pid(context::current()).await.unwrap() == before {}
            })
        })
        .await;
        restarted.unwrap();
        assert_eq!(after, ());
        soon(plugin.shutdown()).await;
        let over = soon(client.pid(context::without_deadline()))
            .await
            .unwrap_err();
        assert_eq!(over.outcome(), CallOutcome::NotSent, "{over:?}");
    });
}

#[test]
fn calls_of_a_plugin_that_is_down_fail_at_once_if_they_are_to_and_when_it_has_failed() {
    test(async || {
        let host = host();
        let hour = Duration::from_secs(3600);
        let slow = supervised(&["serve"])
            .while_down(WhileDown::Fail)
            .restart(quick().pauses(hour, hour));
        for command in [slow, supervised(&["serve"]).restart(RestartPolicy::never())] {
            let plugin = launch_as(&host, command).await;
            let mut events = plugin.events();
            let client = plugin.client();
            client.abort(context::current()).await.unwrap_err();
            event(&mut events, |event| {
                let is_down = matches!(event, PluginEvent::Restarting { .. } | PluginEvent::Failed);
                is_down.then_some(())
            })
            .await;
            let down = soon(client.pid(context::without_deadline()))
                .await
                .unwrap_err();
            assert_eq!(down.outcome(), CallOutcome::NotSent, "{down:?}");
            soon(plugin.kill()).await;
        }
    });
}

#[test]
fn deliberate_restarts_do_not_count() {
    test(async || {
        let host = host();
        let plugin = launch_as(
            &host,
            supervised(&["serve"]).restart(RestartPolicy::never()),
        )
        .await;
        let mut pids = vec![plugin.pid().unwrap()];
        for _ in 0..5 {
            soon(plugin.restart()).await.unwrap();
            pids.push(plugin.pid().unwrap());
        }
        pids.sort_unstable();
        pids.dedup();
        assert_eq!(pids.len(), 6);
        soon(plugin.shutdown()).await;
        let gone = soon(plugin.restart()).await.unwrap_err();
        assert!(matches!(gone, LaunchError::HostGone), "{gone:?}");
    });
}

#[cfg(unix)]
#[test]
fn a_plugin_that_is_stopped_or_blocked_is_found_out_killed_and_started_again() {
    test(async || {
        let check = HealthCheck::new(Duration::from_millis(50), Duration::from_millis(300));
        let host = host();
        let watched = supervised(&["serve", "--one-thread"]).health_check(check);
        let plugin = launch_as(&host, watched).await;
        let mut events = plugin.events();
        for way in ["stopped", "blocked"] {
            ready(&mut events).await;
            let pid = plugin.pid().unwrap();
            match way {
                "stopped" => {
                    let pid = rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap();
                    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
                }
                _ => {
                    let client = plugin.client();
                    client
                        .block_all(context::with_timeout(Duration::from_millis(10)))
                        .await
                        .unwrap_err();
                }
            }
            event(&mut events, |event| {
                matches!(event, PluginEvent::Unhealthy { .. }).then_some(())
            })
            .await;
            event(&mut events, |event| {
                matches!(event, PluginEvent::Exited(_)).then_some(())
            })
            .await;
            dead(pid).await;
        }
        ready(&mut events).await;
    });
}

#[test]
fn a_plugin_that_works_is_healthy_however_long_it_takes() {
    test(async || {
        let check = HealthCheck::new(Duration::from_millis(10), Duration::from_secs(5));
        let host = host();
        let plugin = launch_as(&host, supervised(&["serve"]).health_check(check)).await;
        let pid = plugin.pid();
        let late = plugin.client().answer_late(context::current(), 500).await;
        assert_eq!(late.unwrap(), 7);
        assert_eq!(plugin.pid(), pid);
    });
}

#[test]
fn a_plugin_that_hangs_up_and_lives_on_is_ended_and_started_again() {
    test(async || {
        let host = host();
        let plugin = launch_as(&host, supervised(&["serve", "--stay"])).await;
        let mut events = plugin.events();
        ready(&mut events).await;
        let pid = plugin.pid().unwrap();
        let _ = plugin.client().hang_up(context::current()).await;
        ready(&mut events).await;
        assert_gone(pid);
    });
}

#[test]
fn a_pause_between_restarts_ends_with_a_shutdown() {
    test(async || {
        let host = host();
        let hour = Duration::from_secs(3600);
        let slow = supervised(&["serve"]).restart(quick().pauses(hour, hour));
        let plugin = launch_as(&host, slow).await;
        let mut events = plugin.events();
        plugin.client().abort(context::current()).await.unwrap_err();
        event(&mut events, |event| {
            matches!(event, PluginEvent::Restarting { .. }).then_some(())
        })
        .await;
        soon(plugin.shutdown()).await;
        event(&mut events, |event| {
            matches!(event, PluginEvent::Stopped).then_some(())
        })
        .await;
        assert!(events.next().await.is_none());
    });
}

#[cfg(unix)]
#[test]
fn a_plugin_that_does_not_come_up_again_counts_as_one_that_died() {
    test(async || {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("agent");
        std::os::unix::fs::symlink(crate::stage::PROGRAM, &program).unwrap();
        let host = host();
        let command = Command::new(&program).health_check(None).restart(quick());
        let plugin = launch_as(&host, command).await;
        let mut events = plugin.events();
        std::fs::remove_file(&program).unwrap();
        plugin.client().abort(context::current()).await.unwrap_err();
        let mut reasons = Vec::new();
        event(&mut events, |event| match event {
            PluginEvent::StartFailed { reason } => {
                reasons.push(reason);
                None
            }
            PluginEvent::Failed => Some(()),
            _ => None,
        })
        .await;
        assert_eq!(reasons.len(), 3);
        assert!(reasons[0].contains("there is no program"), "{reasons:?}");
        let again = soon(plugin.restart()).await.unwrap_err();
        assert!(matches!(again, LaunchError::NotFound { .. }), "{again:?}");
    });
}
