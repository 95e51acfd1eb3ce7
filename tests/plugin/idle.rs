//! Plugins that are stopped when they have nothing to do.

use std::time::Duration;

use ipc_rpc::plugin::{Command, Plugin, PluginEvent, PluginState};
use ipc_rpc::{Events, WhileDown, context};
use support::Task;

use crate::api::AgentClient;
use crate::stage::{assert_gone, command, event, host, launch_as, soon, test};

fn idling(after: Duration) -> Command {
    command(&["serve"]).idle_stop(after)
}

const SHORT: Duration = Duration::from_millis(100);

async fn idle(events: &mut Events<PluginEvent>) {
    event(events, |event| {
        matches!(event, PluginEvent::Idle).then_some(())
    })
    .await;
}

/// Whether it was stopped so far.
fn has_idled(plugin: &Plugin<AgentClient>) -> bool {
    !matches!(plugin.state(), PluginState::Ready { .. })
}

#[test]
fn a_plugin_without_work_is_stopped_and_the_next_call_starts_it_again() {
    test(async || {
        let host = host();
        // Also where calls fail at once while a plugin is down: this one is not down, it waits for them.
        for while_down in [WhileDown::Wait, WhileDown::Fail] {
            let plugin = launch_as(&host, idling(SHORT).while_down(while_down)).await;
            let mut events = plugin.events();
            let client = plugin.client();
            let mut pids = Vec::new();
            for _ in 0..3 {
                let pid = plugin.pid().unwrap();
                idle(&mut events).await;
                assert_gone(pid);
                assert!(matches!(plugin.state(), PluginState::Idle), "{plugin:?}");
                assert_eq!((plugin.pid(), plugin.service_version()), (None, None));
                // Whoever looks now finds where it stands.
                let now = plugin.events().next().await;
                assert!(matches!(now, Some(PluginEvent::Idle)), "{now:?}");
                pids.push(pid);
                assert_eq!(soon(client.add(context::current(), 2, 3)).await.unwrap(), 5);
            }
            pids.sort_unstable();
            pids.dedup();
            assert_eq!(pids.len(), 3, "each was another process");
            assert!(soon(plugin.shutdown()).await.is_clean);
        }
    });
}

#[test]
fn calls_that_come_at_once_while_it_is_stopped_all_get_their_answers() {
    test(async || {
        let host = host();
        let plugin = launch_as(&host, idling(SHORT)).await;
        let mut events = plugin.events();
        for _ in 0..3 {
            idle(&mut events).await;
            let calls: Vec<_> = (0..20)
                .map(|number| {
                    let client = plugin.client();
                    Task::spawn(async move { client.add(context::current(), number, 1).await })
                })
                .collect();
            for (number, call) in (0..).zip(calls) {
                assert_eq!(soon(call.join()).await.unwrap(), number + 1);
            }
        }
    });
}

#[test]
fn a_call_a_stream_or_a_hold_keeps_a_plugin_running() {
    test(async || {
        let host = host();
        let plugin = launch_as(&host, idling(SHORT)).await;
        let mut events = plugin.events();
        let client = plugin.client();
        // Longer than it may be idle.
        let answered = client.answer_late(context::current(), 500).await;
        assert!(answered.is_ok() && !has_idled(&plugin), "{answered:?}");
        let numbers = client.numbers(context::current()).await.unwrap();
        Duration::from_millis(500).pass().await;
        assert!(!has_idled(&plugin));
        drop(numbers);
        let hold = plugin.hold();
        let second = plugin.hold();
        Duration::from_millis(300).pass().await;
        drop(hold);
        Duration::from_millis(300).pass().await;
        assert!(!has_idled(&plugin));
        drop(second);
        idle(&mut events).await;
        // Held when it is stopped already, it stays so.
        let hold = plugin.hold();
        Duration::from_millis(200).pass().await;
        assert!(matches!(plugin.state(), PluginState::Idle));
        drop(hold);
    });
}

#[test]
fn a_plugin_that_is_stopped_for_want_of_work_can_be_restarted_and_shut_down() {
    test(async || {
        let host = host();
        let plugin = launch_as(&host, idling(SHORT)).await;
        let mut events = plugin.events();
        idle(&mut events).await;
        soon(plugin.restart()).await.unwrap();
        assert!(plugin.pid().is_some());
        idle(&mut events).await;
        let exit = soon(plugin.shutdown()).await;
        assert!(exit.is_clean, "as it has ended the last time: {exit:?}");
        soon(plugin.client().add(context::current(), 2, 3))
            .await
            .unwrap_err();
        // A host that goes takes one along that waits for calls.
        let plugin = launch_as(&host, idling(SHORT)).await;
        idle(&mut plugin.events()).await;
        soon(host.shutdown()).await;
        assert!(matches!(plugin.state(), PluginState::Stopped(_)));
    });
}

#[test]
fn a_plugin_is_kept_running_by_default() {
    test(async || {
        let host = host();
        let plugin = launch_as(&host, command(&["serve"])).await;
        Duration::from_millis(500).pass().await;
        assert!(!has_idled(&plugin));
    });
}

/// Time passes: that nothing happens in it is what is looked at.
trait Pass {
    async fn pass(self);
}

impl Pass for Duration {
    #[expect(clippy::disallowed_methods, reason = "nothing is to happen meanwhile")]
    async fn pass(self) {
        tokio::time::sleep(self).await;
    }
}
