//! The small item of those who encode with serde.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;

use crate::case::SMALL_LEN;

/// A number and bytes. `ByteArray`, because serde has no arrays of this length, and writes shorter ones byte by byte.
#[derive(Serialize, Deserialize)]
pub(crate) struct Item {
    pub(super) number: u64,
    pub(super) payload: ByteArray<SMALL_LEN>,
}

impl Item {
    pub(super) const fn new(number: u64) -> Self {
        Self {
            number,
            payload: ByteArray::new([7; SMALL_LEN]),
        }
    }
}
