//! From a request in words to weighted terms of the index.

use std::ops::Range;

use super::{
    common::{is_noun_of_tools, is_weak},
    index::{Index, Term},
    synonyms, weights,
    words::{self, Kind},
};
use crate::stem::stem;

/// A longer query is read this far: beyond it are pasted documents, not requests.
const QUERY_BYTES_MAX: usize = 4000;

/// Words that no tool has, for which other spellings are looked for: each costs a walk over part of the terms.
const GUESSED_WORDS_MAX: usize = 6;

/// Terms taken for one word that no tool has, or that begin like it.
const ALTERNATIVES_MAX: usize = 4;

/// What is looked for.
#[derive(Debug, Default)]
pub(super) struct Query {
    /// Each term once, with its weight.
    pub(super) terms: Vec<(Term, f32)>,
    /// Terms that follow each other, sorted.
    pub(super) pairs: Vec<(Term, Term)>,
}

impl Query {
    pub(super) fn new(index: &Index, text: &str) -> Self {
        let text = &text[..text.floor_char_boundary(QUERY_BYTES_MAX)];
        let mut reading = Reading { index, said: Vec::new(), pairs: Vec::new(), unknown: Vec::new() };
        let sentences = sentences(text);
        let asks: Vec<bool> = sentences.iter().map(|sentence| asks(sentence)).collect();
        for (sentence, asks_itself) in sentences.iter().zip(&asks) {
            let background = !asks_itself && asks.contains(&true);
            reading.sentence(sentence, if background { weights::BACKGROUND } else { 1.0 });
        }
        reading.finish()
    }

    /// The weight of a term, 0 if it is not looked for.
    pub(super) fn weight(&self, term: Term) -> f32 {
        self.terms.iter().find(|(known, _)| *known == term).map_or(0.0, |(_, weight)| *weight)
    }
}

/// A term as the query says it.
struct Said {
    term: Term,
    weight: f32,
    times: f32,
    kind: Kind,
}

struct Reading<'a> {
    index: &'a Index,
    said: Vec<Said>,
    pairs: Vec<(Term, Term)>,
    unknown: Vec<(String, f32)>,
}

impl Reading<'_> {
    fn sentence(&mut self, text: &str, weight: f32) {
        let mut end = 0;
        for literal in literals(text) {
            self.part(&text[end..literal.start], weight);
            self.part(&text[literal.clone()], weight * weights::LITERAL);
            end = literal.end;
        }
        self.part(&text[end..], weight);
    }

    fn part(&mut self, text: &str, weight: f32) {
        let mut previous = None;
        words::terms(text, |word, kind| {
            let weight = weight * share(word);
            let term = self.index.terms.find(word);
            match term {
                Some(term) => self.say(term, weight, kind),
                None if kind == Kind::Word => self.unknown.push((word.to_owned(), weight)),
                None => {}
            }
            if kind == Kind::Word {
                self.pairs.extend(previous.zip(term));
                previous = term;
            }
        });
    }

    fn say(&mut self, term: Term, weight: f32, kind: Kind) {
        match self.said.iter_mut().find(|said| said.term == term) {
            Some(said) => {
                said.times += 1.0;
                said.weight = said.weight.max(weight);
            }
            None => self.said.push(Said { term, weight, times: 1.0, kind }),
        }
    }

    fn finish(mut self) -> Query {
        let weight = |said: &Said| (said.term, said.weight * said.times.powf(weights::REPETITION));
        let mut terms: Vec<(Term, f32)> = self.said.iter().map(weight).collect();
        let words: Vec<Term> =
            self.said.iter().filter(|said| said.kind == Kind::Word).map(|said| said.term).collect();
        for word in words {
            for (term, likeness) in neighbours(self.index, self.index.terms.text(word)) {
                add_if_new(&mut terms, term, likeness * weights::NEIGHBOUR);
            }
        }
        self.unknown.dedup_by(|later, first| later.0 == first.0);
        for (term, weight) in self.synonyms() {
            add_if_new(&mut terms, term, weight * weights::SYNONYM);
        }
        for (word, weight) in self.unknown.iter().take(GUESSED_WORDS_MAX) {
            for (term, likeness) in guesses(self.index, word) {
                add_if_new(&mut terms, term, likeness * weight * weights::GUESS);
            }
        }
        self.pairs.sort_unstable();
        self.pairs.dedup();
        Query { terms, pairs: self.pairs }
    }
}

impl Reading<'_> {
    /// Terms that mean the same as words that hardly any tool has, or far fewer than have the term, or none of a server
    /// that the query names; with the word's weight.
    fn synonyms(&self) -> Vec<(Term, f32)> {
        let named = self.said.iter().flat_map(|said| self.index.servers_named(said.term));
        // What a server with few tools does not say tells nothing.
        let servers: Vec<usize> =
            named.filter(|&server| self.index.size(server) >= weights::TELLING_TOOLS).collect();
        let known = self.said.iter().filter(|said| said.kind == Kind::Word).map(|said| {
            let foreign = |server: &usize| self.index.servers.impact(said.term, *server) == 0.0;
            let count = self.index.tools.count(said.term);
            let is_foreign = servers.iter().any(foreign);
            (self.index.terms.text(said.term), if is_foreign { 0 } else { count }, said.weight)
        });
        let unknown = self.unknown.iter().map(|(word, weight)| (word.as_str(), 0, *weight));
        let mut found = Vec::new();
        for (word, count, weight) in known.chain(unknown) {
            for term in synonyms::of(word).iter().filter_map(|synonym| self.index.terms.find(synonym)) {
                let is_rarer = count * weights::RARER <= self.index.tools.count(term);
                if count <= weights::HARDLY || is_rarer {
                    found.push((term, weight));
                }
            }
        }
        found
    }
}

/// What a word counts for by what kind of word it is.
fn share(stem: &str) -> f32 {
    if is_noun_of_tools(stem) {
        weights::NOUN_OF_TOOLS
    } else if is_weak(stem) {
        weights::WEAK
    } else {
        1.0
    }
}

fn add_if_new(terms: &mut Vec<(Term, f32)>, term: Term, weight: f32) {
    if !terms.iter().any(|(known, _)| *known == term) {
        terms.push((term, weight));
    }
}

/// Terms that share all but the end of a word, and how alike they are.
fn neighbours(index: &Index, word: &str) -> Vec<(Term, f32)> {
    const PREFIX_MIN: usize = 5;
    if word.len() < PREFIX_MIN || !word.is_ascii() {
        return Vec::new();
    }
    let prefix = &word[..(word.len() - 2).max(PREFIX_MIN)];
    let mut found: Vec<(Term, f32)> = index
        .terms
        .beginning_with(prefix)
        .filter(|&term| index.tools.count(term) > 1)
        .map(|term| (term, index.terms.text(term)))
        .filter(|(_, text)| *text != word && text.len() <= word.len() + 3)
        .map(|(term, text)| (term, prefix.len() as f32 / text.len().max(word.len()) as f32))
        .collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.truncate(ALTERNATIVES_MAX);
    found
}

/// What a word that no tool has may mean: the two words it is made of, the words it begins, another spelling.
fn guesses(index: &Index, word: &str) -> Vec<(Term, f32)> {
    if word.chars().count() < 4 || word.bytes().any(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    if let Some((first, second)) = halves(index, word) {
        return vec![(first, 1.0), (second, 1.0)];
    }
    let begun = most_used(index, index.terms.beginning_with(word).map(|term| (term, 1.0)).collect());
    if begun.is_empty() { spellings(index, word) } else { begun }
}

/// `googledrive` → google, drive: of all places to cut, the one whose rarer half most tools have.
fn halves(index: &Index, word: &str) -> Option<(Term, Term)> {
    const HALF_MIN: usize = 3;
    if !word.is_ascii() {
        return None;
    }
    (HALF_MIN..=word.len().saturating_sub(HALF_MIN))
        .filter_map(|at| {
            let first = index.terms.find(&stem(&word[..at]))?;
            let second = index.terms.find(&stem(&word[at..]))?;
            Some((index.tools.count(first).min(index.tools.count(second)), first, second))
        })
        .max()
        .map(|(_, first, second)| (first, second))
}

/// Terms one slip away (two in a long word), by the same first letter: people seldom miss that one.
fn spellings(index: &Index, word: &str) -> Vec<(Term, f32)> {
    let length = word.chars().count();
    let slips_max = if length < 8 { 1 } else { 2 };
    let Some(first) = word.chars().next() else { return Vec::new() };
    let mut buffer = [0; 4];
    let found = index.terms.beginning_with(first.encode_utf8(&mut buffer)).filter_map(|term| {
        let text = index.terms.text(term);
        if text.len().abs_diff(word.len()) > slips_max {
            return None;
        }
        let slips = strsim::osa_distance(text, word);
        (slips <= slips_max).then(|| (term, 1.0 / slips.max(1) as f32))
    });
    most_used(index, found.collect())
}

/// The most alike, and of those the ones that most tools have.
fn most_used(index: &Index, mut found: Vec<(Term, f32)>) -> Vec<(Term, f32)> {
    found.sort_by(|a, b| {
        b.1.total_cmp(&a.1).then_with(|| index.tools.count(b.0).cmp(&index.tools.count(a.0)))
    });
    found.truncate(ALTERNATIVES_MAX);
    found
}

fn sentences(text: &str) -> Vec<&str> {
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
fn asks(sentence: &str) -> bool {
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
fn literals(text: &str) -> Vec<Range<usize>> {
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
