//! Where servers are, to the letter, and what is left there.
//!
//! Innmind's sockets replaced the extension of a path by one of their own, and its IPC could list no server because of it.
//! net-ipc's `start` never settled where it could not listen. A server of libnick's communicator lost its socket to the
//! first client that left, and net-ipc's to a server of before.

use std::fs;
use std::path::{Path, PathBuf};

use ipc_rpc::{BindError, ConnectError, Server, SocketName, context};
use support::{LabClient, Place, Stage, watched};
use tempfile::TempDir;

fn test(scenario: impl AsyncFnOnce() + Send + 'static) {
    watched(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(scenario());
    });
}

/// What is in a directory, by name.
fn entries(directory: &Path) -> Vec<String> {
    let mut entries: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    entries.sort();
    entries
}

async fn stage(path: &Path) -> Stage {
    let name = SocketName::path(path).unwrap();
    Stage::at(Place::LocalSocket(name), |server| server).await
}

#[test]
fn a_path_is_the_one_that_was_given_whatever_it_ends_in() {
    test(async || {
        let directory = TempDir::new().unwrap();
        let names = [
            "foo",
            "foo.",
            "foo.bar",
            "foo.sock",
            "foo.tar.gz",
            "foo bar",
        ];
        let mut stages = Vec::new();
        for name in names {
            let path = directory.path().join(name);
            let named = SocketName::path(&path).unwrap();
            assert_eq!(named.to_string(), path.display().to_string());
            stages.push((name, stage(&path).await));
        }
        let mut sorted = names.map(str::to_owned);
        sorted.sort();
        assert_eq!(entries(directory.path()), sorted);
        // Each has its own clients, although their names begin alike.
        for (name, stage) in stages {
            let path = directory.path().join(name);
            let client: LabClient = stage.client().await;
            assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
            assert_eq!(stage.handle.connections().len(), 1);
            stage.end().await;
            assert!(!path.exists());
        }
        assert!(entries(directory.path()).is_empty());
    });
}

#[test]
fn a_server_leaves_nothing_behind_whichever_way_it_ends() {
    test(async || {
        let directory = TempDir::new().unwrap();
        let path = directory.path().join("socket");
        for kill in [false, true, false] {
            let stage = stage(&path).await;
            let client = stage.client().await;
            assert_eq!(entries(directory.path()), ["socket"]);
            if kill {
                stage.kill().await;
            } else {
                stage.end().await;
            }
            assert!(entries(directory.path()).is_empty());
            client.connection().closed().await;
            // Nor does a client that goes behind its server take or leave anything.
            drop(client);
            assert!(entries(directory.path()).is_empty());
        }
    });
}

#[test]
fn a_place_where_nothing_can_be_bound_is_an_error_and_stays_as_it_is() {
    fn bind(path: PathBuf) -> BindError {
        Server::builder(SocketName::path(path).unwrap())
            .bind()
            .unwrap_err()
    }

    test(async || {
        let directory = TempDir::new().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "not a socket").unwrap();
        let error = bind(directory.path().join("missing/socket"));
        assert!(std::error::Error::source(&error).is_some(), "{error:?}");
        bind(file.join("socket"));
        let error = bind(file.clone());
        assert!(matches!(error, BindError::NotASocket { .. }), "{error:?}");
        assert_eq!(fs::read(&file).unwrap(), b"not a socket");
        let error = bind(directory.path().to_owned());
        assert!(matches!(error, BindError::NotASocket { .. }), "{error:?}");
        assert_eq!(entries(directory.path()), ["file"]);
        // And whoever looks for a server there is told that there is none, or why not.
        let name = SocketName::path(directory.path().join("missing/socket")).unwrap();
        let error = ipc_rpc::Connect::<LabClient>::new(name).await.unwrap_err();
        assert!(
            matches!(error, ConnectError::NotRunning { .. }),
            "{error:?}"
        );
    });
}

#[test]
fn a_server_whose_name_has_dots_is_listed_by_it() {
    test(async || {
        let unique = SocketName::unique().to_string();
        let tail = &unique[unique.len() - 24..];
        let names = ["", ".sock", ".1.2"].map(|end| SocketName::new(format!("a.{tail}{end}")));
        let names = names.map(Result::unwrap);
        let mut stages = Vec::new();
        for name in &names {
            stages.push(Stage::at(Place::LocalSocket(name.clone()), |server| server).await);
        }
        let listed = SocketName::list().await.unwrap();
        for name in &names {
            let mut found = listed.iter().filter(|entry| entry.name == *name);
            assert!(found.next().unwrap().is_alive);
            assert!(found.next().is_none());
        }
        for stage in stages {
            stage.end().await;
        }
        let listed = SocketName::list().await.unwrap();
        assert!(listed.iter().all(|entry| !names.contains(&entry.name)));
    });
}
