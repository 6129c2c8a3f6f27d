//! A script that was escaped once too often on its way: as a JSON string, for HTML, with `\n` where a line should end.
//!
//! Never a blind replacement: a text that parses as it stands is run as it stands, and what comes out here must parse.

use super::submitted::{self, Submitted};

/// Fields under which a whole request is sent as the script.
const FIELDS: [&str; 4] = ["code", "script", "source", "typescript"];

/// Characters as HTML writes them; `&amp;` last, so that nothing is unescaped twice.
const ENTITIES: [(&str, &str); 8] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

/// The text inside a script that is nothing but one string literal. A program is never that, unless it is the value.
pub(super) fn inside_literal(source: &str) -> Option<Submitted> {
    let text = source.trim().trim_end_matches(';').trim_end();
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'))?;
    let inner = literal_at(text)?;
    let is_whole = inner.len() + 2 == text.len();
    if !is_whole || !looks_like_code(inner) || quote == '`' && inner.contains("${") {
        return None;
    }
    Some(reading(&unescaped(inner), "The script was one string literal: the text inside it was run"))
}

/// What a script that does not parse may have been before it was escaped, likeliest first.
pub(super) fn readings(source: &str) -> Vec<Submitted> {
    const BACKSLASHES: &str = "The script was escaped twice (`\\n` instead of a line end): it was unescaped, and lines are counted after that";
    const QUOTES: &str = "The quotes of the script were escaped (`\\\"`): they were unescaped";
    const HTML: &str = "The script was escaped for HTML (`&gt;` instead of `>`): it was unescaped";
    const REQUEST: &str = "The script was a JSON object: the text in it was run, and lines are counted there";
    let mut found = Vec::new();
    found.extend(inside_request(source).map(|code| reading(&code, REQUEST)));
    if has_escapes(source) {
        found.push(reading(&unescaped(source), BACKSLASHES));
        found.push(reading(&source.replace("\\\"", "\"").replace("\\'", "'").replace("\\`", "`"), QUOTES));
    }
    if has_entities(source) {
        found.push(reading(&without_entities(source), HTML));
    }
    found.extend(without_name(source));
    found
}

/// Whether a text has backslashes where a script has none.
pub(super) fn has_escapes(text: &str) -> bool {
    ["\\n", "\\\"", "\\'", "\\t", "\\u", "\\`"].iter().any(|escape| text.contains(escape))
}

pub(super) fn has_entities(text: &str) -> bool {
    ENTITIES.iter().any(|(entity, _)| text.contains(entity))
}

fn reading(text: &str, repair: &str) -> Submitted {
    let Submitted { text, repairs } = submitted::without_fences(text);
    Submitted { text, repairs: [vec![repair.to_owned()], repairs].concat() }
}

fn without_entities(text: &str) -> String {
    ENTITIES.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

/// Words and signs that code has and a sentence hardly ever.
fn looks_like_code(text: &str) -> bool {
    ["return", "await ", "const ", "let ", "import ", "=>", "(", ";"].iter().any(|sign| text.contains(sign))
}

/// `{"code": "…"}`: the request instead of what is in it.
fn inside_request(source: &str) -> Option<String> {
    let fields = source.trim().strip_prefix('{').filter(|rest| rest.trim_end().ends_with('}'))?.trim_start();
    let name = literal_at(fields).filter(|name| FIELDS.contains(name))?;
    let value = fields[name.len() + 2..].trim_start().strip_prefix(':')?.trim_start();
    value.starts_with('"').then(|| literal_at(value).map(unescaped))?
}

/// What is between the quotes of the literal that a text begins with.
fn literal_at(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'))?;
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '\n' if quote != '`' => return None,
            _ if character == quote => return Some(&text[1..at]),
            _ => {}
        }
    }
    None
}

/// Takes one level of backslashes off.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(character) = rest.chars().next() else { break };
        rest = &rest[character.len_utf8()..];
        match character {
            'n' => plain.push('\n'),
            'r' => plain.push('\r'),
            't' => plain.push('\t'),
            'u' => rest = unicode(rest, &mut plain),
            other => plain.push(other),
        }
    }
    plain.push_str(rest);
    plain
}

/// Reads the digits behind `\u`, of two such where the first is half a character, and gives what is behind them.
fn unicode<'t>(rest: &'t str, plain: &mut String) -> &'t str {
    let unit = |text: &str| u16::from_str_radix(text.get(..4)?, 16).ok();
    let Some(first) = unit(rest) else {
        plain.push_str("\\u");
        return rest;
    };
    let rest = &rest[4..];
    let second = rest.strip_prefix("\\u").and_then(unit);
    let both = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    match char::from_u32(u32::from(first)) {
        Some(character) => plain.push(character),
        None => {
            plain.push(both.unwrap_or(char::REPLACEMENT_CHARACTER));
            return if both.is_some() { &rest[6..] } else { rest };
        }
    }
    rest
}

/// `async function () { … }` alone, or behind comments, is an expression that lacks its parentheses.
fn without_name(source: &str) -> Option<Submitted> {
    let mut lines = source.split_inclusive('\n');
    let head: usize = lines.by_ref().take_while(|line| submitted::is_blank(line)).map(str::len).sum();
    let (head, text) = source.split_at(head);
    let text = text.trim_start();
    let function = text.strip_prefix("async ").map_or(text, str::trim_start).strip_prefix("function")?;
    let is_unnamed = function.trim_start_matches([' ', '*']).starts_with('(');
    let body = text.trim_end().trim_end_matches(';');
    is_unnamed.then(|| Submitted { text: format!("{head}({body})"), repairs: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(source: &str) -> Option<String> {
        readings(source).first().map(|reading| reading.text.clone())
    }

    #[test]
    fn one_level_of_backslashes_is_taken_off() {
        for (escaped, plain) in [
            ("const a = 1;\\nreturn a;", "const a = 1;\nreturn a;"),
            ("a\\\\nb", "a\\nb"),
            ("\\\"x\\\" \\t\\u003e", "\"x\" \t>"),
            ("\\ud83d\\ude00 \\ud83d!", "😀 \u{fffd}!"),
            ("\\u12", "\\u12"),
            ("end\\", "end"),
        ] {
            assert_eq!(unescaped(escaped), plain, "{escaped}");
        }
    }

    #[test]
    fn a_script_is_found_inside_what_was_sent() {
        assert_eq!(first(r#"{"code": "a\nb", "background": true}"#).as_deref(), Some("a\nb"));
        assert_eq!(first("a =&gt; a &amp;&amp; &amp;lt;").as_deref(), Some("a => a && &lt;"));
        assert_eq!(
            first("async function () { return 1 };").as_deref(),
            Some("(async function () { return 1 })")
        );
        assert_eq!(first("{\"other\": \"x\"}"), None);
        assert_eq!(first("return 1 +"), None);
        let inside = |source| inside_literal(source).map(|inside| inside.text);
        assert_eq!(inside("\"return \\\"a\\\";\\n\"").as_deref(), Some("return \"a\";\n"));
        assert_eq!(inside("'await f()';").as_deref(), Some("await f()"));
        assert_eq!(inside("`return 1`").as_deref(), Some("return 1"));
        assert_eq!(inside("'a' + f('b')"), None);
        assert_eq!(inside("\"done\""), None);
    }
}
