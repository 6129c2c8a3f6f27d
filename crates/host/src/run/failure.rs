//! From how a run ended in the engine to words and places of the script.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};
use text::beginning;
use wire::{Limit, Limits, MAIN, Position, PositionMap, Thrown};

use super::modules::in_tree;
use crate::record::{Failure, Problem};

/// The name of a submitted script in frames.
const SCRIPT: &str = "script.ts";

/// Frames kept; deep recursion has thousands that say the same.
const FRAMES_MAX: usize = 20;

/// How much of a message is kept. A script may throw a megabyte.
const MESSAGE_BYTES_MAX: usize = 8 * 1024;

/// Errors behind an error that are told, and how much of each.
const CAUSES_MAX: usize = 5;
const CAUSE_BYTES_MAX: usize = 500;

/// How much of a tool's own details is kept.
const DATA_BYTES_MAX: usize = 16 * 1024;

/// From generated code to sources: the script's and its skills'.
#[derive(Default)]
pub(super) struct Places {
    pub(super) main: PositionMap,
    pub(super) skills: HashMap<String, PositionMap>,
}

/// A frame in something a person wrote.
struct Frame {
    function: Option<String>,
    file: String,
    at: Position,
}

impl Places {
    /// The line of the script for a place in its generated code.
    pub(super) fn line(&self, at: Position) -> Option<u32> {
        self.main.original(at).map(|original| original.line)
    }

    /// The frames of a stack that are the script's or a skill's, innermost first.
    fn frames(&self, stack: &str) -> Vec<Frame> {
        stack.lines().filter_map(|line| self.frame(line)).take(FRAMES_MAX).collect()
    }

    fn frame(&self, line: &str) -> Option<Frame> {
        let text = line.trim().strip_prefix("at ")?;
        let (function, place) = match text.strip_suffix(')').and_then(|text| text.rsplit_once(" (")) {
            Some((function, place)) => (Some(function), place),
            None => (None, text),
        };
        let (rest, column) = place.rsplit_once(':')?;
        let (file, line) = rest.rsplit_once(':')?;
        let generated = Position { line: line.parse().ok()?, column: column.parse().ok()? };
        let (file, at) = if file == MAIN {
            (SCRIPT.to_owned(), self.main.original(generated)?)
        } else {
            (in_tree(file).to_owned(), self.skills.get(file)?.original(generated)?)
        };
        let function = function.filter(|name| !matches!(*name, "<anonymous>" | "default" | "<eval>"));
        Some(Frame { function: function.map(str::to_owned), file, at })
    }

    fn placed(&self, failure: Failure, stack: &str) -> Failure {
        let frames = self.frames(stack);
        let own = frames.iter().find(|frame| frame.file == SCRIPT).map(|frame| frame.at);
        Failure {
            line: own.map(|at| at.line),
            column: own.map(|at| at.column),
            stack: frames.iter().map(shown).collect(),
            ..failure
        }
    }
}

/// What a server said of an error.
#[derive(Deserialize)]
struct Details<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// An error the script did not catch.
pub(super) fn thrown(thrown: &Thrown, places: &Places) -> Failure {
    let json = thrown.properties.as_deref().filter(|json| !tools::is_deceptive(json));
    let properties: Map<String, Value> =
        json.and_then(|json| serde_json::from_slice(json).ok()).unwrap_or_default();
    let text = |key: &str| match properties.get(key)? {
        Value::String(text) => Some(beginning(text, MESSAGE_BYTES_MAX).to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    // Apart from the rest, so that its numbers keep their digits.
    let details = json.and_then(|json| serde_json::from_slice::<Details<'_>>(json).ok()?.data);
    let failure = Failure {
        name: beginning(&thrown.name, MESSAGE_BYTES_MAX).to_owned(),
        message: beginning(&with_causes(&thrown.message, &properties), MESSAGE_BYTES_MAX).to_owned(),
        server: text("server"),
        tool: text("tool"),
        code: text("code"),
        data: details.filter(|data| data.get().len() <= DATA_BYTES_MAX).map(ToOwned::to_owned),
        hint: hint(&thrown.name, &thrown.message).map(str::to_owned),
        ..Failure::default()
    };
    places.placed(failure, &thrown.stack)
}

/// A message with those of the errors behind it: what an `AggregateError` holds, or the `cause` of any.
fn with_causes(message: &str, properties: &Map<String, Value>) -> String {
    let several = properties.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let shown: Vec<_> = several.iter().take(CAUSES_MAX).map(in_words).collect();
    let more = if several.len() > CAUSES_MAX { "; and more" } else { "" };
    let all = match (message, shown.join("; ")) {
        (message, shown) if shown.is_empty() => message.to_owned(),
        ("", shown) => shown + more,
        (message, shown) => format!("{message}: {shown}{more}"),
    };
    match properties.get("cause") {
        Some(cause) if !cause.is_null() => format!("{all} (caused by {})", in_words(cause)),
        _ => all,
    }
}

fn in_words(error: &Value) -> String {
    let text = |key: &str| error.get(key).and_then(Value::as_str);
    let words = match (text("name"), text("message")) {
        (Some(name), Some(message)) => format!("{name}: {message}"),
        (None, Some(message)) => message.to_owned(),
        _ => error.as_str().map_or_else(|| error.to_string(), str::to_owned),
    };
    beginning(&words, CAUSE_BYTES_MAX).to_owned()
}

/// A limit that ended the run.
pub(super) fn exceeded(limit: Limit, limits: &Limits, stack: &str, places: &Places) -> Failure {
    let failure = Failure {
        name: "LimitError".to_owned(),
        message: limit.sentence(limits),
        code: Some(limit.key().to_owned()),
        ..Failure::default()
    };
    let placed = places.placed(failure, stack);
    if placed.line.is_some() {
        return placed;
    }
    // An empty loop has no place of its own: the engine names the beginning of the function it is in.
    let after = stack.lines().filter_map(generated).find_map(|at| places.main.original_after(at));
    Failure { line: after.map(|at| at.line), column: after.map(|at| at.column), ..placed }
}

/// The place a frame of the script's code names.
fn generated(frame: &str) -> Option<Position> {
    let (_, place) = frame.rsplit_once(MAIN)?;
    let (line, column) = place.strip_prefix(':')?.trim_end_matches(')').split_once(':')?;
    Some(Position { line: line.parse().ok()?, column: column.parse().ok()? })
}

/// A script that is not run.
pub(super) fn refused(name: &str, problems: Vec<Problem>) -> Failure {
    let Some(first) = problems.first() else {
        return plain(name, "the script was refused");
    };
    let more = match problems.len() {
        1 => String::new(),
        several => format!(" (and {} more)", several - 1),
    };
    Failure {
        name: name.to_owned(),
        message: format!("{}{more}", first.message),
        line: Some(first.line),
        column: Some(first.column),
        hint: first.hint.clone(),
        problems,
        ..Failure::default()
    }
}

/// A failure without a place.
pub(super) fn plain(name: &str, message: impl Into<String>) -> Failure {
    Failure { name: name.to_owned(), message: message.into(), ..Failure::default() }
}

fn hint(name: &str, message: &str) -> Option<&'static str> {
    let is_iteration = message.contains("not iterable") || message.contains("not a function");
    (name == "TypeError" && is_iteration).then_some(
        "if this is what a call returned: write `await` before the call, or print it \
         (`console.log(JSON.stringify(result).slice(0, 500))`) to see its shape",
    )
}

fn shown(frame: &Frame) -> String {
    let Frame { function, file, at: Position { line, column } } = frame;
    match function {
        Some(function) => format!("{} ({file}:{line}:{column})", beginning(function, MESSAGE_BYTES_MAX)),
        None => format!("{file}:{line}:{column}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, column: u32) -> Position {
        Position { line, column }
    }

    fn places() -> Places {
        let main = PositionMap { entries: vec![(at(1, 40), at(1, 1)), (at(3, 5), at(12, 3))] };
        let skill = PositionMap { entries: vec![(at(2, 1), at(4, 1))] };
        Places { main, skills: HashMap::from([("/accepted/skills/report.ts".to_owned(), skill)]) }
    }

    #[test]
    fn stacks_name_the_lines_of_the_script_and_of_skills() {
        let stack = "    at notify (/main.js:3:9)\n    at inner (/accepted/skills/report.ts:2:4)\n    at map (native)\n    \
            at getDocument (/servers/google-drive/getDocument.ts:1:20)\n    at <anonymous> (/main.js:1:50)\n    at /main.js:3:5\n    at nowhere (/main.js:99:1)";
        let thrown = Thrown {
            name: "ToolError".into(),
            message: "no".into(),
            stack: stack.into(),
            properties: Some(
                br#"{"server":"crm","tool":"get","code":-32602,"data":{"a":1234567890123456789012345}}"#
                    .to_vec(),
            ),
        };
        let failure = super::thrown(&thrown, &places());
        assert_eq!(
            failure.stack,
            ["notify (script.ts:12:3)", "inner (/skills/report.ts:4:1)", "script.ts:1:1", "script.ts:12:3"]
        );
        assert_eq!((failure.line, failure.column), (Some(12), Some(3)));
        assert_eq!(failure.code.as_deref(), Some("-32602"));
        assert_eq!(failure.server.as_deref(), Some("crm"));
        let data = failure.data.as_deref().map(RawValue::get);
        assert_eq!(data, Some(r#"{"a":1234567890123456789012345}"#));
    }

    #[test]
    fn the_errors_behind_an_error_are_told() {
        for (message, properties, expect) in [
            ("", r#"{"errors":[{"name":"Error","message":"a"},3]}"#, "Error: a; 3"),
            ("several", r#"{"errors":[1,2,3,4,5,6]}"#, "several: 1; 2; 3; 4; 5; and more"),
            ("none", r#"{"errors":[]}"#, "none"),
            ("outer", r#"{"cause":{"name":"TypeError","message":"b"}}"#, "outer (caused by TypeError: b)"),
            ("outer", r#"{"cause":"text"}"#, "outer (caused by text)"),
            ("odd", r#"{"errors":{"length":9},"cause":null}"#, "odd"),
        ] {
            let properties = serde_json::from_str(properties).expect("properties");
            assert_eq!(with_causes(message, &properties), expect);
        }
    }

    #[test]
    fn hostile_stacks_and_messages_are_bounded() {
        let thrown = Thrown {
            name: "x".repeat(100_000),
            message: "ä".repeat(100_000),
            stack: "at (((:::\nat f (/main.js:99999999999:1)\nat f (/main.js:3:5)\n".repeat(1_000),
            properties: Some(b"not json".to_vec()),
        };
        let failure = super::thrown(&thrown, &places());
        assert!(failure.name.len() <= MESSAGE_BYTES_MAX && failure.message.len() <= MESSAGE_BYTES_MAX);
        assert_eq!(failure.stack.len(), FRAMES_MAX);
    }

    #[test]
    fn several_problems_are_told_as_one_failure() {
        let problem =
            |line| Problem { message: format!("p{line}"), line, column: 1, hint: None, refusal: None };
        let failure = refused("CheckError", vec![problem(2), problem(5)]);
        assert_eq!((failure.message.as_str(), failure.line), ("p2 (and 1 more)", Some(2)));
    }
}
