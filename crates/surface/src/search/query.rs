//! From a request in words to weighted terms of the index.

use super::{
    common::{is_noun_of_tools, is_weak},
    index::{Index, Term},
    sentences::{asks, literals, sentences},
    synonyms,
    verbs::Kinds,
    weights,
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
    /// What its verbs ask for.
    pub(super) verbs: Kinds,
    /// The verbs that tools have.
    pub(super) said_verbs: Vec<Term>,
}

impl Query {
    pub(super) fn new(index: &Index, text: &str) -> Self {
        let text = &text[..text.floor_char_boundary(QUERY_BYTES_MAX)];
        let mut reading = Reading {
            index,
            said: Vec::new(),
            pairs: Vec::new(),
            unknown: Vec::new(),
            verbs: Kinds::default(),
            said_verbs: Vec::new(),
        };
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
    verbs: Kinds,
    said_verbs: Vec<Term>,
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
            let term = self.index.terms.find(word);
            let kinds = Kinds::of(word);
            // Values and what is told beside the request ask for nothing.
            if weight == 1.0 && kinds != Kinds::default() {
                self.verbs.add(kinds);
                self.said_verbs.extend(term);
            }
            let weight = weight * share(word);
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
        self.humble_rare_words(&mut terms);
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
        Query { terms, pairs: self.pairs, verbs: self.verbs, said_verbs: self.said_verbs }
    }
}

impl Reading<'_> {
    /// A word that hardly any tool has tells no more than its synonyms do: by `folder` nobody means the one tool that
    /// says so, where the others say `directory`.
    fn humble_rare_words(&self, terms: &mut [(Term, f32)]) {
        let tools = &self.index.tools;
        for (term, weight) in terms.iter_mut().filter(|(term, _)| tools.count(*term) <= weights::HARDLY) {
            let synonyms = synonyms::of(self.index.terms.text(*term)).iter();
            let rarities =
                synonyms.filter_map(|synonym| self.index.terms.find(synonym)).map(|term| tools.rarity(term));
            if let Some(rarity) = rarities.max_by(f32::total_cmp) {
                *weight *= (rarity / tools.rarity(*term)).min(1.0);
            }
        }
    }

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
