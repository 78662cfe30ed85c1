//! Variables, cache, image, schema, database.

use flow_like_wasm_sdk::*;

use crate::{Report, define, done};

#[register_node]
#[derive(Default)]
pub struct Variables;

impl WasmNode for Variables {
    fn get_node(&self) -> NodeDefinition {
        define("variables", "Sets, reads and deletes variables", &[NodePermission::Variables])
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let report = variables(&ctx);
        done(ctx, report)
    }
}

pub fn variables(_ctx: &Context) -> Report {
    let mut report = Report::new();
    report.insert("var_absent".into(), json!(var::get_variable("never set")));
    // What an earlier run left: kept per project.
    report.insert("var_kept".into(), json!(var::get_variable("kept")));
    var::set_variable("kept", &json!({ "count": 9_007_199_254_740_993_u64, "text": "ä€😀" }));
    report.insert("var_get".into(), json!(var::get_variable("kept")));
    report.insert("var_has".into(), json!(var::has_variable("kept")));
    var::set_variable("gone", &json!(1));
    var::delete_variable("gone");
    report.insert("var_deleted".into(), json!(var::has_variable("gone")));
    report
}

#[register_node]
#[derive(Default)]
pub struct Cache;

impl WasmNode for Cache {
    fn get_node(&self) -> NodeDefinition {
        define("cache", "Sets, reads and deletes cache entries", &[NodePermission::Cache])
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let report = cache(&ctx);
        done(ctx, report)
    }
}

pub fn cache(_ctx: &Context) -> Report {
    let mut report = Report::new();
    report.insert("cache_absent".into(), json!(host::cache_get("never set")));
    host::cache_set("key", &json!([1, 2, 3]));
    report.insert("cache_get".into(), json!(host::cache_get("key")));
    report.insert("cache_has".into(), json!(host::cache_has("key")));
    host::cache_delete("key");
    report.insert("cache_deleted".into(), json!(host::cache_has("key")));
    report
}

#[register_node]
#[derive(Default)]
pub struct Image;

impl WasmNode for Image {
    fn get_node(&self) -> NodeDefinition {
        define("image", "Takes an image in and converts it", &[])
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let report = image(&ctx);
        done(ctx, report)
    }
}

/// Two pixels, red and blue, as an uncompressed bitmap.
#[rustfmt::skip]
const BITMAP: [u8; 62] = [
    b'B', b'M', 62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24, 0,
    0, 0, 0, 0, 8, 0, 0, 0, 19, 11, 0, 0, 19, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 0,
];

pub fn image(_ctx: &Context) -> Report {
    let mut report = Report::new();
    let reference = host::image_from_bytes(&BITMAP, "bmp");
    report.insert("image_from_bytes".into(), json!(reference));
    report.insert("image_broken".into(), json!(host::image_from_bytes(b"no image", "png")));
    let document = reference.unwrap_or_default();
    let png = host::image_to_bytes(&document, "png");
    report.insert("image_to_png".into(), json!(png.map(|png| png.starts_with(b"\x89PNG"))));
    let bare = serde_json::from_str::<NodeImage>(&document).map(|image| image.image_ref).unwrap_or_default();
    let png = host::image_to_bytes(&bare, "png");
    report.insert("image_bare".into(), json!(png.map(|png| png.starts_with(b"\x89PNG"))));
    report.insert("image_unknown".into(), json!(host::image_to_bytes("no such image", "png").is_some()));
    report
}

#[register_node]
#[derive(Default)]
pub struct Schema;

impl WasmNode for Schema {
    fn get_node(&self) -> NodeDefinition {
        define("schema", "Asks for the schemas of the host's types", &[])
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let report = schema(&ctx);
        done(ctx, report)
    }
}

pub fn schema(_ctx: &Context) -> Report {
    let mut report = Report::new();
    report.insert("schema_types".into(), json!(host::list_types()));
    for name in ["FlowPath", "NodeImage", "Bit", "CachedEmbeddingModel", "NodeDBConnection", "Nothing"] {
        report.insert(format!("schema_{name}"), json!(host::get_type_schema(name)));
    }
    report
}

#[register_node]
#[derive(Default)]
pub struct Database;

impl WasmNode for Database {
    fn get_node(&self) -> NodeDefinition {
        define("database", "Queries a database", &[])
    }

    fn run(&self, ctx: Context) -> ExecutionResult {
        let report = database(&ctx);
        done(ctx, report)
    }
}

pub fn database(_ctx: &Context) -> Report {
    let connection = json!({ "cache_key": "none" }).to_string();
    let mut report = Report::new();
    report.insert("db_vector".into(), json!(host::db_vector_search(&connection, "{}")));
    report.insert("db_fts".into(), json!(host::db_fts_search(&connection, "{}")));
    report.insert("db_hybrid".into(), json!(host::db_hybrid_search(&connection, "{}")));
    report.insert("db_insert".into(), json!(host::db_insert(&connection, "[]")));
    report.insert("db_upsert".into(), json!(host::db_upsert(&connection, "{}")));
    report.insert("db_delete".into(), json!(host::db_delete(&connection, "{}")));
    report.insert("db_list".into(), json!(host::db_list(&connection, "{}")));
    report.insert("db_count".into(), json!(host::db_count(&connection, "{}")));
    report
}
