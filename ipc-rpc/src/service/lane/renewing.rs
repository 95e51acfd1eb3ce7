//! Calls over one connection after another.

use super::footing::RenewedFooting;
use super::{Lane, unanswered};
use crate::clock;
use crate::connection::{Answer, CallEnd, Encoded};
use crate::context::Context;
use crate::descriptor::MethodDescriptor;
use crate::error::{CallError, CallOutcome};

impl Lane {
    /// Sends a request over the connection there is, or the next one. If that ends meanwhile, it is sent again over the one
    /// that follows, provided that it certainly did not run or may run twice.
    pub(super) async fn exchange_renewing(
        &self,
        link: &RenewedFooting,
        method: &'static MethodDescriptor,
        context: &Context,
        mut message: Encoded,
    ) -> Result<Option<Answer>, CallError> {
        // One for all attempts: the caller waits for that long, however often it takes.
        let mut time = self.time_limit(method, context, clock::now());
        let mut failed = None;
        // How an attempt ended that may have run. It is what the caller has to know, if no later one ran.
        let mut lost = None;
        loop {
            let current = link.current(self.looked_up(), failed, time.at).await;
            let (epoch, footing) = match current {
                Ok(current) => current,
                // A deadline that passes is told as such, with what an attempt before it did.
                Err(end @ CallEnd::DeadlineExceeded) => {
                    return Err(unanswered(end, lost.is_some(), time.after));
                }
                Err(end) => return Err(lost.unwrap_or_else(|| unanswered(end, false, time.after))),
            };
            time.now = clock::now();
            let copy = if method.idempotent || message.bytes.len() <= MAX_COPY {
                message.copy()
            } else {
                None
            };
            let mut calling = match self.request(&footing, method, context, time, message) {
                Ok(calling) => calling,
                Err(error) => return Err(lost.unwrap_or(error)),
            };
            let answered = (&mut calling).await;
            let error = match self.judge(method, answered, calling.answer(), time.after) {
                Ok(answered) => return Ok(answered.then(|| calling.take_answer())),
                Err(error) => error,
            };
            let again = match attempt(&error, method) {
                Attempt::Final => None,
                _ if !link.renewed.has_calls_wait() => None,
                // It is still there, with its streams.
                Attempt::NotSent => calling.take_unsent(),
                Attempt::NotRun | Attempt::Repeatable => copy,
            };
            let ran = !matches!(error.outcome(), CallOutcome::NotSent | CallOutcome::Refused);
            let Some(again) = again else {
                return Err(if ran { error } else { lost.unwrap_or(error) });
            };
            if ran {
                lost = Some(error);
            }
            message = again;
            failed = Some(epoch);
        }
    }
}

/// Bytes of a request, beside those of its `Bytes`, that are kept for the rare case that the server refuses it since it is going.
const MAX_COPY: usize = 64 * 1024;

/// What a failed attempt means for another one, over another connection.
enum Attempt {
    /// There is to be none.
    Final,
    /// The connection ended before the request was sent.
    NotSent,
    /// The peer had the request and did not run it, since it is going.
    NotRun,
    /// It may have run, and may run twice.
    Repeatable,
}

fn attempt(error: &CallError, method: &MethodDescriptor) -> Attempt {
    match error {
        CallError::Connection { sent: false, .. } => Attempt::NotSent,
        CallError::Connection { sent: true, .. } if method.idempotent => Attempt::Repeatable,
        CallError::ShuttingDown => Attempt::NotRun,
        _ => Attempt::Final,
    }
}
