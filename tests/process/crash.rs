//! Processes that are killed, and servers that are asked to stop.

use std::time::Duration;

use futures_util::future::join_all;
use ipc_rpc::{CallError, Connect, ConnectError, ConnectionError, SocketName, context};
#[cfg(unix)]
use support::promptly;
use support::{LabClient, Place, Report, Stage, Task};

use crate::program::{Program, test};

/// How soon the death of a peer is to be known.
const SOON: Duration = Duration::from_secs(1);

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, future)
        .await
        .expect("known within a second")
}

#[test]
fn a_server_that_is_killed_fails_every_pending_call_at_once_and_frees_its_name() {
    test(async || {
        let name = SocketName::unique();
        for _ in 0..5 {
            let mut server = Program::start("serve", &name.to_string());
            server.expect("ready").await;
            let client: LabClient = Connect::new(&name).await.unwrap();
            let calls: Vec<_> = (0..20)
                .map(|id| {
                    let client = client.clone();
                    Task::spawn(async move { client.hang(context::without_deadline(), id).await })
                })
                .collect();
            client.connection().ping().await.unwrap();
            server.kill().await;
            let reason = soon(client.connection().closed()).await;
            assert!(
                matches!(reason, ConnectionError::PeerVanished),
                "{reason:?}"
            );
            let results = soon(join_all(calls.into_iter().map(Task::join))).await;
            for result in results {
                assert!(
                    matches!(
                        result,
                        Err(CallError::Connection {
                            source: ConnectionError::PeerVanished,
                            ..
                        })
                    ),
                    "{result:?}"
                );
            }
            let refused = Connect::<LabClient>::new(&name).await.unwrap_err();
            assert!(
                matches!(refused, ConnectError::NotRunning { .. }),
                "{refused:?}"
            );
        }
        // What the dead have left under the name is nobody's business but the next server's.
        let stage = Stage::at(Place::LocalSocket(name), |server| server).await;
        let client = stage.client().await;
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        stage.end().await;
    });
}

// A pipe goes with its process.
#[cfg(unix)]
#[test]
fn what_a_killed_server_has_left_blocks_no_start_but_those_that_want_to_know_of_it() {
    test(async || {
        let name = SocketName::unique();
        let mut server = Program::start("serve", &name.to_string());
        server.expect("ready").await;
        let pid = server.pid();
        assert_eq!(listed(&name).await, Some((true, pid)));
        server.kill().await;

        assert!(name.exists().unwrap());
        assert!(!name.is_alive().await.unwrap());
        assert_eq!(listed(&name).await, Some((false, None)));
        let patience = Duration::from_millis(50);
        assert!(name.wait_for(patience).await.unwrap_err().is_timeout());
        let mut careful = Program::start("serve-unless-taken", &name.to_string());
        let told = careful.says().await.unwrap();
        assert!(told.contains("the socket of a dead server"), "{told}");
        careful.end().await;
        assert!(name.exists().unwrap(), "it was to be left alone");

        let waiting = Connect::<LabClient>::new(&name).wait_for_server(SOON * 10);
        let mut waiting = std::pin::pin!(waiting.into_future());
        assert!(futures_util::poll!(&mut waiting).is_pending());
        let mut next = Program::start("serve", &name.to_string());
        next.expect("ready").await;
        let client = waiting.await.unwrap();
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        assert_eq!(client.connection().peer_identity().pid(), next.pid());
        drop(client);
        next.end().await;
        assert!(!name.exists().unwrap());
        assert_eq!(listed(&name).await, None);
    });
}

/// Whether the name is alive, and whose it is, as it is listed.
#[cfg(unix)]
async fn listed(name: &SocketName) -> Option<(bool, Option<u32>)> {
    let listed = SocketName::list().await.unwrap();
    let entry = listed.into_iter().find(|entry| entry.name == *name)?;
    assert!(entry.age().unwrap() < Duration::from_secs(60));
    Some((entry.is_alive, entry.pid))
}

#[test]
fn a_client_that_is_killed_is_a_peer_that_vanished_and_its_handlers_are_dropped() {
    test(async || {
        let name = SocketName::unique();
        let mut stage = Stage::at(Place::LocalSocket(name.clone()), |server| server).await;
        let bystander = stage.client().await;
        stage.connected().await;
        for round in 1..=5 {
            let mut client = Program::start("hang", &name.to_string());
            client.expect("calling").await;
            stage.connected().await;
            let dropped = |log: &[Report]| {
                let dropped = log.iter().filter(|report| **report == Report::Dropped(1));
                dropped.count() == round
            };
            assert!(!dropped(&stage.lab.all()));
            client.kill().await;
            let (_, reason) = soon(stage.disconnected()).await;
            assert!(
                matches!(reason, ConnectionError::PeerVanished),
                "{reason:?}"
            );
            soon(stage.lab.wait_until(dropped)).await;
            assert_eq!(bystander.add(context::current(), 2, 3).await.unwrap(), 5);
        }
        stage.end().await;
    });
}

// A console event reaches every process of the console, the test among them.
#[cfg(unix)]
#[test]
fn a_server_that_is_interrupted_stops_in_order() {
    test(async || {
        let name = SocketName::unique();
        let mut server = Program::start("serve-until-interrupted", &name.to_string());
        server.expect("ready").await;
        let client: LabClient = Connect::new(&name).await.unwrap();
        client.connection().ping().await.unwrap();
        server.signal(rustix::process::Signal::INT);
        let reason = promptly(client.connection().closed()).await;
        assert!(
            matches!(&reason, ConnectionError::PeerClosed(close) if close.shutting_down),
            "{reason:?}"
        );
        // The client did as it was told, so the server knows of nobody who vanished.
        let gone = server.says().await.unwrap();
        assert!(gone.starts_with("gone: closed by this side"), "{gone}");
        server.expect("closed").await;
        server.expect("cut 0").await;
        server.end().await;
    });
}

#[test]
fn the_identity_of_a_peer_is_its_process() {
    test(async || {
        let name = SocketName::unique();
        let mut server = Program::start("serve", &name.to_string());
        server.expect("ready").await;
        let client: LabClient = Connect::new(&name).await.unwrap();
        let facts = client.facts(context::current()).await.unwrap();
        assert_eq!(facts.pid, Some(std::process::id()));
        let pid = client.connection().peer_identity().pid();
        assert_eq!(pid, server.pid());
        server.end().await;
    });
}
