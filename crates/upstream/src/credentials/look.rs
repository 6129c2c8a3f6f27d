//! Values that look like keys, whatever their names.

use super::{Place, Sign};

/// How keys of well-known services begin: nothing else begins so and goes on.
const PREFIXES: [&str; 40] = [
    "sk-",
    "sk_",
    "pk_",
    "rk_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xapp-",
    "AKIA",
    "ASIA",
    "AIza",
    "ya29.",
    "eyJ",
    "npm_",
    "pypi-",
    "hf_",
    "figd_",
    "lin_api_",
    "ntn_",
    "secret_",
    "dop_v1_",
    "SG.",
    "shpat_",
    "sq0",
    "r8_",
    "tvly-",
    "whsec_",
    "pplx-",
    "gsk_",
    "xai-",
    "nvapi-",
    "fc-",
    "ctx7sk-",
];
/// A prefix alone is a word; so much must follow it.
const AFTER_PREFIX_MIN: usize = 8;
/// Shorter texts are words, versions and places more often than keys.
const RANDOM_CHARS_MIN: usize = 20;
/// Letters and digits in one piece: longer than any word with a number in it.
const RANDOM_RUN_MIN: usize = 16;
/// What is a key by its own look.
pub(super) fn by_look(text: &str) -> Vec<Place> {
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '~');
    let mut places = Vec::new();
    let mut start = 0;
    for piece in text.split_inclusive(|c| !is_of_key(c)) {
        let token = piece.trim_end_matches(|c| !is_of_key(c)).trim_end_matches('.');
        // `--x` and `-x` are options.
        let key = token.trim_start_matches('-');
        let at = start + (token.len() - key.len());
        if let Some(sign) = look(key) {
            places.push(Place { range: at..at + key.len(), sign });
        }
        start += piece.len();
    }
    places
}

fn look(token: &str) -> Option<Sign> {
    let is_rest = |rest: &str| rest.len() >= AFTER_PREFIX_MIN && rest.contains(|c: char| c.is_ascii_digit());
    if PREFIXES.iter().any(|prefix| token.strip_prefix(prefix).is_some_and(is_rest)) {
        return Some(Sign::Sure);
    }
    (is_uuid(token) || is_random(token)).then_some(Sign::Likely)
}

fn is_uuid(token: &str) -> bool {
    let lengths: Vec<_> = token.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && token.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

/// Long, with a piece in which letters and digits, or large and small letters, change all the time.
fn is_random(token: &str) -> bool {
    let runs = token.split(|c: char| !c.is_ascii_alphanumeric());
    let longest = runs.max_by_key(|run| run.len()).unwrap_or_default();
    if token.len() < RANDOM_CHARS_MIN || longest.len() < RANDOM_RUN_MIN {
        return false;
    }
    let changes = |class: fn(&u8) -> bool| {
        longest.as_bytes().windows(2).filter(|pair| class(&pair[0]) != class(&pair[1])).count()
    };
    let has_letter = longest.contains(|c: char| c.is_ascii_alphabetic());
    // A word with a number in it changes twice; every third character is more than `camelCase` has.
    (has_letter && changes(u8::is_ascii_digit) >= 3) || changes(u8::is_ascii_uppercase) * 3 >= longest.len()
}
