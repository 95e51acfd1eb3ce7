//! Whether a program is the one that was expected.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::command::Command;
use super::error::LaunchError;
use super::gate::hex;
use super::process::program_file;

/// Bytes of a file that are read at once.
const PART: usize = 64 * 1024;

/// Looks at the program's file, if it has to be a certain one.
pub(super) async fn check(command: &Command) -> Result<(), LaunchError> {
    let Some(expected) = command.checksum else {
        return Ok(());
    };
    let failed = |source| LaunchError::Io {
        name: command.name.to_string(),
        action: "read its program",
        source,
    };
    let path = program_file(command).map_err(failed)?;
    let reading = {
        let path = path.clone();
        tokio::task::spawn_blocking(move || sha256(&path))
    };
    let found = match reading
        .await
        .unwrap_or_else(|gone| Err(io::Error::other(gone)))
    {
        Ok(found) => found,
        Err(source) if source.kind() == io::ErrorKind::NotFound => {
            return Err(LaunchError::NotFound { path, source });
        }
        Err(source) => return Err(failed(source)),
    };
    if found.ct_eq(&expected).into() {
        return Ok(());
    }
    Err(LaunchError::Checksum {
        path,
        expected: hex(&expected),
        found: hex(&found),
    })
}

fn sha256(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut part = vec![0; PART];
    loop {
        match file.read(&mut part) {
            Ok(0) => return Ok(hash.finalize().into()),
            Ok(read) => hash.update(&part[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
