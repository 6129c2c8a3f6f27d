//! Where a token stands in the table. Shared by the build script, which writes it, and by the reader.

/// log2 of the number of slots: at 200,000 tokens a quarter is empty. More would be found faster by little, for a megabyte
/// of the program.
pub(crate) const SLOT_BITS: u32 = 18;

/// A slot without a token. No rank and tag together give it.
pub(crate) const EMPTY: u32 = u32::MAX;

/// Bits of a slot that hold the rank; the others hold a piece of the hash.
pub(crate) const RANK_BITS: u32 = 18;

/// Tokens whose places are told from one common place, so that two bytes each are enough.
pub(crate) const GROUP: usize = 64;

/// The first slot to look into, and the piece of the hash that a slot of this token carries.
pub(crate) fn place(bytes: &[u8]) -> (usize, u32) {
    let mut hash: u64 = bytes.len() as u64;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        hash = mixed(
            hash ^ u64::from_le_bytes([
                chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5], chunk[6], chunk[7],
            ]),
        );
    }
    let rest = chunks.remainder().iter().rev().fold(0, |rest, &byte| (rest << 8) | u64::from(byte));
    hash = mixed(hash ^ rest);
    let slot = (hash >> (64 - SLOT_BITS)) as usize;
    (slot, (hash as u32) & !((1 << RANK_BITS) - 1))
}

fn mixed(value: u64) -> u64 {
    let value = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (value ^ (value >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ (value >> 32)
}
