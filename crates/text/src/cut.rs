//! Texts cut to a size.

/// At most so many characters of a text; `…` stands for the rest.
pub fn cut(text: &str, chars_max: usize) -> String {
    match text.char_indices().nth(chars_max) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// At most so many bytes of a text, in whole characters.
pub fn beginning(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_dots() {
        for (text, expect) in [("", ""), ("abc", "abc"), ("abcd", "abc…"), ("éàü", "éàü"), ("a  bc", "a…")]
        {
            assert_eq!(cut(text, 3), expect, "{text:?}");
        }
    }

    #[test]
    fn a_beginning_has_whole_characters() {
        for (bytes, expect) in [(0, ""), (1, ""), (2, "é"), (3, "é"), (9, "éé")] {
            assert_eq!(beginning("éé", bytes), expect, "{bytes}");
        }
    }
}
