//! Plugins: programs that an application starts, calls and is called back by, and outlives whatever they do.
//!
//! Two roles. The application has a [`Host`], which launches programs and supervises them; each becomes a [`Plugin`], whose
//! client calls it. A plugin's `main` hands its service to [`run`], which connects to the host that has started it and serves
//! until that says goodbye or is gone.
//!
//! ```no_run
//! use ipc_rpc::{Context, context, ipc_service, plugin};
//!
//! /// What a spelling checker offers to its host.
//! #[ipc_service]
//! pub trait Speller {
//!     async fn check(&self, ctx: Context, word: String) -> bool;
//! }
//!
//! /// What the host offers to its plugins.
//! #[ipc_service]
//! pub trait Editor {
//!     async fn language(&self, ctx: Context) -> String;
//! }
//!
//! # struct TheEditor;
//! # impl Editor for TheEditor { async fn language(&self, _: Context) -> String { "en".into() } }
//! // In the application.
//! # async fn host() -> Result<(), Box<dyn std::error::Error>> {
//! let host = plugin::Host::new(TheEditor.serve());
//! let speller: plugin::Plugin<SpellerClient> = host.launch(plugin::Command::new("./speller")).await?;
//! let is_fine = speller.client().check(context::current(), "wrod".into()).await?;
//! speller.shutdown().await;
//! # Ok(())
//! # }
//!
//! // In the plugin.
//! struct English;
//!
//! impl Speller for English {
//!     async fn check(&self, ctx: Context, word: String) -> bool {
//!         let editor: EditorClient = ctx.peer().client();
//!         editor.language(context::current()).await.is_ok_and(|language| language == "en") && word != "wrod"
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> std::process::ExitCode {
//!     plugin::run(English.serve()).await
//! }
//! ```
//!
//! # What holds
//!
//! - [`Host::launch`] settles: with a plugin that is ready, or with an error that says why not, within
//!   [`Command::start_timeout`] and the little that it takes to end what has failed. Whatever the error, the program and what it has started are gone by then.
//! - Nobody but the program that was started gets at the channel: it has no name ([`Handoff::Inherited`]), or one that cannot be
//!   guessed and a token that works once ([`Handoff::PrivateName`]).
//! - What a plugin prints is read as long as it lives, so that it never waits for that, and no call does.
//! - A plugin that ends by itself, is killed or hangs is started again, after growing pauses and within a budget:
//!   [`RestartPolicy`].
//! - A plugin does not outlive its host, however that ends, and what a plugin has started does not outlive the plugin. What
//!   escapes, and on which systems, is told in `docs/plugins.md`.
//!
//! Plugins are apart from their host so that a fault of theirs is not one of the host. They are no prison: a plugin runs as the
//! same user and may do what that may.

mod attachment;
mod checksum;
mod command;
mod error;
mod event;
mod gate;
mod guest;
mod handle;
mod host;
mod in_process;
mod instance;
mod manifest;
mod output;
mod parting;
mod process;
mod restart;
mod shared;
mod supervisor;

pub use attachment::{Attachment, DetachError};
pub use command::{Command, Handoff, HealthCheck};
pub use error::{GuestError, LaunchError};
pub use event::{PluginEvent, PluginExit, PluginState};
pub use gate::Caller;
pub use guest::{Guest, HostHandle, run, run_with};
pub use handle::{Hold, Plugin};
pub use host::{Host, HostBuilder};
pub use in_process::InProcess;
pub use manifest::{Manifest, ManifestError};
pub use output::{OutputLine, OutputStream};
pub use restart::RestartPolicy;
