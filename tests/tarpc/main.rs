//! Services beside and below tarpc: in its form over its transports and over connections of ours, and in our
//! form over its transports.

mod forms;
mod hostile;
mod our_form;
mod ours_only;
mod stage;
mod world;
mod world_calls;
