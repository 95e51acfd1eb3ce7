//! Names: who has one, who may take it, how a server is found and waited for.

use std::time::Duration;

use futures_util::poll;
use ipc_rpc::{
    BindError, BindPolicy, Connect, ConnectError, ConnectionError, FindError, NameError,
    PeerPolicy, RefusalReason, ServerError, ServerEvent, SocketName, context,
};
use support::{Lab, LabClient, Place, Stage, Transport, promptly, rig, scenarios};

scenarios! {
    a_live_server_yields_to_a_take_over_only,
    a_server_that_is_robbed_is_told_and_keeps_its_connections,
    a_server_that_is_robbed_removes_nothing_of_its_successors_when_it_ends,
    of_servers_that_take_over_one_after_the_other_the_last_is_found,
    a_client_that_leaves_removes_nothing_of_its_servers,
    a_client_waits_for_a_server_that_comes,
    a_client_waits_for_a_server_that_goes_and_comes_again,
    a_server_that_is_there_and_refuses_is_waited_for_no_longer,
    a_server_that_is_there_and_not_trusted_is_waited_for_no_longer,
    a_server_that_does_not_come_is_waited_for_as_long_as_was_said,
    waiting_for_a_server_leaves_the_time_for_connecting_as_it_is,
    a_wait_that_is_given_up_connects_nothing,
}

const LONG: Duration = Duration::from_secs(3600);

async fn sum(client: &LabClient) -> i64 {
    client.add(context::current(), 2, 3).await.unwrap()
}

/// A second server where the first one is. `None`: the system does not let names be taken over.
async fn take_over(first: &Stage) -> Option<Stage> {
    let (rig, lab) = rig();
    let server = first.place.server().service(rig.serve());
    match server.bind_policy(BindPolicy::TakeOver).bind() {
        Ok(server) => Some(Stage::run(first.place.clone(), server, lab).await),
        Err(BindError::CannotTakeOver { .. }) if cfg!(windows) => None,
        Err(error) => panic!("{error:?}"),
    }
}

async fn told_of_the_loss(stage: &mut Stage) {
    match promptly(stage.events.next()).await {
        Some(ServerEvent::Error { error }) => {
            assert!(matches!(*error, ServerError::NameLost { .. }), "{error:?}");
        }
        other => panic!("{other:?}"),
    }
}

async fn a_live_server_yields_to_a_take_over_only(transport: Transport) {
    let stage = Stage::new(transport).await;
    for policy in [
        BindPolicy::FailIfTaken,
        BindPolicy::ReclaimStale,
        BindPolicy::default(),
    ] {
        let error = stage.place.server().bind_policy(policy).bind().unwrap_err();
        assert!(
            matches!(error, BindError::AlreadyRunning { .. }),
            "{error:?}"
        );
        assert_eq!(sum(&stage.client().await).await, 5);
    }
    stage.end().await;
}

async fn a_server_that_is_robbed_is_told_and_keeps_its_connections(transport: Transport) {
    let mut robbed = Stage::new(transport).await;
    let earlier = robbed.client().await;
    let id = robbed.connected().await;
    let Some(mut successor) = take_over(&robbed).await else {
        robbed.end().await;
        return;
    };
    told_of_the_loss(&mut robbed).await;
    let later = successor.client().await;
    successor.connected().await;
    assert_eq!((sum(&earlier).await, sum(&later).await), (5, 5));
    assert!(robbed.handle.connection(id).is_some());
    assert_eq!(robbed.handle.connections().len(), 1);
    assert_eq!(successor.handle.connections().len(), 1);
    successor.end().await;
    assert_eq!(sum(&earlier).await, 5);
    robbed.end().await;
}

async fn a_server_that_is_robbed_removes_nothing_of_its_successors_when_it_ends(
    transport: Transport,
) {
    for kill in [false, true] {
        let robbed = Stage::new(transport).await;
        let Some(successor) = take_over(&robbed).await else {
            robbed.end().await;
            return;
        };
        if kill {
            robbed.kill().await;
        } else {
            robbed.end().await;
        }
        assert_eq!(sum(&successor.client().await).await, 5);
        if let Place::LocalSocket(name) = &successor.place {
            assert!(name.exists().unwrap());
        }
        successor.end().await;
    }
}

async fn of_servers_that_take_over_one_after_the_other_the_last_is_found(transport: Transport) {
    let mut stages = vec![Stage::new(transport).await];
    for _ in 0..5 {
        let Some(next) = take_over(stages.last().unwrap()).await else {
            break;
        };
        stages.push(next);
    }
    let mut last = stages.pop().unwrap();
    let client = last.client().await;
    last.connected().await;
    for mut robbed in stages {
        told_of_the_loss(&mut robbed).await;
        robbed.end().await;
        assert_eq!(sum(&last.client().await).await, 5);
    }
    assert_eq!(sum(&client).await, 5);
    last.end().await;
}

async fn a_client_that_leaves_removes_nothing_of_its_servers(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    for round in 0..3 {
        let client = stage.client().await;
        stage.connected().await;
        match round {
            0 => drop(client.connection().close("done").await),
            1 => client.connection().abort(),
            _ => drop(client),
        }
        stage.disconnected().await;
        if let Place::LocalSocket(name) = &stage.place {
            assert!(name.exists().unwrap() && name.is_alive().await.unwrap());
        }
        assert_eq!(sum(&stage.client().await).await, 5);
        stage.connected().await;
        stage.disconnected().await;
    }
    stage.end().await;
}

async fn a_client_waits_for_a_server_that_comes(transport: Transport) {
    let place = transport.place();
    let mut waiting = Box::pin(
        place
            .connect::<LabClient>()
            .wait_for_server(LONG)
            .into_future(),
    );
    assert!(poll!(&mut waiting).is_pending());
    let (stage, client) = tokio::join!(Stage::at(place, |server| server), waiting);
    assert_eq!(sum(&client.unwrap()).await, 5);
    stage.end().await;
}

async fn a_client_waits_for_a_server_that_goes_and_comes_again(transport: Transport) {
    let place = transport.place();
    for _ in 0..3 {
        let connect = place.connect::<LabClient>().wait_for_server(LONG);
        let stage = Stage::at(place.clone(), |server| server);
        let (client, stage) = tokio::join!(connect, stage);
        let client = client.unwrap();
        assert_eq!(sum(&client).await, 5);
        stage.end().await;
        client.connection().closed().await;
        if transport.is_pipe() {
            // Its name is free once the system has closed the last of its connections, which nothing tells.
            break;
        }
    }
}

async fn a_server_that_is_there_and_refuses_is_waited_for_no_longer(transport: Transport) {
    let policy = PeerPolicy::custom(|_| false);
    let stage = Stage::with(transport, |server| server.admit(policy)).await;
    let error = promptly(stage.connect().wait_for_server(LONG).into_future()).await;
    assert!(
        matches!(
            error,
            Err(ConnectError::Refused {
                reason: RefusalReason::PeerNotAllowed,
                ..
            })
        ),
        "{error:?}"
    );
    stage.end().await;
}

async fn a_server_that_is_there_and_not_trusted_is_waited_for_no_longer(transport: Transport) {
    let stage = Stage::new(transport).await;
    let connect = stage
        .connect()
        .trust(PeerPolicy::custom(|_| false))
        .wait_for_server(LONG);
    let error = promptly(connect.into_future()).await.unwrap_err();
    assert!(
        matches!(error, ConnectError::UntrustedServer { .. }),
        "{error:?}"
    );
    stage.end().await;
}

#[expect(clippy::disallowed_methods, reason = "it is about time that passes")]
async fn a_server_that_does_not_come_is_waited_for_as_long_as_was_said(transport: Transport) {
    let place = transport.place();
    let patience = Duration::from_millis(50);
    let begun = tokio::time::Instant::now();
    let connect = place.connect::<LabClient>().wait_for_server(patience);
    let error = connect.await.unwrap_err();
    assert!(begun.elapsed() >= patience);
    let ConnectError::TimedOut { reached, after, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!((*reached, *after), (false, patience));
    assert!(error.is_retryable());
    let error = match &place {
        Place::Memory(address) => address.wait_for(patience).await,
        Place::LocalSocket(name) => name.wait_for(patience).await,
    };
    assert!(
        matches!(error, Err(FindError::TimedOut { after, .. }) if after == patience),
        "{error:?}"
    );
}

async fn waiting_for_a_server_leaves_the_time_for_connecting_as_it_is(transport: Transport) {
    // Bound, and not run: nobody hears the hello.
    let (rig, _lab) = rig();
    let place = transport.place();
    let server = place.server().service(rig.serve()).bind().unwrap();
    let connect = place
        .connect::<LabClient>()
        .wait_for_server(LONG)
        .connect_timeout(Duration::from_millis(50));
    let error = connect.await.unwrap_err();
    assert!(
        matches!(error, ConnectError::TimedOut { reached: true, .. }),
        "{error:?}"
    );
    drop(server);
}

async fn a_wait_that_is_given_up_connects_nothing(transport: Transport) {
    let place = transport.place();
    for _ in 0..3 {
        let mut waiting = Box::pin(
            place
                .connect::<LabClient>()
                .wait_for_server(LONG)
                .into_future(),
        );
        assert!(poll!(&mut waiting).is_pending());
    }
    let mut stage = Stage::at(place, |server| server).await;
    let client = stage.client().await;
    let id = stage.connected().await;
    assert_eq!(client.connection().id(), id);
    drop(client);
    let (gone, reason) = stage.disconnected().await;
    assert_eq!(gone, id);
    assert!(
        matches!(reason, ConnectionError::PeerClosed(_)),
        "{reason:?}"
    );
    stage.end().await;
}

/// What names of the system's sockets have beyond those of memory.
mod of_sockets {
    use super::*;

    fn test(scenario: impl AsyncFnOnce() + Send + 'static) {
        support::watched(|| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(scenario());
        });
    }

    async fn stage() -> (Stage, SocketName) {
        let name = SocketName::unique();
        let stage = Stage::at(Place::LocalSocket(name.clone()), |server| server).await;
        (stage, name)
    }

    #[test]
    fn looking_for_a_server_and_waiting_for_it_is_no_client_of_it() {
        test(async || {
            let (mut stage, name) = stage().await;
            for _ in 0..5 {
                assert!(name.exists().unwrap());
                assert!(name.is_alive().await.unwrap());
                name.wait_for(LONG).await.unwrap();
                if cfg!(unix) {
                    SocketName::list().await.unwrap();
                }
            }
            assert!(stage.handle.connections().is_empty());
            // Neither was one admitted nor turned away.
            let client = stage.client().await;
            assert_eq!(stage.connected().await, client.connection().id());
            stage.end().await;
        });
    }

    // Whether Wine lists pipes was not tried.
    #[cfg(unix)]
    #[test]
    fn a_server_that_runs_is_listed_with_its_process_and_age_and_not_when_it_has_ended() {
        test(async || {
            let (stage, name) = stage().await;
            let listed = SocketName::list().await.unwrap();
            let entry = listed.iter().find(|entry| entry.name == name).unwrap();
            assert!(entry.is_alive);
            if !cfg!(target_vendor = "apple") {
                assert_eq!(entry.pid, Some(std::process::id()));
            }
            assert!(entry.age().unwrap() < Duration::from_secs(60));
            let texts: Vec<_> = listed.iter().map(|entry| entry.name.to_string()).collect();
            assert!(texts.is_sorted(), "{texts:?}");
            stage.end().await;
            let listed = SocketName::list().await.unwrap();
            assert!(listed.iter().all(|entry| entry.name != name));
        });
    }

    #[test]
    fn a_long_name_is_refused_and_never_cut() {
        test(async || {
            let longest = "n".repeat(SocketName::MAX_LEN);
            let error = SocketName::new(format!("{longest}1")).unwrap_err();
            assert!(matches!(error, NameError::TooLong { .. }), "{error:?}");
            let too_long = Connect::<LabClient>::new(format!("{longest}1"));
            let error = too_long.wait_for_server(LONG).await.unwrap_err();
            assert!(matches!(error, ConnectError::Name(_)), "{error:?}");
            // Two names that differ in nothing but the last of their bytes are two.
            let unique = SocketName::unique().to_string();
            assert_eq!(unique.len(), SocketName::MAX_LEN);
            let rest = &unique[1..];
            let names = ["x", "y"].map(|last| SocketName::new(format!("{rest}{last}")).unwrap());
            let stage = Stage::at(Place::LocalSocket(names[0].clone()), |server| server).await;
            assert!(names[0].is_alive().await.unwrap());
            assert!(!names[1].exists().unwrap());
            stage.end().await;
        });
    }
}
