//! What goes through a worker's pipes. Numbers are little-endian.
//!
//! Request: kind (u8), length of the result's file name (u8), the name, length of the wasm (u64), the wasm.
//! Answer: tag (u8), length of the text (u32), the text; for code also its length (u64) and the code.

use std::io::{self, Read, Write};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::artifact::{ArtifactKind, MAX_SIZE};

/// Longer error texts are cut.
const LONGEST_TEXT: usize = 64 << 10;

pub(in crate::engine) struct Request {
    pub(super) kind: ArtifactKind,
    /// The name of the file, in the folder for results, that the code is to be written to; empty: it is to be answered.
    pub(super) result: String,
    pub(super) wasm: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
pub(in crate::engine) enum Answer {
    /// The first word of every worker: the version of its wasmtime.
    Hello(String),
    /// The code is in the file.
    Done,
    /// The code, because it could not be written: the reason, empty where no file was named.
    Code(String, Vec<u8>),
    /// The file does not compile.
    Refused(String),
    /// The last word of a worker that ends for want of work; a request that crossed it was not seen.
    Bye,
}

impl Answer {
    fn parts(&self) -> (u8, &str) {
        match self {
            Self::Hello(version) => (b'h', version),
            Self::Done => (b'd', ""),
            Self::Code(reason, _) => (b'c', reason),
            Self::Refused(reason) => (b'r', reason),
            Self::Bye => (b'b', ""),
        }
    }

    fn from_parts(tag: u8, text: String, code: Vec<u8>) -> io::Result<Self> {
        match tag {
            b'h' => Ok(Self::Hello(text)),
            b'd' => Ok(Self::Done),
            b'c' => Ok(Self::Code(text, code)),
            b'r' => Ok(Self::Refused(text)),
            b'b' => Ok(Self::Bye),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

pub(super) fn write_answer(output: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let (tag, text) = answer.parts();
    let text = text.get(..text.floor_char_boundary(LONGEST_TEXT)).unwrap_or(text);
    let mut bytes = vec![tag];
    bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
    output.write_all(&bytes)?;
    if let Answer::Code(_, code) = answer {
        output.write_all(&(code.len() as u64).to_le_bytes())?;
        output.write_all(code)?;
    }
    output.flush()
}

pub(in crate::engine) async fn read_answer(input: &mut (impl AsyncRead + Unpin)) -> io::Result<Answer> {
    let tag = input.read_u8().await?;
    let length = input.read_u32_le().await? as usize;
    // A program that is no worker writes something else here.
    if length > LONGEST_TEXT {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut text = vec![0; length];
    input.read_exact(&mut text).await?;
    let mut code = Vec::new();
    if tag == b'c' {
        let length = Some(input.read_u64_le().await?).filter(|length| *length <= super::MEMORY);
        code = vec![0; length.ok_or(io::ErrorKind::InvalidData)? as usize];
        input.read_exact(&mut code).await?;
    }
    Answer::from_parts(tag, String::from_utf8_lossy(&text).into_owned(), code)
}

pub(in crate::engine) async fn write_request(
    output: &mut (impl AsyncWrite + Unpin),
    kind: ArtifactKind,
    result: &str,
    wasm: &[u8],
) -> io::Result<()> {
    let kind = match kind {
        ArtifactKind::Component => b'c',
        ArtifactKind::Core => b'm',
    };
    let length = u8::try_from(result.len()).map_err(io::Error::other)?;
    let mut head = vec![kind, length];
    head.extend_from_slice(result.as_bytes());
    head.extend_from_slice(&(wasm.len() as u64).to_le_bytes());
    output.write_all(&head).await?;
    output.write_all(wasm).await?;
    output.flush().await
}

pub(super) fn read_request(input: &mut impl Read) -> io::Result<Request> {
    let mut head = [0; 2];
    input.read_exact(&mut head)?;
    let [kind, length] = head;
    let kind = match kind {
        b'c' => ArtifactKind::Component,
        b'm' => ArtifactKind::Core,
        _ => return Err(io::ErrorKind::InvalidData.into()),
    };
    let mut result = vec![0; usize::from(length)];
    input.read_exact(&mut result)?;
    let result = String::from_utf8(result).map_err(|_| io::ErrorKind::InvalidData)?;
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    // A component whose parts were taken out is a little longer than what is left of it.
    let length = Some(u64::from_le_bytes(length)).filter(|length| *length <= 2 * MAX_SIZE);
    let mut wasm = vec![0; length.ok_or(io::ErrorKind::InvalidData)? as usize];
    input.read_exact(&mut wasm)?;
    Ok(Request { kind, result, wasm })
}
