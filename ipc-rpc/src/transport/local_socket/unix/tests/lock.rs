//! That one process at a time holds a name, and nothing is left of the lock.

use std::{
    fs, io,
    os::unix::fs::symlink,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use super::{entries, root, set_mode, sockets};
use crate::transport::local_socket::unix::{directory::Directory, lock::NameLock};

#[test]
fn a_held_lock_is_waited_for_only_so_long() {
    let root = root();
    let directory = sockets(&root);
    let _held = NameLock::take(&directory, "s".as_ref(), Duration::ZERO).unwrap();
    let error = NameLock::take(&directory, "s".as_ref(), Duration::from_millis(5)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    NameLock::take(&directory, "another".as_ref(), Duration::ZERO).unwrap();
}

#[test]
fn a_lock_excludes_although_its_file_comes_and_goes() {
    let root = root();
    let directory = sockets(&root);
    let held = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let lock = NameLock::take(&directory, "s".as_ref(), Duration::from_secs(30));
                    assert!(!held.swap(true, Ordering::SeqCst), "held twice");
                    thread::yield_now();
                    held.store(false, Ordering::SeqCst);
                    drop(lock.unwrap());
                }
            });
        }
    });
    assert_eq!(entries(&root), [""; 0]);
}

#[test]
fn what_cannot_be_a_lock_file_of_ours_is_refused() {
    let root = root();
    let directory = sockets(&root);
    let lock_file = directory.path().join(".s.lock");

    symlink(root.path().join("precious"), &lock_file).unwrap();
    assert!(NameLock::take(&directory, "s".as_ref(), Duration::ZERO).is_err());
    assert!(!root.path().join("precious").exists());
    fs::remove_file(&lock_file).unwrap();

    fs::create_dir(&lock_file).unwrap();
    assert!(NameLock::take(&directory, "s".as_ref(), Duration::ZERO).is_err());
    fs::remove_dir(&lock_file).unwrap();

    // As another user would see a file of ours.
    fs::write(&lock_file, "").unwrap();
    set_mode(&root.path().join("sockets"), 0o755);
    let uid = rustix::process::geteuid().as_raw() + 1;
    if let Ok(theirs) = Directory::open_chosen(directory.path(), uid) {
        let error = NameLock::take(&theirs, "s".as_ref(), Duration::ZERO).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert!(lock_file.exists());
    }
}
