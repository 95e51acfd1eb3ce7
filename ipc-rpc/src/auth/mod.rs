//! Who may connect: the kernel's word first, then the user's own check.
//!
//! A server looks at the kernel's credentials of a peer before it reads a byte ([`PeerPolicy`]), then hands
//! the typed payload of the hello to the user's [`Authenticator`]. What that grants is the connection's
//! session, which every handler can read.

mod authenticator;
mod policy;

pub use authenticator::{AuthHello, Authenticator, IntoAuthenticator};
pub(crate) use authenticator::{ErasedAuthenticator, NoAuthenticator, Session};
pub use policy::PeerPolicy;
