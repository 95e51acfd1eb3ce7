//! Whoever waits for a pong.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::error::ConnectionError;

/// A ping that waits for its pong.
#[derive(Debug)]
pub(super) struct Wait {
    pong: Mutex<Option<oneshot::Sender<Pong>>>,
}

/// The round trip and the payload that came back, or why none did.
pub(super) type Pong = Result<(Duration, Bytes), ConnectionError>;

impl Wait {
    pub(super) fn new() -> (Self, oneshot::Receiver<Pong>) {
        let (sender, pong) = oneshot::channel();
        let wait = Self {
            pong: Mutex::new(Some(sender)),
        };
        (wait, pong)
    }

    pub(super) fn settle(&self, result: Pong) {
        let sender = self
            .pong
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(sender) = sender {
            // The caller may have stopped waiting.
            let _ = sender.send(result);
        }
    }
}
