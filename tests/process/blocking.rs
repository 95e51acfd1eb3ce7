//! Programs without a runtime.

use ipc_rpc::{ConnectionError, SocketName, context};
use support::{LabClient, Place, Report, Stage, promptly};

use crate::program::{Program, test};

#[test]
fn a_program_without_a_runtime_calls_and_closes_in_order_when_it_ends() {
    test(async || {
        let name = SocketName::unique();
        let mut stage = Stage::at(Place::LocalSocket(name.clone()), |server| server).await;
        for _ in 0..5 {
            let mut client = Program::start("block", &name.to_string());
            client.expect("5").await;
            client.expect("cannot divide 1 by zero").await;
            client.expect("no response within 50ms").await;
            stage.connected().await;
            let (_, reason) = promptly(stage.disconnected()).await;
            assert!(
                matches!(reason, ConnectionError::PeerClosed(_)),
                "{reason:?}"
            );
            client.end().await;
        }
        // What it sent last has arrived, though it did not wait for it.
        let noted = |report: &&Report| **report == Report::Noted("last".to_owned());
        assert_eq!(stage.lab.all().iter().filter(noted).count(), 5);
        stage.end().await;
    });
}

#[test]
fn a_server_calls_back_a_program_whose_only_thread_is_blocked() {
    test(async || {
        let name = SocketName::unique();
        let mut stage = Stage::at(Place::LocalSocket(name.clone()), |server| server).await;
        let mut child = Program::start("blocked", &name.to_string());
        let id = stage.connected().await;
        promptly(stage.lab.wait(Report::Started(1))).await;
        let client: LabClient = stage.handle.peer(id).unwrap().client();
        let sum = promptly(client.add(context::current(), 20, 22)).await;
        assert_eq!(sum.unwrap(), 42);
        stage.lab.release(1);
        child.expect("1").await;
        drop(client);
        stage.disconnected().await;
        child.end().await;
        stage.end().await;
    });
}
