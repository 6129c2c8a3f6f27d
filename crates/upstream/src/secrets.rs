//! Credentials of a server's entry, taken out of what the server says: definitions, errors, results and standard error.
//!
//! Servers repeat their credentials when they complain of them, and what they say is read by scripts, models and
//! logs. Hidden are the values of headers, of variables and query parameters whose names say that they are secret,
//! and a password in a URL: as they are spelt in the entry, and as HTTP spells them, percent-encoded or in Base64. A
//! server that wants to give its credential away in another spelling can: it has it.

use std::{cmp::Reverse, collections::HashSet};

use base64::{Engine, prelude::BASE64_STANDARD};
use memchr::memmem;
use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;

use crate::{entry::Transport, text::clean_line};

/// What stands in the place of a credential.
const HIDDEN: &str = "[credential]";
/// Shorter values are words that mean other things elsewhere.
const BYTES_MIN: usize = 8;
/// Looked through of a line that is cut afterwards. Tokens are some kilobytes at most.
const LINE_BYTES_MAX: usize = 16 << 10;
/// In the name of a variable or parameter that holds a secret.
const SECRET_WORDS: [&str; 8] = ["key", "token", "secret", "passw", "pwd", "auth", "credential", "cookie"];

/// The spellings to hide, the longest first.
pub(crate) struct Secrets {
    in_text: Vec<SecretString>,
    in_json: Vec<SecretString>,
}

impl Secrets {
    /// Those of an entry.
    pub(crate) fn of(transport: &Transport) -> Self {
        let values: Vec<String> = match transport {
            Transport::Stdio { env, .. } => env
                .iter()
                .filter(|(name, _)| is_secret(name))
                .map(|(_, value)| value.expose_secret().trim().to_owned())
                .collect(),
            Transport::Http { url, headers }
            | Transport::Sse { url, headers }
            | Transport::Auto { url, headers } => headers
                .iter()
                .flat_map(|(_, value)| in_header(value.expose_secret().trim()))
                .chain(in_url(url))
                .collect(),
        };
        let telling = values.iter().filter(|value| is_telling(value));
        let in_text = longest_first(telling.flat_map(|value| spellings(value)));
        let in_json = longest_first(in_text.iter().flat_map(|text| json_spellings(text.expose_secret())));
        Self { in_text, in_json }
    }

    /// The text without them.
    pub(crate) fn hide(&self, text: String) -> String {
        self.in_text.iter().fold(text, |text, value| replaced(text, value.expose_secret()))
    }

    /// One line without them, and cut only then: of a part of a credential nobody could tell what it is.
    pub(crate) fn hide_in_line(&self, text: &[u8], bytes_max: usize) -> String {
        let line = clean_line(&String::from_utf8_lossy(text), LINE_BYTES_MAX);
        clean_line(&self.hide(line), bytes_max)
    }

    /// The JSON without them.
    pub(crate) fn hide_in_json(&self, json: Box<RawValue>) -> Box<RawValue> {
        let holds =
            |value: &SecretString| memmem::find(json.get().as_bytes(), value.expose_secret().as_bytes());
        if !self.in_json.iter().any(|value| holds(value).is_some()) {
            return json;
        }
        let text = json.get().to_owned();
        let text = self.in_json.iter().fold(text, |text, value| replaced(text, value.expose_secret()));
        // Outside a string, what is hidden is no JSON any more; then nothing of it is shown.
        RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
    }
}

fn replaced(text: String, value: &str) -> String {
    match memmem::find(text.as_bytes(), value.as_bytes()) {
        Some(_) => text.replace(value, HIDDEN),
        None => text,
    }
}

fn longest_first(values: impl Iterator<Item = String>) -> Vec<SecretString> {
    let mut values: Vec<_> = values.collect::<HashSet<_>>().into_iter().collect();
    values.sort_by_key(|value| Reverse(value.len()));
    values.into_iter().map(SecretString::from).collect()
}

/// A value as it is, and as HTTP carries it.
fn spellings(value: &str) -> [String; 3] {
    [value.to_owned(), encoded(value), BASE64_STANDARD.encode(value)]
}

/// A text as it stands in JSON; some libraries escape `/` or `+` too.
fn json_spellings(text: &str) -> [String; 3] {
    let literal = serde_json::Value::from(text).to_string();
    let inner = &literal[1..literal.len() - 1];
    [inner.to_owned(), inner.replace('/', "\\/"), inner.replace('+', "\\u002B")]
}

/// A number or a word occurs in honest data too.
fn is_telling(value: &str) -> bool {
    value.len() >= BYTES_MIN && !value.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// `Bearer abc` is repeated as `abc` as well, and of `Basic …` what it packs.
fn in_header(value: &str) -> Vec<String> {
    let credential = value.split_once(' ').map(|(_, credential)| credential.trim());
    let unpacked = credential.and_then(|credential| BASE64_STANDARD.decode(credential).ok());
    let pair = unpacked.and_then(|bytes| String::from_utf8(bytes).ok());
    let password = pair.as_ref().and_then(|pair| Some(pair.split_once(':')?.1.to_owned()));
    let plain = std::iter::once(value).chain(credential).map(str::to_owned);
    plain.chain(password).chain(pair).collect()
}

/// As they are spelt, and as they are meant; user and password also as the pair that a header carries.
fn in_url(url: &str) -> Vec<String> {
    let Ok(url) = reqwest::Url::parse(url) else { return Vec::new() };
    let parameters = url.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let parameters = parameters.filter(|(name, _)| is_secret(&decoded(name)));
    let parameters = parameters
        .flat_map(|(_, value)| [value.to_owned(), decoded(value), decoded(&value.replace('+', " "))]);
    let (user, password) = (decoded(url.username()), url.password().map(decoded));
    let pair = password.as_ref().map(|password| format!("{user}:{password}"));
    let spelt = url.password().map(str::to_owned);
    parameters.chain(spelt).chain(password).chain(pair).collect()
}

fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => {
                bytes.push(b'%');
                bytes.extend_from_slice(part.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http() -> Secrets {
        let headers = [("X-Key", "Bearer hunter2-hunter2"), ("X-Old", "Basic YW5uOm9wZW4rc2VzYW1l")];
        let headers = headers.map(|(name, value)| (name.to_owned(), SecretString::from(value))).to_vec();
        Secrets::of(&Transport::Http {
            url: "https://u:sword%2Ffish-9@a.example/?api_key=open%22sesame&page=documents".to_owned(),
            headers,
        })
    }

    #[test]
    fn credentials_are_hidden_and_nothing_else() {
        let check = |text: &str, expect: &str| assert_eq!(http().hide(text.to_owned()), expect);
        check("Bearer hunter2-hunter2 is wrong", "[credential] is wrong");
        check("key=hunter2-hunter2;", "key=[credential];");
        check("sword/fish-9 and open\"sesame", "[credential] and [credential]");
        check("sword%2Ffish-9 and open%22sesame", "[credential] and [credential]");
        check("Basic dTpzd29yZC9maXNoLTk=", "Basic [credential]");
        check("YW5uOm9wZW4rc2VzYW1l is ann:open+sesame", "[credential] is [credential]");
        check("no password open+sesame", "no password [credential]");
        check("all documents of hunter2", "all documents of hunter2");
    }

    #[test]
    fn a_line_is_cut_when_nothing_of_a_credential_is_left() {
        let line = http().hide_in_line(b"a key of mine:  hunter2-hunter2", 20);
        assert_eq!(line, "a key of mine: [cred…");
    }

    #[test]
    fn json_stays_json() {
        let check = |json: &str, expect: &str| {
            let json = RawValue::from_string(json.to_owned()).expect("JSON");
            assert_eq!(http().hide_in_json(json).get(), expect);
        };
        check(r#"{"a": ["hunter2-hunter2"]}"#, r#"{"a": ["[credential]"]}"#);
        check(r#"{"a": "open\"sesame"}"#, r#"{"a": "[credential]"}"#);
        check(r#"{"a": "sword\/fish-9"}"#, r#"{"a": "[credential]"}"#);
        check(r#"{"a": "open\u002Bsesame"}"#, r#"{"a": "[credential]"}"#);
        check(r#"{"a":1.50}"#, r#"{"a":1.50}"#);
    }

    #[test]
    fn only_variables_that_say_so_are_credentials() {
        let env = [("API_KEY", "hunter2-hunter2"), ("REGION", "eu-central-1"), ("TOKEN_COUNT", "12345678")];
        let env = env.map(|(name, value)| (name.to_owned(), SecretString::from(value))).to_vec();
        let secrets =
            Secrets::of(&Transport::Stdio { command: "x".to_owned(), args: Vec::new(), env, cwd: None });
        let seen = secrets.hide("hunter2-hunter2 eu-central-1 12345678".to_owned());
        assert_eq!(seen, "[credential] eu-central-1 12345678");
    }
}
