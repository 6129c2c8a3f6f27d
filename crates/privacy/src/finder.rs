//! What is looked for, and the ways a text is looked through.

use std::{collections::HashSet, fmt, ops::Range};

use regex::{Regex, RegexBuilder};

use crate::{
    coded::coded,
    fields::{FieldError, Fields},
    find::{Span, find},
    json::What,
    kind::Kind,
    known::Known,
    place::{Found, Place, Sort, places},
    placeholder::placeholders,
    reading::{Reading, Token},
    spelt::{Spellings, respelt},
};

/// A compiled pattern takes no more memory: some kilobytes are usual, and one of a megabyte is `\w{1000}`.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// What to look for.
#[derive(Debug, Clone)]
pub struct FinderOptions {
    /// The standard kinds.
    pub kinds: Vec<Kind>,
    /// Kinds by their name and a regular expression. Several may have one name.
    pub patterns: Vec<(String, String)>,
    /// Kinds by their name and the fields whose values they are: a key (`name`) or keys in each other (`customer.name`, `rows[].contact`).
    /// They fit at any depth; letter case, `_` and `-` make no difference. Everything in such a field is hidden.
    pub fields: Vec<(String, Vec<String>)>,
}

impl Default for FinderOptions {
    fn default() -> Self {
        Self { kinds: Kind::ALL.to_vec(), patterns: Vec::new(), fields: Vec::new() }
    }
}

/// An entry of the options that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FinderError {
    /// A placeholder cannot bear this name.
    Name(String),
    /// A regular expression of this kind, and why.
    Pattern(String, String),
    /// A field of this kind, and why.
    Field(String, String),
}

impl FinderError {
    /// The kind that cannot be looked for.
    pub fn kind(&self) -> &str {
        let (Self::Name(kind) | Self::Pattern(kind, _) | Self::Field(kind, _)) = self;
        kind
    }
}

impl fmt::Display for FinderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(
                f,
                "invalid kind `{name}`: use at most 32 capital letters, digits and `_`, a letter first and no `_` at the end"
            ),
            Self::Pattern(kind, why) => write!(f, "invalid pattern of `{kind}`: {why}"),
            Self::Field(kind, why) => write!(f, "invalid field of `{kind}`: {why}"),
        }
    }
}

impl std::error::Error for FinderError {}

/// Finds personal data. Made once and used by all threads.
#[derive(Debug)]
pub struct Finder {
    standard: HashSet<Kind>,
    patterns: Vec<(Kind, Regex)>,
    fields: Fields,
    kinds: Vec<Kind>,
}

impl Finder {
    /// Of the standard kinds.
    pub fn standard() -> Self {
        let kinds = Kind::ALL.to_vec();
        let standard = kinds.iter().cloned().collect();
        Self { standard, patterns: Vec::new(), fields: Fields::default(), kinds }
    }

    /// Of what the options say.
    pub fn new(options: &FinderOptions) -> Result<Self, FinderError> {
        let patterns: Vec<_> = options
            .patterns
            .iter()
            .map(|(name, pattern)| compiled(name, pattern))
            .collect::<Result<_, _>>()?;
        let mut fields = Fields::default();
        let mut kinds = options.kinds.clone();
        kinds.extend(patterns.iter().map(|(kind, _)| kind.clone()));
        for (name, paths) in &options.fields {
            let kind = named(name)?;
            for path in paths {
                fields.add(path, &kind).map_err(|FieldError(why)| FinderError::Field(name.clone(), why))?;
            }
            kinds.push(kind);
        }
        kinds.sort();
        kinds.dedup();
        Ok(Self { standard: options.kinds.iter().cloned().collect(), patterns, fields, kinds })
    }

    /// The names of all kinds that are looked for.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.iter().map(Kind::name)
    }

    /// What is to be hidden in the answer of a server, which is JSON: also what looks like a placeholder.
    pub fn in_answer<'a>(&self, json: &'a str) -> Vec<Place<'a>> {
        self.answered(&Reading::of_json(json))
    }

    /// The same in a text, which may be JSON too.
    pub fn in_answer_text<'a>(&self, text: &'a str) -> Vec<Place<'a>> {
        self.answered(&Reading::of_text(text))
    }

    /// What is to be hidden in JSON that leaves a script: also the values it was given. Placeholders are left alone.
    pub fn in_output<'a>(&self, json: &'a str, known: &Known) -> Vec<Place<'a>> {
        self.left(&Reading::of_json(json), known)
    }

    /// The same in a text, which may be JSON too.
    pub fn in_output_text<'a>(&self, text: &'a str, known: &Known) -> Vec<Place<'a>> {
        self.left(&Reading::of_text(text), known)
    }

    fn answered<'a>(&self, reading: &Reading<'a>) -> Vec<Place<'a>> {
        let mut found = self.found(reading, None);
        let ours = placeholders(&reading.text).filter_map(|placeholder| {
            let kind = self.kinds.iter().find(|kind| kind.name() == placeholder.kind)?.clone();
            Some(Found { range: placeholder.range, kind, sort: Sort::LookAlike })
        });
        found.extend(ours);
        places(reading, found, &[])
    }

    fn left<'a>(&self, reading: &Reading<'a>, known: &Known) -> Vec<Place<'a>> {
        let known = Some(known).filter(|known| !known.is_empty());
        let meant: Vec<_> = placeholders(&reading.text).map(|placeholder| placeholder.range).collect();
        places(reading, self.found(reading, known), &meant)
    }

    /// All that is recognised in a reading, in no order.
    fn found(&self, reading: &Reading<'_>, known: Option<&Known>) -> Vec<Found> {
        let sought = Sought { finder: self, known };
        let mut found = sought.find(&reading.text);
        if let Some(known) = known {
            found.extend(in_strings(known, reading));
        }
        for respelt in respelt(&reading.text, Spellings::All) {
            let spelt = sought.find(respelt.text()).into_iter().chain(sought.known(respelt.text()));
            found.extend(spelt.map(|found| Found { range: respelt.range(&found.range), ..found }));
        }
        found.extend(self.patterned(reading));
        found.extend(self.fields.find(reading));
        found
    }

    fn patterned(&self, reading: &Reading<'_>) -> Vec<Found> {
        let mut found = Vec::new();
        for (kind, pattern) in &self.patterns {
            for string in strings(reading.tokens()) {
                let matches =
                    pattern.find_iter(&reading.text[string.clone()]).filter(|found| !found.is_empty());
                let range =
                    |found: regex::Match<'_>| string.start + found.start()..string.start + found.end();
                found.extend(matches.map(|at| Found {
                    range: range(at),
                    kind: kind.clone(),
                    sort: Sort::Plain,
                }));
            }
        }
        found
    }
}

/// What is looked for in a text, whatever it is of.
struct Sought<'f> {
    finder: &'f Finder,
    known: Option<&'f Known>,
}

impl Sought<'_> {
    /// What is recognised by itself, as it is and coded.
    fn find(&self, text: &str) -> Vec<Found> {
        let plain = self.spans(text).map(|span| (span.range, span.kind));
        let coded = coded(text, |text| self.kind_in(text));
        plain.chain(coded).map(|(range, kind)| Found { range, kind, sort: Sort::Plain }).collect()
    }

    fn spans(&self, text: &str) -> impl Iterator<Item = Span> {
        find(text).into_iter().filter(|span| self.finder.standard.contains(&span.kind))
    }

    fn known(&self, text: &str) -> Vec<Found> {
        let whole = 0..text.len();
        let known = self.known.map(|known| known.find(text, &[whole])).unwrap_or_default();
        known.into_iter().map(|(range, kind)| Found { range, kind, sort: Sort::Plain }).collect()
    }

    /// The kind of the first that is in a text that was coded, as it is or in one coding more.
    fn kind_in(&self, text: &str) -> Option<Kind> {
        self.plain_kind_in(text)
            .or_else(|| respelt(text, Spellings::All).iter().find_map(|text| self.plain_kind_in(text.text())))
            .or_else(|| coded(text, |text| self.plain_kind_in(text)).into_iter().next().map(|(_, kind)| kind))
    }

    fn plain_kind_in(&self, text: &str) -> Option<Kind> {
        let plain = self.spans(text).next().map(|span| span.kind);
        plain.or_else(|| self.known?.kind_in(text))
    }
}

/// What is known in the values of a reading, and in its keys.
fn in_strings(known: &Known, reading: &Reading<'_>) -> Vec<Found> {
    let ranges = |is_one: fn(What) -> bool| -> Vec<Range<usize>> {
        let tokens = reading.tokens().iter().filter(|token| is_one(token.what));
        tokens.map(|token| token.range.clone()).collect()
    };
    let values = ranges(|what| matches!(what, What::String | What::Number));
    let keys = ranges(|what| what == What::Key);
    let found = [values, keys].into_iter().flat_map(|ranges| known.find(&reading.text, &ranges));
    found.map(|(range, kind)| Found { range, kind, sort: Sort::Plain }).collect()
}

fn strings(tokens: &[Token]) -> impl Iterator<Item = Range<usize>> {
    let holds = |token: &&Token| matches!(token.what, What::String | What::Key | What::Number);
    tokens.iter().filter(holds).map(|token| token.range.clone())
}

fn named(name: &str) -> Result<Kind, FinderError> {
    Kind::named(name).ok_or_else(|| FinderError::Name(name.to_owned()))
}

fn compiled(name: &str, pattern: &str) -> Result<(Kind, Regex), FinderError> {
    let kind = named(name)?;
    let wrong = |why: String| FinderError::Pattern(name.to_owned(), why);
    let pattern = RegexBuilder::new(pattern).size_limit(PATTERN_BYTES_MAX).build();
    let pattern = pattern.map_err(|error| wrong(error.to_string()))?;
    match pattern.is_match("") {
        true => Err(wrong("it matches the empty text".to_owned())),
        false => Ok((kind, pattern)),
    }
}
