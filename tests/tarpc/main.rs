//! Services beside and below tarpc: in its form over its transports and over connections of ours, and in our
//! form over its transports.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails where something is not as it should be"
)]

mod forms;
mod hostile;
mod our_form;
mod ours_only;
mod stage;
mod tools;
mod world;
mod world_calls;
