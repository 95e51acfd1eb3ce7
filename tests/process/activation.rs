//! Servers that a service manager starts.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};

use command_fds::{CommandFdExt, FdMapping};
use ipc_rpc::{Connect, SocketName, context};
use rustix::process::Signal;
use support::{LabClient, SocketFile, watched};
use tokio::process::Command;

use crate::program::{PROGRAM, Program, test};

/// Starts a child with these descriptors from 3 on, as a service manager does.
fn activate(
    descriptors: Vec<OwnedFd>,
    describe: impl FnOnce(&mut std::process::Command),
) -> Program {
    let mut command = std::process::Command::new("sh");
    let script = r#"LISTEN_PID=${LISTEN_PID-$$} exec "$0" "$@""#;
    command.args(["-c", script, PROGRAM, "serve-activated", "-"]);
    command.env("LISTEN_FDS", descriptors.len().to_string());
    command.env_remove("LISTEN_PID");
    describe(&mut command);
    let mappings = (3..).zip(descriptors);
    let mappings = mappings.map(|(child_fd, parent_fd)| FdMapping {
        parent_fd,
        child_fd,
    });
    command.fd_mappings(mappings.collect()).unwrap();
    Program::spawn(Command::from(command))
}

fn listener(file: &SocketFile) -> (UnixListener, OwnedFd) {
    let listener = UnixListener::bind(file.path()).unwrap();
    let copy = listener.try_clone().unwrap().into();
    (listener, copy)
}

async fn client(file: &SocketFile) -> LabClient {
    let name = SocketName::path(file.path()).unwrap();
    Connect::new(name).await.unwrap()
}

#[test]
fn an_activated_server_serves_at_all_sockets_and_leaves_them_as_they_are() {
    test(async || {
        let (first, second) = (SocketFile::new(), SocketFile::new());
        let (ours, theirs) = listener(&first);
        let (_other, others) = listener(&second);
        // One that came before the server was started.
        let early = first.open().await;
        let mut server = activate(vec![theirs, others], |_| {});
        server.expect("ready").await;
        for file in [&first, &second] {
            let client = client(file).await;
            assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
            // Its children do not inherit them.
            let look = "for fd in 3 4; do test -e /proc/self/fd/$fd && echo $fd; done; true";
            let args = vec!["-c".to_owned(), look.to_owned()];
            let open = client.run_program(context::current(), "sh".to_owned(), args);
            assert_eq!(open.await.unwrap(), "");
        }
        drop(early);
        server.signal(Signal::TERM);
        server.expect("Signal(Terminate), cut 0").await;
        assert!(server.end().await.success());
        for file in [&first, &second] {
            assert!(file.path().exists());
        }
        // Who comes now waits for the next one.
        let _waits = first.open().await;
        let mut server = activate(vec![ours.into()], |_| {});
        server.expect("ready").await;
        let client = client(&first).await;
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        server.kill().await;
    });
}

#[test]
fn a_descriptor_that_is_no_listening_stream_socket_is_told() {
    test(async || {
        let connected = UnixStream::pair().unwrap().0;
        let datagram = UnixDatagram::unbound().unwrap();
        let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let wrong: [(OwnedFd, &str); 4] = [
            (connected.into(), "does not listen"),
            (datagram.into(), "unix stream socket"),
            (tcp.into(), "unix stream socket"),
            (File::open("/dev/null").unwrap().into(), "not a socket"),
        ];
        for (descriptor, what) in wrong {
            let (_ours, right) = listener(&SocketFile::new());
            let mut server = activate(vec![right, descriptor], |_| {});
            let said = server.says().await.unwrap();
            assert!(
                said.starts_with("descriptor 4, which was passed on,"),
                "{said}"
            );
            assert!(said.contains(what), "{said}");
            server.end().await;
        }
    });
}

#[test]
fn sockets_that_were_passed_on_to_another_process_are_left_alone() {
    test(async || {
        for pid in ["1", "", "x"] {
            let (_ours, theirs) = listener(&SocketFile::new());
            let mut server = activate(vec![theirs], |command| {
                command.env("LISTEN_PID", pid);
            });
            let said = server.says().await.unwrap();
            assert!(
                said.starts_with("this process was not started by"),
                "{said}"
            );
            server.end().await;
        }
    });
}

fn receive(manager: &UnixDatagram) -> String {
    let mut message = [0; 64];
    let len = manager.recv(&mut message).unwrap();
    String::from_utf8_lossy(&message[..len]).into_owned()
}

async fn a_manager_is_told(manager: UnixDatagram, address: &str) {
    let file = SocketFile::new();
    let (_ours, theirs) = listener(&file);
    let mut server = activate(vec![theirs], |command| {
        command.env("NOTIFY_SOCKET", address);
    });
    let (told, manager) = told(manager).await;
    assert_eq!(told, "READY=1");
    let client = client(&file).await;
    assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
    server.expect("ready").await;
    server.signal(Signal::TERM);
    assert_eq!(self::told(manager).await.0, "STOPPING=1");
    server.expect("Signal(Terminate), cut 0").await;
    server.end().await;
}

async fn told(manager: UnixDatagram) -> (String, UnixDatagram) {
    let told = tokio::task::spawn_blocking(move || (receive(&manager), manager));
    told.await.unwrap()
}

#[test]
fn a_service_manager_is_told_when_the_server_is_ready_and_when_it_stops() {
    test(async || {
        let place = SocketFile::new();
        let manager = UnixDatagram::bind(place.path()).unwrap();
        a_manager_is_told(manager, place.path().to_str().unwrap()).await;
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_service_manager_at_an_abstract_name_is_told_as_well() {
    use std::os::linux::net::SocketAddrExt;

    watched(|| {
        let name = format!("ipc-rpc-tests-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let manager = UnixDatagram::bind_addr(&address).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(a_manager_is_told(manager, &format!("@{name}")));
    });
}
