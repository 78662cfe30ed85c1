//! HTTP exchanges: the one mechanism for both runtime models and for `wasi:http`.

use super::{HostState, Reply};

impl HostState {
    pub(super) async fn http_request(
        &mut self,
        _method: u8,
        _url: &str,
        _headers: &str,
        _body: Option<&[u8]>,
    ) -> Reply {
        todo!()
    }

    pub(super) fn http_response(&mut self) -> Reply {
        todo!()
    }
}
