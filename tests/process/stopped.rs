//! Processes that are stopped for a while, and those that watch over them.

use std::time::Duration;

use ipc_rpc::{Connect, ConnectionError, SocketName, context};
use rustix::process::Signal;
use support::{LabClient, Place, Stage, promptly};

use crate::program::{Program, test};

/// Lets so much time pass, by the clock of the system: what is stopped can be asked nothing.
async fn pass(time: Duration) {
    let _ = tokio::time::timeout(time, std::future::pending::<()>()).await;
}

/// As the child has them, too. A busy machine answers in far less.
const INTERVAL: Duration = Duration::from_millis(200);
const TIMEOUT: Duration = Duration::from_secs(2);

#[test]
fn a_server_that_is_stopped_for_a_while_is_left_alone_by_default() {
    test(async || {
        let name = SocketName::unique();
        let mut server = Program::start("serve", &name.to_string());
        server.expect("ready").await;
        let client: LabClient = Connect::new(&name).await.unwrap();
        server.signal(Signal::STOP);
        pass(Duration::from_secs(2)).await;
        assert!(!client.connection().is_closed());
        let mut call = Box::pin(client.add(context::current(), 2, 3));
        assert!(futures_util::poll!(&mut call).is_pending());
        server.signal(Signal::CONT);
        assert_eq!(promptly(call).await.unwrap(), 5);
        drop(client);
        server
            .expect("gone: closed by the peer: no reason given")
            .await;
        server.end().await;
    });
}

#[test]
fn a_server_that_is_stopped_is_given_up_by_a_client_that_watches_over_it() {
    test(async || {
        let name = SocketName::unique();
        let mut server = Program::start("serve", &name.to_string());
        server.expect("ready").await;
        let client = Connect::<LabClient>::new(&name).keep_alive(INTERVAL, TIMEOUT);
        let client = client.await.unwrap();
        // As long as it runs it answers.
        pass(INTERVAL + TIMEOUT).await;
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        server.signal(Signal::STOP);
        let reason = promptly(client.connection().closed()).await;
        assert!(
            matches!(reason, ConnectionError::PingTimeout { silent } if silent >= INTERVAL + TIMEOUT),
            "{reason:?}"
        );
        let error = client.add(context::current(), 2, 3).await.unwrap_err();
        assert!(error.is_closed());
        server.signal(Signal::CONT);
        // It finds out, and serves others.
        let gone = server.says().await.unwrap();
        assert!(gone.starts_with("gone: "), "{gone}");
        let client: LabClient = Connect::new(&name).await.unwrap();
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        server.end().await;
    });
}

#[test]
fn a_client_that_was_stopped_itself_gives_no_server_up_that_answers() {
    test(async || {
        let name = SocketName::unique();
        let stage = Stage::at(Place::LocalSocket(name.clone()), |server| server).await;
        let mut client = Program::start("keep-alive", &name.to_string());
        client.expect("connected").await;
        // Longer than it gives a server, whether it has asked or not: by a little, and by so much that it cannot miss it.
        for more in [Duration::from_millis(200), Duration::from_secs(2)] {
            client.signal(Signal::STOP);
            pass(INTERVAL + TIMEOUT + more).await;
            client.signal(Signal::CONT);
            pass(INTERVAL + TIMEOUT).await;
            client.tell().await;
            client.expect("Ok(5)").await;
        }
        client.end().await;
        stage.end().await;
    });
}

/// A server, and a client that has asked it for a sign of life and is stopped before it got one.
async fn both_stopped() -> (Program, Program) {
    let name = SocketName::unique();
    let mut server = Program::start("serve", &name.to_string());
    server.expect("ready").await;
    let mut client = Program::start("keep-alive", &name.to_string());
    client.expect("connected").await;
    server.signal(Signal::STOP);
    pass(3 * INTERVAL).await;
    client.signal(Signal::STOP);
    (server, client)
}

#[test]
fn an_answer_that_came_while_a_client_was_stopped_is_read_before_the_verdict() {
    test(async || {
        let (server, mut client) = both_stopped().await;
        server.signal(Signal::CONT);
        // Its time is over when the client goes on, and by little.
        pass(TIMEOUT + INTERVAL).await;
        client.signal(Signal::CONT);
        client.tell().await;
        client.expect("Ok(5)").await;
        client.end().await;
        server.end().await;
    });
}

#[test]
fn behind_a_sleep_of_the_machine_a_server_is_asked_once_more_and_has_its_time() {
    test(async || {
        let (server, mut client) = both_stopped().await;
        pass(2 * TIMEOUT).await;
        client.signal(Signal::CONT);
        pass(2 * INTERVAL).await;
        server.signal(Signal::CONT);
        client.tell().await;
        client.expect("Ok(5)").await;
        client.end().await;
        server.end().await;
    });
}
