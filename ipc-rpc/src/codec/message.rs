//! What can cross a process boundary.

use serde::{Serialize, de::DeserializeOwned};

/// A type that can cross a process boundary: it has serde's `Serialize` and `Deserialize`, owns what it
/// holds, and is `Send`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross a process boundary",
    label = "needs `serde::Serialize`, `serde::Deserialize`, `Send` and no borrowed data",
    note = "derive `Serialize` and `Deserialize` for it, or pass something that has them"
)]
pub trait Message: Serialize + DeserializeOwned + Send + 'static {}

// What is missing is told by the note above, which is shorter than the compiler's list of who has it.
#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> Message for T {}

/// Compiles if `T` is a [`Message`].
pub const fn assert_message<T: Message>() {}
