//! How the connection's task starts a request.

use std::sync::Arc;
use std::task::Context;

use super::entered::Entered;
use super::incoming::{Dispatch, Stage};
use super::long_polls::MethodKey;
use super::pace::Pace;
use super::shared::Shared;

/// What it takes to start a request.
pub(super) struct Starting<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) services: &'a dyn Dispatch,
    pub(super) stage: &'a Stage,
    pub(super) pace: &'a mut Pace,
}

impl Starting<'_> {
    /// Starts it. Returns its method, and whether its handler was polled in place.
    #[inline]
    pub(super) fn start<'a>(
        &'a mut self,
        entered: &'a mut Entered<'a>,
        cx: &Context<'_>,
    ) -> (MethodKey, bool) {
        let Self {
            shared,
            services,
            stage,
            pace,
        } = self;
        let method = (entered.lane, entered.method);
        let spawns = pace.is_to_spawn(method);
        stage.set_spawns(spawns);
        let started = (method, !spawns);
        if shared.is_threaded && !spawns && pace.is_new(method) {
            wake_another_thread();
        }
        entered.start(shared, *services, stage);
        if stage.has_spawned() {
            // Its task is what this thread runs next, without a word to the others. A task that wakes itself is
            // told to them: one comes for this one, and then waits for the sockets in this thread's place.
            cx.waker().wake_by_ref();
        }
        started
    }
}

/// Sees to it that a thread besides this one is awake.
///
/// The thread that waits for the sockets also runs what they wake, and the others sleep: if a handler blocks it, nobody
/// looks at any socket. A thread that has woken for nothing waits for the sockets before it sleeps. The runtime wakes one
/// when there is more than one task to run, so there are two.
#[expect(clippy::disallowed_methods, reason = "they end at once")]
fn wake_another_thread() {
    tokio::spawn(std::future::ready(()));
    tokio::spawn(std::future::ready(()));
}
