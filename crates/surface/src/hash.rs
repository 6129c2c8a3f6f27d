//! Short, stable marks of names: the same text gives the same mark on every machine and in every version.

/// 64-bit FNV-1a. Not for secrets: it only tells names apart, and who uses it handles a collision.
pub(crate) fn of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Six hexadecimal digits of the hash.
pub(crate) fn mark(text: &str) -> String {
    format!("{:06x}", of(text) >> 40)
}
