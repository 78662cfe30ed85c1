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
        let threads = thread::available_parallelism().map_or(1, |count| count.get() as u64).min(THREADS);
        let hashes = if threads == 1 || blocks < 4 {
            self.part(file, length, 0..blocks)?
        } else {
            let share = blocks.div_ceil(threads);
            thread::scope(|scope| {
                let parts: Vec<_> = (0..blocks)
                    .step_by(share as usize)
                    .map(|first| scope.spawn(move || self.part(file, length, first..blocks.min(first + share))))
                    .collect();
                parts
                    .into_iter()
                    .map(|part| part.join().unwrap_or_else(|_| Err(io::Error::other("a hashing thread panicked"))))
                    .collect::<io::Result<Vec<_>>>()
            })?
            .concat()
        };
        let mut whole = Hasher::new_keyed(&self.whole);
        whole.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes()).update(&length.to_le_bytes());
        for hash in &hashes {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(content: &[u8], name: &str) -> (Seal, File) {
        let seal = Seal::new(&[7; 32]);
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(content).expect("written");
        seal.put(&mut file, name).expect("sealed");
        (seal, file)
    }

    #[test]
    fn holds_only_for_the_same_bytes_name_and_key() {
        let (seal, file) = sealed(b"code", "a");
        assert!(seal.holds(&file, "a").expect("readable"), "what was sealed is recognised");
        assert!(!seal.holds(&file, "b").expect("readable"), "an entry under another name is refused");
        assert!(!Seal::new(&[8; 32]).holds(&file, "a").expect("readable"), "a foreign secret is refused");
    }

    #[test]
    fn every_byte_counts() {
        let content: Vec<u8> = (0..600_u32).map(|byte| byte as u8).collect();
        let (seal, file) = sealed(&content, "a");
        for at in 0..file.metadata().expect("metadata").len() {
            let mut byte = [0];
            file.read_exact_at(&mut byte, at).expect("readable");
            file.write_all_at(&[byte[0] ^ 1], at).expect("writable");
            assert!(!seal.holds(&file, "a").expect("readable"), "byte {at} was changed");
            file.write_all_at(&byte, at).expect("writable");
        }
        assert!(seal.holds(&file, "a").expect("readable"), "restored");
    }

    #[test]
    fn blocks_cannot_be_swapped_cut_or_added() {
        let block = BLOCK as usize;
        let mut content = vec![1; 5 * block + 3];
        content[block..2 * block].fill(2);
        let (seal, file) = sealed(&content, "a");
        assert!(seal.holds(&file, "a").expect("readable"), "several threads agree with themselves");
        file.write_all_at(&content[block..2 * block], 0).expect("writable");
        file.write_all_at(&content[..block], BLOCK).expect("writable");
        assert!(!seal.holds(&file, "a").expect("readable"), "two blocks were swapped");
        for length in [0, 10, Seal::SIZE, BLOCK, 5 * BLOCK] {
            file.set_len(length).expect("resized");
            assert!(!seal.holds(&file, "a").expect("readable"), "cut to {length} bytes");
        }
    }
}
