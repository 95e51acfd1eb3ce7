//! Which directory is a user's namespace, and whether it can be trusted.

use std::{
    fs, io,
    os::unix::fs::{MetadataExt, symlink},
    path::{Path, PathBuf},
};

use super::{bind, root, set_mode};
use crate::{
    error::BindError,
    transport::local_socket::{
        SocketName,
        unix::{
            directory::{Base, Directory, DirectoryError},
            namespace::Environment,
        },
    },
};

#[test]
fn the_runtime_directory_comes_first_and_the_temporary_one_last() {
    let root = root();
    let mut environment = environment(root.path());
    assert_eq!(chosen(&environment), root.path().join("xdg/ipc-rpc"));
    environment.xdg_runtime_dir = None;
    let of_user = format!("run/{}/ipc-rpc", environment.uid);
    assert_eq!(chosen(&environment), root.path().join(of_user));
    environment.run_user = root.path().join("missing");
    assert_eq!(chosen(&environment), root.path().join("private/ipc-rpc"));
    environment.temp_dirs[0] = root.path().join("missing");
    let of_user = format!("shared/ipc-rpc-{}", environment.uid);
    assert_eq!(chosen(&environment), root.path().join(of_user));
}

#[test]
fn a_runtime_directory_that_will_not_do_is_passed_over() {
    let root = root();
    let mut environment = environment(root.path());
    let next = root.path().join(format!("run/{}/ipc-rpc", environment.uid));
    let xdg = root.path().join("xdg");

    for mode in [0o770, 0o707, 0o777, 0o1777] {
        set_mode(&xdg, mode);
        assert_eq!(chosen(&environment), next, "mode {mode:o}");
    }
    set_mode(&xdg, 0o700);
    symlink(&xdg, root.path().join("link")).unwrap();
    fs::write(root.path().join("file"), "").unwrap();
    for unfit in [
        root.path().join("link"),
        root.path().join("file"),
        "src".into(),
    ] {
        environment.xdg_runtime_dir = Some(unfit);
        assert_eq!(chosen(&environment), next, "{environment:?}");
    }
}

#[test]
fn what_belongs_to_somebody_else_is_passed_over() {
    let root = root();
    let mut environment = environment(root.path());
    environment.uid += 1;
    environment.temp_dirs = [root.path().join("private"), PathBuf::from("/tmp")];
    let directory = format!("/tmp/ipc-rpc-{}", environment.uid);
    assert_eq!(chosen(&environment), Path::new(&directory));
}

#[test]
fn names_fit_however_long_home_and_user_are() {
    let root = root();
    let home = root.path().join("h".repeat(100));
    for directory in ["run", "tmp"] {
        fs::create_dir_all(home.join(directory)).unwrap();
        set_mode(&home.join(directory), 0o700);
    }
    for uid in [rustix::process::geteuid().as_raw(), u32::MAX - 1] {
        let environment = Environment {
            xdg_runtime_dir: Some(home.join("run")),
            run_user: home.join("missing"),
            temp_dirs: [home.join("tmp"), PathBuf::from("/tmp")],
            uid,
        };
        let longest = chosen(&environment).join("n".repeat(SocketName::MAX_LEN));
        assert!(longest.as_os_str().len() <= 103, "{longest:?}");
    }
}

#[test]
fn without_any_place_the_error_names_the_temporary_directory() {
    let root = root();
    let mut environment = environment(root.path());
    environment.xdg_runtime_dir = None;
    environment.run_user = root.path().join("missing");
    let open_to_all = root.path().join("open");
    fs::create_dir(&open_to_all).unwrap();
    set_mode(&open_to_all, 0o777);
    environment.temp_dirs = [open_to_all.clone(), open_to_all.clone()];
    let error = BindError::from(environment.create_directory().unwrap_err());
    assert!(
        matches!(&error, BindError::UntrustedDirectory { path, .. } if *path == open_to_all),
        "{error:?}"
    );
}

#[test]
fn the_directory_is_created_for_this_user_alone_and_by_servers_only() {
    let root = root();
    let environment = environment(root.path());
    let error = io::Error::from(environment.open_directory().unwrap_err());
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(!root.path().join("xdg/ipc-rpc").exists());

    let created = environment.create_directory().unwrap();
    let metadata = fs::metadata(created.path()).unwrap();
    assert_eq!(metadata.mode() & 0o7777, 0o700);
    assert_eq!(environment.open_directory().unwrap().path(), created.path());
    assert_eq!(
        environment.create_directory().unwrap().path(),
        created.path()
    );
}

#[test]
fn a_directory_of_ours_that_others_could_have_made_is_refused() {
    let root = root();
    let environment = environment(root.path());
    let path = root.path().join("xdg/ipc-rpc");
    let refused = || {
        let (bound, connected) = (environment.create_directory(), environment.open_directory());
        let error = io::Error::from(connected.unwrap_err());
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        match bound.unwrap_err() {
            DirectoryError::Untrusted { reason, .. } => reason,
            other => panic!("{other:?}"),
        }
    };

    let elsewhere = root.path().join("private");
    symlink(&elsewhere, &path).unwrap();
    assert_eq!(refused(), "it is a symbolic link");
    fs::remove_file(&path).unwrap();

    symlink(root.path().join("missing"), &path).unwrap();
    assert_eq!(refused(), "it is a symbolic link");
    fs::remove_file(&path).unwrap();

    fs::write(&path, "").unwrap();
    assert_eq!(refused(), "it is a regular file");
    fs::remove_file(&path).unwrap();

    fs::create_dir(&path).unwrap();
    for mode in [0o720, 0o702, 0o1777] {
        set_mode(&path, mode);
        assert_eq!(
            refused(),
            format!("others may write to it (mode {mode:04o})")
        );
    }
}

#[test]
fn a_directory_of_another_user_is_refused() {
    let root = root();
    let base = Base::open(root.path(), rustix::fs::OFlags::empty()).unwrap();
    let uid = rustix::process::geteuid().as_raw();
    let error = Directory::open_private(&base, "private", uid + 1).unwrap_err();
    let expected = format!("it belongs to user {uid}, not to user {}", uid + 1);
    assert!(
        matches!(&error, DirectoryError::Untrusted { reason, .. } if *reason == expected),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_path_is_bound_in_shared_directories_only_if_they_are_sticky() {
    let root = root();
    let name = SocketName::path(root.path().join("private/s")).unwrap();
    set_mode(&root.path().join("private"), 0o777);
    let error = bind(&name).unwrap_err();
    assert!(
        matches!(error, BindError::UntrustedDirectory { .. }),
        "{error:?}"
    );

    for mode in [0o1777, 0o770, 0o755] {
        set_mode(&root.path().join("private"), mode);
        bind(&name).unwrap();
    }
    let name = SocketName::path(root.path().join("missing/s")).unwrap();
    let error = bind(&name).unwrap_err();
    assert!(
        matches!(&error, BindError::Io { source, .. } if source.kind() == io::ErrorKind::NotFound),
        "{error:?}"
    );
}

fn environment(root: &Path) -> Environment {
    Environment {
        xdg_runtime_dir: Some(root.join("xdg")),
        run_user: root.join("run"),
        temp_dirs: [root.join("private"), root.join("shared")],
        uid: rustix::process::geteuid().as_raw(),
    }
}

/// The directory that would be used, whether it exists or not.
fn chosen(environment: &Environment) -> PathBuf {
    match environment.open_directory() {
        Ok(directory) => directory.path().to_owned(),
        Err(DirectoryError::Io { path, .. } | DirectoryError::Untrusted { path, .. }) => path,
    }
}
