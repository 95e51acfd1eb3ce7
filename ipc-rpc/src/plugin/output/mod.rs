//! What a plugin prints: read for as long as it lives, line by line, and the end of it kept.

mod level;
mod lines;
mod tail;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::task::JoinSet;

use crate::clock::{self, Timekeeper, timeout_at};
use level::{Level, Levels};
use lines::{Lines, MAX_LINE};
use tail::Tail;

/// Bytes that are read at once.
const CHUNK: usize = 16 * 1024;

/// How long the rest of what a dead plugin printed is read. What is in a pipe is there at once; somebody else who holds the pipe
/// open, a process that has escaped, is not waited for.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Where a plugin has printed a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputStream {
    /// On its standard output.
    Stdout,
    /// On its standard error.
    Stderr,
}

impl OutputStream {
    const fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// A line that a plugin has printed, without its end.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct OutputLine<'a> {
    /// What the plugin is called.
    pub plugin: &'a str,
    /// Where it was printed.
    pub stream: OutputStream,
    /// The line, of at most 64 KiB: a longer one is cut, and the rest of it lost. What is no UTF-8 is replaced. The plugin's text:
    /// escape it where it is shown to somebody who must not be fooled.
    pub text: &'a str,
}

/// What is done with lines.
#[derive(Clone)]
pub(super) struct Sink(Option<Arc<UserSink>>);

type UserSink = dyn Fn(OutputLine<'_>) + Send + Sync;

impl Sink {
    pub(super) fn new(sink: impl Fn(OutputLine<'_>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(sink)))
    }

    fn take(&self, line: OutputLine<'_>, levels: &mut Levels) {
        match &self.0 {
            None => guarded(|| log(line, levels.of(line.text))),
            Some(sink) => guarded(|| sink(line)),
        }
    }
}

/// What panics, be it a sink or a subscriber of the application's, loses this line. The plugin's output has to be read on.
fn guarded(take: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(take));
}

/// Logs.
impl Default for Sink {
    fn default() -> Self {
        Self(None)
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sink")
    }
}

/// Tracing wants to know a level when it is compiled.
fn log(line: OutputLine<'_>, level: Level) {
    macro_rules! event {
        ($level:ident) => {
            tracing::event!(
                target: "ipc_rpc::plugin",
                tracing::Level::$level,
                plugin = line.plugin,
                stream = line.stream.name(),
                "{}",
                line.text
            )
        };
    }
    match level {
        Level::Error => event!(ERROR),
        Level::Warn => event!(WARN),
        Level::Info => event!(INFO),
        Level::Debug => event!(DEBUG),
        Level::Trace => event!(TRACE),
    }
}

/// The two streams of a running plugin, being read.
#[derive(Debug)]
pub(super) struct Output {
    readers: JoinSet<()>,
    stdout: Arc<Mutex<Tail>>,
    stderr: Arc<Mutex<Tail>>,
}

impl Output {
    pub(super) fn read(
        plugin: &Arc<str>,
        stdout: Option<impl AsyncRead + Send + Unpin + 'static>,
        stderr: Option<impl AsyncRead + Send + Unpin + 'static>,
        sink: &Sink,
    ) -> Self {
        let mut output = Self {
            readers: JoinSet::new(),
            stdout: Arc::default(),
            stderr: Arc::default(),
        };
        if let Some(stdout) = stdout {
            let reader = Reader::new(plugin, OutputStream::Stdout, &output.stdout, sink);
            output.readers.spawn(reader.run(stdout));
        }
        if let Some(stderr) = stderr {
            let reader = Reader::new(plugin, OutputStream::Stderr, &output.stderr, sink);
            output.readers.spawn(reader.run(stderr));
        }
        output
    }

    /// Reads what is left when the plugin is dead.
    pub(super) async fn finish(&mut self) {
        let deadline = clock::now() + LAST_WORDS;
        let read = async { while self.readers.join_next().await.is_some() {} };
        let _ = timeout_at(deadline, Timekeeper::Runtime, read).await;
        self.readers.abort_all();
    }

    pub(super) fn stdout_tail(&self) -> String {
        text(&self.stdout)
    }

    pub(super) fn stderr_tail(&self) -> String {
        text(&self.stderr)
    }
}

fn text(tail: &Mutex<Tail>) -> String {
    tail.lock().unwrap_or_else(PoisonError::into_inner).text()
}

/// As much of a line as it may have: what is no UTF-8 has become longer.
fn beginning(text: &str) -> &str {
    let is_end = |end: &usize| text.is_char_boundary(*end);
    let end = (0..=text.len().min(MAX_LINE)).rev().find(is_end);
    &text[..end.unwrap_or_default()]
}

/// Reads one stream.
struct Reader {
    plugin: Arc<str>,
    stream: OutputStream,
    tail: Arc<Mutex<Tail>>,
    sink: Sink,
    lines: Lines,
    levels: Levels,
}

impl Reader {
    fn new(plugin: &Arc<str>, stream: OutputStream, tail: &Arc<Mutex<Tail>>, sink: &Sink) -> Self {
        Self {
            plugin: Arc::clone(plugin),
            stream,
            tail: Arc::clone(tail),
            sink: sink.clone(),
            lines: Lines::default(),
            levels: Levels::default(),
        }
    }

    /// A stream that cannot be read is one that has ended.
    async fn run(mut self, mut from: impl AsyncRead + Unpin) {
        let mut chunk = vec![0; CHUNK];
        while let Ok(count @ 1..) = from.read(&mut chunk).await {
            let bytes = &chunk[..count];
            self.tail
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(bytes);
            let mut lines = std::mem::take(&mut self.lines);
            lines.push(bytes, |line| self.take(line));
            self.lines = lines;
            // A pipe that is never empty is always ready: others want to run, too.
            tokio::task::yield_now().await;
        }
        let mut lines = std::mem::take(&mut self.lines);
        lines.finish(|line| self.take(line));
    }

    fn take(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let line = OutputLine {
            plugin: &self.plugin,
            stream: self.stream,
            text: beginning(&text),
        };
        self.sink.take(line, &mut self.levels);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_of_both_streams_reach_the_sink_and_a_panic_in_it_loses_one_line_only() {
        let (seen, mut sees) = tokio::sync::mpsc::unbounded_channel();
        let sink = Sink::new(move |line| {
            assert_ne!(line.text, "panic");
            let _ = seen.send((line.plugin.to_owned(), line.stream, line.text.to_owned()));
        });
        let mut output = Output::read(
            &"speller".into(),
            Some(&b"one\r\npanic\ntwo"[..]),
            Some(&b"\xff\n"[..]),
            &sink,
        );
        output.finish().await;
        drop(sink);
        let mut lines = Vec::new();
        while let Ok(line) = sees.try_recv() {
            lines.push(line);
        }
        lines.sort_by_key(|(_, stream, _)| stream.name());
        let line = |stream, text: &str| ("speller".to_owned(), stream, text.to_owned());
        let (stdout, stderr) = (OutputStream::Stdout, OutputStream::Stderr);
        assert_eq!(
            lines,
            [
                line(stderr, "\u{fffd}"),
                line(stdout, "one"),
                line(stdout, "two")
            ]
        );
        assert_eq!(output.stdout_tail(), "one\r\npanic\ntwo");
        assert_eq!(output.stderr_tail(), "\u{fffd}\n");
    }

    #[tokio::test]
    async fn a_line_and_a_tail_are_no_longer_than_they_may_be_whatever_their_bytes_are() {
        let (seen, mut sees) = tokio::sync::mpsc::unbounded_channel();
        let sink = Sink::new(move |line| drop(seen.send(line.text.to_owned())));
        let nonsense: &'static [u8] = &[0xff; 100_000];
        let mut output = Output::read(
            &"speller".into(),
            None::<tokio::io::Empty>,
            Some(nonsense),
            &sink,
        );
        output.finish().await;
        let most = "\u{fffd}".repeat(MAX_LINE / 3);
        assert_eq!(sees.try_recv().unwrap(), most);
        assert_eq!(output.stderr_tail(), most);
    }

    #[tokio::test]
    async fn a_pipe_that_somebody_holds_open_is_not_waited_for() {
        let (_open, pipe) = tokio::io::duplex(16);
        let mut output = Output::read(
            &"speller".into(),
            Some(pipe),
            None::<tokio::io::Empty>,
            &Sink::default(),
        );
        output.finish().await;
    }
}
