//! A service that writes down what it runs, where a crash does not undo it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use ipc_rpc::{Context, ipc_service};

/// Writes numbers down.
#[ipc_service]
pub trait Journal {
    /// Writes the number down, then returns it.
    async fn enter(&self, ctx: Context, number: u64) -> u64;
}

/// A journal in a file, which processes may write to one after the other.
#[derive(Debug)]
pub struct FileJournal(File);

impl FileJournal {
    /// Goes on with the journal in this file.
    ///
    /// # Errors
    ///
    /// If the file cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(file))
    }

    /// All numbers in this file, in the order in which they were written down.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn read(path: &Path) -> io::Result<Vec<u64>> {
        let bytes = std::fs::read(path)?;
        let (numbers, []) = bytes.as_chunks() else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        Ok(numbers.iter().copied().map(u64::from_le_bytes).collect())
    }
}

impl Journal for FileJournal {
    async fn enter(&self, _: Context, number: u64) -> u64 {
        // One write each: the system appends it whole, whenever the process is killed.
        (&self.0)
            .write_all(&number.to_le_bytes())
            .expect("the file can be written to");
        number
    }
}
