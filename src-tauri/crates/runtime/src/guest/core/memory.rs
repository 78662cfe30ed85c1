//! The guest's linear memory: bounds, text, packed pointers. Pure; calls into the guest are in [`super::buffers`].
//!
//! Pointers and lengths are unsigned. Nothing here trusts them, and nothing here copies what can be borrowed.

use std::borrow::Cow;
use std::fmt::Display;

use crate::guest::fault::Fault;

/// A part of the guest's memory, as the guest named it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    pub pointer: u32,
    pub length: u32,
}

impl Slice {
    pub fn new(pointer: u32, length: u32) -> Self {
        Self { pointer, length }
    }

    /// High half: the pointer. Low half: the length in bytes. `None`: nothing, whichever half is 0.
    pub fn unpack(packed: u64) -> Option<Self> {
        let slice = Self { pointer: (packed >> 32) as u32, length: packed as u32 };
        (slice.pointer != 0 && slice.length != 0).then_some(slice)
    }

    pub fn pack(self) -> u64 {
        u64::from(self.pointer) << 32 | u64::from(self.length)
    }

    /// The bytes, borrowed. A slice of length 0 may point anywhere.
    pub fn bytes(self, memory: &[u8], function: impl Display) -> wasmtime::Result<&[u8]> {
        if self.length == 0 {
            return Ok(&[]);
        }
        let start = self.pointer as usize;
        let end = start.checked_add(self.length as usize);
        end.and_then(|end| memory.get(start..end)).ok_or_else(|| self.outside(memory.len(), function))
    }

    /// The same bytes, to be written to.
    pub fn bytes_mut(self, memory: &mut [u8], function: impl Display) -> wasmtime::Result<&mut [u8]> {
        if self.length == 0 {
            return Ok(&mut []);
        }
        let size = memory.len();
        let start = self.pointer as usize;
        let end = start.checked_add(self.length as usize);
        end.and_then(|end| memory.get_mut(start..end)).ok_or_else(|| self.outside(size, function))
    }

    /// The bytes as text. What is not UTF-8 is shown by replacement characters: a log line must not be lost.
    pub fn text(self, memory: &[u8], function: impl Display) -> wasmtime::Result<Cow<'_, str>> {
        let bytes = self.bytes(memory, function)?;
        Ok(match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            // Replacement may triple the size: of a huge text that is broken the beginning must do.
            Err(_) => Cow::Owned(String::from_utf8_lossy(bytes.get(..MAX_LOSSY).unwrap_or(bytes)).into_owned()),
        })
    }

    fn outside(self, size: usize, function: impl Display) -> wasmtime::Error {
        let Self { pointer, length } = self;
        let problem = format!("pointer {pointer} with length {length} is outside the guest's memory of {size} bytes");
        Fault::bad_abi(function.to_string(), problem)
    }
}

/// How much of a text that is not UTF-8 is kept, in bytes.
const MAX_LOSSY: usize = 8 << 20;

/// How much of an AssemblyScript string is read, in bytes.
const MAX_UTF16: u32 = 64 << 10;

/// An AssemblyScript string: UTF-16 with its length in bytes before the pointer. A bad pointer gives `None`, because
/// the string is only read to explain an abort.
pub(super) fn utf16_text(memory: &[u8], pointer: u32) -> Option<String> {
    let header = Slice::new(pointer.checked_sub(4)?, 4).bytes(memory, "").ok()?;
    let length = u32::from_le_bytes(header.try_into().ok()?).min(MAX_UTF16) & !1;
    let bytes = Slice::new(pointer, length).bytes(memory, "").ok()?;
    let (units, _) = bytes.as_chunks::<2>();
    Some(
        char::decode_utf16(units.iter().map(|&unit| u16::from_le_bytes(unit)))
            .map(|c| c.unwrap_or('\u{FFFD}'))
            .collect(),
    )
}

/// How much of a C string is read, in bytes.
const MAX_C_TEXT: usize = 64 << 10;

/// A C string, up to its NUL. A null or bad pointer gives `None`: such strings only explain something.
pub(super) fn c_text(memory: &[u8], pointer: u32) -> Option<String> {
    let bytes = memory.get(pointer as usize..).filter(|bytes| pointer != 0 && !bytes.is_empty())?;
    let bytes = bytes.get(..MAX_C_TEXT).unwrap_or(bytes);
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    Some(String::from_utf8_lossy(bytes.get(..end)?).into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_slice_outside_memory_is_named_with_all_its_numbers() {
        let error = Slice::new(u32::MAX, 8).bytes(&[0; 65536], "flowlike_log.info").expect_err("outside");
        assert_eq!(
            error.to_string(),
            "flowlike_log.info: pointer 4294967295 with length 8 is outside the guest's memory of 65536 bytes",
            "the message names function, pointer, length and size"
        );
    }

    #[test]
    fn an_empty_slice_may_point_anywhere() {
        assert_eq!(Slice::new(u32::MAX, 0).bytes(&[], "f").expect("empty"), b"", "SDKs pass any pointer with length 0");
    }

    #[test]
    fn a_pointer_above_two_gib_is_no_error_code() {
        let packed = 0x8000_0010_0000_0005_u64;
        assert_eq!(Slice::unpack(packed), Some(Slice::new(0x8000_0010, 5)), "packed values are unsigned");
    }

    #[test]
    fn either_half_zero_means_nothing() {
        for packed in [0, 5, 7 << 32] {
            assert_eq!(Slice::unpack(packed), None, "{packed:#x} stands for nothing");
        }
    }

    #[test]
    fn broken_text_is_kept_with_replacement_characters() {
        let memory = b"ok \xff\xfe end";
        let text = Slice::new(0, memory.len() as u32).text(memory, "f").expect("in bounds");
        assert_eq!(text, "ok \u{FFFD}\u{FFFD} end", "a line must not be lost for a bad byte");
    }

    #[test]
    fn assemblyscript_strings_are_decoded() {
        let mut memory = vec![0; 8];
        let units: Vec<u8> = "héllo 🌍".encode_utf16().flat_map(u16::to_le_bytes).collect();
        memory[4..8].copy_from_slice(&(units.len() as u32).to_le_bytes());
        memory.extend(&units);
        assert_eq!(utf16_text(&memory, 8).as_deref(), Some("héllo 🌍"), "surrogates and all");
        assert_eq!(utf16_text(&memory, 2), None, "no room for a header");
        assert_eq!(utf16_text(&memory, u32::MAX), None, "outside");
    }

    proptest! {
        #[test]
        fn no_pointer_panics(pointer: u32, length: u32, size in 0_usize..4096) {
            let mut memory = vec![b'x'; size];
            let slice = Slice::new(pointer, length);
            let fits = length == 0 || u64::from(pointer) + u64::from(length) <= size as u64;
            prop_assert_eq!(slice.bytes(&memory, "f").is_ok(), fits);
            prop_assert_eq!(slice.text(&memory, "f").is_ok(), fits);
            prop_assert_eq!(slice.bytes_mut(&mut memory, "f").is_ok(), fits);
            let _ = utf16_text(&memory, pointer);
        }

        #[test]
        fn utf16_never_panics(memory in proptest::collection::vec(any::<u8>(), 0..64), pointer in 0_u32..80) {
            let _ = utf16_text(&memory, pointer);
        }

        #[test]
        fn packing_is_reversible(pointer in 1_u32.., length in 1_u32..) {
            let slice = Slice::new(pointer, length);
            prop_assert_eq!(Slice::unpack(slice.pack()), Some(slice));
        }
    }
}
