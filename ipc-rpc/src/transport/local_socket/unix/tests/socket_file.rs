//! What may be in the way of a socket file, what it is, and when it goes.

use std::{
    fs, io,
    os::unix::{
        fs::{FileTypeExt, MetadataExt, symlink},
        net::UnixListener as StdListener,
    },
    path::Path,
    sync::Barrier,
    thread,
};

use tokio::net::{UnixListener, UnixStream};

use super::{bind, busy_server, connected, entries, inode, root, socket_in};
use crate::{
    error::BindError,
    transport::local_socket::{BindOptions, Listener, Socket, SocketName, tests::far},
};

#[tokio::test]
async fn the_socket_of_a_dead_server_is_replaced() {
    let root = root();
    let (name, path) = socket_in(&root);
    drop(StdListener::bind(&path).unwrap());
    let error = Socket::connect(&name, far()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);

    let listener = bind(&name).unwrap();
    connected(&listener).await;
}

#[tokio::test]
async fn a_live_server_keeps_its_socket() {
    let root = root();
    let (name, path) = socket_in(&root);
    let live = UnixListener::bind(&path).unwrap();
    let inode = inode(&path);

    let error = bind(&name).unwrap_err();
    assert!(error.is_already_running(), "{error:?}");
    assert_eq!(super::inode(&path), inode);
    assert_eq!(entries(&root), ["s"]);
    let (client, server) = tokio::join!(UnixStream::connect(&path), live.accept());
    client.unwrap();
    server.unwrap();
}

#[tokio::test]
async fn a_live_server_with_a_full_queue_keeps_its_socket() {
    let root = root();
    let (name, path) = socket_in(&root);
    let (_listener, _waiting) = busy_server(&path).await;
    let inode = inode(&path);
    let error = bind(&name).unwrap_err();
    assert!(error.is_already_running(), "{error:?}");
    assert_eq!(super::inode(&path), inode);
}

#[tokio::test]
async fn what_is_no_socket_is_left_alone() {
    let root = root();
    let (name, path) = socket_in(&root);
    let refused = || match bind(&name).unwrap_err() {
        BindError::NotASocket { path: at, found } => {
            assert_eq!(at, path);
            assert_eq!(entries(&root), ["elsewhere", "s"]);
            found
        }
        other => panic!("{other:?}"),
    };

    drop(StdListener::bind(root.path().join("sockets/elsewhere")).unwrap());
    fs::write(&path, "precious").unwrap();
    assert_eq!(refused(), "regular file");
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    fs::remove_file(&path).unwrap();

    // Even if it leads to the socket of a dead server.
    for target in ["elsewhere", "missing"] {
        symlink(target, &path).unwrap();
        assert_eq!(refused(), "symbolic link");
        assert_eq!(fs::read_link(&path).unwrap(), Path::new(target));
        fs::remove_file(&path).unwrap();
    }

    fs::create_dir(&path).unwrap();
    assert_eq!(refused(), "directory");
}

#[tokio::test]
async fn a_socket_of_another_user_is_left_alone() {
    let root = root();
    let (name, path) = socket_in(&root);
    drop(StdListener::bind(&path).unwrap());
    if std::os::unix::fs::chown(&path, Some(4242), None).is_err() {
        return; // Only root can make what this test needs.
    }
    let error = bind(&name).unwrap_err();
    assert!(
        matches!(error, BindError::ForeignSocket { owner: 4242, .. }),
        "{error:?}"
    );
    assert!(path.exists());
}

#[tokio::test]
async fn of_many_that_race_for_a_dead_servers_name_one_wins() {
    const RACERS: usize = 16;

    let root = root();
    let (name, path) = socket_in(&root);
    let runtime = tokio::runtime::Handle::current();
    for _ in 0..20 {
        drop(StdListener::bind(&path).unwrap());
        let start = Barrier::new(RACERS);
        let race = || {
            let _context = runtime.enter();
            start.wait();
            bind(&name)
        };
        let outcomes: Vec<_> = thread::scope(|scope| {
            let racers: Vec<_> = (0..RACERS).map(|_| scope.spawn(race)).collect();
            racers
                .into_iter()
                .map(|racer| racer.join().unwrap())
                .collect()
        });
        let (winners, losers): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        let [Ok(_winner)] = winners.as_slice() else {
            panic!("{winners:?}")
        };
        for loser in losers {
            let error = loser.unwrap_err();
            assert!(error.is_already_running(), "{error:?}");
        }
        Socket::connect(&name, far()).await.unwrap();
        assert_eq!(entries(&root), ["s"]);
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[tokio::test]
async fn the_socket_is_closed_to_others_from_its_first_instant() {
    let root = root();
    let (name, path) = socket_in(&root);
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        let observer = scope.spawn(|| {
            let mut modes = Vec::new();
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                modes.extend(fs::symlink_metadata(&path).map(|metadata| metadata.mode() & 0o777));
            }
            modes
        });
        let bound: Vec<_> = (0..200).map(|_| bind(&name).map(drop)).collect();
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        let modes = observer.join().unwrap();
        assert!(bound.iter().all(Result::is_ok), "{bound:?}");
        let open = modes.iter().find(|&&mode| mode != 0o600);
        assert_eq!(open, None, "after {} looks", modes.len());
    });
}

#[tokio::test]
async fn the_socket_has_the_mode_that_was_asked_for() {
    let root = root();
    let (name, path) = socket_in(&root);
    for (mode, expected) in [(None, 0o600), (Some(0o666), 0o666), (Some(0o660), 0o660)] {
        let _listener = Listener::bind(
            &name,
            &BindOptions {
                mode,
                ..BindOptions::default()
            },
        )
        .unwrap();
        let metadata = fs::symlink_metadata(&path).unwrap();
        assert!(metadata.file_type().is_socket());
        assert_eq!(metadata.mode() & 0o777, expected);
    }
}

#[tokio::test]
async fn a_dropped_listener_leaves_nothing_behind() {
    let root = root();
    let (name, _) = socket_in(&root);
    let listener = bind(&name).unwrap();
    assert_eq!(entries(&root), ["s"]);
    drop(listener);
    assert_eq!(entries(&root), [""; 0]);
}

#[tokio::test]
async fn a_name_that_ends_like_a_lock_is_a_name_like_others() {
    let root = root();
    let (name, path) = socket_in(&root);
    let like_a_lock = SocketName::path(path.with_extension("lock")).unwrap();
    let listeners = [bind(&like_a_lock).unwrap(), bind(&name).unwrap()];
    assert_eq!(entries(&root), ["s", "s.lock"]);
    for listener in &listeners {
        connected(listener).await;
    }
}

#[tokio::test]
async fn a_dropped_listener_leaves_its_successors_socket_alone() {
    let root = root();
    let (name, path) = socket_in(&root);
    let predecessor = bind(&name).unwrap();
    fs::remove_file(&path).unwrap();
    let successor = bind(&name).unwrap();
    let inode = inode(&path);

    drop(predecessor);
    assert_eq!(super::inode(&path), inode);
    connected(&successor).await;
}

#[tokio::test]
async fn a_dropped_listener_leaves_alone_what_replaced_its_socket() {
    let root = root();
    let (name, path) = socket_in(&root);
    let listener = bind(&name).unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, "precious").unwrap();
    drop(listener);
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}
