//! Small pictures of large ones. Bytes travel as base64 text on pins.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flow_like_wasm_sdk::{log, *};
use image::{DynamicImage, ImageFormat, ImageReader, Limits};

/// More than this is not decoded: width and height alone may promise a picture of gigabytes.
const MOST_BYTES: u64 = 32 << 20;

#[register_node]
#[derive(Default)]
pub struct Thumbnail;

impl WasmNode for Thumbnail {
    fn get_node(&self) -> NodeDefinition {
        let mut node = NodeDefinition::new(
            "thumbnail",
            "Thumbnail",
            "Makes a small PNG of a PNG or JPEG image",
            "Image/Transform",
        );
        node.add_input_pin("exec", "Run", "Starts", VariableType::Execution);
        node.add_input_pin("image", "Image", "PNG or JPEG", VariableType::Byte);
        node.add_input_pin("size", "Size", "The longer side, in pixels", VariableType::Integer)
            .set_default_value(json!(128))
            .set_range(1.0, 1024.0)
            .set_step(1.0);
        node.add_output_pin("exec_out", "Done", "Fires when the picture is there", VariableType::Execution);
        node.add_output_pin("thumbnail", "Thumbnail", "PNG", VariableType::Byte);
        node.add_output_pin("width", "Width", "Of the original, in pixels", VariableType::Integer);
        node.add_output_pin("height", "Height", "Of the original, in pixels", VariableType::Integer);
        node
    }

    fn run(&self, mut ctx: Context) -> ExecutionResult {
        let size = u32::try_from(ctx.get_i64("size").unwrap_or(128)).unwrap_or(0).clamp(1, 1024);
        let base64 = ctx.get_string("image").unwrap_or_default();
        match STANDARD.decode(base64).map_err(|error| error.to_string()).and_then(|bytes| thumbnail(bytes, size)) {
            Ok((original, png)) => {
                let (width, height) = (original.width(), original.height());
                log::info(&format!("{width} × {height} pixels became {} bytes", png.len()));
                ctx.set_output("width", width);
                ctx.set_output("height", height);
                ctx.set_output("thumbnail", STANDARD.encode(png));
                ctx.success()
            }
            Err(error) => ctx.fail(format!("this is no picture that can be read: {error}")),
        }
    }
}

/// The picture, and its small version as a PNG that is at most `size` wide and high; small pictures stay as they are.
fn thumbnail(bytes: Vec<u8>, size: u32) -> Result<(DynamicImage, Vec<u8>), String> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| error.to_string())?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    reader.limits(limits);
    let original = reader.decode().map_err(|error| error.to_string())?;
    let large = original.width() > size || original.height() > size;
    let mut png = Cursor::new(Vec::new());
    let small = if large { &original.thumbnail(size, size) } else { &original };
    small.write_to(&mut png, ImageFormat::Png).map_err(|error| error.to_string())?;
    Ok((original, png.into_inner()))
}

wasm_main!();
