//! Servers that stop on signals.

use std::os::unix::process::ExitStatusExt;

use ipc_rpc::{Connect, ConnectionError, context};
use rustix::process::Signal;
use support::{LabClient, SocketFile, promptly};
use tokio::process::Command;

use crate::program::{PROGRAM, Program, test};

/// A server that stops on signals, and says that it is ready.
async fn server(file: &SocketFile) -> Program {
    let mut server = Program::start("serve-until-signalled", path(file));
    server.expect("ready").await;
    server
}

fn path(file: &SocketFile) -> &str {
    // The child takes a path for one.
    file.path().to_str().map(str::to_owned).unwrap().leak()
}

async fn client(file: &SocketFile) -> LabClient {
    let Ok(name) = ipc_rpc::SocketName::path(file.path()) else {
        panic!("no name");
    };
    Connect::new(name).await.unwrap()
}

#[test]
fn a_server_that_is_signalled_stops_in_order_and_leaves_no_file() {
    test(async || {
        for (signal, cause) in [
            (Signal::TERM, "Signal(Terminate), cut 0"),
            (Signal::INT, "Signal(Interrupt), cut 0"),
            (Signal::HUP, "Signal(Hangup), cut 0"),
        ] {
            let file = SocketFile::new();
            let mut server = server(&file).await;
            let client = client(&file).await;
            server.signal(signal);
            let reason = promptly(client.connection().closed()).await;
            assert!(
                matches!(&reason, ConnectionError::PeerClosed(close) if close.shutting_down),
                "{reason:?}"
            );
            server.expect(cause).await;
            // It runs once more, and listens to signals again.
            server.expect("ready").await;
            server.signal(signal);
            server.expect(cause).await;
            assert!(!file.path().exists());
            let status = server.end().await;
            assert!(status.success(), "{status}");
        }
    });
}

#[test]
fn a_signal_lets_calls_finish_and_a_second_one_cuts_them_short() {
    test(async || {
        let file = SocketFile::new();
        let mut server = server(&file).await;
        let (busy, idle) = (client(&file).await, client(&file).await);
        let mut call = Box::pin(busy.hang(context::without_deadline(), 1));
        assert!(futures_util::poll!(&mut call).is_pending());
        busy.connection().ping().await.unwrap();
        server.signal(Signal::TERM);
        promptly(idle.connection().closed()).await;
        // It drains, for an hour if need be.
        busy.connection().ping().await.unwrap();
        assert!(futures_util::poll!(&mut call).is_pending());
        assert!(!file.path().exists());
        server.signal(Signal::INT);
        let error = promptly(call).await.unwrap_err();
        assert!(error.is_closed(), "{error:?}");
        server.expect("Signal(Terminate), cut 1").await;
        server.kill().await;
    });
}

#[test]
fn behind_a_server_a_signal_does_again_what_it_does_by_default() {
    test(async || {
        let file = SocketFile::new();
        let mut server = server(&file).await;
        server.signal(Signal::TERM);
        server.expect("Signal(Terminate), cut 0").await;
        server.expect("ready").await;
        server.signal(Signal::HUP);
        server.expect("Signal(Hangup), cut 0").await;
        server.signal(Signal::TERM);
        let status = server.wait().await;
        assert_eq!(status.signal(), Some(Signal::TERM.as_raw()), "{status}");
    });
}

/// As `nohup` starts it.
#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_was_ignored_before_stays_so() {
    test(async || {
        let file = SocketFile::new();
        let mut command = Command::new("sh");
        let script = r#"trap "" HUP; exec "$0" "$@""#;
        command.args(["-c", script, PROGRAM, "serve-until-signalled", path(&file)]);
        let mut server = Program::spawn(command);
        server.expect("ready").await;
        server.signal(Signal::HUP);
        let client = client(&file).await;
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        server.signal(Signal::TERM);
        server.expect("Signal(Terminate), cut 0").await;
        server.kill().await;
    });
}
