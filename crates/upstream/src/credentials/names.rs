//! Names that say that their value is secret.

/// Parts of a name that say by themselves that the value is secret.
const STEMS: [&str; 9] =
    ["passw", "passphrase", "secret", "credential", "token", "apikey", "accesskey", "privatekey", "authkey"];
/// Words that say so where they stand alone.
const WORDS: [&str; 21] = [
    "key",
    "keys",
    "pass",
    "pwd",
    "pw",
    "auth",
    "authorization",
    "authentication",
    "creds",
    "cookie",
    "cookies",
    "jwt",
    "bearer",
    "pat",
    "sig",
    "signature",
    "sas",
    "dsn",
    "pin",
    "license",
    "licence",
];
/// A name that ends so is about a secret and holds none.
const ABOUT: [&str; 24] = [
    "file",
    "path",
    "dir",
    "folder",
    "type",
    "mode",
    "sock",
    "timeout",
    "ttl",
    "count",
    "limit",
    "length",
    "url",
    "uri",
    "endpoint",
    "host",
    "port",
    "name",
    "format",
    "algorithm",
    "enabled",
    "required",
    "provider",
    "issuer",
];
/// Whether a name of a variable, a header, an option or a parameter says that its value is secret.
pub fn is_credential_name(name: &str) -> bool {
    let words = words(name);
    let is_about = words.last().is_some_and(|last| ABOUT.contains(&last.as_str()));
    !is_about && words.iter().any(|word| is_secret_word(word))
}

/// Whether a word that is no option says by itself that the word after it is secret: `token K`. Words like `key` and `auth` are
/// names of commands.
pub(super) fn is_plainly_secret(word: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '-');
    let joined: String = words(word).concat();
    !word.starts_with('-')
        && word.chars().all(is_name)
        && is_credential_name(word)
        && STEMS.iter().any(|stem| joined.contains(stem))
}

fn is_secret_word(word: &str) -> bool {
    // Counts of model tokens, and what makes them.
    let is_of_models = word == "tokens" || word.starts_with("tokeni");
    WORDS.contains(&word) || (!is_of_models && STEMS.iter().any(|stem| word.contains(stem)))
}

/// `apiKey`, `API_KEY` and `Api-Key` are the words `api` and `key`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let signs: Vec<char> = name.chars().collect();
    for (at, &sign) in signs.iter().enumerate() {
        let ends_capitals = signs.get(at + 1).is_some_and(|next| next.is_lowercase());
        let begins =
            sign.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && ends_capitals));
        if sign.is_alphanumeric() {
            match words.last_mut() {
                Some(word) if before.is_alphanumeric() && !begins => word.extend(sign.to_lowercase()),
                _ => words.push(sign.to_lowercase().collect()),
            }
        }
        before = sign;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_secret() {
        for name in [
            "API_KEY",
            "apiKey",
            "X-Api-Key",
            "APIKEY",
            "key",
            "sig",
            "access_token",
            "TOKEN",
            "GITHUB_PAT",
            "Authorization",
            "client-secret",
            "password",
            "DB_PASS",
            "passphrase",
            "Cookie",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "AWS_ACCESS_KEY_ID",
            "AUTH_TOKENS",
        ] {
            assert!(is_credential_name(name), "{name}");
        }
        for name in [
            "",
            "PORT",
            "GIT_AUTHOR_NAME",
            "MAX_TOKENS",
            "TOKENIZERS_PARALLELISM",
            "KEYBOARD",
            "monkey",
            "SSH_AUTH_SOCK",
            "API_KEY_FILE",
            "TOKEN_URL",
            "AUTH_TYPE",
            "compass",
            "pattern",
        ] {
            assert!(!is_credential_name(name), "{name}");
        }
    }
}
