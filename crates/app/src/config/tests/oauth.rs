//! `oauth` of an entry, in this program's words and in others'.

use secrecy::ExposeSecret;

use super::*;
use crate::auth::OAuth;

fn read(entry: &str) -> Result<Option<OAuth>, String> {
    let text = format!(r#"{{"mcpServers": {{"a": {entry}}}}}"#);
    let server = load(&text).expect("the file is fine").servers.remove(0);
    server.transport.map(|_| server.oauth)
}

fn check(oauth: &str, expect: &str) {
    let read = read(&format!(r#"{{"url": "https://a.example/", "oauth": {oauth}}}"#));
    let seen = match read {
        Err(reason) => reason,
        Ok(None) => "none".to_owned(),
        Ok(Some(it)) => {
            let secret = it.client_secret.as_ref().map_or("", |secret| secret.expose_secret());
            let port = it.callback_port.unwrap_or_default();
            let (id, url) = (it.client_id.unwrap_or_default(), it.client_metadata_url.unwrap_or_default());
            format!(
                "{id}|{secret}|{url}|{}|{port}|{:?}|{}",
                it.scopes.join(","),
                it.grant,
                it.private_network
            )
        }
    };
    assert_eq!(seen, expect, "{oauth}");
}

#[test]
fn settings_are_read_in_the_words_of_several_programs() {
    check("{}", "||||0|Code|false");
    check("null", "||||0|Code|false");
    check("false", "none");
    check(r#"{"enabled": false, "clientId": "x"}"#, "none");
    check(
        r#"{"client_id": "i", "client_secret": "s", "scopes": ["a", "b"], "callback_port": 81, "private_network": true}"#,
        "i|s||a,b|81|Code|true",
    );
    check(r#"{"clientId": "i", "clientSecret": "s", "scope": "a b"}"#, "i|s||a,b|0|Code|false");
    check(
        r#"{"client_metadata_url": "https://b.example/c.json"}"#,
        "||https://b.example/c.json||0|Code|false",
    );
    check(
        r#"{"grant": "client_credentials", "client_id": "i", "client_secret": "s"}"#,
        "i|s|||0|ClientCredentials|false",
    );
}

#[test]
fn what_is_wrong_is_said() {
    let place = |column: usize, what: &str| format!("/project/narrows.json:1:{column}: {what}");
    check("5", &place(61, "`oauth` must be an object, or false, not a number"));
    check(
        r#"{"grant": "x"}"#,
        &place(71, "`oauth.grant` must be `authorization_code` or `client_credentials`"),
    );
    check(r#"{"client_secret": "s"}"#, &place(62, "`oauth` has a `client_secret` and no `client_id`"));
    check(
        r#"{"grant": "client_credentials", "client_id": "i"}"#,
        &place(62, "`oauth.grant` is `client_credentials`, which needs `client_id` and `client_secret`"),
    );
    check(
        r#"{"client_metadata_url": "http://b.example/c"}"#,
        &place(62, "`oauth.client_metadata_url` must be an `https` address with a path"),
    );
    check(
        r#"{"callback_port": 70000}"#,
        &place(79, "`oauth.callback_port` must be a port, 1 to 65535, not a number"),
    );
    let text = r#"{"mcpServers": {"a": {"url": "https://a.example/", "oauth": {"client": "x"}}}}"#;
    assert_eq!(
        load(text).expect("the file is fine").warnings,
        [
            "/project/narrows.json:1:62: `oauth.client` has no effect; docs/sign-in.md lists the keys of `oauth`"
        ]
    );
}

#[test]
fn an_entry_with_a_credential_is_not_signed_in_to() {
    for (entry, expect) in [
        (r#"{"url": "https://a.example/"}"#, true),
        (r#"{"url": "https://a.example/", "headers": {"X-Team": "a"}}"#, true),
        (r#"{"url": "https://a.example/", "headers": {"authorization": "Bearer x"}}"#, false),
        (r#"{"url": "https://ann:x@a.example/"}"#, false),
        (r#"{"url": "https://a.example/", "auth": {"CLIENT_ID": "x"}}"#, true),
        (r#"{"command": "x"}"#, false),
    ] {
        assert_eq!(read(entry).expect("it is fine").is_some(), expect, "{entry}");
    }
}
