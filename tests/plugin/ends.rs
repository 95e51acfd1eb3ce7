//! Plugins that are shut down, and plugins that do not want to.

use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use ipc_rpc::plugin::{PluginEvent, PluginState};
use ipc_rpc::{CallError, CallOutcome, context};
use support::Task;

use crate::stage::{
    assert_gone, assert_signal, begun, command, host, launch, launch_as, soon, test,
};

#[test]
fn a_shutdown_lets_calls_in_flight_finish_and_none_begin() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["serve"]).await;
        let pid = plugin.pid().unwrap();
        let client = plugin.client();
        let late = client.clone();
        let late = begun(async move { late.answer_late(context::current(), 500).await }).await;
        let exit = soon(plugin.shutdown()).await;
        assert_eq!(late.join().await.unwrap(), 7);
        assert!(exit.is_clean, "{exit:?}");
        assert_gone(pid);
        let refused = client.add(context::current(), 2, 3).await.unwrap_err();
        assert_eq!(refused.outcome(), CallOutcome::NotSent, "{refused:?}");
        assert!(matches!(plugin.state(), PluginState::Stopped(_)));
    });
}

#[test]
fn a_shutdown_may_be_asked_for_by_many_and_again() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["serve"]).await;
        let exits = join_all((0..8).map(|_| plugin.shutdown()));
        for exit in soon(exits).await {
            assert!(exit.is_clean, "{exit:?}");
        }
        assert!(soon(plugin.shutdown()).await.is_clean);
        assert!(soon(plugin.kill()).await.is_clean);
        soon(host.shutdown()).await;
        let gone = host.launch::<crate::api::AgentClient>(command(&["serve"]));
        gone.await.unwrap_err();
    });
}

#[test]
fn a_plugin_that_hangs_is_ended_by_the_signal_and_one_that_ignores_it_is_killed() {
    test(async || {
        let ways = [("serve", 15), ("ignore-term", 9)];
        // Without signals there is one way to end what does not go by itself.
        for (way, signal) in ways.into_iter().take(if cfg!(unix) { 2 } else { 1 }) {
            let host = host();
            let quick = command(&[way, "--one-thread"]).shutdown_grace(Duration::from_millis(700));
            let plugin = launch_as(&host, quick).await;
            let pid = plugin.pid().unwrap();
            let client = plugin.client();
            let hung =
                Task::spawn(async move { client.block_all(context::without_deadline()).await });
            // The one that is blocked answers no more.
            let blocked = plugin.connection().unwrap();
            let answers = || tokio::time::timeout(Duration::from_millis(300), blocked.ping());
            while answers().await.is_ok() {}
            let before = SystemTime::now();
            let exit = soon(plugin.shutdown()).await;
            let took = before.elapsed().unwrap();
            assert_signal(&exit, signal);
            assert!(!exit.is_clean);
            assert!(took >= Duration::from_millis(700), "{took:?}");
            assert_gone(pid);
            hung.join().await.unwrap_err();
        }
    });
}

#[cfg(unix)]
#[test]
fn a_plugin_that_is_stopped_is_ended_all_the_same() {
    test(async || {
        let host = host();
        let quick = command(&["serve"]).shutdown_grace(Duration::from_millis(300));
        let plugin = launch_as(&host, quick).await;
        let pid = rustix::process::Pid::from_raw(plugin.pid().unwrap().try_into().unwrap());
        rustix::process::kill_process(pid.unwrap(), rustix::process::Signal::STOP).unwrap();
        let exit = soon(plugin.shutdown()).await;
        assert!(exit.status.is_some(), "{exit:?}");
    });
}

#[test]
fn a_plugin_that_dies_while_it_is_shut_down_tells_how() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["serve", "--abort-at-the-end"]).await;
        let mut events = plugin.events();
        let exit = soon(plugin.shutdown()).await;
        assert_signal(&exit, 6);
        assert!(!exit.is_clean);
        let mut seen = Vec::new();
        while let Some(event) = soon(events.next()).await {
            seen.push(event);
        }
        assert!(
            matches!(
                seen[..],
                [
                    PluginEvent::Started { .. },
                    PluginEvent::Ready,
                    PluginEvent::Exited(_),
                    PluginEvent::Stopped
                ]
            ),
            "{seen:?}"
        );
    });
}

#[test]
fn a_plugin_that_hangs_behind_its_goodbye_is_asked_to_go() {
    test(async || {
        let host = host();
        let quick = command(&["serve", "--hang-at-the-end"]);
        let plugin = launch_as(&host, quick.shutdown_grace(Duration::from_millis(300))).await;
        let exit = soon(plugin.shutdown()).await;
        assert_signal(&exit, 15);
    });
}

#[test]
fn a_plugin_that_dies_fails_what_is_in_flight_at_once_and_says_its_last_words() {
    test(async || {
        let host = host();
        for code in [None, Some(7)] {
            let plugin = launch(&host, &["serve"]).await;
            let client = plugin.client();
            let (hung, died) = soon(async {
                tokio::join!(client.hang(context::without_deadline()), async {
                    match code {
                        None => client.abort(context::without_deadline()).await,
                        Some(code) => client.exit(context::without_deadline(), code).await,
                    }
                })
            })
            .await;
            for failed in [hung, died] {
                assert!(
                    matches!(failed, Err(CallError::Connection { .. })),
                    "{failed:?}"
                );
            }
            let exit = soon(plugin.shutdown()).await;
            assert!(!exit.is_clean, "{exit:?}");
        }
    });
}

#[test]
fn a_plugin_that_says_goodbye_was_done_and_is_not_started_again() {
    test(async || {
        let host = host();
        let plugin = launch_as(&host, command(&["serve"]).restart(Default::default())).await;
        let mut events = plugin.events();
        plugin.client().leave(context::current()).await.unwrap();
        let exit = crate::stage::event(&mut events, |event| match event {
            PluginEvent::Exited(exit) => Some(exit),
            _ => None,
        });
        assert!(exit.await.is_clean);
        crate::stage::event(&mut events, |event| {
            matches!(event, PluginEvent::Stopped).then_some(())
        })
        .await;
    });
}

#[test]
fn a_plugin_that_says_goodbye_and_stays_is_asked_to_go() {
    test(async || {
        let host = host();
        let quick = command(&["serve", "--hang-at-the-end"]);
        let plugin = launch_as(&host, quick.shutdown_grace(Duration::from_millis(300))).await;
        let mut events = plugin.events();
        plugin.client().leave(context::current()).await.unwrap();
        let exit = crate::stage::event(&mut events, |event| match event {
            PluginEvent::Exited(exit) => Some(exit),
            _ => None,
        });
        assert_signal(&exit.await, 15);
    });
}
