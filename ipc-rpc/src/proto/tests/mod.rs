//! Everything that is decided without waiting, with a clock that the tests hold.

mod calls;
mod handshake;
mod life;
mod mode;
mod streams;
