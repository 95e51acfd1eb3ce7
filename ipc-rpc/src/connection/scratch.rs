//! Buffers that are used again and again, so that a call allocates none.
//!
//! A caller encodes its request into a buffer of its thread, leaves that buffer with the pending call, gets
//! the response in it, and gives it back. On a runtime with several threads buffers wander with the tasks;
//! the bound on what a thread keeps evens that out.

use std::cell::{Cell, RefCell};

/// Buffers that a thread keeps.
const MAX_KEPT: usize = 256;

/// Capacity above which a buffer is not kept.
const MAX_CAPACITY: usize = 16 * 1024;

thread_local! {
    static LENT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    static KEPT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer.
#[inline]
pub(crate) fn take() -> Vec<u8> {
    // While the thread ends its buffers are gone already.
    KEPT.try_with(|kept| kept.borrow_mut().pop())
        .ok()
        .flatten()
        .unwrap_or_default()
}

/// Lends an empty buffer of this thread: for what is copied out of it at once, that is cheaper than to take one and to
/// give it back.
pub(crate) fn with<R>(work: impl FnOnce(&mut Vec<u8>) -> R) -> R {
    // While the thread ends it is gone already. Whoever is called by `work` and comes here finds an empty one.
    let mut buffer = LENT.try_with(Cell::take).unwrap_or_default();
    let result = work(&mut buffer);
    if buffer.capacity() <= MAX_CAPACITY {
        buffer.clear();
        let _ = LENT.try_with(|lent| lent.set(buffer));
    }
    result
}

/// Keeps a buffer for later, unless it is large or there are enough.
#[inline]
pub(crate) fn give(mut buffer: Vec<u8>) {
    if buffer.capacity() == 0 || buffer.capacity() > MAX_CAPACITY {
        return;
    }
    buffer.clear();
    let _ = KEPT.try_with(|kept| {
        let mut kept = kept.borrow_mut();
        if kept.len() < MAX_KEPT {
            kept.push(buffer);
        }
    });
}
