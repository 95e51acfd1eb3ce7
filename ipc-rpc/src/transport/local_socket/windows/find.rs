//! Which pipes there are.

use std::{io, time::SystemTime};

use super::system;
use crate::transport::local_socket::name::{SocketName, user_pipe_path};

pub(in crate::transport::local_socket) fn exists(name: &SocketName) -> io::Result<bool> {
    Ok(system::pipe_exists(&super::path(name)?))
}

/// The pipes that are named for this user. When they were made is not known.
pub(in crate::transport::local_socket) fn list() -> io::Result<Vec<(SocketName, Option<SystemTime>)>>
{
    let prefix = user_pipe_path(&system::current_user()?, "");
    let prefix = prefix.strip_prefix(PIPES).unwrap_or(&prefix);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(PIPES)? {
        // Some pipes have names that are no text.
        let Ok(pipe) = entry?.file_name().into_string() else {
            continue;
        };
        if let Some(name) = pipe.strip_prefix(prefix)
            && let Ok(name) = SocketName::new(name)
        {
            found.push((name, None));
        }
    }
    Ok(found)
}

const PIPES: &str = r"\\.\pipe\";

/// Nothing tells of a pipe that comes.
#[derive(Debug)]
pub(in crate::transport::local_socket) struct Watch;

impl Watch {
    pub(in crate::transport::local_socket) fn new() -> Self {
        Self
    }

    pub(in crate::transport::local_socket) fn follow(&mut self, _: &SocketName) {}

    pub(in crate::transport::local_socket) fn has_eyes(&self) -> bool {
        false
    }

    pub(in crate::transport::local_socket) async fn changed(&mut self) {
        std::future::pending().await
    }
}
