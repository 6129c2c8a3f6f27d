//! Sizes in model tokens.

/// The encoding the figures are counted in.
pub const ENCODING: &str = "o200k_base";

/// How many tokens a text costs.
pub fn count_tokens(text: &str) -> u64 {
    bpe_openai::o200k_base().count(text) as u64
}
