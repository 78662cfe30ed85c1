//! `wasi:http`: requests of a component go to the host's one HTTP mechanism, which asks the gate.

use std::sync::Arc;

use http_body_util::BodyExt as _;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler::Host as _;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, WasiHttpView};

use super::state::State;
use super::wasi;
use crate::guest::call_site;
use crate::host::RunContext;
use crate::host::http::{self, BodyError, SendError, SendOptions};

/// Carries out the requests of one store.
pub(super) struct Hooks {
    run: Arc<RunContext>,
    /// Where the request that is being made was called from.
    call_site: Vec<String>,
}

impl Hooks {
    pub fn new(run: Arc<RunContext>) -> Self {
        Self { run, call_site: Vec::new() }
    }
}

/// Puts the call site before the one function that sends.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.instance(&format!("wasi:http/outgoing-handler@{}", wasi::VERSION))?.func_wrap("handle", handle)
}

type Handled = Result<Resource<HostFutureIncomingResponse>, ErrorCode>;

fn handle(
    mut store: StoreContextMut<'_, State>,
    (request, options): (Resource<HostOutgoingRequest>, Option<Resource<RequestOptions>>),
) -> wasmtime::Result<(Handled,)> {
    let call_site = call_site(&store);
    let state = &mut store.data_mut().wasi;
    state.hooks.call_site = call_site;
    match state.http().handle(request, options) {
        Ok(response) => Ok((Ok(response),)),
        Err(error) => Ok((Err(error.downcast()?),)),
    }
}

type Io = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Exchange = Box<dyn Future<Output = Result<(::http::Response<WasiBody>, Io), Error>> + Send>;

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: ::http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _finished: Io,
    ) -> Exchange {
        let run = self.run.clone();
        let options = options.unwrap_or_default();
        let options = SendOptions {
            connect_timeout: options.connect_timeout,
            first_byte_timeout: options.first_byte_timeout,
            between_bytes_timeout: options.between_bytes_timeout,
            call_site: std::mem::take(&mut self.call_site),
        };
        Box::new(async move {
            let request = request.map(|body| body.map_err(|error| BodyError::Broken(error.to_string())).boxed_unsync());
            let sent = http::send(run, request, options).await.map_err(send_error)?;
            let response = sent.response.map(|body| body.map_err(body_error).boxed_unsync());
            // The connection is driven by the mechanism's own task.
            Ok((response, Box::new(std::future::ready(Ok(()))) as Io))
        })
    }
}

fn send_error(error: SendError) -> Error {
    match error {
        SendError::Denied | SendError::Revoked => Error::HttpRequestDenied,
        SendError::BadRequest(_) => Error::HttpRequestUriInvalid,
        SendError::Dns(reason) => Error::DnsError { rcode: Some(reason), info_code: None },
        SendError::Connect(_) => Error::ConnectionRefused,
        SendError::Tls(_) => Error::TlsProtocolError,
        SendError::Timeout => Error::ConnectionTimeout,
        SendError::Protocol(_) => Error::HttpProtocolError,
        SendError::TooLarge => Error::HttpResponseBodySize(None),
    }
}

fn body_error(error: BodyError) -> Error {
    match error {
        BodyError::Timeout => Error::ConnectionReadTimeout,
        BodyError::TooLarge => Error::HttpResponseBodySize(None),
        BodyError::Revoked => Error::HttpRequestDenied,
        BodyError::Broken(_) => Error::ConnectionTerminated,
    }
}
