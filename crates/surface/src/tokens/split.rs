//! Cuts a text into the pieces that o200k merges by themselves: words with the sign before them, up to three
//! digits, runs of signs, runs of space.
//!
//! The published definition is a regular expression; written by hand it needs no tables of its own, takes linear
//! time whatever the text, and is several times faster. Alternatives are tried in the published order:
//!
//! ```text
//! [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//! [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//! \p{N}{1,3}
//!  ?[^\s\p{L}\p{N}]+[\r\n/]*
//! \s*[\r\n]+
//! \s+(?!\S)
//! \s+
//! ```

use unicode_general_category::{GeneralCategory as Category, get_general_category};

/// The pieces of a text, in order; together they are the text.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (piece, after) = rest.split_at(piece_end(rest, first));
        rest = after;
        Some(piece)
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Upper and title case.
    Upper,
    Lower,
    /// Letters without case.
    Caseless,
    /// Combining marks: part of a word, though no letters.
    Mark,
    Number,
    Break,
    Space,
    Sign,
}

impl Class {
    fn of(c: char) -> Self {
        match c {
            'a'..='z' => Self::Lower,
            'A'..='Z' => Self::Upper,
            '0'..='9' => Self::Number,
            '\r' | '\n' => Self::Break,
            ' ' | '\t' | '\x0b' | '\x0c' => Self::Space,
            '\0'..='\x7f' => Self::Sign,
            _ if c.is_whitespace() => Self::Space,
            _ => Self::of_category(get_general_category(c)),
        }
    }

    fn of_category(category: Category) -> Self {
        match category {
            Category::UppercaseLetter | Category::TitlecaseLetter => Self::Upper,
            Category::LowercaseLetter => Self::Lower,
            Category::ModifierLetter | Category::OtherLetter => Self::Caseless,
            Category::NonspacingMark | Category::SpacingMark | Category::EnclosingMark => Self::Mark,
            Category::DecimalNumber | Category::LetterNumber | Category::OtherNumber => Self::Number,
            _ => Self::Sign,
        }
    }

    fn may_begin_word(self) -> bool {
        matches!(self, Self::Upper | Self::Caseless | Self::Mark)
    }

    fn may_end_word(self) -> bool {
        matches!(self, Self::Lower | Self::Caseless | Self::Mark)
    }

    fn is_letter(self) -> bool {
        matches!(self, Self::Upper | Self::Lower | Self::Caseless)
    }

    fn is_space(self) -> bool {
        matches!(self, Self::Space | Self::Break)
    }

    fn is_sign(self) -> bool {
        matches!(self, Self::Sign | Self::Mark)
    }
}

fn piece_end(text: &str, first: char) -> usize {
    let class = Class::of(first);
    let may_lead = !class.is_letter() && !matches!(class, Class::Number | Class::Break);
    let after_first = first.len_utf8();
    if may_lead && let Some(length) = word_end(&text[after_first..]) {
        return after_first + length;
    }
    if (class.is_letter() || class == Class::Mark)
        && let Some(length) = word_end(text)
    {
        return length;
    }
    match class {
        Class::Number => numbers_end(text),
        _ if class.is_sign() => signs_end(text),
        _ if first == ' ' && text[1..].chars().next().is_some_and(|c| Class::of(c).is_sign()) => {
            1 + signs_end(&text[1..])
        }
        _ => space_end(text),
    }
}

/// The length of a word at the beginning of the text: capitals, then small letters, then a contraction. Letters
/// without case count as both, so the capitals take them, and give back the last one if no small letter follows.
fn word_end(text: &str) -> Option<usize> {
    let mut capitals_end = 0;
    let mut last_of_both = None;
    for c in text.chars() {
        let class = Class::of(c);
        if !class.may_begin_word() {
            break;
        }
        capitals_end += c.len_utf8();
        if class.may_end_word() {
            last_of_both = Some(capitals_end);
        }
    }
    let small = run_bytes(&text[capitals_end..], Class::may_end_word);
    let end = match last_of_both {
        _ if small > 0 => capitals_end + small,
        Some(end) => end,
        None if capitals_end > 0 => capitals_end,
        None => return None,
    };
    Some(end + contraction_bytes(&text[end..]))
}

fn contraction_bytes(text: &str) -> usize {
    let mut chars = text.chars();
    if chars.next() != Some('\'') {
        return 0;
    }
    let lower = |c: Option<char>| c.map(|c| c.to_ascii_lowercase());
    match (lower(chars.next()), lower(chars.next())) {
        (Some('s' | 't' | 'm' | 'd'), _) => 2,
        // The long s, of two bytes, is an s where case is ignored.
        (Some('ſ'), _) | (Some('r' | 'v'), Some('e')) | (Some('l'), Some('l')) => 3,
        _ => 0,
    }
}

fn numbers_end(text: &str) -> usize {
    let numbers = text.chars().take(3).take_while(|&c| Class::of(c) == Class::Number);
    numbers.map(char::len_utf8).sum()
}

fn signs_end(text: &str) -> usize {
    let signs = run_bytes(text, Class::is_sign);
    let tail = text[signs..].bytes().take_while(|byte| matches!(byte, b'\r' | b'\n' | b'/'));
    signs + tail.count()
}

/// Up to the last line break of the run; without one, all but the last character, which leads the next word.
fn space_end(text: &str) -> usize {
    let run = run_bytes(text, Class::is_space);
    if let Some(at) = text[..run].rfind(['\r', '\n']) {
        return at + 1;
    }
    let last = text[..run].chars().next_back().map_or(0, char::len_utf8);
    if run == text.len() || run == last { run } else { run - last }
}

fn run_bytes(text: &str, belongs: impl Fn(Class) -> bool) -> usize {
    text.chars().take_while(|&c| belongs(Class::of(c))).map(char::len_utf8).sum()
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn text_is_cut_into_pieces() {
        let cases: [(&str, &[&str]); 12] = [
            ("Hello world", &["Hello", " world"]),
            ("getDocumentID(x)", &["get", "Document", "ID", "(x", ")"]),
            ("it's WE'RE 12345", &["it's", " WE'RE", " ", "123", "45"]),
            ("a  b\n\n  c ", &["a", " ", " b", "\n\n", " ", " c", " "]),
            ("{\"a\":1}//\n", &["{\"", "a", "\":", "1", "}//\n"]),
            ("x   ", &["x", "   "]),
            ("天气 weather", &["天气", " weather"]),
            ("cafe\u{301}s", &["cafe\u{301}s"]),
            ("\u{301}!", &["\u{301}", "!"]),
            ("ABC天", &["ABC天"]),
            (" \u{a0}x", &[" ", "\u{a0}x"]),
            ("", &[]),
        ];
        for (text, expect) in cases {
            assert_eq!(pieces(text).collect::<Vec<_>>(), expect, "{text:?}");
        }
    }
}
