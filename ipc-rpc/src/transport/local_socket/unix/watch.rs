//! Being told that a socket file has come, gone or been replaced.

use std::path::{Path, PathBuf};

use super::namespace::Environment;
use crate::transport::local_socket::name::{Kind, SocketName};

/// Watches the way to a socket file, as far as the system can tell of it.
///
/// It is told to [`follow`](Self::follow) the way again before each look at the file: whatever changes
/// behind that look makes [`changed`](Self::changed) resolve, so nothing is missed. What is watched is
/// one directory, the lowest on the way that exists. A system that lends nothing to watch with, since
/// it has no such thing or this user has used it up, leaves this without eyes: whoever waits has to look
/// again by himself from time to time.
#[derive(Debug)]
pub(in crate::transport::local_socket) struct Watch {
    eye: Option<eye::Eye>,
}

impl Watch {
    pub(in crate::transport::local_socket) fn new() -> Self {
        Self {
            eye: eye::Eye::open(),
        }
    }

    /// Watches for the file of a name. An abstract name has none.
    pub(in crate::transport::local_socket) fn follow(&mut self, name: &SocketName) {
        match path_of(name) {
            Some(path) => self.follow_path(&path),
            None => self.eye = None,
        }
    }

    pub(super) fn follow_path(&mut self, path: &Path) {
        if let Some(eye) = &mut self.eye
            && !eye.follow(path)
        {
            self.eye = None;
        }
    }

    /// Whether a change will be told.
    pub(in crate::transport::local_socket) fn has_eyes(&self) -> bool {
        self.eye.is_some()
    }

    /// Resolves when something may have changed on the way, and never without eyes.
    ///
    /// Cancel safe.
    pub(in crate::transport::local_socket) async fn changed(&mut self) {
        match &mut self.eye {
            Some(eye) => eye.changed().await,
            None => std::future::pending().await,
        }
    }
}

/// Where the socket file of a name is to be, whether its directory exists or not.
pub(in crate::transport::local_socket) fn path_of(name: &SocketName) -> Option<PathBuf> {
    match name.kind() {
        Kind::User(file_name) => {
            let directory = Environment::of_process().locate().ok()?;
            Some(directory.join(file_name))
        }
        Kind::Path(path) => Some(path.clone()),
        #[cfg(any(target_os = "linux", target_os = "android"))]
        Kind::Abstract(_) => None,
    }
}

/// inotify, of which this process has one, for a user has few (128, if nobody said otherwise).
#[cfg(any(target_os = "linux", target_os = "android"))]
mod eye {
    use std::{
        collections::HashMap,
        ffi::{CStr, OsString},
        mem::MaybeUninit,
        os::{fd::OwnedFd, unix::ffi::OsStrExt},
        panic::{AssertUnwindSafe, catch_unwind},
        path::Path,
        sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
        thread,
    };

    use rustix::{
        fs::inotify::{CreateFlags, Reader, WatchFlags, add_watch, init, remove_watch},
        io::Errno,
    };
    use tokio::sync::Notify;

    /// Watches one directory for one name in it.
    #[derive(Debug)]
    pub(super) struct Eye {
        sight: &'static Sight,
        directory: Option<i32>,
        observer: Arc<Observer>,
    }

    /// Who is told.
    #[derive(Debug, Default)]
    struct Observer {
        name: Mutex<OsString>,
        changed: Notify,
    }

    /// What this process watches, in a thread of its own, which is there from the first use on.
    #[derive(Debug)]
    struct Sight {
        inotify: OwnedFd,
        /// By the number of the directory that is watched. A directory is watched once, for all.
        observers: Mutex<HashMap<i32, Vec<Arc<Observer>>>>,
    }

    /// `None`: the system lends nothing to watch with.
    static SIGHT: LazyLock<Option<Sight>> = LazyLock::new(|| {
        let inotify = init(CreateFlags::CLOEXEC).ok()?;
        let thread = thread::Builder::new()
            .name("ipc-rpc-watch".to_owned())
            .stack_size(64 * 1024);
        thread.spawn(watch).ok()?;
        Some(Sight {
            inotify,
            observers: Mutex::default(),
        })
    });

    impl Eye {
        pub(super) fn open() -> Option<Self> {
            Some(Self {
                sight: SIGHT.as_ref()?,
                directory: None,
                observer: Arc::default(),
            })
        }

        /// Watches the lowest directory on the way to `path` that exists. `false`: none can be watched.
        pub(super) fn follow(&mut self, path: &Path) -> bool {
            // A directory may come while the one above it is looked at. Each step goes down by one, and a way that
            // changes as fast as it is followed is left to the next call.
            for _ in path.components() {
                let Some(next) = self.watch_lowest(path) else {
                    return false;
                };
                if next == path || !next.is_dir() {
                    break;
                }
            }
            true
        }

        /// Returns the path that is missing in the directory, or is what is watched for.
        fn watch_lowest<'p>(&mut self, path: &'p Path) -> Option<&'p Path> {
            let mut next = path;
            while let Some(directory) = next.parent() {
                match self.watch_for(directory, next) {
                    Ok(()) => return Some(next),
                    Err(Errno::NOENT) => next = directory,
                    Err(_) => return None,
                }
            }
            None
        }

        fn watch_for(&mut self, directory: &Path, next: &Path) -> Result<(), Errno> {
            // Under this lock, so that nobody else ends the watch that this one gets.
            let mut observers = lock(&self.sight.observers);
            let watch = add_watch(&self.sight.inotify, directory, CHANGES)?;
            next.file_name()
                .unwrap_or_default()
                .clone_into(&mut lock(&self.observer.name));
            if self.directory == Some(watch) {
                return Ok(());
            }
            let here = observers.entry(watch).or_default();
            here.push(Arc::clone(&self.observer));
            if let Some(old) = self.directory.replace(watch) {
                self.sight.leave(&mut observers, old, &self.observer);
            }
            Ok(())
        }

        /// Resolves at once if something has changed since it resolved last.
        pub(super) async fn changed(&mut self) {
            self.observer.changed.notified().await;
        }
    }

    impl Drop for Eye {
        fn drop(&mut self) {
            if let Some(directory) = self.directory {
                let mut observers = lock(&self.sight.observers);
                self.sight.leave(&mut observers, directory, &self.observer);
            }
        }
    }

    impl Sight {
        fn leave(
            &self,
            observers: &mut HashMap<i32, Vec<Arc<Observer>>>,
            directory: i32,
            observer: &Arc<Observer>,
        ) {
            let Some(here) = observers.get_mut(&directory) else {
                return;
            };
            here.retain(|other| !Arc::ptr_eq(other, observer));
            if here.is_empty() {
                observers.remove(&directory);
                // It may be gone with its directory.
                let _ = remove_watch(&self.inotify, directory);
            }
        }

        /// Those that are told of a change of `name` in a directory, or of the directory itself.
        fn concerned(&self, directory: i32, name: Option<&CStr>) -> Vec<Arc<Observer>> {
            let observers = lock(&self.observers);
            let here = observers.get(&directory).into_iter().flatten();
            here.filter(|observer| {
                name.is_none_or(|name| lock(&observer.name).as_bytes() == name.to_bytes())
            })
            .cloned()
            .collect()
        }

        fn all(&self) -> Vec<Arc<Observer>> {
            lock(&self.observers).values().flatten().cloned().collect()
        }
    }

    fn watch() {
        let Some(sight) = SIGHT.as_ref() else { return };
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&sight.inotify, &mut buffer);
        loop {
            let concerned = match reader.next() {
                // More has happened than the kernel keeps.
                Ok(event) if event.wd() < 0 => sight.all(),
                Ok(event) => sight.concerned(event.wd(), event.file_name()),
                Err(_) => continue,
            };
            for observer in concerned {
                // The task is the user's to wake, in a way that may panic.
                let _ = catch_unwind(AssertUnwindSafe(|| observer.changed.notify_one()));
            }
        }
    }

    /// No user code runs under these locks.
    fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    const CHANGES: WatchFlags = WatchFlags::CREATE
        .union(WatchFlags::DELETE)
        .union(WatchFlags::MOVED_FROM)
        .union(WatchFlags::MOVED_TO)
        .union(WatchFlags::DELETE_SELF)
        .union(WatchFlags::MOVE_SELF)
        .union(WatchFlags::ONLYDIR);
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod eye {
    use std::path::Path;

    /// There is none.
    #[derive(Debug)]
    pub(super) enum Eye {}

    impl Eye {
        pub(super) fn open() -> Option<Self> {
            None
        }

        pub(super) fn follow(&mut self, _: &Path) -> bool {
            match *self {}
        }

        pub(super) async fn changed(&mut self) {
            match *self {}
        }
    }
}
