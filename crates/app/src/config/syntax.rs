//! From a file's text to its syntax tree: JSON with comments and trailing commas, and no more than that.
//!
//! What a lenient parser mends by guessing becomes another text: of `"C:\Projects"` it would drop the backslash.

use std::path::Path;

use jsonc_parser::{
    CollectOptions, ParseOptions, ParseStringErrorKind, ScannerOptions,
    ast::{StringLit, Value},
    common::Range,
    errors::{ParseError, ParseErrorKind as Kind},
};

use super::{
    find, keys,
    text::{ConfigError, Problem, Source},
};

/// The language of configurations.
pub(crate) const OPTIONS: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    allow_loose_object_property_names: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: SCANNER.allow_single_quoted_strings,
    allow_hexadecimal_numbers: SCANNER.allow_hexadecimal_numbers,
    allow_unary_plus_numbers: SCANNER.allow_unary_plus_numbers,
    allow_bare_decimal_point_numbers: SCANNER.allow_bare_decimal_point_numbers,
    allow_non_finite_numbers: SCANNER.allow_non_finite_numbers,
    allow_extended_string_escapes: SCANNER.allow_extended_string_escapes,
};

/// Its tokens.
pub(super) const SCANNER: ScannerOptions = ScannerOptions {
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The file's value.
pub(super) fn parse(text: &str) -> Result<Value<'_>, Problem> {
    let parsed = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &OPTIONS)
        .map_err(|it| syntax(text, &it))?;
    let value = parsed.value.ok_or_else(|| {
        Problem::new(Range::new(0, 0), "the file is empty").hint("it must hold an object with `mcpServers`")
    })?;
    no_raw_control(&value, text)?;
    Ok(value)
}

/// Says why a text is not JSON, and where, in one line that quotes no value of it.
pub(crate) fn check_json(text: &str) -> Result<(), String> {
    let source = Source::new(Path::new(""), text);
    let said = |problem: Problem| {
        let (line, column) = source.line_and_column(problem.at.start);
        format!("line {line}, column {column}: {}", problem.message)
    };
    parse(text).map(drop).map_err(said)
}

/// The error for a file in a language that other programs use, where it was not read as JSON.
pub(super) fn other_language(source: &Source) -> Option<ConfigError> {
    let ending = source.path.extension().and_then(|ending| ending.to_str());
    let has_table = || source.text.lines().any(|line| line.trim_start().starts_with("[mcp_servers"));
    let language = match ending {
        Some("toml") => "TOML",
        Some("yaml" | "yml") => "YAML",
        _ if has_table() => "TOML",
        _ => return None,
    };
    let message = format!("`{}` is {language}, and Narrows reads JSON", source.path.display());
    let taken = if language == "TOML" { "`narrows import FILE` takes its servers in, or " } else { "" };
    let hint = format!(
        "{taken}copy `command`, `args`, `env` or `url` of its servers to a file like this:\n{}",
        find::EXAMPLE
    );
    Some(ConfigError::with_hint(message, hint))
}

/// The error for a file that is no object.
pub(super) fn wrong_top(root: &Value<'_>) -> Problem {
    keys::not_a(root, "the file", "an object").hint("it must hold an object with `mcpServers`")
}

fn syntax(text: &str, error: &ParseError) -> Problem {
    let what = error.kind().to_string();
    let mut letters = what.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    let message = format!("this is not JSON: {}{}", first.unwrap_or_default(), letters.as_str());
    let range = error.range();
    let at = Range::new(range.start.min(text.len()), range.end.min(text.len()));
    if let Kind::String(kind) = error.kind()
        && *kind != ParseStringErrorKind::UnterminatedStringLiteral
    {
        let escape = text.get(at.start..at.end).unwrap_or_default();
        return Problem::new(at, format!("this is not JSON: `{escape}` is not an escape that JSON knows"))
            .hint("in a path write every backslash twice, as in \"C:\\\\Projects\", or write `/`");
    }
    Problem::new(at, message).hint(advice(error.kind()))
}

fn advice(kind: &Kind) -> &'static str {
    match kind {
        Kind::ExpectedComma => "a comma is missing here",
        Kind::ExpectedColonAfterObjectKey => "write a colon between a key and its value: `\"key\": value`",
        Kind::ExpectedObjectValue => "the key needs a value after its colon",
        Kind::ExpectedStringObjectProperty => "write keys in double quotes",
        Kind::SingleQuotedStringsNotAllowed => "write text in double quotes",
        Kind::UnterminatedObject => "a `}` is missing for this `{`",
        Kind::UnterminatedArray => "a `]` is missing for this `[`",
        Kind::UnexpectedCloseBrace => "there is one `}` too many, or a `]` is missing before it",
        Kind::UnexpectedCloseBracket => "there is one `]` too many, or a `}` is missing before it",
        Kind::UnexpectedWord => {
            "write text in double quotes; the only words without are `true`, `false` and `null`"
        }
        Kind::String(_) => {
            "close the text with a double quote on the same line, and write a backslash as `\\\\`"
        }
        Kind::MultipleRootJsonValues => "put everything inside one pair of braces",
        _ => "correct the place shown; comments and trailing commas are allowed",
    }
}

/// Refuses control characters that stand in a text unescaped, as JSON does: a line break in the middle of a text is
/// a quote that was forgotten.
fn no_raw_control(value: &Value<'_>, text: &str) -> Result<(), Problem> {
    match value {
        Value::StringLit(literal) => match raw_control(literal, text) {
            None => Ok(()),
            Some(at) => Err(Problem::new(at, "this is not JSON: a control character stands in a text")
                .hint("close the text with a double quote on the same line, or write `\\n` or `\\t`")),
        },
        Value::Array(list) => list.elements.iter().try_for_each(|item| no_raw_control(item, text)),
        Value::Object(object) => {
            object.properties.iter().try_for_each(|property| no_raw_control(&property.value, text))
        }
        Value::NumberLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => Ok(()),
    }
}

fn raw_control(literal: &StringLit<'_>, text: &str) -> Option<Range> {
    let written = text.get(literal.range.start..literal.range.end)?;
    let at = literal.range.start + written.find(|c: char| c < ' ')?;
    Some(Range::new(at, at + 1))
}
