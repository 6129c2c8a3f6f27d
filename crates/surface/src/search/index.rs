//! The inverted index: for each term the tools that have it, with what it counts there, computed beforehand.
//!
//! Small and flat: about half a kilobyte for each tool. Knows nothing of queries; see `query` and `rank`.

use std::collections::HashMap;

use super::{
    document::{DESCRIPTION, Document, FIELDS, NAME},
    named::Names,
    verbs::Kinds,
    weights,
    words::{self, Kind},
};
use crate::deprecated::{is_deprecated, note};

/// A number for a term: its place in the sorted list.
pub(super) type Term = u32;

/// Stands between the name and the description in [`Index::words`].
pub(super) const BREAK: Term = Term::MAX;

/// Words of a name and description that are kept in their order, to find pairs.
const ORDERED_WORDS_MAX: usize = 100;

/// What can be searched. Documents are named by their place in the order they were given.
#[derive(Debug)]
pub struct Index {
    pub(super) terms: Terms,
    pub(super) tools: Postings,
    pub(super) servers: Postings,
    /// The server of each tool, as a place in `server_names`.
    pub(super) server_of: Vec<u32>,
    server_names: Vec<Box<str>>,
    /// The terms of each server's name.
    server_terms: Vec<Vec<Term>>,
    words: Vec<Term>,
    word_ends: Vec<u32>,
    pub(super) names: Names,
    /// What the verbs in the name of each tool say.
    pub(super) verbs: Vec<Kinds>,
    /// The tools that say of themselves that they are deprecated, in ascending order, and what they say of it.
    deprecated: Vec<(u32, Box<str>)>,
}

impl Index {
    /// Reads all documents.
    pub fn new<'a>(documents: impl IntoIterator<Item = Document<'a>>) -> Self {
        let mut builder = Builder::default();
        for document in documents {
            builder.add(&document);
        }
        builder.finish()
    }

    /// Whether a tool says of itself that it is deprecated.
    pub(super) fn is_deprecated(&self, tool: usize) -> bool {
        self.note(tool).is_some()
    }

    /// The tool of the same server that a deprecated tool says to use instead.
    pub(super) fn successor(&self, tool: usize) -> Option<usize> {
        let is_other = |&other: &usize| {
            other != tool && self.server_of[other] == self.server_of[tool] && !self.is_deprecated(other)
        };
        self.names.asked(self.note(tool)?).into_iter().find(is_other)
    }

    fn note(&self, tool: usize) -> Option<&str> {
        let at = self.deprecated.binary_search_by_key(&(tool as u32), |(tool, _)| *tool).ok()?;
        Some(&self.deprecated[at].1)
    }

    /// How many documents there are.
    pub(super) fn len(&self) -> usize {
        self.server_of.len()
    }

    pub(super) fn server_count(&self) -> usize {
        self.server_names.len()
    }

    /// The number of a server, if it has documents.
    pub(super) fn server(&self, name: &str) -> Option<u32> {
        self.server_names.iter().position(|known| &**known == name).map(|at| at as u32)
    }

    /// How many tools a server has.
    pub(super) fn size(&self, server: usize) -> usize {
        self.server_of.iter().filter(|&&of| of as usize == server).count()
    }

    /// The servers whose names have a term.
    pub(super) fn servers_named(&self, term: Term) -> impl Iterator<Item = usize> {
        let servers = self.server_terms.iter().enumerate();
        servers.filter(move |(_, terms)| terms.contains(&term)).map(|(at, _)| at)
    }

    /// The terms of a tool's name, a [`BREAK`], and the beginning of its description, in order.
    pub(super) fn words(&self, tool: usize) -> &[Term] {
        let start = if tool == 0 { 0 } else { self.word_ends[tool - 1] };
        &self.words[start as usize..self.word_ends[tool] as usize]
    }
}

/// All terms, sorted; one string holds them.
#[derive(Debug, Default)]
pub(super) struct Terms {
    text: String,
    ends: Vec<u32>,
}

impl Terms {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn text(&self, term: Term) -> &str {
        let at = term as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start as usize..self.ends[at] as usize]
    }

    pub(super) fn find(&self, text: &str) -> Option<Term> {
        let at = self.first_from(text);
        ((at as usize) < self.len() && self.text(at) == text).then_some(at)
    }

    /// The terms that begin with a prefix.
    pub(super) fn beginning_with(&self, prefix: &str) -> impl Iterator<Item = Term> {
        (self.first_from(prefix)..self.len() as Term).take_while(move |&at| self.text(at).starts_with(prefix))
    }

    fn first_from(&self, text: &str) -> Term {
        let (mut low, mut high) = (0, self.len() as Term);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.text(middle) < text { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// For each term the holders that have it, in ascending order, and what it counts there, from 0 to 1.
#[derive(Debug, Default)]
pub(super) struct Postings {
    starts: Vec<u32>,
    holders: Vec<u32>,
    impacts: Vec<u16>,
    rarity: Vec<f32>,
}

impl Postings {
    /// `entries` are sorted by term, then holder.
    fn new(entries: &[(Term, u32, f32)], terms: usize, holders: usize) -> Self {
        let mut starts = vec![0; terms + 1];
        for &(term, ..) in entries {
            starts[term as usize + 1] += 1;
        }
        for at in 0..terms {
            starts[at + 1] += starts[at];
        }
        let rarity = starts.windows(2).map(|pair| rarity(pair[1] - pair[0], holders)).collect();
        Self {
            starts,
            holders: entries.iter().map(|&(_, holder, _)| holder).collect(),
            impacts: entries.iter().map(|&(.., impact)| (impact * f32::from(u16::MAX)) as u16).collect(),
            rarity,
        }
    }

    /// How much the term tells (BM25's idf).
    pub(super) fn rarity(&self, term: Term) -> f32 {
        self.rarity[term as usize]
    }

    /// How many holders have the term.
    pub(super) fn count(&self, term: Term) -> usize {
        self.range(term).len()
    }

    pub(super) fn of(&self, term: Term) -> impl Iterator<Item = (usize, f32)> {
        let range = self.range(term);
        let holders = self.holders[range.clone()].iter().map(|&holder| holder as usize);
        holders.zip(self.impacts[range].iter().map(|&impact| fraction(impact)))
    }

    /// What the term counts for one holder; 0 if it has it not.
    pub(super) fn impact(&self, term: Term, holder: usize) -> f32 {
        let range = self.range(term);
        let found = self.holders[range.clone()].binary_search(&(holder as u32));
        found.map_or(0.0, |at| fraction(self.impacts[range.start + at]))
    }

    fn range(&self, term: Term) -> std::ops::Range<usize> {
        self.starts[term as usize] as usize..self.starts[term as usize + 1] as usize
    }
}

fn fraction(impact: u16) -> f32 {
    f32::from(impact) / f32::from(u16::MAX)
}

fn rarity(having: u32, all: usize) -> f32 {
    let (having, all) = (having as f32, all as f32);
    (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
}

/// A term of a document, by how often it stands in each field.
#[derive(Debug, Clone, Copy)]
struct Entry {
    term: Term,
    tool: u32,
    counts: [u8; FIELDS],
    kind: Kind,
}

/// Collects documents. Terms are numbered as they come and renumbered at the end.
#[derive(Default)]
struct Builder {
    numbers: HashMap<Box<str>, Term>,
    entries: Vec<Entry>,
    lengths: Vec<[u16; FIELDS]>,
    server_numbers: HashMap<Box<str>, u32>,
    server_of: Vec<u32>,
    words: Vec<Term>,
    word_ends: Vec<u32>,
    names: Names,
    verbs: Vec<Kinds>,
    deprecated: Vec<(u32, Box<str>)>,
}

impl Builder {
    fn add(&mut self, document: &Document<'_>) {
        let tool = self.server_of.len() as u32;
        let first = self.entries.len();
        let mut lengths = [0u16; FIELDS];
        let mut ordered = 0;
        let mut verbs = Kinds::default();
        for (field, text) in document.fields().iter().enumerate() {
            words::terms(text, |text, kind| {
                let term = self.number(text);
                self.entries.push(Entry { term, tool, counts: one(field), kind });
                if field == NAME {
                    verbs.add(Kinds::of(text));
                }
                if kind == Kind::Word {
                    lengths[field] = lengths[field].saturating_add(1);
                    if matches!(field, NAME | DESCRIPTION) && ordered < ORDERED_WORDS_MAX {
                        ordered += 1;
                        self.words.push(term);
                    }
                }
            });
            if field == NAME {
                self.words.push(BREAK);
            }
        }
        self.verbs.push(verbs);
        self.unite(first);
        self.names.add(tool, document.server, document.name);
        if is_deprecated(document.name, document.title, document.description) {
            self.deprecated.push((tool, note(document.description).into()));
        }
        self.lengths.push(lengths);
        self.word_ends.push(self.words.len() as u32);
        let servers = self.server_numbers.len() as u32;
        self.server_of.push(*self.server_numbers.entry(document.server.into()).or_insert(servers));
    }

    fn number(&mut self, text: &str) -> Term {
        if let Some(&term) = self.numbers.get(text) {
            return term;
        }
        let term = self.numbers.len() as Term;
        self.numbers.insert(text.into(), term);
        term
    }

    /// Makes one entry of all those of one term, from `first` on. A term that stands alone anywhere is a word.
    fn unite(&mut self, first: usize) {
        self.entries[first..].sort_unstable_by_key(|entry| entry.term);
        let mut last = first;
        for at in first + 1..self.entries.len() {
            let entry = self.entries[at];
            if self.entries[last].term == entry.term {
                let into = &mut self.entries[last];
                for (into, count) in into.counts.iter_mut().zip(entry.counts) {
                    *into = into.saturating_add(count);
                }
                if entry.kind == Kind::Word {
                    into.kind = Kind::Word;
                }
            } else {
                last += 1;
                self.entries[last] = entry;
            }
        }
        self.entries.truncate((last + 1).min(self.entries.len()));
    }

    fn finish(mut self) -> Index {
        let (terms, new_numbers) = sorted(&self.numbers);
        self.numbers = HashMap::new();
        for entry in &mut self.entries {
            entry.term = new_numbers[entry.term as usize];
        }
        for word in self.words.iter_mut().filter(|word| **word != BREAK) {
            *word = new_numbers[*word as usize];
        }
        let mut counted = self.counted();
        self.entries = Vec::new();
        let servers = server_entries(&counted, &self.server_of, self.server_numbers.len());
        counted.sort_unstable_by_key(|&(term, tool, _)| (term, tool));
        for (.., count) in &mut counted {
            *count = saturated(*count, weights::SATURATION);
        }
        let mut server_names: Vec<Box<str>> = vec![Box::default(); self.server_numbers.len()];
        for (name, number) in self.server_numbers {
            server_names[number as usize] = name;
        }
        self.words.shrink_to_fit();
        let server_terms = server_names.iter().map(|name| terms_of(name, &terms)).collect();
        Index {
            server_terms,
            tools: Postings::new(&counted, terms.len(), self.server_of.len()),
            servers: Postings::new(&servers, terms.len(), server_names.len()),
            terms,
            server_of: self.server_of,
            server_names,
            words: self.words,
            word_ends: self.word_ends,
            names: self.names,
            verbs: self.verbs,
            deprecated: self.deprecated,
        }
    }

    /// What each term counts in each tool before saturation: its fields weighted, thinned by their lengths.
    fn counted(&self) -> Vec<(Term, u32, f32)> {
        let tools = self.lengths.len().max(1) as f32;
        let average: [f32; FIELDS] = std::array::from_fn(|field| {
            (self.lengths.iter().map(|lengths| f32::from(lengths[field])).sum::<f32>() / tools).max(0.1)
        });
        let count = |entry: &Entry| {
            let lengths = &self.lengths[entry.tool as usize];
            let fields = weights::FIELD.iter().enumerate().map(|(at, field)| {
                let length = f32::from(lengths[at]) / average[at];
                field.weight * f32::from(entry.counts[at]) / (1.0 - field.thinning + field.thinning * length)
            });
            let kind = if entry.kind == Kind::Joined { weights::JOINED } else { 1.0 };
            kind * fields.filter(|count| count.is_finite()).sum::<f32>()
        };
        self.entries.iter().map(|entry| (entry.term, entry.tool, count(entry))).collect()
    }
}

/// What each term counts in each server: the sum over its tools, in proportion to all that its tools say.
fn server_entries(tools: &[(Term, u32, f32)], server_of: &[u32], servers: usize) -> Vec<(Term, u32, f32)> {
    let mut sizes = vec![0.0f32; servers];
    let mut entries: Vec<(Term, u32, f32)> = Vec::with_capacity(tools.len());
    for &(term, tool, count) in tools {
        let server = server_of[tool as usize];
        sizes[server as usize] += count;
        entries.push((term, server, count));
    }
    entries.sort_unstable_by_key(|&(term, server, _)| (term, server));
    entries.dedup_by(|later, first| {
        let same = (later.0, later.1) == (first.0, first.1);
        if same {
            first.2 += later.2;
        }
        same
    });
    let average = sizes.iter().sum::<f32>() / servers.max(1) as f32;
    for (_, server, count) in &mut entries {
        *count = saturated(*count * average / sizes[*server as usize], weights::SERVER_SATURATION);
    }
    entries.shrink_to_fit();
    entries
}

/// The terms of a server's name, without those that only say that it is a server.
fn terms_of(name: &str, terms: &Terms) -> Vec<Term> {
    let mut found = Vec::new();
    words::terms(name, |text, _| {
        found.extend(terms.find(text).filter(|_| !matches!(text, "mcp" | "server")));
    });
    found
}

fn saturated(count: f32, saturation: f32) -> f32 {
    count / (count + saturation)
}

fn one(field: usize) -> [u8; FIELDS] {
    std::array::from_fn(|at| u8::from(at == field))
}

/// The sorted terms, and the new number of each old one.
fn sorted(numbers: &HashMap<Box<str>, Term>) -> (Terms, Vec<Term>) {
    let mut all: Vec<(&str, Term)> = numbers.iter().map(|(text, &term)| (&**text, term)).collect();
    all.sort_unstable();
    let mut terms = Terms::default();
    let mut new_numbers = vec![0; all.len()];
    for (new, (text, old)) in all.into_iter().enumerate() {
        terms.text.push_str(text);
        terms.ends.push(terms.text.len() as u32);
        new_numbers[old as usize] = new as Term;
    }
    (terms, new_numbers)
}
