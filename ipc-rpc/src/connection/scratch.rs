//! Buffers that are used again and again, so that a call allocates none.
//!
//! A caller encodes its request into a buffer of its thread, leaves that buffer with the pending call, gets
//! the response in it, and gives it back. On a runtime with several threads buffers wander with the tasks;
//! the bound on what a thread keeps evens that out.

use std::cell::RefCell;

/// Buffers that a thread keeps.
const MAX_KEPT: usize = 256;

/// Capacity above which a buffer is not kept.
const MAX_CAPACITY: usize = 16 * 1024;

thread_local! {
    static KEPT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// An empty buffer.
pub(crate) fn take() -> Vec<u8> {
    // While the thread ends its buffers are gone already.
    KEPT.try_with(|kept| kept.borrow_mut().pop())
        .ok()
        .flatten()
        .unwrap_or_default()
}

/// Keeps a buffer for later, unless it is large or there are enough.
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
