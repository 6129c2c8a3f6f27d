//! Credentials of a server's entry, taken out of what the server says: definitions, errors, results and standard error.
//!
//! Servers repeat their credentials when they complain of them, and what they say is read by scripts, models and
//! logs. Hidden are the values of headers, and of variables, arguments and addresses what `credentials` finds in them: as
//! they are spelt in the entry, reversed, in Base64 (also among other bytes) and hexadecimal, and as texts carry them: escaped as in JSON, in program text and in HTML, also twice, and percent-encoded. What only looks like a credential
//! is hidden from people and logs, and not from scripts, for which it may be an id. A server that wants to give its
//! credential away in another spelling can: it has it.

mod layers;

use std::{cmp::Reverse, collections::VecDeque, ops::Range, sync::Arc};

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use parking_lot::RwLock;
use privacy::Finder;
use secrecy::{ExposeSecret, SecretString};
use serde_json::value::RawValue;

use crate::{
    credentials::{HIDDEN, Place, Sign, in_words, is_credential_name, places},
    entry::{ServerEntry, Transport},
    text::clean_line,
};

/// Shorter values are words that mean other things elsewhere.
const BYTES_MIN: usize = 8;
/// A shorter line of a value says little about it, and occurs elsewhere.
const LINE_BYTES_MIN: usize = 16;
/// Looked through of a line that is cut afterwards. Tokens are some kilobytes at most.
const LINE_BYTES_MAX: usize = 16 << 10;
/// Tokens of a sign-in that are hidden beside the entry's values, the newest: a server may still repeat the one before.
const TOKENS_MAX: usize = 8;

/// What is hidden of what a server says: the values of its entry, and the tokens that its requests were signed with.
pub(crate) struct Secrets {
    of_entry: Values,
    now: RwLock<Now>,
    /// Finds personal data in what the server says beside its answers.
    personal: Option<Arc<Finder>>,
}

/// The values to hide, the longest first.
#[derive(Default, Clone)]
struct Values {
    from_scripts: Vec<SecretString>,
    /// Also those that only look like credentials.
    from_people: Vec<SecretString>,
}

#[derive(Default)]
struct Now {
    values: Arc<Values>,
    tokens: VecDeque<SecretString>,
}

impl Secrets {
    /// Those of an entry, and personal data where it is to be found.
    pub(crate) fn of_entry(entry: &ServerEntry, personal: Option<Arc<Finder>>) -> Self {
        let known = entry.credentials.iter().flat_map(|value| in_header(value.expose_secret().trim()));
        Self { personal, ..Self::with(known.collect(), &entry.transport) }
    }

    /// Those that can be found in how a server is reached.
    #[cfg(test)]
    pub(crate) fn of(transport: &Transport) -> Self {
        Self::with(Vec::new(), transport)
    }

    fn with(known: Vec<String>, transport: &Transport) -> Self {
        let (found, likely) = match transport {
            Transport::Stdio { command, args, env, .. } => of_program(command, args, env),
            Transport::Http { url, headers }
            | Transport::Sse { url, headers }
            | Transport::Auto { url, headers } => of_endpoint(url, headers),
        };
        let sure = [known, found].concat();
        let of_entry = Values { from_scripts: spelt(&sure), from_people: spelt(&[sure, likely].concat()) };
        let now = Now { values: Arc::new(of_entry.clone()), tokens: VecDeque::new() };
        Self { of_entry, now: RwLock::new(now), personal: None }
    }

    /// Hides a token too, from now on.
    pub(crate) fn add_token(&self, token: &SecretString) {
        let is_known = |now: &Now| now.tokens.iter().any(|it| it.expose_secret() == token.expose_secret());
        if is_known(&self.now.read()) {
            return;
        }
        let mut now = self.now.write();
        now.tokens.push_back(token.clone());
        let too_many = now.tokens.len().saturating_sub(TOKENS_MAX);
        now.tokens.drain(..too_many);
        let tokens: Vec<_> = now.tokens.iter().map(|token| token.expose_secret().to_owned()).collect();
        let with = |values: &[SecretString]| longest_first(values.iter().cloned().chain(spelt(&tokens)));
        now.values = Arc::new(Values {
            from_scripts: with(&self.of_entry.from_scripts),
            from_people: with(&self.of_entry.from_people),
        });
    }

    /// The text without them.
    pub(crate) fn hide(&self, text: String) -> String {
        without(text, &self.values().from_scripts)
    }

    /// A text for a person without them, without what looks like one of them, and without personal data.
    pub(crate) fn hide_from_people(&self, text: String) -> String {
        self.without_personal(without(text, &self.values().from_people))
    }

    fn without_personal(&self, text: String) -> String {
        let Some(finder) = &self.personal else { return text };
        let places = finder.in_answer_text(&text);
        if places.is_empty() { text } else { privacy::hidden(&text, &places, |at| kind(&places[at])) }
    }

    /// JSON that the server sends beside its answers, without them and without personal data.
    pub(crate) fn hide_in_message(&self, json: Box<RawValue>) -> Box<RawValue> {
        let json = self.hide_in_json(json);
        let Some(finder) = &self.personal else { return json };
        let places = finder.in_answer(json.get());
        if places.is_empty() {
            return json;
        }
        let hidden = privacy::hidden(json.get(), &places, |at| kind(&places[at]));
        RawValue::from_string(hidden).unwrap_or_else(|_| RawValue::NULL.to_owned())
    }

    /// One line without them, and cut only then: of a part of a credential nobody could tell what it is.
    pub(crate) fn hide_in_line(&self, text: &[u8], bytes_max: usize) -> String {
        let line = clean_line(&String::from_utf8_lossy(text), LINE_BYTES_MAX);
        clean_line(&self.hide_from_people(line), bytes_max)
    }

    /// The JSON without them.
    pub(crate) fn hide_in_json(&self, json: Box<RawValue>) -> Box<RawValue> {
        let places = layers::find(json.get(), &self.values().from_scripts);
        if places.is_empty() {
            return json;
        }
        let text = replaced(json.get(), &places);
        // Outside a string, what is hidden is no JSON any more; then nothing of it is shown.
        RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
    }

    fn values(&self) -> Arc<Values> {
        Arc::clone(&self.now.read().values)
    }
}

/// What stands in place of personal data that nothing gives back.
fn kind(place: &privacy::Place<'_>) -> String {
    format!("[{}]", place.kind.name())
}

/// The values of a program's entry that are surely credentials, and those that may be.
fn of_program(command: &str, args: &[String], env: &[(String, SecretString)]) -> (Vec<String>, Vec<String>) {
    let (mut sure, mut likely) = (Vec::new(), Vec::new());
    let mut add = |text: &str, found: Vec<Place>| {
        for Place { range, sign } in found {
            let list = if sign == Sign::Sure { &mut sure } else { &mut likely };
            list.push(text[range].to_owned());
        }
    };
    for (name, value) in env {
        let value = value.expose_secret().trim();
        match is_credential_name(name) {
            true => add(value, vec![Place { range: 0..value.len(), sign: Sign::Sure }]),
            false => add(value, places(value)),
        }
    }
    let words: Vec<String> = std::iter::once(command.to_owned()).chain(args.iter().cloned()).collect();
    words.iter().zip(in_words(&words)).for_each(|(word, found)| add(word, found));
    let credentials = sure.iter().flat_map(|value| in_header(value)).collect();
    (credentials, likely)
}

fn of_endpoint(url: &str, headers: &[(String, SecretString)]) -> (Vec<String>, Vec<String>) {
    let headers = headers.iter().flat_map(|(_, value)| in_header(value.expose_secret().trim()));
    let (by_look, likely): (Vec<_>, Vec<_>) =
        places(url).into_iter().partition(|place| place.sign == Sign::Sure);
    let texts =
        |places: Vec<Place>| places.into_iter().map(|place| url[place.range].to_owned()).collect::<Vec<_>>();
    (headers.chain(in_url(url)).chain(texts(by_look)).collect(), texts(likely))
}

/// The spellings of those that are no ordinary words.
fn spelt(values: &[String]) -> Vec<SecretString> {
    let telling = values.iter().filter(|value| is_telling(value));
    longest_first(telling.flat_map(|value| spellings(value)).map(SecretString::from))
}

fn without(text: String, values: &[SecretString]) -> String {
    let places = layers::find(&text, values);
    if places.is_empty() { text } else { replaced(&text, &places) }
}

fn replaced(text: &str, places: &[Range<usize>]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for place in places {
        shown.push_str(&text[from..place.start]);
        shown.push_str(HIDDEN);
        from = place.end;
    }
    shown.push_str(&text[from..]);
    shown
}

fn longest_first(values: impl Iterator<Item = SecretString>) -> Vec<SecretString> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(|a, b| {
        let (a, b) = (a.expose_secret(), b.expose_secret());
        (Reverse(a.len()), a).cmp(&(Reverse(b.len()), b))
    });
    values.dedup_by(|a, b| a.expose_secret() == b.expose_secret());
    values
}

/// A value as it is, as forms and headers carry it, and every long line of it, because logs are cut into lines. How a text escapes
/// them is read by `layers`.
fn spellings(value: &str) -> Vec<String> {
    let lines = value.lines().filter(|line| line.len() >= LINE_BYTES_MIN && !line.contains("-----"));
    let spelt = [
        value.to_owned(),
        value.replace(' ', "+"),
        value.replace("\r\n", "\n"),
        value.chars().rev().collect(),
        BASE64_STANDARD.encode(value),
        BASE64_URL_SAFE_NO_PAD.encode(value),
        hex(value),
        hex(value).to_uppercase(),
    ];
    spelt.into_iter().chain(lines.map(str::to_owned)).chain(within_base64(value)).collect()
}

fn hex(value: &str) -> String {
    value.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// The characters that are the same whatever stands before and behind a value in Base64, for each way in which bytes fall into these.
fn within_base64(value: &str) -> impl Iterator<Item = String> {
    (0..3).flat_map(move |before| {
        let bytes = [&[0; 2][..before], value.as_bytes()].concat();
        let same = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
        [BASE64_STANDARD.encode(&bytes), BASE64_URL_SAFE_NO_PAD.encode(&bytes)]
            .map(|coded| coded[same.clone()].to_owned())
    })
}

/// A number or a word occurs in honest data too.
fn is_telling(value: &str) -> bool {
    value.len() >= BYTES_MIN && !value.bytes().all(|byte| byte.is_ascii_digit())
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
    let parameters = parameters.filter(|(name, _)| is_credential_name(&decoded(name)));
    let parameters = parameters
        .flat_map(|(_, value)| [value.to_owned(), decoded(value), decoded(&value.replace('+', " "))]);
    let (user, password) = (decoded(url.username()), url.password().map(decoded));
    let pair = password.as_ref().map(|password| format!("{user}:{password}"));
    let spelt = url.password().map(str::to_owned);
    parameters.chain(spelt).chain(password).chain(pair).collect()
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
        check("2retnuh-2retnuh", "[credential]");
        check("68756E746572322d68756e74657232", "68756E746572322d68756e74657232");
        check("68756e746572322d68756e74657232!", "[credential]!");
        check("68756E746572322D68756E74657232", "[credential]");
        check("hunter2&#45;hunter2", "[credential]");
        for text in ["x: hunter2-hunter2.", "xy: hunter2-hunter2.", "xyz: hunter2-hunter2."] {
            let shown = http().hide(BASE64_STANDARD.encode(text));
            assert!(shown.contains(HIDDEN) && shown.len() < HIDDEN.len() + 15, "{text}: {shown}");
        }
    }

    #[test]
    fn a_token_is_hidden_from_the_moment_it_is_known() {
        let secrets = http();
        let said = || "no token first-token-1234 or hunter2-hunter2".to_owned();
        assert_eq!(secrets.hide(said()), "no token first-token-1234 or [credential]");
        secrets.add_token(&"first-token-1234".into());
        assert_eq!(secrets.hide(said()), "no token [credential] or [credential]");
        assert_eq!(secrets.hide_from_people(said()), "no token [credential] or [credential]");
        for later in 0..TOKENS_MAX {
            secrets.add_token(&format!("later-token-{later}").into());
        }
        assert_eq!(secrets.hide(said()), "no token first-token-1234 or [credential]");
        assert_eq!(secrets.hide("later-token-0 later-token-7".to_owned()), "[credential] [credential]");
    }

    #[test]
    fn no_spelling_of_a_text_in_another_shows_them() {
        let env = [
            ("PRIVATE_KEY", "-----BEGIN KEY-----\nMIIEabcdefghijkl+/\n-----END KEY-----\n"),
            ("API_TOKEN", "ab\"c'd\u{e9}\u{1f600}\\x/+="),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), SecretString::from(value))).to_vec();
        let secrets =
            Secrets::of(&Transport::Stdio { command: "x".to_owned(), args: Vec::new(), env, cwd: None });
        for said in [
            r#"["-----BEGIN KEY-----\nMIIEabcdefghijkl+/\n-----END KEY-----", "ab\"c'd\u00e9\ud83d\ude00\\x/+="]"#,
            r#"["-----BEGIN KEY-----\u000AMIIEabcdefghijkl\u002B\/\n-----END KEY-----", "ab\u0022c\u0027dé😀\\x\/\u002b\u003d"]"#,
            r#"['-----BEGIN KEY-----\nMIIEabcdefghijkl+/\n-----END KEY-----', 'ab"c\'d\xe9\U0001f600\\x/+=']"#,
            "-----BEGIN%20KEY-----%0AMIIEabcdefghijkl%2B%2F%0A-----END%20KEY----- ab%22c%27d%C3%A9%F0%9F%98%80%5Cx%2F%2B%3D",
            "-----BEGIN%20KEY-----%0aMIIEabcdefghijkl%2b/%0a-----END%20KEY----- ab%22c'd%c3%a9%f0%9f%98%80%5cx/%2b%3d",
            "MIIEabcdefghijkl+/ ab\"c'd\u{e9}\u{1f600}\\x/+=",
        ] {
            // Each as it is, in JSON, and in JSON in JSON.
            let mut text = said.to_owned();
            for depth in 0..3 {
                let shown = secrets.hide(text.clone());
                assert_eq!(shown.matches(HIDDEN).count(), 2, "{depth}: {shown}");
                assert!(!shown.contains("MIIE") && !shown.contains("ab"), "{depth}: {shown}");
                text = serde_json::Value::from(text).to_string();
                let json = RawValue::from_string(text.clone()).expect("JSON");
                let shown = secrets.hide_in_json(json);
                assert_eq!(shown.get().matches(HIDDEN).count(), 2, "{depth}: {shown}");
            }
        }
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
    fn credentials_among_the_arguments_are_hidden() {
        let args =
            ["--api-key", "hunter2-hunter2", "--header=Authorization: Bearer sword-fish-9", "--database"];
        let id = "0a1b2c3d-1111-2222-3333-444455556666";
        let args = args.iter().chain(&[id]).map(|arg| (*arg).to_owned()).collect();
        let secrets =
            Secrets::of(&Transport::Stdio { command: "x".to_owned(), args, env: Vec::new(), cwd: None });
        let said = format!("hunter2-hunter2 sword-fish-9 {id}");
        assert_eq!(secrets.hide(said.clone()), format!("[credential] [credential] {id}"));
        assert_eq!(secrets.hide_from_people(said), "[credential] [credential] [credential]");
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
