//! Packs the o200k vocabulary into one table that is read where it lies: nothing is loaded at run time.
//!
//! The library that carries the vocabulary unpacks it into 67 MB of heap, in 50 ms, at every start; it is asked
//! here instead, once, when the program is built. The table's layout is read by `src/tokens/vocabulary.rs`.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/tokens/hash.rs");
    let bpe = &bpe_openai::o200k_base().bpe;
    let count = u32::try_from(bpe.num_tokens()).expect("the vocabulary is small");
    let tokens: Vec<&[u8]> = (0..count).map(|rank| bpe.token_bytes(rank)).collect();
    let folder = env::var_os("OUT_DIR").expect("cargo names the folder");
    fs::write(Path::new(&folder).join("o200k.bin"), table(&tokens)).expect("the table is written");
}

/// Little-endian numbers: the count, the slots and where each group of tokens begins, of 32 bits; where each token and the
/// end begin in their groups, of 16 bits; then the bytes.
fn table(tokens: &[&[u8]]) -> Vec<u8> {
    let (mut groups, mut places, mut end) = (Vec::new(), Vec::new(), 0);
    for (rank, token) in tokens.iter().copied().chain([&[][..]]).enumerate() {
        if rank % hash::GROUP == 0 {
            groups.push(end);
        }
        let begin = groups.last().copied().unwrap_or_default();
        places.push(u16::try_from(end - begin).expect("a group is small"));
        end += token.len() as u32;
    }
    let words = [tokens.len() as u32].into_iter().chain(slots(tokens)).chain(groups);
    let numbers = words.flat_map(u32::to_le_bytes).chain(places.into_iter().flat_map(u16::to_le_bytes));
    numbers.chain(tokens.iter().copied().flatten().copied()).collect()
}

/// A hash table: each slot holds a rank in its lower 18 bits and a piece of the hash above, or nothing.
fn slots(tokens: &[&[u8]]) -> Vec<u32> {
    let mut slots = vec![hash::EMPTY; 1 << hash::SLOT_BITS];
    for (rank, token) in tokens.iter().enumerate() {
        let (mut at, tag) = hash::place(token);
        while slots[at] != hash::EMPTY {
            at = (at + 1) % slots.len();
        }
        slots[at] = tag | rank as u32;
    }
    slots
}

#[path = "src/tokens/hash.rs"]
mod hash;
