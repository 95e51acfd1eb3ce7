//! The figures that go to the recorder of the `metrics` facade. Needs the feature of that name.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails where something is not as it should be"
)]

mod board;
mod calls;
mod connections;
