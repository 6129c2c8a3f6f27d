//! What the author of a script is told about its end: the value that was meant, what the calls really returned, and the
//! line to write instead of one that cannot work here.

use std::collections::HashSet;

use serde::de::IgnoredAny;
use serde_json::{Value, value::RawValue};
use surface::Surface;
use wire::{Call, Callee, Global, Parsed, Position, Read, ReadKind, Step};

use super::{
    bytes, habits, require,
    shape::{self, Shape},
};
use crate::{broker::Sample, check, record::Failure, waiting};

/// Tools whose results are told.
const TOOLS_MAX: usize = 3;

/// Values longer than this are not empty, whatever they hold.
const EMPTY_BYTES_MAX: usize = 1_000;

/// Warnings about names that do not exist here.
const HABITS_MAX: usize = 8;

/// Warnings about what was read of results.
const MISREADS_MAX: usize = 5;

/// What is known of a run at its end.
pub(super) struct End<'a> {
    pub(super) parsed: &'a Parsed,
    pub(super) code: &'a str,
    pub(super) surface: &'a Surface,
    /// Beginnings of what the calls returned.
    pub(super) samples: Vec<Sample>,
    /// The script printed something.
    pub(super) has_printed: bool,
    /// Lines whose reads of results are warned about already.
    pub(super) misread: &'a [u32],
}

impl End<'_> {
    /// What to say of a value, or of none.
    pub(super) fn of_value(&self, value: Option<&RawValue>) -> Vec<String> {
        let is_empty = value.is_none_or(|value| is_empty(value.get()));
        if value.is_none() && self.has_printed {
            return Vec::new();
        }
        let misreads = self.misreads(is_empty);
        if !misreads.is_empty() || !self.misread.is_empty() || !is_empty {
            return misreads;
        }
        let nothing = value.is_none() && !self.parsed.facts.returns;
        let returned = self.returned();
        match (nothing, returned) {
            (true, returned) => {
                let name = self.parsed.facts.last_name.as_deref().unwrap_or("…");
                let calls = returned.map(|calls| format!("; {calls}")).unwrap_or_default();
                vec![format!("the script returned nothing; write `return {name};` at its end{calls}")]
            }
            (false, Some(calls)) => {
                let what = value.map_or("undefined", RawValue::get);
                let what = if what.len() > 20 { "empty" } else { what };
                vec![format!("the value is {what}; {calls}")]
            }
            (false, None) => Vec::new(),
        }
    }

    /// Says more of an error that was not caught.
    pub(super) fn of_failure(&self, mut failure: Failure) -> Failure {
        if failure.message == "not a function"
            && let Some(callee) = self.callee(&failure).or_else(|| self.method(&failure))
        {
            failure.message = format!("`{callee}` is not a function");
        }
        let hint = self.hint(&failure);
        // Without calls there is no result whose shape could help.
        let is_about_calls = failure.name != "TypeError" || !self.parsed.facts.calls.is_empty();
        failure.hint = hint.or(failure.hint.filter(|_| is_about_calls));
        failure
    }

    fn hint(&self, failure: &Failure) -> Option<String> {
        let facts = &self.parsed.facts;
        let here = |read: &&Read| failure.line.is_some_and(|line| read.at.line == line);
        match failure.name.as_str() {
            "ReferenceError" => match required(&failure.message) {
                Some(specifier) => {
                    let line = self.code.lines().nth(failure.line?.checked_sub(1)? as usize)?;
                    require::instead_of(specifier, line, self.surface)
                }
                None => habits::instead_of(&self.unknown(failure)?, self.code, self.surface),
            },
            // `fs.readFileSync` is there to say that it cannot be had.
            "Error" => waiting::instead_of(failure.message.strip_prefix("fs.")?.split(' ').next()?),
            "ToolError" => self.stringified(failure),
            "SyntaxError" => {
                let parsed = facts.reads.iter().filter(here).find(|read| read.what == ReadKind::Parsed)?;
                self.misread(parsed)
            }
            "TypeError" if is_about_a_bigint(&failure.message) => Some(OF_BIGINTS.to_owned()),
            "TypeError" => {
                let mut reads = facts.reads.iter().filter(here);
                let misread = reads.find_map(|read| self.misread(read));
                misread.or_else(|| self.unreached_tool(failure)).or_else(|| self.returned())
            }
            _ => None,
        }
    }

    /// The use of the name that a failure says is not defined.
    fn unknown(&self, failure: &Failure) -> Option<Global> {
        let name = failure.message.strip_suffix(" is not defined")?.trim_matches(['\'', '`', '"']);
        let of_name = |global: &&Global| {
            global.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let mut uses = self.parsed.facts.globals.iter().filter(of_name);
        let at_line = uses.clone().find(|global| Some(global.at.line) == failure.line);
        let used = at_line.or_else(|| uses.next()).cloned();
        let nowhere = || Global { name: name.to_owned(), at: Position { line: 0, column: 0 }, names: None };
        Some(used.unwrap_or_else(nowhere))
    }

    /// The import of a tool that is reached for where nothing is: `this.slack.postMessage`, `globalThis.tools.slack`.
    fn unreached_tool(&self, failure: &Failure) -> Option<String> {
        // `this` of a module has no place in the stack.
        let here = |global: &&Global| failure.line.is_none_or(|line| global.at.line == line);
        self.parsed.facts.globals.iter().filter(here).find_map(|global| habits::tool(global, self.surface))
    }

    /// What else a script has that does not exist here, besides the name that ended it.
    pub(super) fn other_habits(&self, failure: &Failure) -> Vec<String> {
        if failure.name != "ReferenceError" {
            return Vec::new();
        }
        let told = |name: &str| failure.message.starts_with(name);
        let line = |line: u32, name: &str, instead: &str| {
            format!("line {line} uses `{name}`, which does not exist here; {instead}")
        };
        let globals = self.parsed.facts.globals.iter().filter_map(|global| {
            let root = global.name.split('.').next().unwrap_or_default();
            // Of `process` there is a warning before the run.
            let instead = habits::known(root, &global.name).filter(|_| root != "process" && !told(root))?;
            Some((root, line(global.at.line, root, instead)))
        });
        let mut seen = HashSet::new();
        let globals = globals.filter(|(root, _)| seen.insert(*root)).map(|(_, line)| line);
        let waiting = waiting::called(self.code)
            .filter(|(name, _)| !told(name))
            .filter_map(|(name, at)| Some(line(u32::try_from(at).ok()?, name, &waiting::instead_of(name)?)));
        globals.chain(waiting).take(HABITS_MAX).collect()
    }

    /// What to write where the arguments of a tool are handed over as JSON: `echo(JSON.stringify(x))`.
    fn stringified(&self, failure: &Failure) -> Option<String> {
        let is_about_one_object = failure.message.contains("takes one object of arguments");
        let line = self.code.lines().nth(failure.line?.checked_sub(1)? as usize)?;
        let (before, inside) = line.split_once("(JSON.stringify(").filter(|_| is_about_one_object)?;
        let value = until_closed(inside)?;
        let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.');
        let callee =
            &before[before.rfind(|c| !is_part(c)).map_or(0, |at| before.ceil_char_boundary(at + 1))..];
        Some(format!("write `{callee}({value})`, without `JSON.stringify`"))
    }

    /// What was read that the results did not have. Where the value is fine, only what was surely meant otherwise.
    fn misreads(&self, all: bool) -> Vec<String> {
        let mut said: Vec<String> = Vec::new();
        for read in &self.parsed.facts.reads {
            let line = format!("line {}: ", read.at.line);
            let is_known = self.misread.contains(&read.at.line);
            let Some(misread) = self.misread(read).filter(|_| !is_known) else { continue };
            let misread = line + &misread;
            if (all || misread.contains("did you mean")) && !said.contains(&misread) {
                said.push(misread);
            }
        }
        said.truncate(MISREADS_MAX);
        said
    }

    /// Why a read found nothing, going by what the call returned.
    fn misread(&self, read: &Read) -> Option<String> {
        if let ReadKind::OfPromise(name) = &read.what {
            let subject = &read.subject;
            return Some(format!("`{subject}` is a promise; write `(await {subject}).{name}`"));
        }
        if let ReadKind::OfBytes(_) = &read.what {
            let (call, _) = self.parsed.facts.bytes.iter().find(|(_, at)| *at == read.call)?;
            return Some(format!("`{}` is bytes, not text; {}", read.subject, bytes::instead(call)));
        }
        let sample = self.sample(read)?;
        let whole = shape::of(&sample.json);
        let mut at = &whole;
        for (depth, step) in read.steps.iter().enumerate() {
            match (at, step) {
                (Shape::Object(_), Step::Field(name)) if !sample.is_cut && at.step(step).is_none() => {
                    let what = ReadKind::Property(name.clone());
                    let before = read.subject.split(&format!(".{name}")).next().unwrap_or_default();
                    let subject = before.trim_end_matches('?').to_owned();
                    let steps = read.steps[..depth].to_vec();
                    let before = Read { steps, subject, what, ..read.clone() };
                    return self.told(sample, at, &before);
                }
                _ => at = at.step(step)?,
            }
        }
        self.told(sample, at, read)
    }

    /// The call whose result a read is of.
    fn call(&self, read: &Read) -> Option<&Call> {
        self.parsed.facts.calls.iter().find(|call| call.at == read.call)
    }

    /// The beginning of what the call of a read returned.
    fn sample(&self, read: &Read) -> Option<&Sample> {
        let name = match &self.call(read)?.callee {
            Callee::Imported { name, .. } => name,
            Callee::Named { server: Some(_), tool } => tool,
            Callee::Named { server: None, tool } => {
                tool.rsplit(['/', '.', ':']).next()?.rsplit("__").next()?
            }
        };
        self.samples.iter().rev().find(|sample| text::loose(&sample.name) == text::loose(name))
    }

    /// Why a result, or a part of it, has not what is read of it.
    fn told(&self, sample: &Sample, shape: &Shape, read: &Read) -> Option<String> {
        let instead = match (shape, &read.what) {
            (Shape::Object(_), ReadKind::Property(name) | ReadKind::Method(name)) => {
                let fields = shape.fields();
                let is_known = sample.is_cut || fields.contains(&name.as_str()) || check::is_of_objects(name);
                if is_known {
                    return None;
                }
                check::instead(name, &fields, read)
            }
            (Shape::Object(_) | Shape::List(_), ReadKind::Parsed) => {
                format!("it is parsed already: use `{}` as it is, without `JSON.parse`", read.subject)
            }
            (Shape::Scalar("string"), ReadKind::Parsed) if is_plain_text(sample) => {
                format!("it is text that is not JSON: use `{}` as it is, without `JSON.parse`", read.subject)
            }
            (Shape::Object(_), ReadKind::Elements) => "it is no list".to_owned(),
            (Shape::List(element), ReadKind::Property(name) | ReadKind::Method(name))
                if !check::is_of_lists(name) =>
            {
                let elements = element.as_deref().map(Shape::fields).unwrap_or_default();
                check::list(name, &elements, read, &check::written(&self.call(read)?.callee))
            }
            (Shape::Scalar("string"), ReadKind::Property(name) | ReadKind::Method(name))
                if !check::is_of_texts(name) =>
            {
                match name.as_str() {
                    "content" | "structuredContent" => {
                        format!("results arrive unwrapped: use `{}` itself", read.subject)
                    }
                    _ => format!("it is text, which has no `{name}`"),
                }
            }
            _ => return None,
        };
        let what = match &read.what {
            ReadKind::Property(name) | ReadKind::Method(name) => format!("`{name}` is read of"),
            _ => "this is about".to_owned(),
        };
        let part = if read.steps.is_empty() { "" } else { "a part of " };
        Some(format!(
            "{what} {part}what `{}` returned, {}; {instead}",
            sample.name,
            shape::words(&sample.json)
        ))
    }

    /// What the calls returned, the last first.
    fn returned(&self) -> Option<String> {
        let last = self.samples.iter().rev().take(TOOLS_MAX);
        let each: Vec<_> =
            last.map(|sample| format!("`{}` returned {}", sample.name, shape::words(&sample.json))).collect();
        (!each.is_empty()).then(|| each.join("; "))
    }

    /// A method that is called at the place of a failure, of something that is no name.
    fn method(&self, failure: &Failure) -> Option<String> {
        let here =
            |read: &&Read| Some(read.at.line) == failure.line && Some(read.at.column) == failure.column;
        self.parsed.facts.reads.iter().filter(here).find_map(|read| match &read.what {
            ReadKind::Method(name) | ReadKind::OfBytes(name) => Some(format!("{}.{name}", read.subject)),
            _ => None,
        })
    }

    /// What the script calls at the place of a failure, as it is written there.
    fn callee(&self, failure: &Failure) -> Option<String> {
        let line = self.code.lines().nth(failure.line?.checked_sub(1)? as usize)?;
        let units: Vec<u16> = line.encode_utf16().collect();
        let (before, here) = units.split_at_checked(failure.column?.checked_sub(1)? as usize)?;
        let (before, here) = (String::from_utf16_lossy(before), String::from_utf16_lossy(here));
        let is_part =
            |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.' | '?' | '[' | ']' | '\'' | '"');
        // The place is that of the member's name.
        let start = before.rfind(|c: char| !is_part(c)).map_or(0, |at| before.ceil_char_boundary(at + 1));
        let end = here.find(|c: char| !is_part(c)).unwrap_or(here.len());
        let callee = format!("{}{}", &before[start..], here[..end].trim_end_matches(['?', '.']));
        let is_name = callee.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$'));
        (is_name && here[end..].starts_with('(') && callee.len() <= 80).then_some(callee)
    }
}

/// What stands before the bracket that closes one which was opened before.
fn until_closed(text: &str) -> Option<&str> {
    let mut depth = 1;
    let end = text.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth == 0
    })?;
    Some(&text[..end])
}

/// The module that `require` was asked for, by the message of its failure.
fn required(message: &str) -> Option<&str> {
    message.strip_prefix("require('")?.split_once("') is not possible").map(|(specifier, _)| specifier)
}

/// What to write where a `bigint` meets a number.
const OF_BIGINTS: &str = "an integer beyond 2^53 is a `bigint`: calculate with bigints on both sides (`x + 1n`), or with \
                          `Number(x)` where digits may be lost";

/// Whether a calculation failed because one of its values is a `bigint`, in the words of either engine.
fn is_about_a_bigint(message: &str) -> bool {
    let message = message.to_lowercase();
    message.contains("mix bigint")
        || message.contains("bigint to number")
        || message.contains("bigint value to a number")
}

/// Whether a result is text, all of it is known, and it is not JSON.
fn is_plain_text(sample: &Sample) -> bool {
    let text = serde_json::from_str::<String>(&sample.json);
    !sample.is_cut && text.is_ok_and(|text| serde_json::from_str::<IgnoredAny>(&text).is_err())
}

/// Whether a value holds nothing: none of its fields and elements, however deep, is anything but empty.
fn is_empty(json: &str) -> bool {
    json.len() <= EMPTY_BYTES_MAX && serde_json::from_str(json).is_ok_and(|value| holds_nothing(&value))
}

fn holds_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(holds_nothing),
        Value::Object(fields) => fields.values().all(holds_nothing),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_hold_nothing_are_empty() {
        for json in ["null", "\"\"", "[]", "{}", r#"{"a":null,"b":[{"c":""}]}"#] {
            assert!(is_empty(json), "{json}");
        }
        for json in ["0", "false", "\"a\"", r#"{"a":null,"b":0}"#, &format!("[{}null]", "null,".repeat(500))]
        {
            assert!(!is_empty(json), "{json}");
        }
    }
}
