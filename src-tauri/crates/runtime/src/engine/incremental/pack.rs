//! One file of compiled functions: their code, then an index, the number of its entries, and a seal over both. Each
//! entry of the index carries a keyed hash of its code, so a function can be read and checked by itself.

use std::borrow::Cow;
use std::fs::{File, FileTimes, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;
use std::time::SystemTime;

use blake3::{Hash, Hasher};

use crate::engine::folder;
use crate::private;

/// What the compiler knows a function by: a SHA-256 over its code, its types and the target.
pub(super) type Key = [u8; 32];

/// Where a function is in its pack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    offset: u64,
    length: u32,
    mark: [u8; 16],
}

/// Key, offset, length, mark.
const ENTRY: usize = 32 + 8 + 4 + 16;
/// The count and the seal.
const FOOTER: usize = 8 + 32;

/// Marks packs as our own, and as those of one engine.
pub(super) struct Keys {
    function: [u8; 32],
    index: [u8; 32],
    prefix: String,
}

impl Keys {
    pub(super) fn new(key: &[u8; 32], fingerprint: &Hash) -> Self {
        let mut own = key.to_vec();
        own.extend_from_slice(fingerprint.as_bytes());
        Self {
            function: blake3::derive_key("node-workbench functions: code", &own),
            index: blake3::derive_key("node-workbench functions: index", &own),
            prefix: format!("{}-", &fingerprint.to_hex()[..16]),
        }
    }

    /// The file's name, if it is a pack of this engine.
    pub(super) fn own_name<'a>(&self, path: &'a Path) -> Option<&'a str> {
        let name = path.file_name()?.to_str()?;
        (name.starts_with(&self.prefix) && name.ends_with(".pack")).then_some(name)
    }

    fn mark(&self, key: &Key, code: &[u8]) -> [u8; 16] {
        let mut mark = [0; 16];
        Hasher::new_keyed(&self.function).update(key).update(code).finalize_xof().fill(&mut mark);
        mark
    }

    fn seal(&self, index: &[u8], count: u64) -> Hash {
        Hasher::new_keyed(&self.index).update(&count.to_le_bytes()).update(index).finalize()
    }
}

pub(super) struct Pack {
    file: File,
    size: u64,
    index: Vec<(Key, Place)>,
}

impl Pack {
    /// `None`: damaged, or not ours.
    pub(super) fn open(path: &Path, keys: &Keys) -> io::Result<Option<Self>> {
        let file = private::open_for_reading(path)?;
        let size = file.metadata()?.len();
        let Some(end) = size.checked_sub(FOOTER as u64) else { return Ok(None) };
        let mut count = [0; 8];
        let mut seal = [0; 32];
        file.read_exact_at(&mut count, end)?;
        file.read_exact_at(&mut seal, end + 8)?;
        let count = u64::from_le_bytes(count);
        let Some(length) = count.checked_mul(ENTRY as u64).filter(|length| *length <= end) else { return Ok(None) };
        let start = end - length;
        let mut bytes = vec![0; length as usize];
        file.read_exact_at(&mut bytes, start)?;
        if keys.seal(&bytes, count) != Hash::from_bytes(seal) {
            return Ok(None);
        }
        let index = bytes.chunks_exact(ENTRY).map_while(entry).collect();
        Ok(Some(Self { file, size, index }))
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn places(&self) -> impl Iterator<Item = (Key, Place)> {
        self.index.iter().copied()
    }

    /// The function's code. `None`, and it is compiled again, where it can't be read or was changed.
    pub(super) fn get(&self, keys: &Keys, key: &Key, place: Place) -> Option<Vec<u8>> {
        if place.offset.checked_add(u64::from(place.length))? > self.size {
            return None;
        }
        let mut code = vec![0; place.length as usize];
        self.file.read_exact_at(&mut code, place.offset).ok()?;
        (keys.mark(key, &code) == place.mark).then_some(code)
    }

    /// Notes that the pack is in use.
    pub(super) fn touch(&self) -> io::Result<()> {
        self.file.set_times(FileTimes::new().set_modified(SystemTime::now()))
    }
}

fn entry(bytes: &[u8]) -> Option<(Key, Place)> {
    let (key, rest) = bytes.split_first_chunk()?;
    let (offset, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (mark, _) = rest.split_first_chunk()?;
    let place = Place { offset: u64::from_le_bytes(*offset), length: u32::from_le_bytes(*length), mark: *mark };
    Some((*key, place))
}

/// Writes a pack and returns its name.
pub(super) fn write<'a>(
    folder: &Path,
    keys: &Keys,
    functions: impl Iterator<Item = (Key, Cow<'a, [u8]>)>,
) -> io::Result<String> {
    let file = folder::unfinished(folder)?;
    let mut writer = BufWriter::with_capacity(1 << 20, file);
    let mut index = Vec::new();
    let (mut offset, mut count) = (0_u64, 0_u64);
    for (key, code) in functions {
        let length = u32::try_from(code.len()).map_err(io::Error::other)?;
        writer.write_all(&code)?;
        index.extend_from_slice(&key);
        index.extend_from_slice(&offset.to_le_bytes());
        index.extend_from_slice(&length.to_le_bytes());
        index.extend_from_slice(&keys.mark(&key, &code));
        offset += u64::from(length);
        count += 1;
    }
    writer.write_all(&index)?;
    writer.write_all(&count.to_le_bytes())?;
    writer.write_all(keys.seal(&index, count).as_bytes())?;
    let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().set_permissions(Permissions::from_mode(0o400))?;
    // The index holds the hash of every function, so its hash names the pack.
    let name = format!("{}{}.pack", keys.prefix, &blake3::hash(&index).to_hex()[..32]);
    file.persist(folder.join(&name)).map_err(|error| error.error)?;
    Ok(name)
}
