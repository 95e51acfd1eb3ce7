//! Nothing waits for what will not come, and nobody has to watch for a server to live.
//!
//! In net-ipc pending requests outlived their connection until their own timeout, and without one for ever; whoever did not
//! listen for errors never learned of any. A second close was told from the first, and still is.

use std::time::Duration;

use futures_util::future::join_all;
use ipc_rpc::{AuthHello, Connection, ConnectionError, context};
use support::{Lab, LabClient, Report, Stage, Task, Transport, promptly, rig, scenarios};

scenarios! {
    calls_without_a_deadline_fail_at_once_however_their_connection_ends,
    a_close_behind_the_end_is_told_as_such_and_changes_no_reason,
    a_server_that_nobody_watches_outlives_what_its_clients_and_checks_do,
}

#[derive(Clone, Copy, Debug)]
enum End {
    ClientAborts,
    ClientCloses,
    ServerAborts,
    ServerCloses,
    ServerStops,
    ServerVanishes,
}

const ENDS: [End; 6] = [
    End::ClientAborts,
    End::ClientCloses,
    End::ServerAborts,
    End::ServerCloses,
    End::ServerStops,
    End::ServerVanishes,
];

async fn calls_without_a_deadline_fail_at_once_however_their_connection_ends(transport: Transport) {
    for end in ENDS {
        let mut stage = Stage::new(transport).await;
        let client = stage.client().await;
        let id = stage.connected().await;
        let ours = client.connection();
        let theirs: Connection = stage.handle.connection(id).unwrap();
        let hanging = |id| stage.lab.hanging(&client, context::without_deadline(), id);
        let calls = join_all((0..3).map(hanging)).await;
        let lab = stage.lab.clone();
        let mut stage = Some(stage);
        match end {
            End::ClientAborts => ours.abort(),
            End::ClientCloses => drop(ours.close_within("", Duration::ZERO).await),
            End::ServerAborts => theirs.abort(),
            End::ServerCloses => drop(theirs.close_within("", Duration::ZERO).await),
            End::ServerStops => drop(stage.take().unwrap().end().await),
            End::ServerVanishes => stage.take().unwrap().kill().await,
        }
        for call in promptly(join_all(calls)).await {
            let error = call.unwrap_err();
            assert!(error.is_closed(), "{end:?}: {error:?}");
        }
        // The end of a stage releases handlers: one that is being dropped on another thread may come to its end first.
        let may_finish = stage.is_none();
        let is_over = |log: &[Report], id| {
            log.contains(&Report::Dropped(id)) || may_finish && log.contains(&Report::Finished(id))
        };
        for id in 0..3 {
            promptly(lab.wait_until(|log| is_over(log, id))).await;
        }
        // Nor does one that comes too late wait for anything.
        let late = promptly(client.hang(context::without_deadline(), 9)).await;
        assert!(late.unwrap_err().is_closed(), "{end:?}");
        drop(theirs);
        if let Some(stage) = stage {
            stage.end().await;
        }
    }
}

async fn a_close_behind_the_end_is_told_as_such_and_changes_no_reason(transport: Transport) {
    let mut stage = Stage::new(transport).await;
    let client = stage.client().await;
    let id = stage.connected().await;
    let theirs = stage.handle.connection(id).unwrap();
    assert!(theirs.close("first").await);
    promptly(client.connection().closed()).await;
    for _ in 0..3 {
        assert!(!promptly(client.connection().close("second")).await);
        assert!(!promptly(theirs.close("third")).await);
        let ours = client.connection().closed().await;
        assert!(
            matches!(&ours, ConnectionError::PeerClosed(close) if close.reason == "first"),
            "{ours:?}"
        );
        let told = theirs.closed().await;
        assert!(
            matches!(&told, ConnectionError::LocallyClosed { reason } if reason == "first"),
            "{told:?}"
        );
    }
    drop(theirs);
    stage.end().await;
}

async fn a_server_that_nobody_watches_outlives_what_its_clients_and_checks_do(
    transport: Transport,
) {
    // No events, no tracing, no handle.
    let check = async |hello: AuthHello<String>| {
        assert_ne!(hello.payload, "panic");
        Ok::<_, ipc_rpc::Rejection>(())
    };
    let place = transport.place();
    let (rig, lab) = rig();
    let server = place.server().service(rig.serve()).authenticate(check);
    let running = Task::spawn(server.bind().unwrap().run());
    for _ in 0..3 {
        let connect = || place.connect::<LabClient>();
        assert!(connect().auth("panic").await.is_err());
        assert!(connect().await.is_err());
        let client = connect().auth("ali").await.unwrap();
        let panicked = client.panic_later(context::current(), "as asked".to_owned());
        assert!(panicked.await.is_err());
        let call = lab.hanging(&client, context::without_deadline(), 1).await;
        client.connection().abort();
        assert!(call.await.is_err());
    }
    let client = place.connect::<LabClient>().auth("baba").await.unwrap();
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    running.stop().await;
}
