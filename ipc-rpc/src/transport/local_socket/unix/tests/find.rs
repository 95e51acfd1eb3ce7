//! Finding servers, and waiting for them.

use std::{
    fs,
    future::Future,
    os::unix::net::UnixListener as StdListener,
    path::Path,
    task::Poll,
    time::{Duration, SystemTime},
};

use futures_util::poll;
use rustix::{
    net::{AddressFamily, SocketAddrUnix, SocketType},
    process::geteuid,
};
use tempfile::TempDir;
use tokio::{io::AsyncReadExt, net::UnixListener};

use super::{bind, busy_server, connected, root, set_mode, socket_in};
use crate::{
    error::FindError,
    transport::local_socket::{
        SocketName,
        unix::{find::list_in, namespace::Environment, watch::Watch},
    },
};

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(30);

/// Nothing must be found before `come`, and then what comes must be.
async fn waits_for(name: &SocketName, come: impl AsyncFnOnce()) {
    let waiting = name.wait_for(LONG);
    tokio::pin!(waiting);
    assert!(poll!(&mut waiting).is_pending());
    let early = tokio::time::timeout(SHORT, &mut waiting).await;
    assert!(early.is_err(), "{early:?}");
    let ((), waited) = tokio::join!(come(), waiting);
    waited.unwrap();
}

#[tokio::test]
async fn a_name_exists_as_soon_as_anything_is_there_and_is_alive_only_with_its_server() {
    let root = root();
    let (name, path) = socket_in(&root);
    assert!(!name.exists().unwrap());
    assert!(!name.is_alive().await.unwrap());

    drop(StdListener::bind(&path).unwrap());
    assert!(name.exists().unwrap());
    assert!(!name.is_alive().await.unwrap());

    let listener = bind(&name).unwrap();
    assert!(name.exists().unwrap());
    assert!(name.is_alive().await.unwrap());
    drop(listener);
    assert!(!name.exists().unwrap());

    let missing = SocketName::path(root.path().join("missing/s")).unwrap();
    assert!(!missing.exists().unwrap());
    assert!(!missing.is_alive().await.unwrap());
}

#[tokio::test]
async fn a_server_with_a_full_queue_is_alive() {
    let root = root();
    let (name, path) = socket_in(&root);
    let (_listener, _waiting) = busy_server(&path).await;
    assert!(name.is_alive().await.unwrap());
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[tokio::test]
async fn an_abstract_name_exists_while_its_server_does() {
    let name = SocketName::abstract_(format!("{}/find", SocketName::unique())).unwrap();
    assert!(!name.exists().unwrap());
    let listener = bind(&name).unwrap();
    assert!(name.exists().unwrap() && name.is_alive().await.unwrap());
    drop(listener);
    assert!(!name.exists().unwrap() && !name.is_alive().await.unwrap());
    waits_for(&name.clone(), async || {
        let listener = bind(&name).unwrap();
        listener.accept().await.unwrap();
    })
    .await;
}

#[test]
fn outside_of_a_runtime_nothing_is_waited_for() {
    let name = SocketName::unique();
    let waiting = name.wait_for(LONG);
    let mut waiting = std::pin::pin!(waiting);
    let waker = std::task::Waker::noop();
    let polled = waiting
        .as_mut()
        .poll(&mut std::task::Context::from_waker(waker));
    assert!(
        matches!(polled, Poll::Ready(Err(FindError::NoRuntime))),
        "{polled:?}"
    );
}

#[tokio::test]
async fn only_sockets_of_this_user_are_listed_and_no_lock_files() {
    let root = root();
    let environment = environment(&root);
    assert_eq!(list_in(&environment).unwrap(), []);
    let directory = environment.create_directory().unwrap().path().to_owned();
    let begun = SystemTime::now() - Duration::from_secs(2);
    let live = StdListener::bind(directory.join("live.1")).unwrap();
    drop(StdListener::bind(directory.join("stale")).unwrap());
    drop(StdListener::bind(directory.join(".hidden")).unwrap());
    drop(StdListener::bind(directory.join("no name")).unwrap());
    fs::write(directory.join(".live.1.lock"), "").unwrap();
    fs::write(directory.join("file"), "").unwrap();
    fs::create_dir(directory.join("directory")).unwrap();
    std::os::unix::fs::symlink("live.1", directory.join("link")).unwrap();
    let mut listed = list_in(&environment).unwrap();
    listed.sort_by_key(|(name, _)| name.to_string());
    let names: Vec<_> = listed.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, ["live.1", "stale"]);
    for (_, bound_at) in listed {
        let bound_at = bound_at.unwrap();
        assert!(begun < bound_at && bound_at <= SystemTime::now());
    }
    drop(live);
}

#[tokio::test]
async fn a_namespace_that_others_may_write_to_is_not_listed() {
    let root = root();
    let environment = environment(&root);
    let directory = environment.create_directory().unwrap().path().to_owned();
    set_mode(&directory, 0o777);
    let error = list_in(&environment).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
}

#[tokio::test]
async fn a_server_that_is_there_is_waited_for_no_time_at_all() {
    let root = root();
    let (name, _) = socket_in(&root);
    let _listener = bind(&name).unwrap();
    name.wait_for(Duration::ZERO).await.unwrap();
}

#[tokio::test]
async fn a_name_without_a_server_is_waited_for_as_long_as_was_said() {
    let root = root();
    let (name, path) = socket_in(&root);
    let begun = crate::clock::now();
    let error = name.wait_for(SHORT).await.unwrap_err();
    assert!(crate::clock::now() >= begun + SHORT);
    assert!(error.is_timeout(), "{error:?}");
    let FindError::TimedOut { source, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(source.to_string().contains("os error 2"), "{source}");

    drop(StdListener::bind(path).unwrap());
    let error = name.wait_for(SHORT).await.unwrap_err();
    let FindError::TimedOut { source, .. } = &error else {
        panic!("{error:?}");
    };
    assert!(source.to_string().contains("refused"), "{source}");
}

#[tokio::test]
async fn waiting_is_not_given_up_because_a_dead_server_has_left_its_socket() {
    let root = root();
    let (name, path) = socket_in(&root);
    drop(StdListener::bind(&path).unwrap());
    waits_for(&name, async || {
        let listener = bind(&name).unwrap();
        listener.accept().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_directory_that_is_missing_is_waited_for_as_well() {
    let root = root();
    let path = root.path().join("a/b/c/s");
    let name = SocketName::path(&path).unwrap();
    waits_for(&name, async || {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        for directory in path.ancestors().skip(1).take(3) {
            set_mode(directory, 0o700);
        }
        let listener = bind(&name).unwrap();
        listener.accept().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_server_that_listens_later_than_it_binds_is_waited_for() {
    let root = root();
    let (name, path) = socket_in(&root);
    waits_for(&name, async || {
        let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
        rustix::net::bind(&socket, &SocketAddrUnix::new(&path).unwrap()).unwrap();
        // Whoever waits has seen the file come by now, and that nobody listens.
        tokio::time::timeout(SHORT, std::future::pending::<()>())
            .await
            .unwrap_err();
        rustix::net::listen(&socket, 1).unwrap();
        let listener = StdListener::from(socket);
        listener.set_nonblocking(true).unwrap();
        UnixListener::from_std(listener)
            .unwrap()
            .accept()
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_server_whose_queue_is_full_is_waited_for_until_it_has_room() {
    let root = root();
    let (name, path) = socket_in(&root);
    let (listener, waiting) = busy_server(&path).await;
    waits_for(&name, async || {
        for _ in 0..=waiting.len() {
            listener.accept().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_way_that_no_waiting_opens_is_an_error_at_once() {
    let root = root();
    let file = root.path().join("sockets/file");
    fs::write(&file, "").unwrap();
    let name = SocketName::path(file.join("s")).unwrap();
    let error = name.wait_for(LONG).await.unwrap_err();
    assert!(matches!(error, FindError::Io { .. }), "{error:?}");
}

#[tokio::test]
async fn a_wait_that_is_given_up_leaves_nothing_behind() {
    let root = root();
    let (name, _) = socket_in(&root);
    for _ in 0..3 {
        let given_up = tokio::time::timeout(SHORT, name.wait_for(LONG)).await;
        assert!(given_up.is_err());
    }
    let listener = bind(&name).unwrap();
    // Nobody has connected.
    let accepted = tokio::time::timeout(SHORT, listener.accept()).await;
    assert!(accepted.is_err(), "{accepted:?}");
    connected(&listener).await;
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[tokio::test]
async fn what_changes_behind_a_look_is_told_whoever_else_watches_the_same_directory() {
    let root = root();
    let (_, path) = socket_in(&root);
    let other_path = path.with_extension("other");
    let (mut watch, mut other) = (Watch::new(), Watch::new());
    watch.follow_path(&path);
    other.follow_path(&other_path);
    assert!(watch.has_eyes() && other.has_eyes());
    for round in 0..200 {
        if round % 10 == 0 {
            // Its directory is watched on for the one that stays.
            other = Watch::new();
            other.follow_path(&other_path);
        }
        watch.follow_path(&path);
        fs::write(&path, "").unwrap();
        watch.changed().await;
        watch.follow_path(&path);
        fs::remove_file(&path).unwrap();
        watch.changed().await;
        assert!(poll!(std::pin::pin!(other.changed())).is_pending());
    }
    fs::write(&other_path, "").unwrap();
    other.changed().await;
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[tokio::test]
async fn a_directory_that_goes_and_comes_again_is_followed() {
    let root = root();
    let path = root.path().join("sockets/deep/er/s");
    let directory = path.parent().unwrap();
    let mut watch = Watch::new();
    for _ in 0..50 {
        watch.follow_path(&path);
        fs::create_dir_all(directory).unwrap();
        watch.changed().await;
        until(&mut watch, &path, || directory.is_dir()).await;
        fs::write(&path, "").unwrap();
        until(&mut watch, &path, || path.exists()).await;
        watch.follow_path(&path);
        fs::remove_dir_all(root.path().join("sockets/deep")).unwrap();
        watch.changed().await;
        until(&mut watch, &path, || !path.exists()).await;
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
async fn until(watch: &mut Watch, path: &Path, is_so: impl Fn() -> bool) {
    loop {
        watch.follow_path(path);
        if is_so() {
            return;
        }
        watch.changed().await;
    }
}

fn environment(root: &TempDir) -> Environment {
    Environment {
        xdg_runtime_dir: Some(root.path().join("xdg")),
        run_user: root.path().join("run"),
        temp_dirs: [root.path().join("private"), root.path().join("shared")],
        uid: geteuid().as_raw(),
    }
}

#[tokio::test]
async fn a_probe_is_seen_as_a_connection_that_says_nothing() {
    let root = root();
    let (name, path) = socket_in(&root);
    let listener = UnixListener::bind(path).unwrap();
    assert!(name.is_alive().await.unwrap());
    let (mut probe, _) = listener.accept().await.unwrap();
    assert_eq!(probe.read(&mut [0]).await.unwrap(), 0);
}
