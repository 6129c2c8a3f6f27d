//! The parts of a request: its sentences, which of them ask, and the values they give.

use std::ops::Range;

/// Text cut at stops.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let before_space = chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        if c == '\n'
            || matches!(c, '。' | '？' | '！')
            || (matches!(c, '.' | '?' | '!' | ';') && before_space)
        {
            sentences.push(&text[start..at + c.len_utf8()]);
            start = at + c.len_utf8();
        }
    }
    sentences.push(&text[start..]);
    sentences
}

/// Whether a sentence asks for something rather than telling of it. Made for English; in other languages every
/// sentence counts alike.
pub(super) fn asks(sentence: &str) -> bool {
    const PHRASES: [&str; 11] = [
        "can you",
        "could you",
        "please",
        "would you",
        "would like",
        "want to",
        "want you",
        "need to",
        "need you",
        "help me",
        "looking for",
    ];
    const TELLING: [&str; 29] = [
        "i", "my", "we", "our", "the", "this", "it", "he", "she", "they", "there", "that", "hi", "hello",
        "a", "an", "as", "since", "because", "his", "her", "their", "these", "those", "im", "ive", "weve",
        "its", "",
    ];
    let sentence = sentence.to_lowercase();
    if sentence.contains(['?', '？']) || PHRASES.iter().any(|phrase| sentence.contains(phrase)) {
        return true;
    }
    let start = sentence.trim_start_matches(|c: char| !c.is_alphanumeric());
    let first = start.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    !TELLING.contains(&first)
}

/// Where a sentence gives values: quoted text, addresses, paths.
pub(super) fn literals(text: &str) -> Vec<Range<usize>> {
    let mut found = quotes(text);
    let base = text.as_ptr() as usize;
    for word in text.split_whitespace().filter(|word| is_address(word)) {
        let start = word.as_ptr() as usize - base;
        let range = start..start + word.len();
        if found.iter().all(|quote| quote.end <= range.start || range.end <= quote.start) {
            found.push(range);
        }
    }
    found.sort_by_key(|range| range.start);
    found
}

fn is_address(word: &str) -> bool {
    word.contains("://")
        || word.contains('@')
        || word.contains("www.")
        || word.contains(".com")
        || word.starts_with("0x")
        || word.matches('/').count() > 1
}

fn quotes(text: &str) -> Vec<Range<usize>> {
    /// What is longer is no value but a sentence between two apostrophes.
    const QUOTE_BYTES_MAX: usize = 200;
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, open) in text.char_indices() {
        let Some(close) = closing(open) else { continue };
        let inside = found.last().is_some_and(|last| at < last.end);
        let after_letter = text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        if inside || after_letter {
            continue;
        }
        let rest = &text[at + open.len_utf8()..];
        let rest = &rest[..rest.floor_char_boundary(QUOTE_BYTES_MAX)];
        let end = rest.char_indices().find(|&(end, c)| {
            c == close && !rest[end + c.len_utf8()..].chars().next().is_some_and(char::is_alphanumeric)
        });
        if let Some((end, c)) = end {
            found.push(at..at + open.len_utf8() + end + c.len_utf8());
        }
    }
    found
}

fn closing(open: char) -> Option<char> {
    match open {
        '"' | '\'' | '`' => Some(open),
        '“' => Some('”'),
        '‘' => Some('’'),
        '「' => Some('」'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_from_words() {
        let cases: [(&str, &[&str]); 6] = [
            ("play 'With You' by AP", &["'With You'"]),
            ("don't touch what isn't yours", &[]),
            ("open https://a.example/x and a@b.example", &["https://a.example/x", "a@b.example"]),
            ("read /var/log/syslog \"now", &["/var/log/syslog"]),
            ("say “hi” and \"https://a.example\"", &["“hi”", "\"https://a.example\""]),
            ("", &[]),
        ];
        for (text, expect) in cases {
            let found: Vec<&str> = literals(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expect, "{text}");
        }
    }

    #[test]
    fn sentences_end_at_stops_but_not_within_names() {
        assert_eq!(sentences("Read a.txt. Then stop"), ["Read a.txt.", " Then stop"]);
        assert_eq!(sentences("查询天气。谢谢"), ["查询天气。", "谢谢"]);
    }

    #[test]
    fn sentences_that_ask_are_told_from_those_that_tell() {
        for (sentence, expect) in [
            ("Can you find a hotel", true),
            ("List the open issues.", true),
            ("I'm planning a party.", false),
            ("I need to send a mail", true),
            ("My sister is ill.", false),
            ("...", false),
        ] {
            assert_eq!(asks(sentence), expect, "{sentence}");
        }
    }
}
