//! A text as a shell reads it: its commands, and their words.

use std::ops::Range;

/// What ends a command.
const SEPARATORS: [char; 9] = [';', '|', '&', '<', '>', '(', ')', '`', '\n'];

/// Whether a sign ends a command.
pub(super) fn is_separator(sign: char) -> bool {
    SEPARATORS.contains(&sign)
}

/// The places of the words of each command. Of a word in quotes it is that of what is within them.
pub(super) fn commands(text: &str) -> Vec<Vec<Range<usize>>> {
    let (mut commands, mut start) = (vec![Vec::new()], None);
    let (mut quote, mut is_escaped) = (None, false);
    for (at, sign) in text.char_indices().chain([(text.len(), '\n')]) {
        let is_open = (quote.is_some() || is_escaped) && at < text.len();
        if is_open || !(sign.is_whitespace() || is_separator(sign)) {
            start.get_or_insert(at);
        } else {
            let word = start.take().map(|start| without_quotes(text, start..at));
            commands.last_mut().into_iter().for_each(|command: &mut Vec<_>| command.extend(word.clone()));
            if is_separator(sign) {
                commands.push(Vec::new());
            }
        }
        match (quote, sign) {
            _ if is_escaped => is_escaped = false,
            (Some('\''), '\\') => {}
            (_, '\\') => is_escaped = true,
            (None, '"' | '\'') => quote = Some(sign),
            (Some(open), sign) if sign == open => quote = None,
            _ => {}
        }
    }
    commands
}

/// The last quote may be missing.
pub(super) fn without_quotes(text: &str, word: Range<usize>) -> Range<usize> {
    let inside = &text[word.clone()];
    match inside.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let is_closed = inside.len() > 1 && inside.ends_with(quote);
            word.start + 1..word.end - usize::from(is_closed)
        }
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_where_a_shell_ends_them() {
        for (text, expect) in [
            ("a b", &[&["a", "b"][..]][..]),
            ("a 'b c' \"d 'e\" f", &[&["a", "b c", "d 'e", "f"]]),
            ("a;b|c 'd;e'", &[&["a"], &["b"], &["c", "d;e"]]),
            ("x=\"a b\" c\\ d", &[&["x=\"a b\"", "c\\ d"]]),
            ("a 'é b", &[&["a", "é b"]]),
            ("\"a \\\" b\" c", &[&["a \\\" b", "c"]]),
        ] {
            let found = commands(text);
            let words = found.iter().map(|words| words.iter().map(|word| &text[word.clone()]).collect());
            let words: Vec<Vec<_>> = words.filter(|words: &Vec<_>| !words.is_empty()).collect();
            assert_eq!(words, expect, "{text}");
        }
    }
}
