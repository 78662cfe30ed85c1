//! The seam's two shapes: what a guest calls, and what it gets back.

/// One host function with its arguments, as the guest called it. Text is as the guest gave it: untrusted.
#[derive(Clone, Copy, Debug)]
pub enum Call<'a> {
    Log {
        level: u8,
        message: &'a str,
    },
    /// `log_json` of core modules: `data` is JSON text or empty.
    LogJson {
        level: u8,
        message: &'a str,
        data: &'a str,
    },

    GetInput {
        name: &'a str,
    },
    SetOutput {
        name: &'a str,
        value: &'a str,
    },
    ActivateExec {
        name: &'a str,
    },

    VarGet {
        name: &'a str,
    },
    VarSet {
        name: &'a str,
        value: &'a str,
    },
    VarDelete {
        name: &'a str,
    },
    VarHas {
        name: &'a str,
    },

    CacheGet {
        key: &'a str,
    },
    CacheSet {
        key: &'a str,
        value: &'a str,
    },
    CacheDelete {
        key: &'a str,
    },
    CacheHas {
        key: &'a str,
    },

    Emit {
        kind: &'a str,
        data: &'a str,
    },
    Text {
        content: &'a str,
    },

    NodeId,
    RunId,
    AppId,
    BoardId,
    UserId,
    TimeNow,
    /// Reply: `Reply::F64` in 0..1.
    Random,
    /// Reply: `Reply::U64` of random bits.
    RandomBits,
    IsStreaming,
    LogLevel,
    NewResourceHandle,

    StorageDir {
        node_scoped: bool,
    },
    UploadDir,
    CacheDir {
        node_scoped: bool,
        user_scoped: bool,
    },
    UserDir {
        node_scoped: bool,
    },
    ReadFile {
        path: &'a str,
    },
    WriteFile {
        path: &'a str,
        data: &'a [u8],
    },
    WriteFileStart {
        path: &'a str,
        total_size: u64,
    },
    WriteFileChunk {
        write_id: &'a str,
        data: &'a [u8],
    },
    WriteFileFinish {
        write_id: &'a str,
    },
    ListFiles {
        path: &'a str,
    },

    EmbedText {
        model: &'a str,
        texts: &'a str,
    },
    EmbedTextQuery {
        model: &'a str,
        texts: &'a str,
    },
    EmbedTextDocument {
        model: &'a str,
        texts: &'a str,
    },
    EmbedImage {
        model: &'a str,
        image: &'a [u8],
    },
    LlmPrompt {
        model: &'a str,
        messages: &'a str,
        stream: bool,
    },
    LlmPromptStream {
        model: &'a str,
        request: &'a str,
    },

    GetOAuthToken {
        provider: &'a str,
    },
    HasOAuthToken {
        provider: &'a str,
    },

    HttpRequest {
        method: u8,
        url: &'a str,
        headers: &'a str,
        body: Option<&'a [u8]>,
    },
    /// The document of the last exchange of this run: the workbench's extension for core modules.
    HttpResponse,

    WsConnect {
        url: &'a str,
        headers: &'a str,
    },
    WsSend {
        session: &'a str,
        message: &'a [u8],
        binary: bool,
    },
    WsReceive {
        session: &'a str,
        timeout_ms: u32,
    },
    WsClose {
        session: &'a str,
    },

    GetTypeSchema {
        name: &'a str,
    },
    ListTypes,
    ImageFromBytes {
        data: &'a [u8],
        format: &'a str,
    },
    ImageToBytes {
        image: &'a str,
        format: &'a str,
    },
    DbQuery {
        op: u32,
        connection: &'a str,
        payload: &'a str,
    },
}

impl Call<'_> {
    /// Whether the user may be asked about it.
    pub fn may_ask(&self) -> bool {
        matches!(
            self,
            Self::HttpRequest { .. }
                | Self::WsConnect { .. }
                | Self::GetOAuthToken { .. }
                | Self::HasOAuthToken { .. }
                | Self::EmbedText { .. }
                | Self::EmbedTextQuery { .. }
                | Self::EmbedTextDocument { .. }
                | Self::EmbedImage { .. }
                | Self::LlmPrompt { .. }
                | Self::LlmPromptStream { .. }
        )
    }
}

/// What a host function gave back. Each ABI spells it in its own way.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    Unit,
    Bool(bool),
    U8(u8),
    U64(u64),
    F64(f64),
    /// `None`: absent, refused or failed.
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl Reply {
    pub fn text(self) -> Option<String> {
        if let Self::Text(text) = self { text } else { None }
    }

    pub fn bytes(self) -> Option<Vec<u8>> {
        if let Self::Bytes(bytes) = self { bytes } else { None }
    }

    pub fn flag(self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// Integers of any width; 0 for anything else.
    pub fn number(self) -> u64 {
        match self {
            Self::U64(number) => number,
            Self::U8(number) => number.into(),
            Self::Bool(flag) => flag.into(),
            _ => 0,
        }
    }

    pub fn float(self) -> f64 {
        if let Self::F64(number) = self { number } else { 0.0 }
    }
}

impl Call<'_> {
    /// The name as the component world spells it: `interface.function`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Log { .. } | Self::LogJson { .. } => "logging.log",
            Self::GetInput { .. } => "pins.get-input",
            Self::SetOutput { .. } => "pins.set-output",
            Self::ActivateExec { .. } => "pins.activate-exec",
            Self::VarGet { .. } => "variables.get-var",
            Self::VarSet { .. } => "variables.set-var",
            Self::VarDelete { .. } => "variables.delete-var",
            Self::VarHas { .. } => "variables.has-var",
            Self::CacheGet { .. } => "cache.cache-get",
            Self::CacheSet { .. } => "cache.cache-set",
            Self::CacheDelete { .. } => "cache.cache-delete",
            Self::CacheHas { .. } => "cache.cache-has",
            Self::Emit { .. } => "streaming.emit",
            Self::Text { .. } => "streaming.text",
            Self::NodeId => "metadata.get-node-id",
            Self::RunId => "metadata.get-run-id",
            Self::AppId => "metadata.get-app-id",
            Self::BoardId => "metadata.get-board-id",
            Self::UserId => "metadata.get-user-id",
            Self::TimeNow => "metadata.time-now",
            Self::Random | Self::RandomBits => "metadata.random",
            Self::IsStreaming => "metadata.is-streaming",
            Self::LogLevel => "metadata.get-log-level",
            Self::NewResourceHandle => "metadata.new-resource-handle",
            Self::StorageDir { .. } => "storage.storage-dir",
            Self::UploadDir => "storage.upload-dir",
            Self::CacheDir { .. } => "storage.cache-dir",
            Self::UserDir { .. } => "storage.user-dir",
            Self::ReadFile { .. } => "storage.read-file",
            Self::WriteFile { .. } => "storage.write-file",
            Self::WriteFileStart { .. } => "storage.write-file-start",
            Self::WriteFileChunk { .. } => "storage.write-file-chunk",
            Self::WriteFileFinish { .. } => "storage.write-file-finish",
            Self::ListFiles { .. } => "storage.list-files",
            Self::EmbedText { .. } => "models.embed-text",
            Self::EmbedTextQuery { .. } => "models.embed-text-query",
            Self::EmbedTextDocument { .. } => "models.embed-text-document",
            Self::EmbedImage { .. } => "models.embed-image",
            Self::LlmPrompt { .. } => "models.llm-prompt",
            Self::LlmPromptStream { .. } => "models.llm-prompt-stream",
            Self::GetOAuthToken { .. } => "auth.get-oauth-token",
            Self::HasOAuthToken { .. } => "auth.has-oauth-token",
            Self::HttpRequest { .. } => "http.request",
            Self::HttpResponse => "http.response",
            Self::WsConnect { .. } => "websocket.connect",
            Self::WsSend { .. } => "websocket.send",
            Self::WsReceive { .. } => "websocket.receive",
            Self::WsClose { .. } => "websocket.close",
            Self::GetTypeSchema { .. } => "schema.get-type-schema",
            Self::ListTypes => "schema.list-types",
            Self::ImageFromBytes { .. } => "image.from-bytes",
            Self::ImageToBytes { .. } => "image.to-bytes",
            Self::DbQuery { .. } => "db.query",
        }
    }
}
