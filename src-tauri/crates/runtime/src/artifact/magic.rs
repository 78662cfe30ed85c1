//! Which kind of file the first bytes are.

use super::ArtifactKind;
use crate::error::LoadError;
use crate::text::quoted;

pub enum Format<'a> {
    Binary(ArtifactKind),
    Text(&'a str),
}

const WASM: &[u8] = b"\0asm";
const CORE: &[u8] = &[1, 0, 0, 0];
const COMPONENT: &[u8] = &[0x0d, 0, 1, 0];
const ELF: &[u8] = b"\x7fELF";

/// How far into an ELF file the marks of wasmtime's own code files are looked for.
const MARK_REACH: usize = 64 << 10;

pub fn detect(bytes: &[u8]) -> Result<Format<'_>, LoadError> {
    if bytes.is_empty() {
        return Err(LoadError::Empty);
    }
    if let Some(rest) = bytes.strip_prefix(WASM) {
        return version(rest);
    }
    if WASM.starts_with(bytes) {
        return Err(cut_off(bytes.len()));
    }
    if is_precompiled(bytes) {
        return Err(LoadError::Precompiled);
    }
    match text(bytes) {
        Some(text) => Ok(Format::Text(text)),
        None => Err(LoadError::NotWasm { found: found(bytes) }),
    }
}

fn version(rest: &[u8]) -> Result<Format<'static>, LoadError> {
    match rest.first_chunk::<4>() {
        None => Err(cut_off(WASM.len() + rest.len())),
        Some(version) if version == CORE => Ok(Format::Binary(ArtifactKind::Core)),
        Some(version) if version == COMPONENT => Ok(Format::Binary(ArtifactKind::Component)),
        Some([version, 0, layer, 0]) => Err(LoadError::NotWasm {
            found: format!("a WebAssembly header of version {version}, layer {layer}, which nothing here can read"),
        }),
        Some(_) => Err(LoadError::NotWasm { found: "a WebAssembly header with an unknown version".into() }),
    }
}

fn cut_off(offset: usize) -> LoadError {
    LoadError::Malformed { offset, reason: "the header of 8 bytes is cut off".into() }
}

/// Wasmtime keeps compiled code in ELF files whose sections are named after it.
fn is_precompiled(bytes: &[u8]) -> bool {
    let holds = |part: &[u8]| [b".wasmtime".as_slice(), b".text.wasm"].iter().any(|mark| find(part, mark));
    let head = bytes.get(..MARK_REACH).unwrap_or(bytes);
    let tail = bytes.get(bytes.len().saturating_sub(MARK_REACH)..).unwrap_or_default();
    bytes.starts_with(ELF) && (holds(head) || holds(tail))
}

fn find(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

/// The text format: UTF-8 that starts, after space and comments, with a parenthesis.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rest = text.trim_start();
    loop {
        if let Some(comment) = rest.strip_prefix(";;") {
            rest = comment.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
        } else if let Some(comment) = rest.strip_prefix("(;") {
            rest = after_block(comment)?.trim_start();
        } else {
            return rest.starts_with('(').then_some(text);
        }
    }
}

/// What follows a block comment; they nest.
fn after_block(mut rest: &str) -> Option<&str> {
    let mut depth = 1_u64;
    while depth > 0 {
        let at = rest.find(['(', ';'])?;
        let (step, change) = match rest.get(at..at + 2) {
            Some("(;") => (2, 1),
            Some(";)") => (2, -1),
            _ => (1, 0),
        };
        depth = depth.saturating_add_signed(change);
        rest = rest.get(at + step..)?;
    }
    Some(rest)
}

/// What a file that is not WebAssembly seems to be.
fn found(bytes: &[u8]) -> String {
    const KNOWN: [(&[u8], &str); 14] = [
        (ELF, "an ELF header (a program or library for this kind of computer)"),
        (b"MZ", "a Windows program"),
        (&[0xcf, 0xfa, 0xed, 0xfe], "a macOS program"),
        (&[0xca, 0xfe, 0xba, 0xbe], "a Java class or a macOS universal program"),
        (&[0x1f, 0x8b], "gzip data (unpack it first)"),
        (b"PK\x03\x04", "a zip archive (unpack it first)"),
        (&[0x28, 0xb5, 0x2f, 0xfd], "zstd data (unpack it first)"),
        (&[0xfd, b'7', b'z', b'X', b'Z'], "xz data (unpack it first)"),
        (b"BZh", "bzip2 data (unpack it first)"),
        (b"BC\xc0\xde", "LLVM bitcode (it is not linked yet)"),
        (b"!<arch>", "an archive of object files (it is not linked yet)"),
        (b"\x89PNG", "a PNG image"),
        (b"%PDF", "a PDF document"),
        (b"version https://git-lfs", "a Git LFS pointer (fetch the file itself first)"),
    ];
    if let Some((_, name)) = KNOWN.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return (*name).into();
    }
    let head = bytes.get(..64).unwrap_or(bytes);
    let whole = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The cut may go through a character.
        Err(error) if error.error_len().is_none() => {
            head.get(..error.valid_up_to()).and_then(|part| std::str::from_utf8(part).ok()).unwrap_or_default()
        }
        Err(_) => "",
    };
    if !whole.is_empty() && !whole.contains('\0') {
        return format!("the text {}", quoted(whole.lines().next().unwrap_or_default().trim()));
    }
    let hex: Vec<String> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("the bytes {}", hex.join(" "))
}
