//! What is a name, and what is none.

use super::{
    IntoSocketName, SocketName,
    check::{full_pipe_path, user_pipe_path},
};
use crate::error::NameError;

#[test]
fn plain_names_are_accepted_as_they_are() {
    for name in [
        "calculator",
        "a",
        "A.b-c_9",
        &"n".repeat(SocketName::MAX_LEN),
    ] {
        assert_eq!(SocketName::new(name).unwrap().to_string(), name);
    }
}

#[test]
fn a_name_that_could_leave_its_directory_is_refused_with_the_place() {
    let refused = |name: &str| match SocketName::new(name).unwrap_err() {
        NameError::Character {
            found, position, ..
        } => (found, position),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused("a/b"), ('/', 1));
    assert_eq!(refused(".."), ('.', 0));
    assert_eq!(refused(".hidden"), ('.', 0));
    assert_eq!(refused("nul\0"), ('\0', 3));
    assert_eq!(refused("größe"), ('ö', 2));
    assert_eq!(refused(r"back\slash"), ('\\', 4));
}

#[test]
fn an_empty_or_overlong_name_is_refused() {
    assert_eq!(SocketName::new(""), Err(NameError::Empty));
    let long = "n".repeat(SocketName::MAX_LEN + 1);
    assert_eq!(
        SocketName::new(long.as_str()),
        Err(NameError::TooLong {
            path: long,
            len: 41,
            limit: 40
        })
    );
}

#[test]
fn unique_names_are_valid_and_differ() {
    let (first, second) = (SocketName::unique(), SocketName::unique());
    assert_ne!(first, second);
    assert_eq!(SocketName::new(first.to_string()), Ok(first));
}

#[test]
fn texts_and_names_are_taken_where_a_name_is_asked_for() {
    let name = SocketName::new("calculator").unwrap();
    let text = String::from("calculator");
    assert_eq!("calculator".into_socket_name().as_ref(), Ok(&name));
    assert_eq!((&text).into_socket_name().as_ref(), Ok(&name));
    assert_eq!(text.into_socket_name().as_ref(), Ok(&name));
    assert_eq!((&name).into_socket_name().as_ref(), Ok(&name));
    assert_eq!(name.clone().into_socket_name(), Ok(name));
}

#[cfg(unix)]
#[test]
fn a_path_is_absolute_and_ends_in_a_file_name() {
    assert_eq!(SocketName::path("/tmp/s").unwrap().to_string(), "/tmp/s");
    assert_eq!(SocketName::path(""), Err(NameError::Empty));
    assert!(matches!(
        SocketName::path("s"),
        Err(NameError::NotAbsolute { .. })
    ));
    assert!(matches!(
        SocketName::path("/a\0b"),
        Err(NameError::Character { .. })
    ));
    for path in ["/", "/tmp/", "/tmp/..", "/tmp/."] {
        assert!(
            matches!(SocketName::path(path), Err(NameError::NoFileName { .. })),
            "{path}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_path_is_as_long_as_the_kernel_takes_and_no_longer() {
    let limit = super::MAX_PATH_LEN;
    let longest = format!("/{}", "p".repeat(limit - 1));
    assert!(SocketName::path(&longest).is_ok());
    let path = format!("{longest}p");
    assert_eq!(
        SocketName::path(&path),
        Err(NameError::TooLong {
            path,
            len: limit + 1,
            limit
        })
    );
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn abstract_names_may_be_any_text_without_nul() {
    let name = SocketName::abstract_("org/example app").unwrap();
    assert!(name.is_abstract());
    assert_eq!(name.to_string(), "@org/example app");
    assert!(!SocketName::unique().is_abstract());
    assert!(SocketName::abstract_("n".repeat(107)).is_ok());
    assert!(SocketName::abstract_("n".repeat(108)).is_err());
    assert!(matches!(
        SocketName::abstract_("a\0"),
        Err(NameError::Character { .. })
    ));
    assert_eq!(SocketName::abstract_(""), Err(NameError::Empty));
}

#[cfg(unix)]
#[test]
fn pipes_do_not_exist_on_unix() {
    let error = SocketName::pipe("calculator").unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("named pipes do not exist on {}", std::env::consts::OS)
    );
}

#[cfg(windows)]
#[test]
fn unix_kinds_do_not_exist_on_windows() {
    assert!(matches!(
        SocketName::path("/tmp/s"),
        Err(NameError::Unsupported { .. })
    ));
    assert!(matches!(
        SocketName::abstract_("s"),
        Err(NameError::Unsupported { .. })
    ));
}

#[test]
fn a_pipe_may_be_named_bare_or_in_full() {
    assert_eq!(full_pipe_path("a b").unwrap(), r"\\.\pipe\a b");
    assert_eq!(full_pipe_path(r"\\.\PIPE\a").unwrap(), r"\\.\pipe\a");
    assert_eq!(full_pipe_path(r"\\.\pipe\"), Err(NameError::Empty));
    assert!(matches!(
        full_pipe_path(r"\\host\pipe\a"),
        Err(NameError::Character { .. })
    ));
    assert!(matches!(
        full_pipe_path("a/b"),
        Err(NameError::Character { .. })
    ));
    assert!(full_pipe_path(&"n".repeat(247)).is_ok());
    assert!(matches!(
        full_pipe_path(&"n".repeat(248)),
        Err(NameError::TooLong { .. })
    ));
}

#[test]
fn the_pipe_of_a_user_is_a_valid_pipe_whatever_the_user_is_called() {
    let name = "n".repeat(SocketName::MAX_LEN);
    for user in ["", r"DOMAIN\bob", "a~b", "josé", &"u".repeat(300)] {
        let path = user_pipe_path(user, &name);
        assert_eq!(full_pipe_path(&path).as_ref(), Ok(&path));
    }
    assert_eq!(
        user_pipe_path("bob", "calculator"),
        r"\\.\pipe\ipc-rpc~bob~calculator"
    );
}
