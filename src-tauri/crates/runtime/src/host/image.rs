//! Images, decoded once and held by the host for the length of a run.

use std::collections::HashMap;
use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits};

use super::{HostState, Reply, locked, meta};

/// Pixels in each direction.
const MAX_SIDE: u32 = 16_384;
/// Decoded bytes of one image, with what its decoder needs.
const MAX_DECODED: u64 = 256 << 20;
/// Decoded bytes of all images of a run.
const MAX_HELD: u64 = 256 << 20;
const MAX_IMAGES: usize = 1024;

/// The formats that the workbench reads and writes, by the names guests use.
const FORMATS: [(&str, ImageFormat); 8] = [
    ("png", ImageFormat::Png),
    ("jpg", ImageFormat::Jpeg),
    ("jpeg", ImageFormat::Jpeg),
    ("webp", ImageFormat::WebP),
    ("gif", ImageFormat::Gif),
    ("bmp", ImageFormat::Bmp),
    ("tif", ImageFormat::Tiff),
    ("tiff", ImageFormat::Tiff),
];

/// The images of one run.
#[derive(Default)]
pub struct Images {
    held: HashMap<String, Held>,
    bytes: u64,
    /// Room for images that are being decoded just now.
    promised: usize,
}

#[derive(Clone)]
struct Held {
    image: Arc<DynamicImage>,
    /// As it came.
    format: ImageFormat,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the format \"{name}\" is not known; use png, jpeg, webp, gif, bmp or tiff")]
    Format { name: String },
    #[error("the bytes are not an image of a known format")]
    NotAnImage,
    #[error("the image cannot be decoded: {0}")]
    Decode(ImageError),
    #[error("the image cannot be encoded: {0}")]
    Encode(ImageError),
    #[error("the image would take {bytes} bytes, the limit is {limit}")]
    Large { bytes: u64, limit: u64 },
    #[error("the run holds {images} images with {bytes} bytes already; the limits are {MAX_IMAGES} and {MAX_HELD}")]
    Full { images: usize, bytes: u64 },
    #[error("there is no such image in this run")]
    Unknown,
    #[error("the system has no randomness for a reference")]
    NoRandomness,
    #[error("the work was interrupted")]
    Interrupted,
}

impl HostState {
    pub(super) async fn image_from_bytes(&mut self, data: &[u8], format: &str) -> Reply {
        match add(&self.run.shared.images, data, format).await {
            Ok(reference) => Reply::Text(Some(serde_json::json!({ "image_ref": reference }).to_string())),
            Err(refusal) => {
                self.refused("image.from-bytes", format, refusal).await;
                Reply::Text(None)
            }
        }
    }

    pub(super) async fn image_to_bytes(&mut self, image: &str, format: &str) -> Reply {
        match encode(&self.run.shared.images, &reference(image), format, self.run.limits.memory).await {
            Ok(bytes) => Reply::Bytes(Some(bytes)),
            Err(refusal) => {
                self.refused("image.to-bytes", image, refusal).await;
                Reply::Bytes(None)
            }
        }
    }
}

/// What a guest passes for an image: the document of `from-bytes`, or the bare reference in it.
pub(super) fn reference(image: &str) -> String {
    reference_in_document(image).unwrap_or_else(|| image.to_owned())
}

pub(super) fn reference_in_document(text: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Document {
        image_ref: String,
    }
    let document: Document = serde_json::from_str(text).ok()?;
    Some(document.image_ref)
}

/// Decodes and keeps an image; returns its reference. `format` is a hint: what the bytes say counts.
pub(super) async fn add(images: &Mutex<Images>, data: &[u8], format: &str) -> Result<String, Refusal> {
    let named = named_format(format)?;
    let format = image::guess_format(data).ok().or(named).ok_or(Refusal::NotAnImage)?;
    if !FORMATS.iter().any(|(_, known)| *known == format) {
        return Err(Refusal::NotAnImage);
    }
    let data = Bytes::copy_from_slice(data);
    let header = data.clone();
    let bytes = blocking(move || decoded_size(&header, format)).await?;
    let room = Room::take(images, bytes)?;
    let image = blocking(move || decode(&data, format)).await?;
    let reference = meta::token("image").ok_or(Refusal::NoRandomness)?;
    room.fill(reference.clone(), Held { image: Arc::new(image), format });
    Ok(reference)
}

/// The image in the given format, or in the one it came in; at most `limit` bytes.
pub(super) async fn encode(
    images: &Mutex<Images>,
    reference: &str,
    format: &str,
    limit: u64,
) -> Result<Vec<u8>, Refusal> {
    let held = locked(images).held.get(reference).cloned().ok_or(Refusal::Unknown)?;
    let format = named_format(format)?.unwrap_or(held.format);
    blocking(move || match write(&held.image, format, limit) {
        // Not every encoder brings the colours down to what its format holds.
        Err(Refusal::Encode(ImageError::Unsupported(_))) => {
            write(&DynamicImage::ImageRgba8(held.image.to_rgba8()), format, limit)
        }
        written => written,
    })
    .await
}

fn write(image: &DynamicImage, format: ImageFormat, limit: u64) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Bounded { bytes: Cursor::new(Vec::new()), limit, over: false };
    match image.write_to(&mut bytes, format) {
        Ok(()) => Ok(bytes.bytes.into_inner()),
        Err(_) if bytes.over => Err(Refusal::Large { bytes: limit.saturating_add(1), limit }),
        Err(error) => Err(Refusal::Encode(error)),
    }
}

/// `png`, `.PNG` and `image/png` are the same; empty means "find out".
fn named_format(name: &str) -> Result<Option<ImageFormat>, Refusal> {
    let plain = name.trim().trim_start_matches('.').to_ascii_lowercase();
    let plain = plain.strip_prefix("image/").unwrap_or(&plain);
    if plain.is_empty() {
        return Ok(None);
    }
    match FORMATS.iter().find(|(known, _)| *known == plain) {
        Some((_, format)) => Ok(Some(*format)),
        None => Err(Refusal::Format { name: name.chars().take(40).collect() }),
    }
}

fn reader(data: &[u8], format: ImageFormat) -> ImageReader<Cursor<&[u8]>> {
    let mut reader = ImageReader::with_format(Cursor::new(data), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    reader.limits(limits);
    reader
}

/// From the header alone.
fn decoded_size(data: &[u8], format: ImageFormat) -> Result<u64, Refusal> {
    let bytes = reader(data, format).into_decoder().map_err(Refusal::Decode)?.total_bytes();
    if bytes > MAX_DECODED {
        return Err(Refusal::Large { bytes, limit: MAX_DECODED });
    }
    Ok(bytes)
}

fn decode(data: &[u8], format: ImageFormat) -> Result<DynamicImage, Refusal> {
    reader(data, format).decode().map_err(Refusal::Decode)
}

/// A decoder that panics on a hostile file costs the guest its answer and nothing more.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Refusal::Interrupted))
}

/// Room for one image, given back when it is dropped unfilled.
struct Room<'a> {
    images: &'a Mutex<Images>,
    bytes: u64,
    filled: bool,
}

impl<'a> Room<'a> {
    fn take(images: &'a Mutex<Images>, bytes: u64) -> Result<Self, Refusal> {
        let mut all = locked(images);
        let count = all.held.len() + all.promised;
        if count >= MAX_IMAGES || all.bytes.saturating_add(bytes) > MAX_HELD {
            return Err(Refusal::Full { images: count, bytes: all.bytes });
        }
        all.bytes += bytes;
        all.promised += 1;
        Ok(Self { images, bytes, filled: false })
    }

    fn fill(mut self, reference: String, held: Held) {
        self.filled = true;
        locked(self.images).held.insert(reference, held);
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        let mut all = locked(self.images);
        all.promised -= 1;
        if !self.filled {
            all.bytes -= self.bytes;
        }
    }
}

/// Collects what an encoder writes, up to a limit.
struct Bounded {
    bytes: Cursor<Vec<u8>>,
    limit: u64,
    over: bool,
}

impl Write for Bounded {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.bytes.position().saturating_add(data.len() as u64) > self.limit {
            self.over = true;
            return Err(io::Error::other("too large"));
        }
        self.bytes.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Bounded {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(to)
    }
}

#[cfg(test)]
mod tests;
