//! Content codings of bodies that nobody asked to be encoded: nodes expect what they would get without.

use std::io::Read;

use ::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap};
use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::{SendError, headers};

/// One after the other; more are no server's.
const MOST_CODINGS: usize = 3;

pub(super) enum Decoded {
    All(Bytes),
    /// The body as it came, and why.
    Not(Bytes, String),
}

/// Undoes what the headers say, and takes it out of them. `limit` is for the decoded bytes at each step.
pub(super) async fn decode(fields: &mut HeaderMap, body: Bytes, limit: usize) -> Result<Decoded, SendError> {
    let codings: Vec<String> =
        headers::elements(fields, CONTENT_ENCODING.as_str()).map(str::to_ascii_lowercase).collect();
    let codings: Vec<String> = codings.into_iter().filter(|coding| coding != "identity").collect();
    if codings.is_empty() {
        return Ok(Decoded::All(body));
    }
    if let Some(unknown) = codings.iter().find(|coding| !matches!(coding.as_str(), "gzip" | "x-gzip" | "deflate")) {
        let reason = format!("{} cannot be decoded here", crate::text::quoted(unknown));
        return Ok(Decoded::Not(body, reason));
    }
    if codings.len() > MOST_CODINGS {
        return Ok(Decoded::Not(body, format!("{} codings, one in the other", codings.len())));
    }
    let encoded = body.clone();
    let decoding = tokio::task::spawn_blocking(move || {
        // The last one is the outermost.
        codings.iter().rev().try_fold(body, |body, coding| undo(coding, &body, limit))
    });
    match decoding.await.map_err(|error| SendError::Protocol(error.to_string()))? {
        Ok(decoded) => {
            fields.remove(CONTENT_ENCODING);
            fields.remove(CONTENT_LENGTH);
            Ok(Decoded::All(decoded))
        }
        Err(None) => Err(SendError::TooLarge),
        Err(Some(reason)) => Ok(Decoded::Not(encoded, reason)),
    }
}

/// The error is none where the limit is passed.
fn undo(coding: &str, body: &[u8], limit: usize) -> Result<Bytes, Option<String>> {
    let mut reader: Box<dyn Read + '_> = match coding {
        // Some servers leave the zlib wrapper out, as browsers know.
        "deflate" if is_zlib(body) => Box::new(ZlibDecoder::new(body)),
        "deflate" => Box::new(DeflateDecoder::new(body)),
        _ => Box::new(MultiGzDecoder::new(body)),
    };
    let mut decoded = Vec::new();
    let read = reader.by_ref().take(limit as u64 + 1).read_to_end(&mut decoded);
    if decoded.len() > limit {
        return Err(None);
    }
    read.map(|_| Bytes::from(decoded)).map_err(|error| Some(format!("it is no valid \"{coding}\": {error}")))
}

/// The check of zlib's two-byte header.
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [first, second, ..] if first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
}
