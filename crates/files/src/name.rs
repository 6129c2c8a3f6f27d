//! Names of files that are made of any text: of a server, a rule, a path.

use sha2::{Digest, Sha256};

/// Characters of the text that stay readable. With the rest it fits every file system.
const READABLE_CHARS: usize = 40;

/// A file name for a text: a readable part, and one that makes it unique whatever characters the text has.
pub fn name_for(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let readable: String = text.chars().take(READABLE_CHARS).map(plain).collect();
    let digest = Sha256::digest(text);
    let mark: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{readable}-{mark}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_a_name_of_its_own() {
        assert_eq!(name_for("my server"), "my_server-b129874b63988939");
        assert_ne!(name_for("../x"), name_for("___x"));
        assert_eq!(name_for(&"日本".repeat(100)).len(), 57);
    }
}
