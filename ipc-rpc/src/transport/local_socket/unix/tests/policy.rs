//! What becomes of whoever has a name already.

use std::{fs, os::unix::net::UnixListener as StdListener};

use tokio::net::UnixListener;

use super::{busy_server, connected, entries, inode, root, socket_in};
use crate::{
    error::BindError,
    transport::local_socket::{
        BindOptions, BindPolicy, Listener, Socket, SocketName,
        tests::{far, soon},
    },
};

fn bind(name: &SocketName, policy: BindPolicy) -> Result<Listener, BindError> {
    let options = BindOptions {
        policy,
        ..BindOptions::default()
    };
    Listener::bind(name, &options)
}

const ALL: [BindPolicy; 3] = [
    BindPolicy::FailIfTaken,
    BindPolicy::ReclaimStale,
    BindPolicy::TakeOver,
];

#[tokio::test]
async fn a_free_name_is_bound_whatever_the_policy() {
    let root = root();
    let (name, _) = socket_in(&root);
    for policy in ALL {
        connected(&bind(&name, policy).unwrap()).await;
    }
    assert_eq!(entries(&root), [""; 0]);
}

#[tokio::test]
async fn who_fails_if_a_name_is_taken_leaves_even_a_dead_servers_socket() {
    let root = root();
    let (name, path) = socket_in(&root);
    drop(StdListener::bind(&path).unwrap());
    let before = inode(&path);
    let error = bind(&name, BindPolicy::FailIfTaken).unwrap_err();
    assert!(
        matches!(&error, BindError::StaleSocket { path: at } if *at == path),
        "{error:?}"
    );
    assert!(!error.is_already_running());
    assert_eq!(inode(&path), before);
    assert_eq!(entries(&root), ["s"], "the lock file is gone");

    let live = bind(&name, BindPolicy::ReclaimStale).unwrap();
    let error = bind(&name, BindPolicy::FailIfTaken).unwrap_err();
    assert!(
        matches!(error, BindError::AlreadyRunning { .. }),
        "{error:?}"
    );
    connected(&live).await;
}

#[tokio::test]
async fn who_takes_over_is_found_and_the_robbed_one_keeps_what_had_connected() {
    let root = root();
    let (name, path) = socket_in(&root);
    let robbed = bind(&name, BindPolicy::ReclaimStale).unwrap();
    let earlier = Socket::connect(&name, far()).await.unwrap();
    let before = inode(&path);

    let successor = bind(&name, BindPolicy::TakeOver).unwrap();
    assert_ne!(inode(&path), before);
    robbed.lost().await;
    connected(&successor).await;
    // The system knows who has connected, also if the runtime has not heard of it yet.
    let accepted = robbed.accept_now().unwrap();
    assert!(accepted.peer().is_same_user());
    assert!(robbed.accept_now().is_none());
    drop((earlier, accepted));

    // And its end is nobody else's.
    let after = inode(&path);
    drop(robbed);
    assert_eq!(inode(&path), after);
    connected(&successor).await;
    drop(successor);
    assert_eq!(entries(&root), [""; 0]);
}

#[tokio::test]
async fn a_server_that_does_not_know_of_us_and_is_busy_is_taken_over_without_being_asked() {
    let root = root();
    let (name, path) = socket_in(&root);
    let (_listener, _waiting) = busy_server(&path).await;
    connected(&bind(&name, BindPolicy::TakeOver).unwrap()).await;
}

#[tokio::test]
async fn no_policy_touches_what_is_no_socket() {
    let root = root();
    let (name, path) = socket_in(&root);
    fs::write(&path, "precious").unwrap();
    for policy in ALL {
        let error = bind(&name, policy).unwrap_err();
        assert!(matches!(error, BindError::NotASocket { .. }), "{error:?}");
    }
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

#[tokio::test]
async fn no_policy_touches_a_socket_of_another_user() {
    let root = root();
    let (name, path) = socket_in(&root);
    drop(StdListener::bind(&path).unwrap());
    if std::os::unix::fs::chown(&path, Some(4242), None).is_err() {
        return; // Only root can make what this test needs.
    }
    for policy in ALL {
        let error = bind(&name, policy).unwrap_err();
        assert!(
            matches!(error, BindError::ForeignSocket { owner: 4242, .. }),
            "{error:?}"
        );
    }
    assert!(path.exists());
}

#[tokio::test]
async fn a_server_is_told_when_its_socket_is_removed_or_replaced_and_not_before() {
    let root = root();
    let (name, path) = socket_in(&root);
    type Thief = fn(&std::path::Path);
    let thieves: [Thief; 4] = [
        |path| fs::remove_file(path).unwrap(),
        |path| fs::rename(path, path.with_extension("away")).unwrap(),
        |path| {
            fs::write(path.with_extension("new"), "")
                .and_then(|()| fs::rename(path.with_extension("new"), path))
                .unwrap()
        },
        |path| {
            let directory = path.parent().unwrap();
            fs::rename(directory, directory.with_extension("away")).unwrap();
            fs::create_dir(directory).unwrap();
        },
    ];
    for steal in thieves {
        let listener = bind(&name, BindPolicy::ReclaimStale).unwrap();
        let mut lost = Box::pin(listener.lost());
        assert!(futures_util::poll!(&mut lost).is_pending());
        // What happens beside it is none of its business.
        fs::write(path.with_extension("other"), "").unwrap();
        fs::remove_file(path.with_extension("other")).unwrap();
        let told = tokio::time::timeout_at(soon().into(), &mut lost).await;
        assert!(told.is_err(), "it is there");
        steal(&path);
        lost.await;
        drop(listener);
        // What the thief left is left alone.
        let _ = fs::remove_file(&path);
    }
}

#[tokio::test]
async fn a_name_that_was_lost_before_it_is_looked_at_is_lost() {
    let root = root();
    let (name, path) = socket_in(&root);
    let listener = bind(&name, BindPolicy::ReclaimStale).unwrap();
    fs::remove_file(&path).unwrap();
    let _other = UnixListener::bind(&path).unwrap();
    listener.lost().await;
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[tokio::test]
async fn an_abstract_name_cannot_be_taken_from_a_live_server() {
    let name = SocketName::abstract_(format!("{}/policy", SocketName::unique())).unwrap();
    let live = bind(&name, BindPolicy::TakeOver).unwrap();
    let error = bind(&name, BindPolicy::TakeOver).unwrap_err();
    assert!(
        matches!(error, BindError::CannotTakeOver { .. }),
        "{error:?}"
    );
    assert!(error.is_already_running());
    let error = bind(&name, BindPolicy::FailIfTaken).unwrap_err();
    assert!(
        matches!(error, BindError::AlreadyRunning { .. }),
        "{error:?}"
    );
    connected(&live).await;
}
