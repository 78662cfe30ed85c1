//! The two directions of a TCP connection, counted, and closed for the guest once their permit is revoked.

use std::sync::Arc;

use bytes::Bytes;
use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, InputStream, OutputStream, Pollable, SocketResult, StreamError, StreamResult,
};

use super::connection::Connection;
use crate::permission::Permit;

/// What both directions share.
#[derive(Clone)]
struct Counted {
    connection: Arc<Connection>,
    permit: Permit,
}

struct Input {
    inner: DynInputStream,
    counted: Counted,
}

struct Output {
    inner: DynOutputStream,
    counted: Counted,
}

/// Puts the counted streams in the place of wasmtime's.
pub fn count(
    table: &mut ResourceTable,
    input: &Resource<DynInputStream>,
    output: &Resource<DynOutputStream>,
    connection: Arc<Connection>,
    permit: Permit,
) -> SocketResult<()> {
    let counted = Counted { connection, permit };
    let input = table.get_mut(input)?;
    let inner = std::mem::replace(input, Box::new(Gone));
    *input = Box::new(Input { inner, counted: counted.clone() });
    let output = table.get_mut(output)?;
    let inner = std::mem::replace(output, Box::new(Gone));
    *output = Box::new(Output { inner, counted });
    Ok(())
}

impl Counted {
    /// After a revocation the guest finds the stream closed.
    fn open(&self) -> StreamResult<()> {
        if self.permit.revoked().is_cancelled() { Err(StreamError::Closed) } else { Ok(()) }
    }

    fn note<T>(&self, result: StreamResult<T>) -> StreamResult<T> {
        match &result {
            Err(StreamError::Closed) => self.connection.close_as("closed by the peer"),
            Err(StreamError::LastOperationFailed(error)) => self.connection.close_as(format!("broken: {error}")),
            _ => {}
        }
        result
    }
}

#[async_trait::async_trait]
impl Pollable for Input {
    async fn ready(&mut self) {
        tokio::select! {
            biased;
            () = self.counted.permit.revoked().cancelled() => {}
            () = self.inner.ready() => {}
        }
    }
}

#[async_trait::async_trait]
impl InputStream for Input {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.counted.open()?;
        let result = self.inner.read(size);
        let bytes = self.counted.note(result)?;
        self.counted.connection.traffic.received(bytes.len());
        Ok(bytes)
    }

    async fn cancel(&mut self) {
        self.inner.cancel().await;
    }
}

#[async_trait::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {
        tokio::select! {
            biased;
            () = self.counted.permit.revoked().cancelled() => {}
            () = self.inner.ready() => {}
        }
    }
}

#[async_trait::async_trait]
impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.counted.open()?;
        let size = bytes.len();
        let result = self.inner.write(bytes);
        self.counted.note(result)?;
        self.counted.connection.traffic.sent(size);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.counted.open()?;
        self.inner.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.counted.open()?;
        let result = self.inner.check_write();
        self.counted.note(result)
    }

    /// Waits for writes under way, but not for those of a connection that is to be closed.
    async fn cancel(&mut self) {
        tokio::select! {
            biased;
            () = self.counted.permit.revoked().cancelled() => {}
            () = self.inner.cancel() => {}
        }
    }
}

/// Stands in a stream's place for a moment.
pub struct Gone;

#[async_trait::async_trait]
impl Pollable for Gone {
    async fn ready(&mut self) {}
}

impl InputStream for Gone {
    fn read(&mut self, _size: usize) -> StreamResult<Bytes> {
        Err(StreamError::Closed)
    }
}

impl OutputStream for Gone {
    fn write(&mut self, _bytes: Bytes) -> StreamResult<()> {
        Err(StreamError::Closed)
    }

    fn flush(&mut self) -> StreamResult<()> {
        Err(StreamError::Closed)
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Err(StreamError::Closed)
    }
}
