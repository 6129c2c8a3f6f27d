//! `narrows.privacy`: whose personal data is hidden, what is looked for, and which tools may receive it. See
//! `docs/privacy.md`.

use std::sync::Arc;

use host::{PrivacyMode, PrivacySettings, RestoreRule, ToolMode};
use jsonc_parser::{
    ast::Value,
    common::{Range, Ranged},
};
use privacy::{Finder, FinderOptions, Kind};
use secrecy::{ExposeSecret, SecretString};

use super::{
    keys::{Row, SecretText, Setting, Text, Texts, properties, row, section, wrong_kind},
    rules::{Globs, globs, globs_of, meaning},
    text::{Problem, Source},
    variables,
};

section! {
    /// What personal data is hidden from models.
    RawPrivacy {
        /// How the personal data that tools answer is dealt with. `off`: it is not looked for. `boundary`: scripts compute on real
        /// values, and placeholders as `[EMAIL_1]` stand for them in all that leaves a script. `sealed`: scripts are given
        /// placeholders.
        mode: ModeWord,
        /// The mode of some tools: a list of `{ "server": …, "tool": …, "mode": … }`, globs as in `rules`. The first that names a
        /// tool counts.
        modes: RawModes,
        /// The kinds that are looked for, of `EMAIL`, `PHONE`, `SSN`, `CREDIT_CARD`, `IBAN` and `IP`. By default all.
        kinds: Texts,
        /// Further kinds by how they look: an object of regular expressions by the name of the kind, as in
        /// `{ "CUSTOMER": "\\bC-[0-9]{6}\\b" }`.
        patterns: Patterns,
        /// Further kinds by the fields they stand in: an object of lists by the name of the kind, as in
        /// `{ "NAME": ["full_name", "customer.name", "rows[].contact"] }`.
        fields: Fields,
        /// Which tools may receive which values: a list of `{ "server": …, "tool": …, "field": …, "kind": …, "action": "allow" }` or
        /// `"refuse"`. The first that fits counts; where none fits, values of `boundary` are given back and those of `sealed` are not.
        restore: RawRestores,
        /// What encrypts the vault, in which placeholders are kept with their values; at least 16 characters. May hold variables.
        /// By default a key in the data folder; needed where machines share a store.
        key: SecretText,
    }
}

section! {
    /// The mode of some tools.
    RawMode {
        /// Globs of names of servers.
        server: Globs,
        /// Globs of names of tools.
        tool: Globs,
        /// `off`, `boundary` or `sealed`.
        mode: ModeWord,
    }
}

section! {
    /// Whether tools may receive values.
    RawRestore {
        /// Globs of names of servers.
        server: Globs,
        /// Globs of names of tools.
        tool: Globs,
        /// Globs of fields of the arguments.
        field: Globs,
        /// Globs of kinds.
        kind: Globs,
        /// `allow` or `refuse`.
        action: RestoreWord,
    }
}

/// `off`, `boundary` or `sealed`.
#[derive(Debug, Clone, Copy)]
pub(super) struct ModeWord(PrivacyMode);

/// `allow` or `refuse`.
#[derive(Debug, Clone, Copy)]
pub(super) struct RestoreWord(bool);

#[derive(Debug)]
pub(super) struct RawModes(Vec<(RawMode, Range)>);

#[derive(Debug)]
pub(super) struct RawRestores(Vec<(RawRestore, Range)>);

/// Patterns by kinds.
#[derive(Debug)]
pub(super) struct Patterns(Vec<(String, Range, Text)>);

/// Lists of fields by kinds.
#[derive(Debug)]
pub(super) struct Fields(Vec<(String, Range, Texts)>);

const MODES: [(&str, PrivacyMode); 3] =
    [("off", PrivacyMode::Off), ("boundary", PrivacyMode::Boundary), ("sealed", PrivacyMode::Sealed)];

const ACTIONS: [(&str, bool); 2] = [("allow", true), ("refuse", false)];

/// Nothing slows down who guesses a key.
const KEY_CHARS_MIN: usize = 16;

impl RawPrivacy {
    /// What these keys ask for.
    pub(super) fn resolve(
        &self,
        source: &Source,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<PrivacySettings, Problem> {
        let mode = self.mode.map_or(PrivacyMode::Off, |ModeWord(mode)| mode);
        Ok(PrivacySettings {
            modes: self.modes.as_ref().map_or(Ok(Vec::new()), RawModes::resolve)?,
            finder: Arc::new(self.finder()?),
            restore: self.restore.as_ref().map_or(Ok(Vec::new()), |list| list.resolve(source))?,
            key: self.key.as_ref().map(|key| secret(key, lookup)).transpose()?,
            file: source.path.display().to_string(),
            ..PrivacySettings::new(mode)
        })
    }

    fn finder(&self) -> Result<Finder, Problem> {
        let mut options = FinderOptions::default();
        if let Some(Texts(kinds)) = &self.kinds {
            options.kinds = kinds.iter().map(standard).collect::<Result<_, _>>()?;
        }
        if let Some(Patterns(patterns)) = &self.patterns {
            options.patterns =
                patterns.iter().map(|(kind, _, pattern)| (kind.clone(), pattern.raw.clone())).collect();
        }
        if let Some(Fields(fields)) = &self.fields {
            let raw = |texts: &[Text]| texts.iter().map(|text| text.raw.clone()).collect();
            options.fields =
                fields.iter().map(|(kind, _, Texts(texts))| (kind.clone(), raw(texts))).collect();
        }
        Finder::new(&options).map_err(|error| Problem::new(self.place_of(error.kind()), error.to_string()))
    }

    /// Where a kind is described.
    fn place_of(&self, kind: &str) -> Range {
        let patterns =
            self.patterns.iter().flat_map(|Patterns(list)| list.iter().map(|(kind, at, _)| (kind, at)));
        let fields = self.fields.iter().flat_map(|Fields(list)| list.iter().map(|(kind, at, _)| (kind, at)));
        patterns
            .chain(fields)
            .find(|(described, _)| *described == kind)
            .map_or(Range::new(0, 1), |(_, at)| *at)
    }
}

fn standard(text: &Text) -> Result<Kind, Problem> {
    Kind::ALL.into_iter().find(|kind| kind.name() == text.raw).ok_or_else(|| {
        let known = ::text::named(Kind::ALL.iter().map(Kind::name));
        Problem::new(text.at, format!("unknown kind `{}` in `narrows.privacy.kinds`", text.raw))
            .hint(format!("known are {known}; others are described in `patterns` and `fields`"))
    })
}

fn secret(key: &SecretText, lookup: &dyn Fn(&str) -> Option<String>) -> Result<SecretString, Problem> {
    let text = variables::expand(key.text().expose_secret(), lookup)
        .map_err(|missing| Problem::new(key.at, format!("`narrows.privacy.key`: {missing}")))?;
    match text.chars().count() >= KEY_CHARS_MIN {
        true => Ok(text.into()),
        false => {
            let message = format!("`narrows.privacy.key` has fewer than {KEY_CHARS_MIN} characters");
            Err(Problem::new(key.at, message).hint("`openssl rand -hex 32` makes one"))
        }
    }
}

impl RawModes {
    fn resolve(&self) -> Result<Vec<ToolMode>, Problem> {
        let mode = |(raw, at): &(RawMode, Range)| {
            let Some(ModeWord(mode)) = raw.mode else {
                return Err(Problem::new(*at, "the entry has no `mode`")
                    .hint("write `\"mode\": \"off\"`, `\"boundary\"` or `\"sealed\"`"));
            };
            Ok(ToolMode { servers: globs(raw.server.as_ref())?, tools: globs(raw.tool.as_ref())?, mode })
        };
        self.0.iter().map(mode).collect()
    }
}

impl RawRestores {
    fn resolve(&self, source: &Source) -> Result<Vec<RestoreRule>, Problem> {
        let rule = |(raw, at): &(RawRestore, Range)| {
            let Some(RestoreWord(is_allowed)) = raw.action else {
                return Err(Problem::new(*at, "the entry has no `action`")
                    .hint("write `\"action\": \"allow\"` or `\"action\": \"refuse\"`"));
            };
            Ok(RestoreRule {
                servers: globs(raw.server.as_ref())?,
                tools: globs(raw.tool.as_ref())?,
                fields: globs_of(raw.field.as_ref(), |globs| RestoreRule::fields(globs))?,
                kinds: globs(raw.kind.as_ref())?,
                is_allowed,
                place: source.place(*at),
            })
        };
        self.0.iter().map(rule).collect()
    }
}

/// The entries of a list, each with its place.
fn entries<T: Setting>(value: &Value<'_>, key: &str) -> Result<Vec<(T, Range)>, Problem> {
    let Value::Array(list) = value else { return Err(wrong_kind(value, key, "a list of objects")) };
    let each = list.elements.iter().enumerate();
    each.map(|(at, entry)| Ok((T::read(entry, &format!("{key}[{at}]"))?, entry.range()))).collect()
}

/// The values of an object by kinds.
fn by_kind<T: Setting>(value: &Value<'_>, key: &str) -> Result<Vec<(String, Range, T)>, Problem> {
    let each = properties(value, key)?.iter().map(|property| {
        let kind = property.name.as_str();
        let at = super::keys::name_range(property);
        Ok((kind.to_owned(), at, T::read(&property.value, &format!("{key}.{kind}"))?))
    });
    each.collect()
}

impl Setting for ModeWord {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        meaning(value, key, &MODES).map(Self)
    }

    fn rows(value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        let word = value.and_then(|word| MODES.iter().find(|(_, mode)| *mode == word.0));
        rows.push(row(
            key,
            "`off`, `boundary` or `sealed`",
            word.map(|(word, _)| format!("\"{word}\"")),
            about,
        ));
    }
}

impl Setting for RestoreWord {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        meaning(value, key, &ACTIONS).map(Self)
    }

    fn rows(_value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, "`allow` or `refuse`", None, about));
    }
}

impl Setting for RawModes {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        entries(value, key).map(Self)
    }

    fn rows(_value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, "a list of objects", None, about));
    }
}

impl Setting for RawRestores {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        entries(value, key).map(Self)
    }

    fn rows(_value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, "a list of objects", None, about));
    }
}

impl Setting for Patterns {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        by_kind(value, key).map(Self)
    }

    fn rows(_value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, "patterns by kind", None, about));
    }
}

impl Setting for Fields {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        by_kind(value, key).map(Self)
    }

    fn rows(_value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, "lists of fields by kind", None, about));
    }
}
