//! Connections without services: a name, an authenticated peer, and bytes.
//!
//! A [`Listener`] is bound to a name as a [`Server`](crate::Server) is, asks the same
//! [`Authenticator`](crate::Authenticator) and [`PeerPolicy`](crate::PeerPolicy) about every client, and hands out a
//! [`Stream`] for each that is admitted; [`connect`] makes the other end. Both ends shake hands as services and their
//! clients do. Behind that, every byte is the two applications' own: no frame, no ping, no goodbye, no limit. Whoever
//! wants calls, streams with credit, or a connection whose loss is told from its end in order, wants a service.
//!
//! A client of services that comes to a listener, and a raw client that comes to a server of services, are refused with
//! [`RefusalReason::ModeMismatch`](crate::RefusalReason::ModeMismatch).
//!
//! ```
//! use futures_util::{SinkExt, StreamExt};
//! use ipc_rpc::raw::{self, codec::LinesCodec};
//! # use ipc_rpc::transport::memory;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let name = &memory::Address::new();
//! let mut listener = raw::Listener::bind(name)?;
//! let serve = async {
//!     let stream = listener.accept().await?;
//!     let mut lines = stream.into_framed(LinesCodec::new_with_max_length(1024));
//!     while let Some(line) = lines.next().await {
//!         lines.send(line?.to_uppercase()).await?;
//!     }
//!     Ok::<_, Box<dyn std::error::Error>>(())
//! };
//! let call = async {
//!     let stream = raw::connect(name).await?;
//!     let mut lines = stream.into_framed(LinesCodec::new_with_max_length(1024));
//!     lines.send("hello").await?;
//!     assert_eq!(lines.next().await.ok_or("no answer")??, "HELLO");
//!     Ok::<_, Box<dyn std::error::Error>>(())
//! };
//! tokio::try_join!(serve, call)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Frames of your own
//!
//! [`Stream::into_framed`] takes any [`Decoder`](codec::Decoder) and [`Encoder`](codec::Encoder). Of those in [`codec`]:
//!
//! | Codec | A frame is | A stream that ends within one | Bound it |
//! |---|---|---|---|
//! | [`LinesCodec`](codec::LinesCodec) | a line | yields the rest as a line: have the last line say that it is the last | with `new_with_max_length`; `new` has no limit |
//! | [`LengthDelimitedCodec`](codec::LengthDelimitedCodec) | a length and as many bytes | is an error | 8 MiB, unless its builder says otherwise |
//! | [`BytesCodec`](codec::BytesCodec) | whatever has arrived | cannot be told | needs none |
//! | [`FixedCodec`] | so many bytes | is an error | by itself |
//!
//! # Limits
//!
//! Nothing is bounded behind the handshake but what the system holds of a socket, some 200 KiB in each direction: then a
//! write waits for the reader, for ever if the application sets no time limit. A peer that crashes looks like one that is
//! done: the end of the stream. What both have agreed to say last tells the two apart.

mod admission;
mod connect;
mod event;
mod fixed;
mod listener;
mod stream;
mod terms;

pub use connect::{Connect, connect};
pub use event::ListenerEvent;
pub use fixed::FixedCodec;
pub use listener::{Listener, ListenerBuilder};
pub use stream::{ReadHalf, Stream, WriteHalf};
/// Encoders and decoders of frames, of the `tokio-util` crate.
pub use tokio_util::codec;
