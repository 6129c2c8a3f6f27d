//! Credentials of a server's entry, taken out of what the server says: errors, results and standard error.
//!
//! Servers repeat their credentials when they complain of them, and what they say is read by scripts, models and
//! logs. Hidden are the values of headers, of variables and query parameters whose names say that they are secret,
//! and a password in a URL, as they are spelt in the entry. A server that wants to give its credential away in another
//! spelling can: it has it.

use memchr::memmem;
use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;

use crate::entry::Transport;

/// What stands in the place of a credential.
const HIDDEN: &str = "[credential]";
/// Shorter values are words that mean other things elsewhere.
const BYTES_MIN: usize = 8;
/// In the name of a variable or parameter that holds a secret.
const SECRET_WORDS: [&str; 8] = ["key", "token", "secret", "passw", "pwd", "auth", "credential", "cookie"];

/// The values to hide, the longest first.
pub(crate) struct Secrets(Vec<SecretString>);

impl Secrets {
    /// Those of an entry.
    pub(crate) fn of(transport: &Transport) -> Self {
        let mut values: Vec<SecretString> = match transport {
            Transport::Stdio { env, .. } => {
                env.iter().filter(|(name, _)| is_secret(name)).map(|(_, value)| value.clone()).collect()
            }
            Transport::Http { url, headers }
            | Transport::Sse { url, headers }
            | Transport::Auto { url, headers } => headers
                .iter()
                .flat_map(|(_, value)| with_and_without_scheme(value))
                .chain(in_url(url))
                .collect(),
        };
        values.retain(|value| is_telling(value.expose_secret()));
        values.sort_by_key(|value| std::cmp::Reverse(value.expose_secret().len()));
        Self(values)
    }

    /// The text without them.
    pub(crate) fn hide(&self, text: String) -> String {
        self.0.iter().fold(text, |text, value| replaced(text, value.expose_secret()))
    }

    /// The JSON without them.
    pub(crate) fn hide_in_json(&self, json: Box<RawValue>) -> Box<RawValue> {
        let spelt = |value: &SecretString| {
            let literal = serde_json::Value::from(value.expose_secret()).to_string();
            literal[1..literal.len() - 1].to_owned()
        };
        let holds = |value| memmem::find(json.get().as_bytes(), spelt(value).as_bytes()).is_some();
        if !self.0.iter().any(holds) {
            return json;
        }
        let text = self.0.iter().fold(json.get().to_owned(), |text, value| replaced(text, &spelt(value)));
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

/// A number or a word occurs in honest data too.
fn is_telling(value: &str) -> bool {
    value.len() >= BYTES_MIN && !value.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// `Bearer abc` is repeated as `abc` as well.
fn with_and_without_scheme(value: &SecretString) -> Vec<SecretString> {
    let text = value.expose_secret().trim();
    let credential = text.split_once(' ').map(|(_, credential)| credential.trim());
    std::iter::once(text).chain(credential).map(SecretString::from).collect()
}

fn in_url(url: &str) -> Vec<SecretString> {
    let Ok(url) = reqwest::Url::parse(url) else { return Vec::new() };
    let parameters = url.query_pairs().filter(|(name, _)| is_secret(name));
    let parameters = parameters.map(|(_, value)| SecretString::from(value.as_ref()));
    parameters.chain(url.password().map(SecretString::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http() -> Secrets {
        let headers = vec![("X-Key".to_owned(), SecretString::from("Bearer hunter2-hunter2"))];
        Secrets::of(&Transport::Http {
            url: "https://u:swordfish-9@a.example/?api_key=open%22sesame&page=documents".to_owned(),
            headers,
        })
    }

    #[test]
    fn credentials_are_hidden_and_nothing_else() {
        let check = |text: &str, expect: &str| assert_eq!(http().hide(text.to_owned()), expect);
        check("Bearer hunter2-hunter2 is wrong", "[credential] is wrong");
        check("key=hunter2-hunter2;", "key=[credential];");
        check("swordfish-9 and open\"sesame", "[credential] and [credential]");
        check("all documents of hunter2", "all documents of hunter2");
    }

    #[test]
    fn json_stays_json() {
        let check = |json: &str, expect: &str| {
            let json = RawValue::from_string(json.to_owned()).expect("JSON");
            assert_eq!(http().hide_in_json(json).get(), expect);
        };
        check(r#"{"a": ["hunter2-hunter2"]}"#, r#"{"a": ["[credential]"]}"#);
        check(r#"{"a": "open\"sesame"}"#, r#"{"a": "[credential]"}"#);
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
