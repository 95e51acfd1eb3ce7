//! What one message may use up, so that neither a peer's bytes nor our own values exhaust us.

use std::{cell::Cell, error::Error, fmt};

/// Levels of nesting in one message, the same for both codecs and both sides.
///
/// Far more than any sensible value has, and few enough for the stack that a thread gets by
/// default; the [module above](super) has the measurements.
pub(super) const MAX_DEPTH: u8 = 128;

/// Elements a message may hold beyond one for each of its bytes.
///
/// Every element that takes a byte has one to itself, so only elements that take none, such as
/// those of `Vec<()>`, draw on this.
pub(super) const SPARE_ELEMENTS: usize = 65_536;

/// Counts the levels of nesting that a message may still open.
///
/// A level is a newtype, `Some`, sequence, tuple, map, struct or enum; the fields of a variant are
/// on the level of their enum. Scalars are none and cost nothing here.
#[derive(Debug)]
pub(super) struct Depth {
    left: Cell<u8>,
    exceeded: Cell<bool>,
}

impl Depth {
    pub(super) const fn new() -> Self {
        Self {
            left: Cell::new(MAX_DEPTH),
            exceeded: Cell::new(false),
        }
    }

    /// Opens a level. Pair it with [`leave`](Self::leave), also where the content failed: an
    /// implementation of `Deserialize` may go on after an error.
    #[inline]
    pub(super) fn enter(&self) -> Result<(), TooDeep> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => {
                self.exceeded.set(true);
                Err(TooDeep)
            }
        }
    }

    #[inline]
    pub(super) fn leave(&self) {
        self.left.set(self.left.get() + 1);
    }

    /// Whether a level was refused, for formats whose error type cannot say so.
    pub(super) const fn is_exceeded(&self) -> bool {
        self.exceeded.get()
    }
}

/// A message nests deeper than [`MAX_DEPTH`].
#[derive(Clone, Copy, Debug)]
pub(super) struct TooDeep;

impl fmt::Display for TooDeep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nested deeper than {MAX_DEPTH} levels")
    }
}

impl Error for TooDeep {}
