//! What follows a mistake in a file, of which nobody knows what is within quotes and what is between them: everything is a
//! credential but keys, brackets and the words of JSON.

use std::ops::Range;

use upstream::{credential_places, is_plain_value};

/// Words that stand without quotes in JSON, and in the languages that people mix it up with.
const WORDS: [&str; 7] = ["true", "false", "null", "none", "undefined", "yes", "no"];
/// Longer ones are no keys of a configuration.
const KEY_CHARS_MAX: usize = 64;

/// The places from here on.
pub(super) fn hidden(text: &str, from: usize) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut start = from;
    for line in text[from..].split_inclusive('\n') {
        pieces(line).into_iter().filter(|piece| !piece.is_shown(line)).for_each(|piece| {
            places.push(piece.range.start + start..piece.range.end + start);
        });
        start += line.len();
    }
    places
}

/// The strings that are neither keys nor options.
pub(super) fn quoted(text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let strings = pieces(line).into_iter().filter(|piece| piece.is_string);
        let strings = strings.filter(|piece| !piece.is_shown(line) && !piece.is_option(line));
        places.extend(strings.map(|piece| piece.range.start + start..piece.range.end + start));
        start += line.len();
    }
    places
}

/// A run of characters that are no blanks and no structure, or what stands within quotes.
struct LinePiece {
    range: Range<usize>,
    is_string: bool,
}

impl LinePiece {
    fn is_shown(&self, line: &str) -> bool {
        let (piece, after) =
            (&line[self.range.clone()], line[self.range.end..].trim_start_matches('"').trim_start());
        let is_first = line[..self.range.start].trim_start_matches([' ', '\t', '-', '{', '/']).is_empty();
        let is_key = after.starts_with(':') && (self.is_string || is_first) && is_name(piece);
        let small = piece.to_ascii_lowercase();
        let is_bullet = piece == "-";
        is_key || is_bullet || (!self.is_string && WORDS.iter().any(|word| word.starts_with(&small)))
    }

    fn is_option(&self, line: &str) -> bool {
        let piece = &line[self.range.clone()];
        piece.starts_with('-') && is_plain_value(piece)
    }
}

fn is_name(piece: &str) -> bool {
    piece.chars().count() <= KEY_CHARS_MAX
        && piece.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$'))
        && credential_places(piece).is_empty()
}

fn pieces(line: &str) -> Vec<LinePiece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(sign) = line[at..].chars().next() {
        let length = match sign {
            '"' => {
                let length = string_length(&line[at + 1..]);
                pieces.push(LinePiece { range: at + 1..at + 1 + length, is_string: true });
                // With the quotes, the last of which may be missing.
                (length + 2).min(line.len() - at)
            }
            sign if is_structure(sign) => sign.len_utf8(),
            _ => {
                let length =
                    line[at..].find(|c: char| c == '"' || is_structure(c)).unwrap_or(line.len() - at);
                pieces.push(LinePiece { range: at..at + length, is_string: false });
                length
            }
        };
        at += length;
    }
    pieces
}

fn is_structure(c: char) -> bool {
    c.is_whitespace() || "{}[],:".contains(c)
}

/// How long a string is after its quote: to the next quote, or to the end of the line.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.find(|c: char| {
        let is_end = c == '\n' || (c == '"' && !is_escaped);
        is_escaped = c == '\\' && !is_escaped;
        is_end
    });
    end.unwrap_or(text.len())
}
