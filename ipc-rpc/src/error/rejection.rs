//! What an authenticator says no with.

/// Bytes of a reason that reach the client; the rest is cut.
const MAX_REASON: usize = 1024;

/// An authenticator's no, as the client gets it: [`ConnectError::Rejected`](crate::ConnectError::Rejected).
///
/// The numbers are the application's own. Keep the reason free of secrets and of what helps to guess them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rejected with code {code}: {reason}")]
#[non_exhaustive]
pub struct Rejection {
    /// A number for the client's program.
    pub code: u32,
    /// A sentence for the client's user. At most 1,024 bytes.
    pub reason: String,
}

impl Rejection {
    /// A rejection with the application's own code and reason.
    pub fn new(code: u32, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        let mut end = reason.len().min(MAX_REASON);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        reason.truncate(end);
        Self { code, reason }
    }
}
