//! The streams of a call on its way through layers.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::connection::{Feed, Few, StreamReader};
use crate::error::CallError;

/// The streams of a request or a response: those that go out or those that have come in. Clones share them, and the first
/// that is handed on takes them.
#[derive(Clone, Default)]
pub(crate) struct Streams(Option<Arc<Mutex<Held>>>);

enum Held {
    Out(Few<Box<dyn Feed>>),
    In(Few<StreamReader>),
    Taken,
}

impl Streams {
    pub(crate) fn going_out(feeds: Few<Box<dyn Feed>>) -> Self {
        Self::of(!feeds.is_empty(), || Held::Out(feeds))
    }

    pub(crate) fn come_in(readers: Few<StreamReader>) -> Self {
        Self::of(!readers.is_empty(), || Held::In(readers))
    }

    fn of(any: bool, held: impl FnOnce() -> Held) -> Self {
        Self(any.then(|| Arc::new(Mutex::new(held()))))
    }

    fn take(&self) -> Option<Held> {
        let held = self.0.as_ref()?.lock();
        let mut held = held.unwrap_or_else(PoisonError::into_inner);
        Some(std::mem::replace(&mut *held, Held::Taken))
    }

    /// Takes those that go out.
    ///
    /// # Errors
    ///
    /// They were taken before: a stream can be sent once only.
    pub(crate) fn take_out(&self) -> Result<Few<Box<dyn Feed>>, CallError> {
        match self.take() {
            None => Ok(Few::NONE),
            Some(Held::Out(feeds)) => Ok(feeds),
            Some(Held::In(_) | Held::Taken) => Err(sent_before()),
        }
    }

    /// Takes those that have come in.
    ///
    /// # Errors
    ///
    /// They were taken before.
    pub(crate) fn take_in(&self) -> Result<Few<StreamReader>, CallError> {
        match self.take() {
            None => Ok(Few::NONE),
            Some(Held::In(readers)) => Ok(readers),
            Some(Held::Out(_) | Held::Taken) => Err(sent_before()),
        }
    }
}

fn sent_before() -> CallError {
    CallError::Refused {
        message: "the call has a stream, so it can be handed on once only".to_owned(),
    }
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").finish_non_exhaustive()
    }
}
