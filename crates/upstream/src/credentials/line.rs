//! Words of a command line whose value is secret because of what stands before it: its option, or the program.

use std::ops::Range;

use super::{
    Place, Reading, Sign, in_text, is_credential_name, is_reference, names, plain, shell, without_scheme,
};

/// Options whose value is a header. Values of headers are secret whatever their names.
const HEADERS: [&str; 3] = ["H", "header", "headers"];
/// Options whose value is `user:password`.
const USERS: [&str; 6] = ["u", "U", "user", "userpwd", "proxy-user", "basic-auth"];
/// Programs that take a password in the word of this option.
const ATTACHED: [(&str, &[&str]); 2] = [
    ("-p", &["mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb", "mariadb-dump", "sshpass"]),
    ("-P", &["sqlcmd", "bcp"]),
];
/// Programs that take one in the word after this option.
const SEPARATE: [(&str, &[&str]); 4] = [
    ("-a", &["redis-cli", "valkey-cli", "keydb-cli"]),
    ("-p", &["sshpass", "mongo", "mongosh", "mongodump", "mongorestore"]),
    ("-P", &["sqlcmd", "bcp"]),
    ("-w", &["ldapsearch", "ldapmodify", "ldapadd"]),
];

/// What stands before a word.
#[derive(Default, Clone, Copy)]
struct Before<'w> {
    word: &'w str,
    /// The last word that names a program with options of its own for passwords.
    program: &'w str,
}

/// The places in every word.
pub(super) fn in_line(words: &[&str], reading: Reading) -> Vec<Vec<Place>> {
    let mut before = Before::default();
    let places = words.iter().map(|word| {
        let found = in_word(word, before, reading);
        let program = word.rsplit('/').next().filter(|name| is_known(name));
        before = Before { word, program: program.unwrap_or(before.program) };
        found
    });
    places.collect()
}

fn is_known(program: &str) -> bool {
    ATTACHED.iter().chain(&SEPARATE).any(|(_, programs)| programs.contains(&program))
}

fn in_word(word: &str, before: Before<'_>, reading: Reading) -> Vec<Place> {
    let named = secret_part(word, before).filter(|range| {
        let value = without_scheme(&word[range.clone()]);
        !value.trim().is_empty() && !is_reference(value)
    });
    named.map_or_else(|| in_text(word, reading), |range| vec![Place { range, sign: Sign::Sure }])
}

fn secret_part(word: &str, before: Before<'_>) -> Option<Range<usize>> {
    let option = before.word.strip_prefix('-').filter(|option| !option.contains('='));
    let by_option = option.map(|option| option.trim_start_matches('-')).and_then(|name| match name {
        _ if is_credential_name(name) && !word.starts_with("--") => Some(0..word.len()),
        _ if HEADERS.contains(&name) => of_header(word, 0),
        _ if USERS.contains(&name) => password(word, 0),
        _ => None,
    });
    by_option.or_else(|| of_itself(word)).or_else(|| of_program(word, before)).or_else(|| {
        let is_named = names::is_plainly_secret(before.word) && !plain::is_plain_part(word);
        (is_named && !word.starts_with('-')).then_some(0..word.len())
    })
}

/// Of an option that stands in one word with its value.
fn of_itself(word: &str) -> Option<Range<usize>> {
    let after = |start: &str| word.starts_with(start).then_some(start.len());
    if let Some((name, _)) = word.strip_prefix("--").and_then(|word| word.split_once('=')) {
        let start = "--=".len() + name.len();
        return match name {
            _ if HEADERS.contains(&name) => of_header(word, start),
            _ if USERS.contains(&name) => password(word, start),
            _ => None,
        };
    }
    after("-H").and_then(|start| of_header(word, start))
}

/// The value of a header that begins here.
fn of_header(word: &str, start: usize) -> Option<Range<usize>> {
    let header = shell::without_quotes(word, start..word.len());
    let (name, value) = word[header.clone()].split_once(':')?;
    let start = header.start + name.len() + 1 + (value.len() - value.trim_start().len());
    Some(start..header.end.max(start))
}

/// The password of `user:password`; `1000:1000` and `node:node` are a user and a group.
fn password(word: &str, start: usize) -> Option<Range<usize>> {
    let pair = shell::without_quotes(word, start..word.len());
    let (user, password) = word[pair.clone()].split_once(':')?;
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_group = user == password || is_number(user) || password.starts_with("//");
    (!is_group).then(|| pair.start + user.len() + 1..pair.end)
}

fn of_program(word: &str, before: Before<'_>) -> Option<Range<usize>> {
    let is_of = |programs: &[&str]| programs.contains(&before.program);
    let mut attached = ATTACHED.iter().filter(|(_, programs)| is_of(programs));
    let start = attached.find(|(option, _)| word.starts_with(option) && word.len() > option.len());
    let follows = SEPARATE.iter().any(|(option, programs)| is_of(programs) && before.word == *option);
    start.map(|(option, _)| option.len()..word.len()).or_else(|| follows.then_some(0..word.len()))
}
