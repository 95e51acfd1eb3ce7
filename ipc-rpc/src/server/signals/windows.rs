//! Events of the console.

use std::io;
use std::task::{Context, Poll};

use tokio::signal::windows as console;

use super::StopSignal;

/// An event that is listened for.
pub(super) struct Watch {
    signal: StopSignal,
    event: Event,
}

enum Event {
    CtrlC(console::CtrlC),
    Break(console::CtrlBreak),
    Close(console::CtrlClose),
    Logoff(console::CtrlLogoff),
    Shutdown(console::CtrlShutdown),
}

/// Begins to listen. `None`: there is no such event here.
pub(super) fn watch(signal: StopSignal) -> io::Result<Option<Watch>> {
    let event = match signal {
        StopSignal::Interrupt => Event::CtrlC(console::ctrl_c()?),
        StopSignal::Break => Event::Break(console::ctrl_break()?),
        StopSignal::Close => Event::Close(console::ctrl_close()?),
        StopSignal::Logoff => Event::Logoff(console::ctrl_logoff()?),
        StopSignal::Shutdown => Event::Shutdown(console::ctrl_shutdown()?),
        StopSignal::Terminate | StopSignal::Hangup => return Ok(None),
    };
    Ok(Some(Watch { signal, event }))
}

impl Watch {
    /// The signal, if it has arrived. Tokio's handler passes an event on to the one before it when nobody listens any
    /// more, so there is nothing to be undone.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Option<StopSignal> {
        let polled = match &mut self.event {
            Event::CtrlC(event) => event.poll_recv(cx),
            Event::Break(event) => event.poll_recv(cx),
            Event::Close(event) => event.poll_recv(cx),
            Event::Logoff(event) => event.poll_recv(cx),
            Event::Shutdown(event) => event.poll_recv(cx),
        };
        matches!(polled, Poll::Ready(Some(()))).then_some(self.signal)
    }
}
