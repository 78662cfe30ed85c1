//! Seals: a keyed hash at the end of a file, so that damaged or foreign files are told from our own before a byte of
//! them is used.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::thread;

use blake3::{Hash, Hasher};

/// Hashed by one thread at a time.
const BLOCK: u64 = 1 << 20;
/// Reading and hashing is limited by memory bandwidth soon.
const THREADS: u64 = 4;

/// Seals and checks files of one kind.
#[derive(Clone)]
pub(super) struct Seal {
    blocks: [u8; 32],
    whole: [u8; 32],
}

impl Seal {
    /// The seal's size in bytes.
    pub(super) const SIZE: u64 = 32;

    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self {
            blocks: blake3::derive_key("node-workbench seal: blocks", key),
            whole: blake3::derive_key("node-workbench seal: whole", key),
        }
    }

    /// Seals the file as it is now; it then belongs to `name` and to no other.
    pub(super) fn put(&self, file: &mut File, name: &str) -> io::Result<()> {
        let length = file.seek(SeekFrom::End(0))?;
        let seal = self.hash(file, length, name)?;
        file.write_all(seal.as_bytes())
    }

    /// Whether the file was sealed as `name` and is as it was then.
    pub(super) fn holds(&self, file: &File, name: &str) -> io::Result<bool> {
        let Some(length) = file.metadata()?.len().checked_sub(Self::SIZE) else {
            return Ok(false);
        };
        let mut seal = [0; 32];
        file.read_exact_at(&mut seal, length)?;
        // `Hash` compares in constant time.
        Ok(self.hash(file, length, name)? == Hash::from_bytes(seal))
    }

    /// Blocks are hashed side by side, then their hashes in order, with the name and the length.
    fn hash(&self, file: &File, length: u64, name: &str) -> io::Result<Hash> {
        let blocks = length.div_ceil(BLOCK);
        let available = thread::available_parallelism().map_or(1, |count| count.get() as u64);
        let share = blocks.div_ceil(available.min(THREADS)).max(1);
        let hashes = thread::scope(|scope| {
            let parts: Vec<_> = (0..blocks)
                .step_by(share as usize)
                .map(|first| scope.spawn(move || self.part(file, length, first..blocks.min(first + share))))
                .collect();
            parts
                .into_iter()
                .map(|part| part.join().unwrap_or_else(|_| Err(io::Error::other("a hashing thread panicked"))))
                .collect::<io::Result<Vec<_>>>()
        })?;
        let mut whole = Hasher::new_keyed(&self.whole);
        whole.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes()).update(&length.to_le_bytes());
        for hash in hashes.iter().flatten() {
            whole.update(hash.as_bytes());
        }
        Ok(whole.finalize())
    }

    fn part(&self, file: &File, length: u64, blocks: std::ops::Range<u64>) -> io::Result<Vec<Hash>> {
        let mut buffer = vec![0; BLOCK.min(length) as usize];
        blocks
            .map(|block| {
                let start = block * BLOCK;
                let buffer = &mut buffer[..BLOCK.min(length - start) as usize];
                file.read_exact_at(buffer, start)?;
                Ok(Hasher::new_keyed(&self.blocks).update(&block.to_le_bytes()).update(buffer).finalize())
            })
            .collect()
    }
}
