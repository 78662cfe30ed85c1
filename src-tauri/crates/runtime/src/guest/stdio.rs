//! A guest's stdout or stderr as log lines.
//!
//! The stream cuts what is written into lines and sends each as an event. While the event channel is full the stream
//! is not ready: the guest waits, no line is lost. Which stream goes to which guest is left to the two ABIs.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use crate::event::{EventKind, Events, Level, LogSource};
use crate::host::StderrTail;

/// A longer line is sent in parts.
pub const MAX_LINE: usize = 1 << 20;

/// How much one write may bring.
const PERMIT: usize = 64 << 10;

/// How much may wait for a full event channel. One writer never gets there, because it is given no permit while
/// something waits; a guest with thousands of handles that hold permits would.
const MAX_WAITING: usize = 4 << 20;

/// One of the guest's output streams. Clones are the same stream.
#[derive(Clone)]
pub struct LogStream(Arc<Shared>);

struct Shared {
    events: Events,
    source: LogSource,
    tail: Option<Arc<Mutex<StderrTail>>>,
    // Short sections only: the guest's task writes, the run's task flushes.
    lines: Mutex<Lines>,
}

/// Bytes on their way to becoming events.
#[derive(Default)]
struct Lines {
    unfinished: Vec<u8>,
    waiting: VecDeque<String>,
    waiting_bytes: usize,
}

impl LogStream {
    /// `tail` also keeps the last lines, for the message of a trap.
    pub fn new(events: Events, source: LogSource, tail: Option<Arc<Mutex<StderrTail>>>) -> Self {
        Self(Arc::new(Shared { events, source, tail, lines: Mutex::default() }))
    }

    /// Sends everything that was written, also a last line without an end, waiting for room.
    /// To be called at the end of each guest call, before the call's own end is told.
    pub async fn flush_line(&self) {
        self.0.finish_line();
        self.0.drained().await;
    }

    /// Writes from the host's side, waiting for room.
    pub async fn print(&self, bytes: &[u8]) {
        for part in bytes.chunks(PERMIT) {
            self.0.drained().await;
            self.0.take(&mut self.0.lines(), part);
        }
    }

    /// Like [`Self::flush_line`] for callers that cannot wait: lines without room are left in the stream.
    pub fn try_flush_line(&self) {
        self.0.finish_line();
        self.0.send_waiting(&mut self.0.lines());
    }
}

impl Shared {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(&self, bytes: &[u8]) -> StreamResult<()> {
        let mut lines = self.lines();
        if bytes.len() > PERMIT || lines.waiting_bytes > MAX_WAITING {
            return Err(StreamError::trap("wrote to an output stream without waiting until it was ready"));
        }
        self.take(&mut lines, bytes);
        Ok(())
    }

    fn take(&self, lines: &mut Lines, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            lines.unfinished.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            self.end_line(lines);
        }
        lines.unfinished.extend_from_slice(rest);
        while lines.unfinished.len() > MAX_LINE {
            self.split_line(lines);
        }
        self.send_waiting(lines);
    }

    /// Takes the unfinished bytes as a whole line.
    fn end_line(&self, lines: &mut Lines) {
        while lines.unfinished.len() > MAX_LINE {
            self.split_line(lines);
        }
        let mut line = std::mem::take(&mut lines.unfinished);
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        self.queue(lines, &line);
        // The buffer is kept: most lines of a stream are of a size.
        line.clear();
        if line.capacity() <= PERMIT {
            lines.unfinished = line;
        }
    }

    /// Takes the first part of a line that is too long, between two characters.
    fn split_line(&self, lines: &mut Lines) {
        let is_inside = |at: usize| lines.unfinished.get(at).is_some_and(|byte| (0x80..0xC0).contains(byte));
        let cut = (MAX_LINE - 3..=MAX_LINE).rev().find(|&at| !is_inside(at)).unwrap_or(MAX_LINE);
        let rest = lines.unfinished.split_off(cut);
        let part = std::mem::replace(&mut lines.unfinished, rest);
        self.queue(lines, &part);
    }

    fn finish_line(&self) {
        let mut lines = self.lines();
        if !lines.unfinished.is_empty() {
            self.end_line(&mut lines);
        }
    }

    fn queue(&self, lines: &mut Lines, line: &[u8]) {
        let text = String::from_utf8_lossy(line).into_owned();
        if let Some(tail) = &self.tail {
            let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
            tail.push(&text);
            tail.push("\n");
        }
        lines.waiting_bytes += cost(&text);
        lines.waiting.push_back(text);
    }

    /// Sends the lines for which there is room. True: nothing waits any more.
    fn send_waiting(&self, lines: &mut Lines) -> bool {
        let level = if self.source == LogSource::Stderr { Level::Warn } else { Level::Info };
        while let Some(message) = lines.waiting.pop_front() {
            let bytes = cost(&message);
            let event = EventKind::Log { level, source: self.source, message };
            if let Err(EventKind::Log { message, .. }) = self.events.try_emit(event) {
                lines.waiting.push_front(message);
                return false;
            }
            lines.waiting_bytes -= bytes;
        }
        true
    }

    /// Waits until nothing waits any more. Dropped half way, it loses nothing.
    async fn drained(&self) {
        while !self.send_waiting(&mut self.lines()) {
            self.events.ready().await;
        }
    }
}

/// A stream that is dropped before it was flushed still tells what there is room for.
impl Drop for Shared {
    fn drop(&mut self) {
        self.finish_line();
        self.send_waiting(&mut self.lines());
    }
}

/// A line's share of the memory that waiting lines may take.
fn cost(line: &str) -> usize {
    line.len() + size_of::<String>()
}

impl IsTerminal for LogStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(Writer { stream: self.clone(), waiting: Mutex::new(None) })
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for LogStream {
    async fn ready(&mut self) {
        self.0.drained().await;
    }
}

impl OutputStream for LogStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.0.accept(&bytes)
    }

    /// Whole lines are on their way at once; a part of a line is sent when it ends or when the call does.
    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        let free = self.0.send_waiting(&mut self.0.lines());
        Ok(if free { PERMIT } else { 0 })
    }
}

type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The same stream for hosts that want tokio's trait.
struct Writer {
    stream: LogStream,
    // Never contended: it is here because the trait asks for `Sync`, which a boxed future is not.
    waiting: Mutex<Option<Wait>>,
}

impl Writer {
    fn poll_drained(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let waiting = self.waiting.get_mut().unwrap_or_else(PoisonError::into_inner);
        if waiting.is_none() && self.stream.0.send_waiting(&mut self.stream.0.lines()) {
            return Poll::Ready(());
        }
        let stream = self.stream.clone();
        let wait = waiting.get_or_insert_with(|| Box::pin(async move { stream.0.drained().await }));
        ready!(wait.as_mut().poll(context));
        *waiting = None;
        Poll::Ready(())
    }
}

impl AsyncWrite for Writer {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        ready!(self.poll_drained(context));
        let part = &bytes[..bytes.len().min(PERMIT)];
        Poll::Ready(self.stream.0.accept(part).map(|()| part.len()).map_err(std::io::Error::other))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.poll_drained(context).map(Ok)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.poll_flush(context)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use proptest::prelude::*;
    use tokio::io::AsyncWriteExt as _;

    use super::*;
    use crate::clock::RunClock;
    use crate::event::{CHANNEL_CAPACITY, EventBudget, EventReceiver, RunId};

    fn stream(source: LogSource) -> (LogStream, Arc<Mutex<StderrTail>>, EventReceiver) {
        let (events, receiver) = Events::channel(RunId("test".into()), RunClock::start(), EventBudget::default());
        let tail = Arc::default();
        (LogStream::new(events, source, Some(Arc::clone(&tail))), tail, receiver)
    }

    fn lines(receiver: &mut EventReceiver) -> Vec<String> {
        let mut lines = Vec::new();
        while let Ok(event) = receiver.try_recv() {
            if let EventKind::Log { message, .. } = event.kind {
                lines.push(message);
            }
        }
        lines
    }

    fn write(stream: &mut LogStream, bytes: &[u8]) {
        stream.write(Bytes::copy_from_slice(bytes)).expect("within the permit");
    }

    #[tokio::test]
    async fn writes_become_lines_wherever_they_are_cut() {
        let (mut stream, tail, mut receiver) = stream(LogSource::Stderr);
        for part in [&b"on"[..], b"e\r\n\ntw\xc3", b"\xb6\nrest"] {
            write(&mut stream, part);
        }
        assert_eq!(lines(&mut receiver), ["one", "", "twö"], "a line is told as soon as it ends");
        stream.flush_line().await;
        assert_eq!(lines(&mut receiver), ["rest"], "the last one when the call does");
        assert_eq!(tail.lock().expect("not poisoned").text, "one\n\ntwö\nrest\n", "the tail holds the same");
    }

    #[tokio::test]
    async fn a_full_channel_makes_the_writer_wait_and_loses_nothing() {
        let (mut stream, _, mut receiver) = stream(LogSource::Stdout);
        let many = "x\n".repeat(CHANNEL_CAPACITY + 10);
        write(&mut stream, many.as_bytes());
        assert_eq!(stream.check_write().expect("open"), 0, "no permit while lines wait");
        assert!(stream.ready().now_or_never().is_none(), "not ready while lines wait");
        let first = lines(&mut receiver).len();
        stream.ready().await;
        assert_eq!(stream.check_write().expect("open"), PERMIT, "room again");
        assert_eq!(first + lines(&mut receiver).len(), CHANNEL_CAPACITY + 10, "every line arrived");
    }

    #[tokio::test]
    async fn endless_lines_are_sent_in_parts_between_characters() {
        let (stream, _, mut receiver) = stream(LogSource::Stdout);
        let text = "ä€🌍".repeat(200_000);
        stream.print(text.as_bytes()).await;
        stream.flush_line().await;
        let parts = lines(&mut receiver);
        assert_eq!(parts.len(), text.len().div_ceil(MAX_LINE), "as few parts as possible");
        assert!(parts.iter().all(|part| part.len() <= MAX_LINE), "each is bounded");
        assert_eq!(parts.concat(), text, "no character is cut");
    }

    #[test]
    fn ignoring_the_permit_is_refused() {
        let (mut stream, _, receiver) = stream(LogSource::Stdout);
        let too_much = Bytes::from(vec![b'x'; PERMIT + 1]);
        assert!(matches!(stream.write(too_much), Err(StreamError::Trap(_))), "more than the permit");
        let lines = Bytes::from("\n".repeat(PERMIT));
        let refused = (0..1000).find(|_| stream.write(lines.clone()).is_err());
        assert!(refused.is_some(), "what waits is bounded even for a guest that never asks");
        drop(receiver);
    }

    #[tokio::test]
    async fn dropping_the_stream_tells_the_rest() {
        let (mut stream, _, mut receiver) = stream(LogSource::Stdout);
        write(&mut stream, b"last words");
        drop(stream);
        assert_eq!(lines(&mut receiver), ["last words"], "an unfinished line is a line");
    }

    #[tokio::test]
    async fn the_async_writer_is_the_same_stream() {
        let (stream, _, mut receiver) = stream(LogSource::Stdout);
        let mut writer = Box::into_pin(stream.async_stream());
        let reading = tokio::spawn(async move {
            let mut count = 0;
            while receiver.recv().await.is_some() {
                count += 1;
            }
            count
        });
        let many = "x\n".repeat(3 * CHANNEL_CAPACITY);
        writer.write_all(many.as_bytes()).await.expect("it writes");
        writer.shutdown().await.expect("it ends");
        drop((writer, stream));
        assert_eq!(reading.await.expect("no panic"), 3 * CHANNEL_CAPACITY, "every line arrived");
    }

    proptest! {
        #[test]
        fn lines_hold_all_that_was_written(parts in proptest::collection::vec("[a-zä\n]{0,20}", 0..40)) {
            let (mut stream, _, mut receiver) = stream(LogSource::Stdout);
            for part in &parts {
                write(&mut stream, part.as_bytes());
            }
            stream.try_flush_line();
            let written = parts.concat();
            let expected: Vec<&str> = written.lines().collect();
            prop_assert_eq!(lines(&mut receiver), expected);
        }
    }
}
