//! The little language of conditions that the company's servers understand, in `where`, `query` and `jql`:
//! `CloseDate < TODAY AND (StageName != "Closed Won" OR Amount >= 1000)`, `name contains 'Notes'`,
//! `Industry IN ('Energy', 'Retail')`, `Name LIKE 'A%'`, `OwnerId != null`.

use serde_json::{Map, Value};

use crate::calendar::Day;

/// How deep brackets may nest: conditions are written by strangers, and reading them recurses.
const DEPTH_MAX: usize = 32;

/// A condition on a record.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Filter {
    /// True of every record.
    All,
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Compare {
        field: String,
        how: How,
        with: Vec<Literal>,
    },
}

/// How a field is compared with one value, or with several for [`How::In`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
    Contains,
    Like,
    In,
}

/// A value written in a condition.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    Number(f64),
    Truth(bool),
    Null,
    Today,
}

impl Filter {
    /// Reads a condition; a blank one is true of everything.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let words = split(text)?;
        if words.is_empty() {
            return Ok(Self::All);
        }
        let mut reader = Reader { words, next: 0, depth: 0 };
        let filter = reader.either()?;
        match reader.words.get(reader.next) {
            None => Ok(filter),
            Some(word) => Err(format!("cannot read the condition from \"{}\" on", word.text)),
        }
    }

    /// Whether the condition holds of a record, today being this day.
    pub(crate) fn holds(&self, record: &Map<String, Value>, today: Day) -> bool {
        match self {
            Self::All => true,
            Self::And(one, two) => one.holds(record, today) && two.holds(record, today),
            Self::Or(one, two) => one.holds(record, today) || two.holds(record, today),
            Self::Not(one) => !one.holds(record, today),
            Self::Compare { field, how, with } => {
                let value = record.get(field).unwrap_or(&Value::Null);
                let one = |literal: &Literal| compare(value, *how, literal, today);
                if *how == How::In { with.iter().any(one) } else { with.first().is_some_and(one) }
            }
        }
    }

    /// The names of the fields the condition asks about.
    pub(crate) fn fields(&self) -> Vec<&str> {
        match self {
            Self::All => Vec::new(),
            Self::And(one, two) | Self::Or(one, two) => [one.fields(), two.fields()].concat(),
            Self::Not(one) => one.fields(),
            Self::Compare { field, .. } => vec![field],
        }
    }
}

fn compare(value: &Value, how: How, with: &Literal, today: Day) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};

    let order = match (value, with) {
        (Value::Null, Literal::Null) => Some(Equal),
        (Value::Number(number), Literal::Number(with)) => number.as_f64().and_then(|n| n.partial_cmp(with)),
        (Value::String(text), Literal::Number(with)) => {
            text.parse::<f64>().ok().and_then(|n| n.partial_cmp(with))
        }
        (Value::Number(number), Literal::Text(with)) => with
            .parse::<f64>()
            .ok()
            .and_then(|with| number.as_f64().and_then(|number| number.partial_cmp(&with))),
        (Value::Bool(truth), Literal::Truth(with)) => Some(truth.cmp(with)),
        // Dates are compared as texts: their order is the same.
        (Value::String(text), Literal::Text(with)) => Some(text.as_str().cmp(with)),
        (Value::String(text), Literal::Today) => Some(text.as_str().cmp(&today.to_string())),
        _ => None,
    };
    match how {
        How::Equal | How::In => order == Some(Equal),
        How::NotEqual => order != Some(Equal),
        How::Less => order == Some(Less),
        How::LessOrEqual => matches!(order, Some(Less | Equal)),
        How::More => order == Some(Greater),
        How::MoreOrEqual => matches!(order, Some(Greater | Equal)),
        How::Contains => texts(value, with).is_some_and(|(text, with)| text.contains(&with)),
        How::Like => texts(value, with).is_some_and(|(text, with)| like(&text, &with)),
    }
}

/// Both in lower case, where both are texts.
fn texts(value: &Value, with: &Literal) -> Option<(String, String)> {
    match (value, with) {
        (Value::String(text), Literal::Text(with)) => Some((text.to_lowercase(), with.to_lowercase())),
        _ => None,
    }
}

/// `%` at the start and at the end of a pattern stand for anything.
fn like(text: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('%'), pattern.strip_suffix('%')) {
        (Some(_), Some(_)) => text.contains(pattern.trim_matches('%')),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => text == pattern,
    }
}

/// A piece of a condition: a quoted text, a sign, or a word.
struct Word {
    text: String,
    quoted: bool,
}

fn split(text: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (text, quoted, used) = if first == '\'' || first == '"' {
            let (text, used) = quoted(rest, first)?;
            (text, true, used)
        } else if "=!<>".contains(first) {
            let used = rest.find(|c| !"=!<>".contains(c)).unwrap_or(rest.len());
            (rest[..used].to_owned(), false, used)
        } else if "(),".contains(first) {
            (first.to_string(), false, 1)
        } else {
            let ends = |c: char| c.is_whitespace() || "=!<>(),'\"".contains(c);
            let used = rest.find(ends).unwrap_or(rest.len());
            (rest[..used].to_owned(), false, used)
        };
        words.push(Word { text, quoted });
        rest = rest[used..].trim_start();
    }
    Ok(words)
}

/// The text between two quotes, and how many bytes it took with them. A backslash keeps the next character.
fn quoted(text: &str, quote: char) -> Result<(String, usize), String> {
    let mut inner = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => inner.extend(characters.next().map(|(_, kept)| kept)),
            _ if character == quote => return Ok((inner, at + 1)),
            _ => inner.push(character),
        }
    }
    Err(format!(
        "the text that begins with {} has no closing quote",
        text.chars().take(12).collect::<String>()
    ))
}

struct Reader {
    words: Vec<Word>,
    next: usize,
    depth: usize,
}

impl Reader {
    fn either(&mut self) -> Result<Filter, String> {
        let mut one = self.both()?;
        while self.take("or") {
            one = Filter::Or(Box::new(one), Box::new(self.both()?));
        }
        Ok(one)
    }

    fn both(&mut self) -> Result<Filter, String> {
        let mut one = self.single()?;
        while self.take("and") {
            one = Filter::And(Box::new(one), Box::new(self.single()?));
        }
        Ok(one)
    }

    fn single(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("the condition nests deeper than {DEPTH_MAX} levels"));
        }
        let filter = if self.take("not") {
            Filter::Not(Box::new(self.single()?))
        } else if self.take("(") {
            let inner = self.either()?;
            self.expect(")")?;
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn comparison(&mut self) -> Result<Filter, String> {
        let field = self.word("the name of a field")?.text;
        let sign = self.word("a comparison")?.text;
        let how = match sign.to_lowercase().as_str() {
            "=" | "==" => How::Equal,
            "!=" | "<>" => How::NotEqual,
            "<" => How::Less,
            "<=" => How::LessOrEqual,
            ">" => How::More,
            ">=" => How::MoreOrEqual,
            "contains" => How::Contains,
            "like" => How::Like,
            "in" => How::In,
            _ => {
                return Err(format!(
                    "\"{sign}\" after {field} is no comparison: one of = != < <= > >= contains like in"
                ));
            }
        };
        if how != How::In {
            return Ok(Filter::Compare { field, how, with: vec![self.literal()?] });
        }
        self.expect("(")?;
        let mut with = vec![self.literal()?];
        while self.take(",") {
            with.push(self.literal()?);
        }
        self.expect(")")?;
        Ok(Filter::Compare { field, how, with })
    }

    fn literal(&mut self) -> Result<Literal, String> {
        let word = self.word("a value")?;
        if word.quoted {
            return Ok(Literal::Text(word.text));
        }
        Ok(match word.text.to_lowercase().as_str() {
            "null" => Literal::Null,
            "today" => Literal::Today,
            "true" => Literal::Truth(true),
            "false" => Literal::Truth(false),
            "(" | ")" | "," => return Err(format!("expected a value before \"{}\"", word.text)),
            text => text.parse().map_or(Literal::Text(word.text), Literal::Number),
        })
    }

    fn word(&mut self, what: &str) -> Result<Word, String> {
        let word = self.words.get_mut(self.next);
        let word = word.ok_or_else(|| format!("the condition ends where {what} was expected"))?;
        self.next += 1;
        Ok(Word { text: std::mem::take(&mut word.text), quoted: word.quoted })
    }

    fn take(&mut self, text: &str) -> bool {
        let here = self.words.get(self.next);
        let is = here.is_some_and(|word| !word.quoted && word.text.eq_ignore_ascii_case(text));
        self.next += usize::from(is);
        is
    }

    fn expect(&mut self, text: &str) -> Result<(), String> {
        if self.take(text) { Ok(()) } else { Err(format!("expected \"{text}\" in the condition")) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(condition: &str, expect: bool) {
        let record = json!({
            "Name": "Meeting Notes", "Amount": 1500, "Stage": "Closed Won", "Due": "2026-01-31", "Code": "42",
            "Open": true, "Nothing": null,
        });
        let filter = Filter::parse(condition).expect("the condition can be read");
        let record = record.as_object().expect("an object");
        assert_eq!(filter.holds(record, Day::of(2026, 2, 1)), expect, "{condition}");
    }

    #[test]
    fn conditions_hold_or_do_not() {
        check("", true);
        check("Due < TODAY AND Stage != \"Closed Won\"", false);
        check("Due < TODAY AND Stage = 'Closed Won'", true);
        check("Due >= 2026-01-31 AND Due <= 2026-02-07", true);
        check("Due > TODAY OR Amount > 1000", true);
        check("NOT (Amount > 1000)", false);
        check("Amount = 1500.0", true);
        check("Code < 100", true);
        check("Amount < '200'", false);
        check("Open = true and Open != false", true);
        check("Nothing = null and Missing = null and Name != null", true);
        check("Nothing != null", false);
        check("Missing != 'x'", true);
        check("Missing < 5", false);
        check("name contains 'x'", false);
        check("Name contains 'meeting'", true);
        check("Name LIKE 'Meet%' and Name like '%Notes' and Name like '%ting%'", true);
        check("Stage IN ('Open', 'Closed Won')", true);
        check("Stage in (Open)", false);
        check("Name = 'it\\'s'", false);
        check("Amount=1500 and(Stage='Closed Won')", true);
    }

    #[test]
    fn a_condition_that_cannot_be_read_says_where() {
        for (condition, expect) in [
            ("Amount >", "the condition ends where a value was expected"),
            ("Amount", "the condition ends where a comparison was expected"),
            ("Amount is 5", "\"is\" after Amount is no comparison: one of = != < <= > >= contains like in"),
            ("Amount = 5 5", "cannot read the condition from \"5\" on"),
            ("(Amount = 5", "expected \")\" in the condition"),
            ("Name = 'x", "the text that begins with 'x has no closing quote"),
        ] {
            assert_eq!(Filter::parse(condition), Err(expect.to_owned()), "{condition}");
        }
        let deep = format!("{}a = 1{}", "(".repeat(40), ")".repeat(40));
        assert_eq!(Filter::parse(&deep), Err("the condition nests deeper than 32 levels".to_owned()));
    }

    #[test]
    fn a_condition_names_its_fields() {
        assert_eq!(
            Filter::parse("a = 1 or not (b < 2 and c in (3))").expect("reads").fields(),
            ["a", "b", "c"]
        );
    }
}
