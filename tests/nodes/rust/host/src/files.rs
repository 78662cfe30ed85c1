//! Storage: directories, files, listings, writes in chunks, and paths that must not work.

use flow_like_wasm_sdk::*;

use crate::{Report, define, done};

#[register_node]
#[derive(Default)]
pub struct Storage;

impl WasmNode for Storage {
    fn get_node(&self) -> NodeDefinition {
        define("storage", "Writes, reads and lists", &[NodePermission::StorageRead, NodePermission::StorageWrite])
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let report = storage(&ctx);
        done(ctx, report)
    }
}

pub fn storage(ctx: &Context) -> Report {
    let mut report = Report::new();
    report.insert("storage_dir".into(), json!(host::storage_dir(true)));
    report.insert("storage_dir_shared".into(), json!(host::storage_dir(false)));
    report.insert("upload_dir".into(), json!(host::upload_dir()));
    report.insert("cache_dir".into(), json!(host::cache_dir(true, true)));
    report.insert("user_dir".into(), json!(host::user_dir(false)));
    let Some(folder) = ctx.storage_path(true) else {
        return report;
    };
    let file = folder.child("notes").child("first.txt");
    report.insert("storage_write".into(), json!(file.write(ctx, "grüße".as_bytes())));
    report.insert("storage_read".into(), json!(file.get_string(ctx)));
    report.insert("storage_missing".into(), json!(folder.child("missing.txt").read(ctx)));
    let names = folder.list(ctx).map(|files| files.iter().map(|file| file.path.clone()).collect::<Vec<_>>());
    report.insert("storage_list".into(), json!(names));
    let outside = ["../outside.txt", "/etc/passwd", "notes/../../outside.txt", "a\0b"];
    let escapes: Vec<bool> = outside
        .iter()
        .map(|path| {
            let mut escape = folder.clone();
            escape.path = (*path).to_owned();
            let written = escape.write(ctx, b"x");
            let child = folder.child(path);
            written || escape.read(ctx).is_some() || child.write(ctx, b"x") || child.read(ctx).is_some()
        })
        .collect();
    report.insert("storage_escapes".into(), json!(escapes));
    let foreign = FlowPath::new("first.txt".into(), "made up".into(), None);
    report.insert("storage_foreign".into(), json!(foreign.read(ctx).is_some() || foreign.write(ctx, b"x")));
    report
}

#[register_node]
#[derive(Default)]
pub struct Chunked;

impl WasmNode for Chunked {
    fn get_node(&self) -> NodeDefinition {
        let permissions = [NodePermission::StorageRead, NodePermission::StorageWrite];
        define("storage_chunked", "Writes a file in chunks", &permissions)
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let report = chunked(&ctx);
        done(ctx, report)
    }
}

const SIZE: usize = 12 * 1024 * 1024;

pub fn chunked(ctx: &Context) -> Report {
    let mut report = Report::new();
    let Some(folder) = ctx.storage_path(true) else {
        return report;
    };
    let large = folder.child("large.bin");
    let content: Vec<u8> = (0..SIZE).map(|index| (index % 251) as u8).collect();
    // Above 8 MiB the SDK writes in chunks by itself.
    report.insert("chunked_write".into(), json!(large.write(ctx, &content)));
    report.insert("chunked_same".into(), json!(large.read(ctx).is_some_and(|read| read == content)));

    let short = serde_json::to_string(&folder.child("short.bin")).unwrap_or_default();
    let started = host::storage_write_start(&short, 10);
    report.insert("chunked_start".into(), json!(started.is_some()));
    let id = started.unwrap_or_default();
    report.insert("chunked_chunk".into(), json!(host::storage_write_chunk(&id, b"12345")));
    report.insert("chunked_incomplete".into(), json!(host::storage_write_finish(&id)));
    report.insert("chunked_left".into(), json!(host::storage_read(&short).is_some()));
    report.insert("chunked_unknown".into(), json!(host::storage_write_chunk("made up", b"x")));
    report
}
