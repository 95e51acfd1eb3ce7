//! How the receiver of a stream goes to another process.

use std::sync::Arc;

use super::Receiver;
use super::ends::of_writer;
use super::pour::{Pouring, end_with};
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
    fn start(self: Box<Self>, writer: StreamWriter) {
        let to = Arc::new(writer);
        let mut items = match self.source {
            Source::Stream(items) => {
                return to.run(Pouring::new(items, Arc::clone(&to)).run());
            }
            source => Self { source },
        };
        if !items.connect(&to) {
            let passing = Passing {
                items,
                to: Arc::clone(&to),
            };
            to.run(passing.run());
        }
    }
}

impl<T: Message> Receiver<T> {
    /// Has the senders of a pipe write to the connection themselves. `false`: it is none, or items wait in it.
    fn connect(&mut self, to: &Arc<StreamWriter>) -> bool {
        let Source::Local(local) = &mut self.source else {
            return false;
        };
        let connected = local.pipe.connect(to);
        if connected && let Some(producer) = local.producer.take() {
            to.run(producer);
        }
        connected
    }
}

/// Items on their way from one stream to another.
struct Passing<T> {
    items: Receiver<T>,
    to: Arc<StreamWriter>,
}

impl<T: Message> Passing<T> {
    async fn run(mut self) {
        // What waited when the receiver went out goes first; behind it this is needed no more.
        while !self.items.connect(&self.to) {
            match self.items.recv().await {
                Some(Ok(item)) => match self.to.send(item).await {
                    Ok(()) => {}
                    // Whoever made it cannot be told, so whoever reads is: the stream is not complete without it.
                    Err(error) if error.is_about_item() => {
                        let reason = error.to_string();
                        self.to.reset(StreamCode::Codec, reason.as_str());
                        return self.items.give_up(StreamError::Closed { reason });
                    }
                    Err(_) => return,
                },
                Some(Err(error)) => return end_with(&self.to, error),
                None => return self.to.finish(),
            }
        }
    }
}

impl<T> Drop for Passing<T> {
    /// Its task is aborted when the stream is over, whatever it waits for then; so it is here that the writer of the
    /// items is told why.
    fn drop(&mut self) {
        if let Some(end) = self.to.over() {
            self.items.give_up(of_writer(end.clone()));
        } else if std::thread::panicking() {
            // Said here, for another thread may be the one that drops the writer.
            self.to.reset(StreamCode::Panicked, "");
        }
    }
}
