//! The functions of `wasi:io/streams` that wait. wasmtime's own keep the whole table while they do; these wait with one
//! stream in hand, so that sockets can be closed meanwhile.

use std::pin::Pin;

use bytes::Bytes;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, LinkerInstance, Resource, ResourceType};
use wasmtime_wasi::p2::bindings::io::streams::{Host as _, StreamError};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, StreamResult};

use super::sockets::Gone;
use super::state::{State, Wasi};
use super::wasi;

/// As `wasi:io` says.
const MOST_WRITTEN: u64 = 4096;

type Waiting<'a, T> = Pin<Box<dyn Future<Output = StreamResult<T>> + Send + 'a>>;
type Store<'a> = StoreContextMut<'a, State>;
type Input = Resource<DynInputStream>;
type Output = Resource<DynOutputStream>;

pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut instance = linker.instance(&format!("wasi:io/streams@{}", wasi::VERSION))?;
    add_input(&mut instance)?;
    add_output(&mut instance)
}

fn add_input(instance: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    instance.resource_async("input-stream", ResourceType::host::<DynInputStream>(), |mut store, index| {
        Box::new(async move {
            let wasi = &mut store.data_mut().wasi;
            let mut stream = wasi.table.delete(Input::new_own(index))?;
            wasi.wait(stream.cancel()).await;
            Ok(())
        })
    })?;
    instance.func_wrap_async(
        "[method]input-stream.blocking-read",
        |mut store: Store<'_>, (stream, size): (Input, u64)| {
            Box::new(async move {
                let wasi = &mut store.data_mut().wasi;
                let read = wasi.read(&stream, |stream| stream.blocking_read(length(size))).await;
                wasi.answer(read.map(Vec::from))
            })
        },
    )?;
    instance.func_wrap_async(
        "[method]input-stream.blocking-skip",
        |mut store: Store<'_>, (stream, size): (Input, u64)| {
            Box::new(async move {
                let wasi = &mut store.data_mut().wasi;
                let skipped = wasi.read(&stream, |stream| stream.blocking_skip(length(size))).await;
                wasi.answer(skipped.map(|size| size as u64))
            })
        },
    )
}

fn add_output(instance: &mut LinkerInstance<'_, State>) -> wasmtime::Result<()> {
    instance.resource_async("output-stream", ResourceType::host::<DynOutputStream>(), |mut store, index| {
        Box::new(async move {
            let wasi = &mut store.data_mut().wasi;
            let mut stream = wasi.table.delete(Output::new_own(index))?;
            wasi.wait(stream.cancel()).await;
            Ok(())
        })
    })?;
    instance.func_wrap_async(
        "[method]output-stream.blocking-write-and-flush",
        |mut store: Store<'_>, (stream, bytes): (Output, Vec<u8>)| {
            Box::new(async move {
                let wasi = &mut store.data_mut().wasi;
                bounded(bytes.len() as u64, "blocking-write-and-flush")?;
                let written = wasi.write(&stream, |stream| stream.blocking_write_and_flush(bytes.into())).await;
                wasi.answer(written)
            })
        },
    )?;
    instance.func_wrap_async(
        "[method]output-stream.blocking-write-zeroes-and-flush",
        |mut store: Store<'_>, (stream, size): (Output, u64)| {
            Box::new(async move {
                let wasi = &mut store.data_mut().wasi;
                bounded(size, "blocking-write-zeroes-and-flush")?;
                let zeroes = Bytes::from(vec![0; length(size)]);
                let written = wasi.write(&stream, |stream| stream.blocking_write_and_flush(zeroes)).await;
                wasi.answer(written)
            })
        },
    )?;
    instance.func_wrap_async(
        "[method]output-stream.blocking-flush",
        |mut store: Store<'_>, (stream,): (Output,)| {
            Box::new(async move {
                let wasi = &mut store.data_mut().wasi;
                let flushed = wasi.write(&stream, flush).await;
                wasi.answer(flushed)
            })
        },
    )?;
    instance.func_wrap_async(
        "[method]output-stream.blocking-splice",
        |mut store: Store<'_>, (to, from, size): (Output, Input, u64)| {
            Box::new(async move {
                let wasi = &mut store.data_mut().wasi;
                let spliced = splice(wasi, &to, &from, length(size)).await;
                wasi.answer(spliced)
            })
        },
    )
}

async fn splice(wasi: &mut Wasi, to: &Output, from: &Input, size: usize) -> StreamResult<u64> {
    let size = size.min(wasi.write(to, |stream| stream.write_ready()).await?);
    if size == 0 {
        return Ok(0);
    }
    let bytes = wasi.read(from, |stream| stream.blocking_read(size)).await?;
    let size = bytes.len() as u64;
    if size > 0 {
        wasi.write(to, |stream| stream.blocking_write_and_flush(bytes)).await?;
    }
    Ok(size)
}

fn flush(stream: &mut DynOutputStream) -> Waiting<'_, ()> {
    Box::pin(async move {
        stream.flush()?;
        stream.write_ready().await.map(drop)
    })
}

fn length(size: u64) -> usize {
    size.try_into().unwrap_or(usize::MAX)
}

fn bounded(size: u64, function: &str) -> wasmtime::Result<()> {
    wasmtime::ensure!(size <= MOST_WRITTEN, "{function} was given {size} bytes, the limit is {MOST_WRITTEN}");
    Ok(())
}

impl Wasi {
    async fn read<T>(
        &mut self,
        stream: &Input,
        work: impl for<'a> FnOnce(&'a mut DynInputStream) -> Waiting<'a, T>,
    ) -> StreamResult<T> {
        let mut lent: DynInputStream = std::mem::replace(self.table.get_mut(stream)?, Box::new(Gone));
        let done = self.wait(work(&mut lent)).await;
        *self.table.get_mut(stream)? = lent;
        done
    }

    async fn write<T>(
        &mut self,
        stream: &Output,
        work: impl for<'a> FnOnce(&'a mut DynOutputStream) -> Waiting<'a, T>,
    ) -> StreamResult<T> {
        let mut lent: DynOutputStream = std::mem::replace(self.table.get_mut(stream)?, Box::new(Gone));
        let done = self.wait(work(&mut lent)).await;
        *self.table.get_mut(stream)? = lent;
        done
    }

    /// As the functions return it: what the guest may know of an error is the guest's, anything else a trap.
    fn answer<T>(&mut self, result: StreamResult<T>) -> wasmtime::Result<(Result<T, StreamError>,)> {
        Ok((match result {
            Ok(value) => Ok(value),
            Err(error) => Err(self.table.convert_stream_error(error)?),
        },))
    }
}
