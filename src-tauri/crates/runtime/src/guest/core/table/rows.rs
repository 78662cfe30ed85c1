//! The rows of the table.

use super::Give::{Bits, Document, Flag, Fraction, Millis, Status, Unit};
use super::Take::{Bytes, Number, Text};
use super::{Act, Args, Function, Give, Socket, Take};
use crate::host::Call;
use crate::permission::Capability::{
    self, Cache, Http, Models, OAuth, StorageRead, StorageWrite, Streaming, Variables, WebSocket,
};

type Make = for<'a> fn(&'a Args<'a>) -> Call<'a>;

const fn host(make: Make) -> Act {
    Act::Host(make)
}

pub(in crate::guest::core) fn request<'a>(a: &'a Args<'a>) -> Call<'a> {
    let body = a.bytes(3);
    Call::HttpRequest {
        method: a.byte(0),
        url: a.text(1),
        headers: a.text(2),
        body: (!body.is_empty()).then_some(body),
    }
}

const fn row(
    (module, name): (&'static str, &'static str),
    flat: &'static [&'static str],
    takes: &'static [Take],
    gives: Give,
    needs: Option<Capability>,
    act: Act,
) -> Function {
    Function { module, name, flat, takes, gives, needs, act }
}

pub(in crate::guest::core) static FUNCTIONS: &[Function] = &[
    // logging
    row(
        ("flowlike_log", "trace"),
        &["log_trace"],
        &[Text],
        Unit,
        None,
        host(|a| Call::Log { level: 0, message: a.text(0) }),
    ),
    row(
        ("flowlike_log", "debug"),
        &["log_debug"],
        &[Text],
        Unit,
        None,
        host(|a| Call::Log { level: 0, message: a.text(0) }),
    ),
    row(
        ("flowlike_log", "info"),
        &["log_info"],
        &[Text],
        Unit,
        None,
        host(|a| Call::Log { level: 1, message: a.text(0) }),
    ),
    row(
        ("flowlike_log", "warn"),
        &["log_warn"],
        &[Text],
        Unit,
        None,
        host(|a| Call::Log { level: 2, message: a.text(0) }),
    ),
    row(
        ("flowlike_log", "error"),
        &["log_error"],
        &[Text],
        Unit,
        None,
        host(|a| Call::Log { level: 3, message: a.text(0) }),
    ),
    row(
        ("flowlike_log", "log_json"),
        &["log_json"],
        &[Number, Text, Text],
        Unit,
        None,
        host(|a| Call::LogJson { level: a.byte(0), message: a.text(1), data: a.text(2) }),
    ),
    row(("env", "log"), &[], &[Text, Number], Unit, None, host(|a| Call::Log { level: a.byte(1), message: a.text(0) })),
    row(("env", "log"), &[], &[Text], Unit, None, host(|a| Call::Log { level: 1, message: a.text(0) })),
    row(
        ("env", "host_log"),
        &[],
        &[Number, Text],
        Unit,
        None,
        host(|a| Call::Log { level: a.byte(0), message: a.text(1) }),
    ),
    // pins
    row(
        ("flowlike_pins", "get_input"),
        &["get_input"],
        &[Text],
        Document,
        None,
        host(|a| Call::GetInput { name: a.text(0) }),
    ),
    row(
        ("flowlike_pins", "set_output"),
        &["set_output"],
        &[Text, Text],
        Unit,
        None,
        host(|a| Call::SetOutput { name: a.text(0), value: a.text(1) }),
    ),
    row(
        ("flowlike_pins", "activate_exec"),
        &["activate_exec"],
        &[Text],
        Unit,
        None,
        host(|a| Call::ActivateExec { name: a.text(0) }),
    ),
    // variables
    row(
        ("flowlike_vars", "get"),
        &["get_variable", "get_var", "host_get_variable"],
        &[Text],
        Document,
        Some(Variables),
        host(|a| Call::VarGet { name: a.text(0) }),
    ),
    row(
        ("flowlike_vars", "set"),
        &["set_variable", "set_var"],
        &[Text, Text],
        Unit,
        Some(Variables),
        host(|a| Call::VarSet { name: a.text(0), value: a.text(1) }),
    ),
    row(
        ("env", "host_set_variable"),
        &[],
        &[Text, Text],
        Status,
        Some(Variables),
        host(|a| Call::VarSet { name: a.text(0), value: a.text(1) }),
    ),
    row(
        ("flowlike_vars", "delete"),
        &["delete_variable", "delete_var"],
        &[Text],
        Unit,
        Some(Variables),
        host(|a| Call::VarDelete { name: a.text(0) }),
    ),
    row(
        ("flowlike_vars", "has"),
        &["has_variable", "has_var"],
        &[Text],
        Flag,
        Some(Variables),
        host(|a| Call::VarHas { name: a.text(0) }),
    ),
    // cache
    row(
        ("flowlike_cache", "get"),
        &["cache_get"],
        &[Text],
        Document,
        Some(Cache),
        host(|a| Call::CacheGet { key: a.text(0) }),
    ),
    row(
        ("flowlike_cache", "set"),
        &["cache_set"],
        &[Text, Text],
        Unit,
        Some(Cache),
        host(|a| Call::CacheSet { key: a.text(0), value: a.text(1) }),
    ),
    row(
        ("flowlike_cache", "delete"),
        &["cache_delete"],
        &[Text],
        Unit,
        Some(Cache),
        host(|a| Call::CacheDelete { key: a.text(0) }),
    ),
    row(
        ("flowlike_cache", "has"),
        &["cache_has"],
        &[Text],
        Flag,
        Some(Cache),
        host(|a| Call::CacheHas { key: a.text(0) }),
    ),
    // metadata
    row(("flowlike_meta", "get_node_id"), &["get_node_id"], &[], Document, None, host(|_| Call::NodeId)),
    row(("flowlike_meta", "get_run_id"), &["get_run_id"], &[], Document, None, host(|_| Call::RunId)),
    row(("flowlike_meta", "get_app_id"), &["get_app_id"], &[], Document, None, host(|_| Call::AppId)),
    row(("flowlike_meta", "get_board_id"), &["get_board_id"], &[], Document, None, host(|_| Call::BoardId)),
    row(("flowlike_meta", "get_user_id"), &["get_user_id"], &[], Document, None, host(|_| Call::UserId)),
    row(("flowlike_meta", "is_streaming"), &["is_streaming"], &[], Flag, None, host(|_| Call::IsStreaming)),
    row(("flowlike_meta", "get_log_level"), &["get_log_level"], &[], Give::Number, None, host(|_| Call::LogLevel)),
    row(
        ("flowlike_meta", "time_now"),
        &["time_now", "host_time_now", "Date.now", "emscripten_date_now"],
        &[],
        Millis,
        None,
        host(|_| Call::TimeNow),
    ),
    row(("flowlike_meta", "random"), &["random", "host_random"], &[], Bits, None, host(|_| Call::RandomBits)),
    row(("flowlike_meta", "random"), &["random", "host_random", "seed"], &[], Fraction, None, host(|_| Call::Random)),
    // storage
    row(
        ("flowlike_storage", "read_request"),
        &["read_request", "storage_read", "read_file"],
        &[Text],
        Document,
        Some(StorageRead),
        host(|a| Call::ReadFile { path: a.text(0) }),
    ),
    row(
        ("flowlike_storage", "write_request"),
        &["write_request", "storage_write", "write_file"],
        &[Text, Bytes],
        Flag,
        Some(StorageWrite),
        host(|a| Call::WriteFile { path: a.text(0), data: a.bytes(1) }),
    ),
    row(
        ("flowlike_storage", "list_request"),
        &["list_request", "storage_list", "list_files"],
        &[Text],
        Document,
        Some(StorageRead),
        host(|a| Call::ListFiles { path: a.text(0) }),
    ),
    row(
        ("flowlike_storage", "storage_dir"),
        &["storage_dir"],
        &[Number],
        Document,
        Some(StorageRead),
        host(|a| Call::StorageDir { node_scoped: a.flag(0) }),
    ),
    row(
        ("flowlike_storage", "upload_dir"),
        &["upload_dir"],
        &[],
        Document,
        Some(StorageRead),
        host(|_| Call::UploadDir),
    ),
    row(
        ("flowlike_storage", "cache_dir"),
        &["cache_dir"],
        &[Number, Number],
        Document,
        Some(StorageRead),
        host(|a| Call::CacheDir { node_scoped: a.flag(0), user_scoped: a.flag(1) }),
    ),
    row(
        ("flowlike_storage", "user_dir"),
        &["user_dir"],
        &[Number],
        Document,
        Some(StorageRead),
        host(|a| Call::UserDir { node_scoped: a.flag(0) }),
    ),
    // models and sign-in
    row(
        ("flowlike_models", "embed_text"),
        &["embed_text"],
        &[Text, Text],
        Document,
        Some(Models),
        host(|a| Call::EmbedText { model: a.text(0), texts: a.text(1) }),
    ),
    row(
        ("flowlike_auth", "get_oauth_token"),
        &["get_oauth_token"],
        &[Text],
        Document,
        Some(OAuth),
        host(|a| Call::GetOAuthToken { provider: a.text(0) }),
    ),
    row(
        ("flowlike_auth", "has_oauth_token"),
        &["has_oauth_token"],
        &[Text],
        Flag,
        Some(OAuth),
        host(|a| Call::HasOAuthToken { provider: a.text(0) }),
    ),
    // streaming
    row(
        ("flowlike_stream", "emit"),
        &["emit", "stream_emit", "host_stream"],
        &[Text, Text],
        Unit,
        Some(Streaming),
        host(|a| Call::Emit { kind: a.text(0), data: a.text(1) }),
    ),
    row(
        ("flowlike_stream", "text"),
        &["stream_text"],
        &[Text],
        Unit,
        Some(Streaming),
        host(|a| Call::Text { content: a.text(0) }),
    ),
    // HTTP
    row(
        ("flowlike_http", "request"),
        &["http_request"],
        &[Number, Text, Text, Bytes],
        Flag,
        Some(Http),
        Act::Host(request),
    ),
    row(
        ("flowlike_http", "request"),
        &["http_request"],
        &[Number, Text, Text, Bytes],
        Document,
        Some(Http),
        Act::Fetch,
    ),
    row(("flowlike_http", "response"), &["http_response"], &[], Document, Some(Http), host(|_| Call::HttpResponse)),
    // WebSocket
    row(
        ("flowlike_ws", "connect"),
        &["ws_connect"],
        &[Text, Text],
        Give::Number,
        Some(WebSocket),
        Act::Socket(Socket::Connect),
    ),
    row(
        ("flowlike_ws", "send"),
        &["ws_send"],
        &[Number, Bytes, Number],
        Flag,
        Some(WebSocket),
        Act::Socket(Socket::Send),
    ),
    row(
        ("flowlike_ws", "receive"),
        &["ws_receive"],
        &[Number, Number],
        Flag,
        Some(WebSocket),
        Act::Socket(Socket::Receive),
    ),
    row(
        ("flowlike_ws", "receive"),
        &["ws_receive"],
        &[Number, Number],
        Document,
        Some(WebSocket),
        Act::Socket(Socket::Receive),
    ),
    row(("flowlike_ws", "message"), &["ws_message"], &[], Document, Some(WebSocket), Act::Socket(Socket::Message)),
    row(("flowlike_ws", "close"), &["ws_close"], &[Number], Flag, Some(WebSocket), Act::Socket(Socket::Close)),
];
