//! `narrows.rules` as written, and what it becomes. See `docs/rules.md`.

use host::{Action, ArgumentPath, COUNT_MAX, Condition, Counts, GlobError, Names, Rule, Rules, Test};
use jsonc_parser::{
    ast::Value,
    common::{Range, Ranged},
};

use super::{
    keys::{Flag, Row, Setting, Text, name_range, properties, row, section, wrong_kind},
    servers::ConfiguredServer,
    text::{Problem, Source},
};
use crate::trust::Trust;

/// A rule's name is shown in one line with other things.
const NAME_CHARS_MAX: usize = 100;

section! {
    /// One rule.
    RawRule {
        /// What people call it.
        name: Text,
        /// `allow`, `ask` or `refuse`.
        action: Word,
        /// Globs of names of servers.
        server: Globs,
        /// Globs of names of tools.
        tool: Globs,
        /// Tools marked as changing nothing.
        read_only: Flag,
        /// Tools that may destroy something.
        destructive: Flag,
        /// Conditions by the path of an argument.
        arguments: RawArguments,
        /// Calls it lets through in one run.
        per_run: RuleCount,
        /// Calls it lets through in a minute.
        per_minute: RuleCount,
        /// Calls it lets through in an hour.
        per_hour: RuleCount,
        /// Calls it lets through in 24 hours.
        per_day: RuleCount,
        /// Whether it lets calls through that other rules ask about.
        unasked: Flag,
        /// Whether such a call, made twice, does the same as made once.
        repeatable: Flag,
    }
}

section! {
    /// What is asked of an argument.
    RawCondition {
        /// A pattern that is found in it.
        matches: Text,
        /// A pattern that is not.
        not_matches: Text,
        /// Values of which it is one.
        one_of: Values,
        /// Values of which it is none.
        none_of: Values,
        /// A number it is more than.
        above: Number,
        /// A number it is at least.
        at_least: Number,
        /// A number it is less than.
        below: Number,
        /// A number it is at most.
        at_most: Number,
        /// Whether it is given at all.
        present: Flag,
    }
}

/// The list of rules, each with its place.
#[derive(Debug, Default)]
pub(super) struct RawRules(Vec<(RawRule, Range)>);

/// Conditions, each with the place of its path.
#[derive(Debug)]
pub(super) struct RawArguments(Vec<(String, Range, RawCondition)>);

/// `allow`, `ask` or `refuse`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word(pub(super) Action);

/// One glob or a list of them.
#[derive(Debug)]
pub(super) struct Globs(Vec<Text>);

/// A list of texts, numbers, `true` and `false`.
#[derive(Debug)]
pub(super) struct Values(Vec<serde_json::Value>);

#[derive(Debug, Clone, Copy)]
pub(super) struct Number(f64);

/// A count and its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct RuleCount(u64, Range);

/// `pin`, `strict` or `always`.
#[derive(Debug, Clone, Copy)]
pub(super) struct TrustWord(pub(super) Trust);

/// The words for whose definitions are taken as they are.
const TRUSTS: [(&str, Trust); 3] =
    [("pin", Trust::Pin), ("strict", Trust::Strict), ("always", Trust::Always)];

/// The words for what a rule says.
const ACTIONS: [(&str, Action); 3] =
    [("allow", Action::Allow), ("ask", Action::Ask), ("refuse", Action::Refuse)];

/// The rules that a file asks for, with those that come from its entries.
pub(super) fn rules(
    raw: Option<&RawRules>,
    otherwise: Option<Word>,
    of_entries: Vec<Rule>,
    source: &Source,
) -> Result<Rules, Problem> {
    let mut list: Vec<Rule> = Vec::new();
    for (raw, at) in raw.map(|rules| rules.0.as_slice()).unwrap_or_default() {
        let rule = rule(raw, *at, source)?;
        if let Some(earlier) = list.iter().find(|earlier| earlier.name == rule.name) {
            let message = format!("another rule at {} is named `{}` too", earlier.place, rule.name);
            return Err(Problem::new(raw.name.as_ref().map_or(*at, |name| name.at), message));
        }
        list.push(rule);
    }
    list.extend(of_entries);
    let otherwise = otherwise.map_or(Action::Allow, |Word(action)| action);
    Ok(Rules::new(list, otherwise, source.path.display().to_string()))
}

/// A warning for each `tool` that begins with a server's name, as messages and scripts write tools: it fits no tool.
pub(super) fn warnings(raw: Option<&RawRules>, servers: &[ConfiguredServer], source: &Source) -> Vec<String> {
    let rules = raw.map(|rules| rules.0.as_slice()).unwrap_or_default();
    let globs = rules.iter().filter_map(|(rule, _)| rule.tool.as_ref()).flat_map(|Globs(globs)| globs);
    let warning = |glob: &Text| {
        let (server, tool) = glob.raw.split_once('/')?;
        servers.iter().any(|known| known.name.as_str() == server).then(|| {
            let place = source.place(glob.at);
            format!("{place}: `tool` is the name of a tool alone; write `\"server\": \"{server}\", \"tool\": \"{tool}\"`")
        })
    };
    globs.filter_map(warning).collect()
}

fn rule(raw: &RawRule, at: Range, source: &Source) -> Result<Rule, Problem> {
    let Some(name) = &raw.name else {
        return Err(
            Problem::new(at, "the rule has no `name`").hint("add a `name`: refusals name the rule by it")
        );
    };
    if name.raw.trim().is_empty()
        || name.raw.chars().count() > NAME_CHARS_MAX
        || name.raw.contains(char::is_control)
    {
        let message = format!("a rule's name is 1 to {NAME_CHARS_MAX} characters on one line");
        return Err(Problem::new(name.at, message));
    }
    let Some(Word(action)) = raw.action else {
        return Err(Problem::new(at, format!("the rule `{}` has no `action`", name.raw))
            .hint("write `\"action\": \"allow\"`, `\"action\": \"ask\"` or `\"action\": \"refuse\"`"));
    };
    if raw.unasked.is_some() && action != Action::Allow {
        let message = format!("the rule `{}` has `unasked` and does not allow", name.raw);
        let hint =
            "`\"unasked\": true` is for rules with `\"action\": \"allow\"`: what they fit is not asked about";
        return Err(Problem::new(at, message).hint(hint));
    }
    if raw.repeatable.is_some() && action == Action::Refuse {
        let message = format!("the rule `{}` has `repeatable` and refuses", name.raw);
        let hint = "`\"repeatable\"` is for rules with `\"action\": \"allow\"` or `\"ask\"`: it says whether a call that may have been made is made again";
        return Err(Problem::new(at, message).hint(hint));
    }
    if raw.read_only == Some(Flag(true)) && raw.destructive == Some(Flag(true)) {
        let message =
            format!("the rule `{}` can fit no tool: no tool is both `read_only` and `destructive`", name.raw);
        return Err(Problem::new(at, message));
    }
    Ok(Rule {
        name: name.raw.clone(),
        place: source.place(at),
        action,
        servers: globs(raw.server.as_ref())?,
        tools: globs(raw.tool.as_ref())?,
        read_only: raw.read_only.map(|Flag(flag)| flag),
        destructive: raw.destructive.map(|Flag(flag)| flag),
        arguments: conditions(raw.arguments.as_ref())?,
        counts: counts(raw, action)?,
        unasked: raw.unasked == Some(Flag(true)),
        repeatable: raw.repeatable.map(|Flag(flag)| flag),
    })
}

pub(super) fn globs(raw: Option<&Globs>) -> Result<Names, Problem> {
    globs_of(raw, |globs| Names::new(globs))
}

/// The names that globs mean as this reads them.
pub(super) fn globs_of(
    raw: Option<&Globs>,
    read: impl Fn(Vec<&str>) -> Result<Names, (usize, GlobError)>,
) -> Result<Names, Problem> {
    let Some(Globs(texts)) = raw else { return Ok(Names::all()) };
    read(texts.iter().map(|text| text.raw.as_str()).collect()).map_err(|(at, error)| {
        let range = texts.get(at).map_or(Range::new(0, 0), |text| text.at);
        let glob = texts.get(at).map_or("", |text| text.raw.as_str());
        Problem::new(range, format!("the glob `{glob}` cannot be used: {error}"))
    })
}

fn counts(raw: &RawRule, action: Action) -> Result<Counts, Problem> {
    let written = [raw.per_run, raw.per_minute, raw.per_hour, raw.per_day];
    if let (Action::Refuse, Some(RuleCount(_, at))) = (action, written.into_iter().flatten().next()) {
        let problem = Problem::new(at, "a rule that refuses calls cannot count them");
        return Err(problem.hint(
            "write `\"action\": \"allow\"`: calls over the count are refused; or `\"ask\"`: a person is asked about them",
        ));
    }
    let [per_run, per_minute, per_hour, per_day] =
        written.map(|count| count.map(|RuleCount(count, _)| count));
    Ok(Counts { per_run, per_minute, per_hour, per_day })
}

fn conditions(raw: Option<&RawArguments>) -> Result<Vec<Condition>, Problem> {
    let Some(RawArguments(list)) = raw else { return Ok(Vec::new()) };
    let each = list.iter().map(|(path, at, raw)| {
        let path = ArgumentPath::new(path)
            .map_err(|error| Problem::new(*at, format!("the path `{path}` cannot be used: {error}")))?;
        let tests = tests(raw)?;
        match tests.is_empty() {
            false => Ok(Condition { path, tests }),
            true => Err(Problem::new(*at, format!("the condition on `{path}` is empty"))
                .hint("for example `{ \"one_of\": [\"a\", \"b\"] }`, or `{ \"present\": true }`")),
        }
    });
    each.collect()
}

fn tests(raw: &RawCondition) -> Result<Vec<Test>, Problem> {
    let pattern = |text: &Text| {
        host::pattern(&text.raw)
            .map_err(|error| Problem::new(text.at, format!("the pattern cannot be used: {error}")))
    };
    let mut tests = Vec::new();
    if let Some(text) = &raw.matches {
        tests.push(Test::Matches(pattern(text)?));
    }
    if let Some(text) = &raw.not_matches {
        tests.push(Test::NotMatches(pattern(text)?));
    }
    tests.extend(raw.one_of.as_ref().map(|values| Test::OneOf(values.0.clone())));
    tests.extend(raw.none_of.as_ref().map(|values| Test::NoneOf(values.0.clone())));
    tests.extend(raw.above.map(|number| Test::Above(number.0)));
    tests.extend(raw.at_least.map(|number| Test::AtLeast(number.0)));
    tests.extend(raw.below.map(|number| Test::Below(number.0)));
    tests.extend(raw.at_most.map(|number| Test::AtMost(number.0)));
    tests.extend(raw.present.map(|Flag(flag)| Test::Present(flag)));
    Ok(tests)
}

impl Setting for RawRules {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        let Value::Array(list) = value else { return Err(wrong_kind(value, key, "a list of rules")) };
        let each = list.elements.iter().enumerate();
        let rules = each.map(|(at, rule)| Ok((RawRule::read(rule, &format!("{key}[{at}]"))?, rule.range())));
        Ok(Self(rules.collect::<Result<_, _>>()?))
    }

    fn rows(_value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, "a list of rules", None, about));
    }
}

impl Setting for RawArguments {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        let properties = properties(value, key)?;
        if properties.is_empty() {
            return Err(Problem::new(value.range(), format!("`{key}` is empty; name an argument")));
        }
        let each = properties.iter().map(|property| {
            let path = property.name.as_str();
            let condition = RawCondition::read(&property.value, &format!("{key}.{path}"))?;
            check_range(&condition, property.value.range())?;
            Ok((path.to_owned(), name_range(property), condition))
        });
        Ok(Self(each.collect::<Result<_, _>>()?))
    }

    fn rows(_value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, "conditions by argument", None, about));
    }
}

/// A range that no number is in is a mistake that would make the rule say nothing.
fn check_range(raw: &RawCondition, at: Range) -> Result<(), Problem> {
    let low = raw.above.or(raw.at_least).map(|number| number.0);
    let high = raw.below.or(raw.at_most).map(|number| number.0);
    let open = raw.above.is_some() || raw.below.is_some();
    match (low, high) {
        (Some(low), Some(high)) if low > high || (open && low >= high) => {
            Err(Problem::new(at, "no number is in this range"))
        }
        _ => Ok(()),
    }
}

/// The meaning of one of a few words.
pub(super) fn meaning<T: Copy, const N: usize>(
    value: &Value<'_>,
    key: &str,
    words: &[(&str, T); N],
) -> Result<T, Problem> {
    let text = Text::read(value, key)?;
    let found = words.iter().find(|(word, _)| *word == text.raw);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        Problem::new(text.at, format!("`{key}` is `{}`", text.raw))
            .hint(format!("known values are {}", text::named(words.each_ref().map(|(word, _)| *word))))
    })
}

impl Setting for TrustWord {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        meaning(value, key, &TRUSTS).map(Self)
    }

    fn rows(value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        let word = value.and_then(|word| TRUSTS.iter().find(|(_, trust)| *trust == word.0));
        let word = word.map(|(word, _)| format!("\"{word}\""));
        rows.push(row(key, "`pin`, `strict` or `always`", word, about));
    }
}

impl Setting for Word {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        meaning(value, key, &ACTIONS).map(Self)
    }

    fn rows(value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        let word = value.and_then(|word| ACTIONS.iter().find(|(_, action)| *action == word.0));
        rows.push(row(key, "`allow`, `ask` or `refuse`", word.map(|(word, _)| format!("\"{word}\"")), about));
    }
}

impl Setting for Globs {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        match value {
            Value::Array(list) if list.elements.is_empty() => Err(Problem::new(
                value.range(),
                format!("`{key}` is an empty list; write `*` for every name"),
            )),
            Value::Array(list) => {
                let each = list.elements.iter().enumerate();
                let texts = each.map(|(at, item)| Text::read(item, &format!("{key}[{at}]")));
                Ok(Self(texts.collect::<Result<_, _>>()?))
            }
            Value::StringLit(_) => Ok(Self(vec![Text::read(value, key)?])),
            other => Err(wrong_kind(other, key, "a name or a list of names")),
        }
    }

    fn rows(_value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, "a name or a list of names", None, about));
    }
}

impl Setting for Values {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        let Value::Array(list) = value else { return Err(wrong_kind(value, key, "a list of values")) };
        if list.elements.is_empty() {
            return Err(Problem::new(value.range(), format!("`{key}` lists nothing")));
        }
        let each = list.elements.iter().enumerate().map(|(at, item)| match item {
            Value::StringLit(text) => Ok(text.value.as_ref().into()),
            Value::BooleanLit(flag) => Ok(flag.value.into()),
            Value::NumberLit(number) => serde_json::from_str(number.value).map_err(|_| {
                Problem::new(item.range(), format!("`{}` is not a number that can be compared", number.value))
            }),
            other => Err(wrong_kind(other, &format!("{key}[{at}]"), "text, a number, `true` or `false`")),
        });
        Ok(Self(each.collect::<Result<_, _>>()?))
    }

    fn rows(_value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, "a list of values", None, about));
    }
}

impl Setting for Number {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        let Value::NumberLit(number) = value else { return Err(wrong_kind(value, key, "a number")) };
        match number.value.parse() {
            Ok(number) if f64::is_finite(number) => Ok(Self(number)),
            _ => Err(Problem::new(
                value.range(),
                format!("`{}` is not a number that can be compared", number.value),
            )),
        }
    }

    fn rows(_value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, "a number", None, about));
    }
}

impl Setting for RuleCount {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        let Value::NumberLit(number) = value else { return Err(wrong_kind(value, key, "a whole number")) };
        match number.value.parse() {
            Ok(count) if (1..=COUNT_MAX).contains(&count) => Ok(Self(count, value.range())),
            _ => {
                let message =
                    format!("`{key}` must be a whole number from 1 to {COUNT_MAX}, not {}", number.value);
                Err(Problem::new(value.range(), message))
            }
        }
    }

    fn rows(_value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        rows.push(row(key, "a whole number", None, about));
    }
}
