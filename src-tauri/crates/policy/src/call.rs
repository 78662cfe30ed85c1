//! The calls whose answer depends on the host.

/// The runtime model through which a call is made, where it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abi {
    /// A component.
    Component,
    /// A core module.
    Core,
}

/// The `headers-json` of a WebSocket connection, as far as it could be read.
#[derive(Clone, Copy, Debug)]
pub enum Headers<'a> {
    /// It is not a JSON object of strings.
    Unreadable,
    /// Names and values.
    Pairs(&'a [(String, String)]),
}

/// A call that a node makes, with what decides about it.
#[derive(Clone, Copy, Debug)]
pub enum Call<'a> {
    /// Flow-Like's `http.request`. Methods: 0 GET, 1 POST, 2 PUT, 3 DELETE, 4 PATCH, 5 HEAD, 6 OPTIONS.
    Http {
        /// The number of the method.
        method: i64,
        /// The URL as the node gives it.
        url: &'a str,
    },
    /// A request through `wasi:http`.
    WasiHttp {
        /// The URL of the request.
        url: &'a str,
    },
    /// Opening a WebSocket.
    WsConnect {
        /// The URL as the node gives it.
        url: &'a str,
        /// The headers of the handshake.
        headers: Headers<'a>,
    },
    /// Sending on a WebSocket or closing it: `false` where it is refused.
    WsSend,
    /// Receiving from a WebSocket.
    WsReceive,
    /// Creating a TCP socket.
    TcpCreate,
    /// Connecting, binding or listening with a TCP socket; the text of an address, without a port.
    TcpUse(&'a str),
    /// Creating a UDP socket.
    UdpCreate,
    /// Binding, connecting or sending with a UDP socket; the text of an address, without a port.
    UdpUse(&'a str),
    /// Looking a name up.
    Dns(&'a str),
    /// Reading a file, listing a folder, or asking for the node's folders.
    StorageRead,
    /// Writing a file, whole or in pieces.
    StorageWrite,
    /// `db.query` with the number of its operation.
    Database(i64),
    /// Reading a variable.
    VariableGet,
    /// Setting or removing a variable.
    VariableSet,
    /// Reading a cached value.
    CacheGet,
    /// Setting or removing a cached value.
    CacheSet,
    /// A stream event.
    Emit(Abi),
    /// A language or embedding model.
    Model,
    /// `models.embed-image` and the image functions, which are linked and never answer.
    Image,
    /// A token of an account.
    Oauth,
    /// `metadata.new-resource-handle`.
    NewHandle,
    /// Logs, pins and the rest of the metadata, which need nothing.
    Free,
}
