//! A rule that is added to a configuration, in its text: comments and everything else stay as they are.

use jsonc_parser::{
    ast::{Array, Object, Value},
    common::Ranged,
};

use super::{
    syntax,
    text::{ConfigError, Problem, Source},
};

/// The text of a configuration with one more rule, a line of JSON, behind the others.
pub(super) fn with_rule(source: &Source, rule: &str) -> Result<String, ConfigError> {
    added(&source.text, rule).map_err(|problem| source.error(problem))
}

fn added(text: &str, rule: &str) -> Result<String, Problem> {
    let root = syntax::parse(text)?;
    let Value::Object(top) = &root else { return Err(syntax::wrong_top(&root)) };
    let Some(narrows) = top.get_object("narrows") else {
        return Ok(first_in(
            text,
            top,
            &format!("\"narrows\": {{\n    \"rules\": [\n      {rule}\n    ]\n  }}"),
            2,
        ));
    };
    match narrows.get_array("rules") {
        None => Ok(first_in(text, narrows, &format!("\"rules\": [\n      {rule}\n    ]"), 4)),
        Some(rules) => Ok(last_in(text, rules, rule)),
    }
}

/// Puts a property before the others of an object.
fn first_in(text: &str, object: &Object<'_>, property: &str, indentation: usize) -> String {
    let comma = if object.properties.is_empty() { "" } else { "," };
    let at = object.range.start + 1;
    let rest = &text[at..];
    let indentation = " ".repeat(indentation);
    // What follows on the same line, as in `{}`, moves to a line of its own.
    let line_break = if rest.trim_start_matches([' ', '\t']).starts_with(['\n', '\r']) { "" } else { "\n" };
    format!("{}\n{indentation}{property}{comma}{line_break}{rest}", &text[..at])
}

/// Puts an element behind the others of a list, and behind what is said of the last of them on its line.
fn last_in(text: &str, list: &Array<'_>, element: &str) -> String {
    let Some(last) = list.elements.last() else {
        let at = list.range.start + 1;
        return format!("{}\n      {element}\n    {}", &text[..at], text[at..].trim_start());
    };
    let (before, after) = text.split_at(last.range().end);
    let inner = &after[..list.range.end - last.range().end - 1];
    let comma = comma_in(inner);
    let line = after.find('\n').filter(|end| *end <= inner.len());
    let indentation: String = {
        let start = before[..last.range().start].rfind('\n').map_or(0, |at| at + 1);
        text[start..last.range().start].chars().take_while(|c| c.is_whitespace()).collect()
    };
    match (line, comma) {
        // All on one line, as `[{ … }]`.
        (None, _) => format!("{before}, {element}{after}"),
        (Some(end), None) => {
            let (rest, more) = after.split_at(end);
            format!("{before},{rest}\n{indentation}{element}{more}")
        }
        (Some(end), Some(comma)) => {
            let (rest, more) = after.split_at(end.max(comma + 1));
            format!("{before}{rest}\n{indentation}{element},{more}")
        }
    }
}

/// Where the comma stands behind the last element, comments passed over.
fn comma_in(text: &str) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else if rest.starts_with(',') {
            return Some(at);
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_added_and_everything_else_stays() {
        for (text, expect) in [
            ("{}", "{\n  \"narrows\": {\n    \"rules\": [\n      R\n    ]\n  }\n}"),
            (
                "{ // mine\n  \"mcpServers\": {}\n}",
                "{\n  \"narrows\": {\n    \"rules\": [\n      R\n    ]\n  },\n // mine\n  \"mcpServers\": {}\n}",
            ),
            (
                "{\n  \"narrows\": {\n    // few\n    \"runners\": 1\n  }\n}",
                "{\n  \"narrows\": {\n    \"rules\": [\n      R\n    ],\n    // few\n    \"runners\": 1\n  }\n}",
            ),
            ("{\"narrows\": {\"rules\": []}}", "{\"narrows\": {\"rules\": [\n      R\n    ]}}"),
            ("{\"narrows\": {\"rules\": [{}]}}", "{\"narrows\": {\"rules\": [{}, R]}}"),
            (
                "{\"narrows\": {\"rules\": [\n  {} // the first\n  // the end\n]}}",
                "{\"narrows\": {\"rules\": [\n  {}, // the first\n  R\n  // the end\n]}}",
            ),
            (
                "{\"narrows\": {\"rules\": [\n\t{}, /* , */ // ,\n]}}",
                "{\"narrows\": {\"rules\": [\n\t{}, /* , */ // ,\n\tR,\n]}}",
            ),
            (
                "{\"narrows\": {\"rules\": [\n  {} // no comma, yet\n  ,\n]}}",
                "{\"narrows\": {\"rules\": [\n  {} // no comma, yet\n  ,\n  R,\n]}}",
            ),
        ] {
            let rule = "{\"name\": \"a\"}";
            let added = added(text, rule).expect("it is added");
            assert_eq!(added, expect.replace('R', rule), "{text}");
            let again = syntax::parse(&added).expect("it is read");
            let Value::Object(top) = &again else { panic!("an object") };
            let rules = top.get_object("narrows").and_then(|narrows| narrows.get_array("rules"));
            let last = rules.and_then(|rules| rules.elements.last()).map(Ranged::range);
            assert_eq!(last.map(|at| &added[at.start..at.end]), Some(rule), "{added}");
        }
    }

    #[test]
    fn what_is_no_configuration_is_left_alone() {
        for text in ["", "[]", "{"] {
            assert!(added(text, "{}").is_err(), "{text}");
        }
    }
}
