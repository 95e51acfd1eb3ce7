//! How the receiver of a stream goes to another process.

use std::sync::Arc;

use super::Receiver;
use super::receiver::Source;
use crate::codec::Message;
use crate::connection::{Feed, StreamReader, StreamWriter};
use crate::error::StreamError;
use crate::wire::StreamCode;

/// A [`Receiver`] of any items, as an argument of a method.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no stream that can be sent to another process",
    note = "an argument declared as `Receiver<T>` has to be `ipc_rpc::Receiver<T>`"
)]
pub trait AnyReceiver {
    /// Takes the stream out, to be sent.
    #[doc(hidden)]
    fn detach(&mut self) -> Outlet;

    /// Puts in a stream that has arrived.
    #[doc(hidden)]
    fn attach(&mut self, inlet: Inlet);
}

/// A stream on its way out.
#[expect(missing_debug_implementations, reason = "hidden, and never kept")]
pub struct Outlet(pub(crate) Box<dyn Feed>);

/// A stream that has arrived.
#[derive(Debug)]
pub struct Inlet(pub(crate) StreamReader);

#[diagnostic::do_not_recommend]
impl<T: Message> AnyReceiver for Receiver<T> {
    fn detach(&mut self) -> Outlet {
        Outlet(Box::new(std::mem::take(self)))
    }

    fn attach(&mut self, Inlet(reader): Inlet) {
        *self = Self::remote(reader);
    }
}

impl<T: Message> Feed for Receiver<T> {
    fn start(mut self: Box<Self>, mut writer: StreamWriter) {
        if let Source::Local(local) = &mut self.source {
            match local.pipe.connect(writer) {
                Ok(()) => {
                    if let (Some(producer), Some(writer)) =
                        (local.producer.take(), local.pipe.remote())
                    {
                        writer.run(producer);
                    }
                    return;
                }
                Err(unconnected) => writer = unconnected,
            }
        }
        pump(*self, writer);
    }
}

/// Passes items on in a task of its own, which ends with the stream.
fn pump<T: Message>(mut items: Receiver<T>, writer: StreamWriter) {
    let writer = Arc::new(writer);
    let to = Arc::clone(&writer);
    writer.run(async move {
        loop {
            match items.recv().await {
                Some(Ok(item)) => match to.send(item).await {
                    Ok(()) => {}
                    // Whoever made it cannot be told, so whoever reads is: the stream is not complete without it.
                    Err(error) if error.is_about_item() => {
                        return to.reset(StreamCode::Codec, error.to_string());
                    }
                    Err(StreamError::Closed { reason }) => return items.close(reason),
                    Err(_) => return,
                },
                Some(Err(StreamError::Aborted { reason })) => {
                    return to.reset(StreamCode::Aborted, reason);
                }
                Some(Err(StreamError::Panicked)) => return to.reset(StreamCode::Panicked, ""),
                Some(Err(error)) => return to.reset(StreamCode::Dropped, error.to_string()),
                None => return to.finish(),
            }
        }
    });
}
