//! What a rule asks of a value, and whether it is so.

use serde_json::{Number, Value};

use super::{
    Action,
    path::{ArgumentPath, Given, Sight},
};

/// A pattern as compiled: about what jsonschema is given for a tool's own patterns.
const PATTERN_BYTES: usize = 1024 * 1024;

/// Something a rule asks of the values at one path.
#[derive(Debug, Clone)]
pub struct Condition {
    /// Where the values stand.
    pub path: ArgumentPath,
    /// All of them must be so.
    pub tests: Vec<Test>,
}

/// One question about a value.
#[derive(Debug, Clone)]
pub enum Test {
    /// A text in which the pattern is found.
    Matches(regex::Regex),
    /// A text in which it is not.
    NotMatches(regex::Regex),
    /// One of these.
    OneOf(Vec<Value>),
    /// None of these.
    NoneOf(Vec<Value>),
    /// More than this.
    Above(f64),
    /// This or more.
    AtLeast(f64),
    /// Less than this.
    Below(f64),
    /// This or less.
    AtMost(f64),
    /// There is a value, or there is none.
    Present(bool),
}

/// Compiles a pattern that runs in linear time, or says why it cannot be one.
pub fn pattern(text: &str) -> Result<regex::Regex, String> {
    let builder = regex::RegexBuilder::new(text).size_limit(PATTERN_BYTES).build();
    builder.map_err(|error| {
        // The library draws the pattern and a caret over several lines; its last line says what is wrong.
        let all = error.to_string();
        let last = all.lines().last().unwrap_or_default();
        last.strip_prefix("error: ").unwrap_or(last).to_owned()
    })
}

/// Whether something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    /// The script computes it.
    Unknown,
}

/// What decided about a condition, for the person.
#[derive(Debug)]
pub(super) struct Deciding<'r> {
    pub(super) path: &'r ArgumentPath,
    pub(super) test: &'r Test,
    /// Of the value it looked at.
    pub(super) kind: &'static str,
    pub(super) verdict: Verdict,
}

/// How it was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// By the value.
    Judged,
    /// There is no value.
    Missing,
    /// The value is of a kind that cannot be judged.
    WrongKind,
}

/// What came of one test.
enum Found {
    Is(bool),
    /// The question makes no sense of this value: another kind, or none where one must not be something.
    Senseless,
    Unknown,
}

impl Condition {
    /// Whether arguments fulfil the condition of a rule, as far as they are known.
    pub(super) fn of(&self, arguments: Given<'_>, action: Action) -> Truth {
        self.of_all(&self.path.of(arguments), action)
    }

    /// What made the condition count against arguments: that it is so where its rule refuses or asks, that it is not
    /// where its rule allows.
    pub(super) fn deciding(&self, arguments: Given<'_>, action: Action) -> Option<Deciding<'_>> {
        let against = if action == Action::Allow { Truth::No } else { Truth::Yes };
        let seen = self.path.of(arguments);
        // A list without items shows nothing, and a rule that allows needs a value.
        let sight = seen.iter().find(|sight| self.of_one(sight, action) == against);
        let sight = sight.unwrap_or(&Sight::Missing);
        let counts = |test: &&Test| match test.of(sight) {
            Found::Is(is) => is == (action != Action::Allow),
            Found::Senseless => true,
            Found::Unknown => false,
        };
        let test = self.tests.iter().find(counts)?;
        let verdict = match (sight, test.of(sight)) {
            (Sight::Missing, _) if !matches!(test, Test::Present(_)) => Verdict::Missing,
            (_, Found::Senseless) => Verdict::WrongKind,
            _ => Verdict::Judged,
        };
        Some(Deciding { path: &self.path, test, kind: sight.kind(), verdict })
    }

    /// A rule that refuses or asks needs one value that is so; a rule that allows needs a value, and all of them to be so.
    fn of_all(&self, seen: &[Sight<'_>], action: Action) -> Truth {
        let mut each = seen.iter().map(|sight| self.of_one(sight, action));
        match action {
            Action::Ask | Action::Refuse => any(each),
            Action::Allow if seen.is_empty() => Truth::No,
            Action::Allow => all(&mut each),
        }
    }

    fn of_one(&self, sight: &Sight<'_>, action: Action) -> Truth {
        // What cannot be judged counts against the call.
        let senseless = if action == Action::Allow { Truth::No } else { Truth::Yes };
        all(self.tests.iter().map(|test| match test.of(sight) {
            Found::Is(true) => Truth::Yes,
            Found::Is(false) => Truth::No,
            Found::Senseless => senseless,
            Found::Unknown => Truth::Unknown,
        }))
    }
}

pub(super) fn all(truths: impl Iterator<Item = Truth>) -> Truth {
    truths.fold(Truth::Yes, |all, one| match (all, one) {
        (Truth::No, _) | (_, Truth::No) => Truth::No,
        (Truth::Yes, Truth::Yes) => Truth::Yes,
        _ => Truth::Unknown,
    })
}

pub(super) fn any(truths: impl Iterator<Item = Truth>) -> Truth {
    truths.fold(Truth::No, |any, one| match (any, one) {
        (Truth::Yes, _) | (_, Truth::Yes) => Truth::Yes,
        (Truth::No, Truth::No) => Truth::No,
        _ => Truth::Unknown,
    })
}

impl Test {
    /// As it stands in a rule.
    pub(super) fn written(&self) -> (&'static str, Value) {
        // A whole number is written as one.
        let number = |bound: f64| Value::from(serde_json::from_str::<Number>(&bound.to_string()).ok());
        match self {
            Self::Matches(pattern) => ("matches", pattern.as_str().into()),
            Self::NotMatches(pattern) => ("not_matches", pattern.as_str().into()),
            Self::OneOf(values) => ("one_of", values.clone().into()),
            Self::NoneOf(values) => ("none_of", values.clone().into()),
            Self::Above(bound) => ("above", number(*bound)),
            Self::AtLeast(bound) => ("at_least", number(*bound)),
            Self::Below(bound) => ("below", number(*bound)),
            Self::AtMost(bound) => ("at_most", number(*bound)),
            Self::Present(wanted) => ("present", (*wanted).into()),
        }
    }

    /// What it can judge.
    pub(super) fn judges(&self) -> &'static str {
        match self {
            Self::Matches(_) | Self::NotMatches(_) => "text",
            Self::OneOf(_) | Self::NoneOf(_) => "a value of a kind that it lists",
            Self::Above(_) | Self::AtLeast(_) | Self::Below(_) | Self::AtMost(_) => "a number",
            Self::Present(_) => "a value",
        }
    }

    fn of(&self, sight: &Sight<'_>) -> Found {
        match (self, sight) {
            (_, Sight::Unknown) => Found::Unknown,
            // Nothing is nothing forbidden; whether it is nothing but what is allowed, its server decides.
            (_, Sight::Elsewhere) | (Self::NotMatches(_) | Self::NoneOf(_), Sight::Missing) => {
                Found::Senseless
            }
            (Self::Present(wanted), sight) => Found::Is(*wanted == (*sight != Sight::Missing)),
            (_, Sight::Missing) => Found::Is(false),
            (Self::Matches(pattern), Sight::Text(text)) => Found::Is(pattern.is_match(text)),
            (Self::NotMatches(pattern), Sight::Text(text)) => Found::Is(!pattern.is_match(text)),
            (Self::OneOf(values), sight) => is_in(sight, values).map_or(Found::Senseless, Found::Is),
            (Self::NoneOf(values), sight) => {
                is_in(sight, values).map_or(Found::Senseless, |found| Found::Is(!found))
            }
            (Self::Above(bound), Sight::Number(number)) => compare(number, |it| it > *bound),
            (Self::AtLeast(bound), Sight::Number(number)) => compare(number, |it| it >= *bound),
            (Self::Below(bound), Sight::Number(number)) => compare(number, |it| it < *bound),
            (Self::AtMost(bound), Sight::Number(number)) => compare(number, |it| it <= *bound),
            _ => Found::Senseless,
        }
    }
}

fn compare(number: &Number, so: impl Fn(f64) -> bool) -> Found {
    number.as_f64().map_or(Found::Senseless, |number| Found::Is(so(number)))
}

/// Whether the value is one of these; `None` when none of them is of its kind, because servers turn `"5"` into 5.
fn is_in(sight: &Sight<'_>, values: &[Value]) -> Option<bool> {
    let compared = values.iter().filter_map(|value| match (sight, value) {
        (Sight::Bool(one), Value::Bool(other)) => Some(one == other),
        (Sight::Text(one), Value::String(other)) => Some(one == other),
        (Sight::Number(one), Value::Number(other)) => Some(equal(one, other)),
        _ => None,
    });
    compared.reduce(|any, one| any || one)
}

/// 5 and 5.0 are one number; whole ones are compared to their last digit.
fn equal(one: &Number, other: &Number) -> bool {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => one == other,
        _ => one.as_f64() == other.as_f64(),
    }
}
