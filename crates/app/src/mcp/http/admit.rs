//! Who may speak: the credential, and where requests may come from.

use std::net::SocketAddr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

/// The credential a request must carry, as its hash.
pub(super) struct Credential([u8; 32]);

impl Credential {
    pub(super) fn new(token: &SecretString) -> Self {
        Self(hash(token.expose_secret().as_bytes()))
    }

    /// Whether a request carries it, and no other. The comparison takes the same time whatever was given.
    pub(super) fn is_in(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(bearer).unwrap_or_default();
        let is_right: bool = hash(given).ct_eq(&self.0).into();
        is_right && !is_given_twice(headers, header::AUTHORIZATION)
    }
}

/// Both sides become equally long, so not even the length can be told.
fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn bearer(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, rest) = value.as_bytes().split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then(|| rest.trim_ascii())
}

/// What a request's `Host` may be: the address, further names from the configuration and, on a loopback address,
/// the names of loopback. Anything else is a web page that had its name resolved to this machine.
pub(super) fn hosts(at: SocketAddr, further: &[String]) -> Vec<String> {
    let own = at.ip().to_string();
    let loopback = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let here = if at.ip().is_loopback() || at.ip().is_unspecified() { loopback.to_vec() } else { Vec::new() };
    here.into_iter().chain([own]).chain(further.iter().cloned()).collect()
}

/// What a request's `Origin` may be where there is one: those from the configuration and, on a loopback address, pages
/// that this machine serves itself.
pub(super) fn origins(at: SocketAddr, further: &[String]) -> Vec<String> {
    let loopback = ["http", "https"]
        .into_iter()
        .flat_map(|scheme| ["localhost", "127.0.0.1", "[::1]"].map(|host| format!("{scheme}://{host}:*")));
    let here = at.ip().is_loopback().then_some(loopback);
    here.into_iter().flatten().chain(further.iter().cloned()).collect()
}

/// Whether a request says where it goes and where it comes from in a way that can be read in one way only: `Host` is a
/// host, perhaps with a port, and `Origin` the same behind a scheme, each once. The SDK, which compares them with the lists,
/// takes the host of `[::1].attacker.example` and of `attacker.example:80@localhost` for one of ours, and looks at the first of two.
pub(super) fn is_plain(headers: &HeaderMap) -> bool {
    let all = |name, is_plain: fn(&str) -> bool| {
        let plain = headers.get_all(&name).iter().all(|value| value.to_str().is_ok_and(is_plain));
        plain && !is_given_twice(headers, name)
    };
    all(header::HOST, is_host) && all(header::ORIGIN, is_origin)
}

fn is_given_twice(headers: &HeaderMap, name: HeaderName) -> bool {
    headers.get_all(name).iter().nth(1).is_some()
}

fn is_origin(text: &str) -> bool {
    text == "null" || text.split_once("://").is_some_and(|(_, host)| is_host(host))
}

/// Whether this is a host as addresses of the Web spell it, and perhaps a port.
fn is_host(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let Ok(url) = Url::parse(&format!("http://{text}/")) else { return false };
    let port = url.host_str().and_then(|host| text.strip_prefix(host));
    port.is_some_and(|rest| {
        rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_in_two_ways_is_no_host() {
        for plain in [
            "localhost",
            "LocalHost:80",
            "[::1]:7227",
            "127.0.0.1:1",
            "mcp.example.com",
            "a-b_c.example:65535",
        ] {
            assert!(is_host(plain) && is_origin(&format!("https://{plain}")), "{plain}");
        }
        for odd in [
            "[::1].attacker.example",
            "[::1]attacker.example",
            "[::1",
            "::1",
            "attacker.example:80@localhost",
            "attacker.example@localhost",
            "localhost:80@attacker.example",
            "localhost/attacker.example",
            "localhost\\attacker.example",
            "localhost#attacker.example",
            "localhost?attacker.example",
            "localhost:",
            "localhost:80:80",
            "localhost:65536",
            "lo%63alhost",
            "127.1",
            "local host",
            "",
        ] {
            assert!(!is_host(odd) && !is_origin(&format!("http://{odd}")), "{odd}");
        }
        assert!(is_origin("null") && is_origin("vscode-webview://abc") && !is_origin("localhost"));
    }

    #[test]
    fn credentials_are_compared_as_wholes() {
        let credential = Credential::new(&SecretString::from("s3cret"));
        let check = |header: &str, expect: bool| {
            let value = HeaderValue::from_str(header).expect("it is a header");
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value)]);
            assert_eq!(credential.is_in(&headers), expect, "{header}");
        };
        check("Bearer s3cret", true);
        check("bearer  s3cret ", true);
        check("Basic s3cret", false);
        check("Bearer", false);
        check("Bearer ", false);
        for wrong in ["s3creT", "s3cre", "s3crets", "s3cret s3cret"] {
            check(&format!("Bearer {wrong}"), false);
        }
        assert!(!credential.is_in(&HeaderMap::new()));
    }

    #[test]
    fn hosts_are_those_of_the_address() {
        let at = |text: &str| text.parse().expect("it is an address");
        assert_eq!(hosts(at("127.0.0.1:1"), &[]), ["localhost", "127.0.0.1", "::1", "127.0.0.1"]);
        assert_eq!(hosts(at("10.0.0.5:1"), &["mcp.example.com".to_owned()]), ["10.0.0.5", "mcp.example.com"]);
    }

    #[test]
    fn pages_of_this_machine_may_speak_on_loopback_only() {
        let at = |text: &str| text.parse().expect("it is an address");
        assert!(origins(at("127.0.0.1:1"), &[]).contains(&"http://localhost:*".to_owned()));
        assert_eq!(origins(at("10.0.0.5:1"), &["https://a.example".to_owned()]), ["https://a.example"]);
        assert!(origins(at("0.0.0.0:1"), &[]).is_empty());
    }
}
