//! One instance of an application: the first process is it, later ones hand their launch over and go.
//!
//! ```no_run
//! use ipc_rpc::instance::{self, Launch};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! // A later process does not get past this line: it exits with 0 once the first one has answered.
//! let launch = Launch::of_process(());
//! let primary = instance::claim("org.example.Editor").start_or_exit(launch, |()| 0).await?;
//! // Called for this process's own launch as for all later ones.
//! primary.serve(|arrival| async move {
//!     println!("open {:?} in {:?}", arrival.launch.args, arrival.launch.working_directory);
//! });
//! # std::future::pending::<()>().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What holds
//!
//! - Of any number of processes that claim at once exactly one is the [`Primary`]. Binding the name decides, in one step of
//!   the system's, and nothing is looked at before. A name that cannot be bound for another reason is an error, and makes
//!   nobody a secondary.
//! - What a primary that was killed has left behind keeps nobody out.
//! - A launch is handled, or an error says that it was not, or [that it may have been](crate::ClaimError::may_have_been_handled).
//!   A primary that goes before it has begun with a launch is succeeded by another process, as a rule by the one
//!   that launches.
//! - Launches wait, in the order in which they come, until there is a handler. One that hangs or panics concerns its
//!   own launch only.
//! - No process exits but by [`Claim::start_or_exit`], and by that only if it was answered.
//!
//! # Taking over
//!
//! ```no_run
//! use ipc_rpc::instance::{self, Instance, Primary};
//!
//! # async fn example() -> Result<Primary, ipc_rpc::ClaimError> {
//! let primary = loop {
//!     match instance::claim("org.example.Editor").await? {
//!         Instance::Primary(primary) => break primary,
//!         Instance::Secondary(secondary) => secondary.wait_primary_exit().await,
//!     }
//! };
//! # Ok(primary)
//! # }
//! ```
//!
//! # Two versions of one application
//!
//! may meet. Payload and answer are in the codec that knows fields by their names, so fields may be added that have a
//! default; what does not fit is [`ClaimError::Undecodable`](crate::ClaimError::Undecodable) and no garbage. Versions that are not
//! to meet say so with [`Claim::version`].

mod claim;
mod launch;
mod name;
mod post;
mod primary;
mod secondary;
mod service;

pub use claim::Claim;
pub use launch::{Arrival, Launch};
pub use primary::Primary;
pub use secondary::{Answer, Secondary};

/// Claims to be the one instance of the application `app_id`, any text without control characters such as
/// `org.example.Editor`. `P` is what a launch carries beside its arguments, `R` is what it is answered with.
pub fn claim<P, R>(app_id: impl Into<String>) -> Claim<P, R> {
    Claim::new(app_id.into())
}

/// For whom there is one instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// For each user one. The default.
    #[default]
    User,
    /// For all users of the machine one. Whoever is first is primary and gets the launches of all: look at
    /// [`Arrival::peer`], and say with [`Claim::trust`] whose process may be told of this one's.
    ///
    /// # Platform notes
    ///
    /// ## Linux
    ///
    /// An abstract socket: one for each network namespace, so a container may have its own.
    ///
    /// ## Windows
    ///
    /// A pipe that every local user may read and write and whose owner alone can create instances of it.
    ///
    /// ## Elsewhere
    ///
    /// [`ClaimError::Unsupported`](crate::ClaimError::Unsupported): in a directory for all users nobody could clear away what the dead
    /// instance of another user has left.
    System,
}

/// Who this process is among those that claim the same, before anything is handed over.
#[derive(Debug)]
pub enum Instance<P = (), R = ()> {
    /// The one instance.
    Primary(Primary<P, R>),
    /// A later one.
    Secondary(Secondary<P, R>),
}

/// What became of a launch.
#[derive(Debug)]
pub enum Start<P = (), R = ()> {
    /// This process is the one instance. Its handler gets the launch first.
    Primary(Primary<P, R>),
    /// Another one is, and has answered.
    Answered(Answer<R>),
}
