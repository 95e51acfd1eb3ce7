//! Why no further client can come.

/// Why a [`raw::Listener`](crate::raw::Listener) accepts nobody any more.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// No name leads to it any more: other servers have [taken them over](crate::BindPolicy::TakeOver), or somebody
    /// removed their socket files.
    #[error("no client finds this listener any more: it had {names}")]
    NamesLost {
        /// The names that it had, as they are shown to users.
        names: String,
    },
}
