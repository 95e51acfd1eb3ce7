//! How a server ended.

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shutdown {
    /// Connections whose calls in flight did not finish within the grace period and were ended.
    pub cut: usize,
}
