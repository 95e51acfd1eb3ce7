//! Unix sockets: who may put what where, who may remove it, and what is connected.

use std::{
    fs, io,
    os::{
        fd::AsFd,
        unix::fs::{MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tokio::{
    io::AsyncWrite as _,
    net::{UnixListener, UnixSocket, UnixStream},
};

use super::directory::Directory;
use crate::{
    error::BindError,
    transport::local_socket::{
        BindOptions, Listener, Socket, SocketName,
        tests::{far, soon},
    },
};

mod find;
mod lock;
mod namespace;
mod policy;
mod socket_file;

#[tokio::test]
async fn a_full_queue_is_an_error_once_the_deadline_has_passed() {
    let root = root();
    let (name, path) = socket_in(&root);
    let (_listener, _waiting) = busy_server(&path).await;
    let error = Socket::connect(&name, soon()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(error.to_string().contains(&name.to_string()), "{error}");
}

#[tokio::test]
async fn a_full_queue_is_waited_for() {
    let root = root();
    let (name, path) = socket_in(&root);
    let (listener, waiting) = busy_server(&path).await;
    let (connected, ()) = tokio::join!(Socket::connect(&name, far()), async {
        for _ in &waiting {
            listener.accept().await.unwrap();
        }
    });
    connected.unwrap();
}

#[tokio::test]
async fn no_descriptor_is_inherited_by_children() {
    let root = root();
    let (name, path) = socket_in(&root);
    let listener = super::bind(&name, &BindOptions::default()).unwrap();
    let address = super::Address { path };
    let (client, server) = tokio::join!(address.connect(), listener.accept());
    let (client, server) = (client.unwrap(), server.unwrap());
    let directory = sockets(&root);
    let descriptors = [
        listener.listener.as_fd(),
        client.as_fd(),
        server.as_fd(),
        directory.as_fd(),
    ];
    for descriptor in descriptors {
        let flags = rustix::io::fcntl_getfd(descriptor).unwrap();
        assert!(
            flags.contains(rustix::io::FdFlags::CLOEXEC),
            "{descriptor:?}"
        );
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[tokio::test]
async fn a_flood_of_clients_lets_others_have_their_turn() {
    // What the runtime lets one task do in a row is 128 steps.
    const CLIENTS: usize = 140;
    let root = root();
    let (name, path) = socket_in(&root);
    let listener = bind(&name).unwrap();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| super::stream::connect_now(&path).unwrap())
        .collect();
    #[expect(clippy::disallowed_methods, reason = "joined below")]
    let other = tokio::spawn(async {});
    let mut accepted = Vec::new();
    while !other.is_finished() {
        assert!(accepted.len() < CLIENTS, "nobody else had a turn");
        accepted.push(listener.accept().await.unwrap());
    }
    other.await.unwrap();
    drop(clients);
}

#[tokio::test]
async fn halves_write_vectored() {
    let root = root();
    let listener = bind(&socket_in(&root).0).unwrap();
    let (_, write) = connected(&listener).await.into_split();
    assert!(write.is_write_vectored());
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[tokio::test]
async fn an_abstract_name_works_without_files() {
    let name = SocketName::abstract_(format!("{}/test", SocketName::unique())).unwrap();
    let listener = bind(&name).unwrap();
    let error = bind(&name).unwrap_err();
    assert!(error.is_already_running(), "{error:?}");
    assert!(connected(&listener).await.peer().is_same_user());

    drop(listener);
    let error = Socket::connect(&name, far()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    bind(&name).unwrap();
}

/// Holds one base of each kind, with paths short enough for sockets on every system.
fn root() -> TempDir {
    let root = tempfile::Builder::new()
        .prefix("i")
        .tempdir_in("/tmp")
        .unwrap();
    let uid = rustix::process::geteuid().as_raw();
    for (directory, mode) in [
        ("xdg", 0o700),
        (&format!("run/{uid}"), 0o700),
        ("private", 0o700),
        ("shared", 0o1777),
        ("sockets", 0o700),
    ] {
        fs::create_dir_all(root.path().join(directory)).unwrap();
        set_mode(&root.path().join(directory), mode);
    }
    root
}

fn socket_in(root: &TempDir) -> (SocketName, PathBuf) {
    let path = root.path().join("sockets/s");
    (SocketName::path(&path).unwrap(), path)
}

fn sockets(root: &TempDir) -> Directory {
    let uid = rustix::process::geteuid().as_raw();
    Directory::open_chosen(&root.path().join("sockets"), uid).unwrap()
}

fn entries(root: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(root.path().join("sockets")).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn bind(name: &SocketName) -> Result<Listener, BindError> {
    Listener::bind(name, &BindOptions::default())
}

async fn connected(listener: &Listener) -> Socket {
    let (client, server) = tokio::join!(Socket::connect(listener.name(), far()), listener.accept());
    server.unwrap();
    client.unwrap()
}

/// A server that accepts nobody, with as many clients as its queue holds.
async fn busy_server(path: &Path) -> (UnixListener, Vec<UnixStream>) {
    let socket = UnixSocket::new_stream().unwrap();
    socket.bind(path).unwrap();
    let listener = socket.listen(1).unwrap();
    let mut waiting = Vec::new();
    while let Ok(client) = UnixStream::connect(path).await {
        waiting.push(client);
    }
    (listener, waiting)
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn inode(path: &Path) -> (u64, u64) {
    let metadata = fs::symlink_metadata(path).unwrap();
    (metadata.dev(), metadata.ino())
}
