//! Where requests may go and come from: the names of this server (`Host`) and the pages that may use it (`Origin`).
//!
//! A web page can have its own name resolved to this machine, and then speaks to us as if we were its server. So a request
//! has to name us as we are called, and a page has to be one that may.

use std::net::SocketAddr;

use axum::http::{HeaderMap, HeaderName, header};
use url::Url;

use super::credential::is_given_twice;

/// The names and pages that are allowed, each with its port where that counts.
pub(super) struct Places {
    hosts: Vec<Authority>,
    origins: Vec<Origin>,
}

/// A host in small letters, and a port; without one any port is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Authority {
    host: String,
    port: Option<u16>,
}

/// A page's scheme, and its authority. What no server gave a name is of the scheme `null`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    scheme: String,
    authority: Authority,
}

/// Why a request may not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misplaced {
    /// It names no host.
    NoHost,
    /// It can be read in more than one way.
    Unclear,
    /// Its host is none of ours.
    Host,
    /// Its page is none that may use us.
    Origin,
}

impl Misplaced {
    /// What is said to its sender.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::NoHost => "a `Host` header is needed",
            Self::Unclear => {
                "`Host` must be a host and a port, and `Origin` a scheme, a host and a port, each once"
            }
            Self::Host => "this `Host` is not one of this server's; `narrows.http.hosts` names further ones",
            Self::Origin => {
                "pages of this `Origin` may not use this server; `narrows.http.origins` names those that may"
            }
        }
    }
}

impl Places {
    /// Those of a server that listens at an address, with further ones of its configuration. On a loopback address the names of
    /// loopback are ours, and pages that this machine serves itself may use us.
    pub(super) fn new(at: SocketAddr, hosts: &[String], origins: &[String]) -> Self {
        let loopback = ["localhost", "127.0.0.1", "[::1]"];
        let is_here = at.ip().is_loopback() || at.ip().is_unspecified();
        let own = match at {
            SocketAddr::V4(at) => at.ip().to_string(),
            SocketAddr::V6(at) => format!("[{}]", at.ip()),
        };
        let names = loopback.iter().filter(|_| is_here).copied().chain([own.as_str()]);
        let names = names.chain(hosts.iter().map(String::as_str));
        let pages = ["http", "https"].into_iter().filter(|_| at.ip().is_loopback());
        let pages = pages.flat_map(|scheme| loopback.map(|host| format!("{scheme}://{host}")));
        let pages: Vec<_> = pages.chain(origins.iter().cloned()).collect();
        Self {
            hosts: names.filter_map(configured_host).collect(),
            origins: pages.iter().filter_map(|page| configured_origin(page)).collect(),
        }
    }

    /// Whether a request goes to a name of ours, and comes from no page that may not use us. Each is given once and can be read in
    /// one way only.
    pub(super) fn admit(&self, headers: &HeaderMap) -> Result<(), Misplaced> {
        let host = only(headers, header::HOST)?.ok_or(Misplaced::NoHost)?;
        let host = authority(host).ok_or(Misplaced::Unclear)?;
        if !self.hosts.iter().any(|known| known.host == host.host && is_port(known.port, host.port)) {
            return Err(Misplaced::Host);
        }
        match only(headers, header::ORIGIN)? {
            None => Ok(()),
            Some(page) => {
                let page = origin(page).ok_or(Misplaced::Unclear)?;
                if self.has(&page) { Ok(()) } else { Err(Misplaced::Origin) }
            }
        }
    }

    fn has(&self, page: &Origin) -> bool {
        let usual = match page.scheme.as_str() {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        };
        self.origins.iter().any(|known| {
            known.scheme == page.scheme
                && known.authority.host == page.authority.host
                && is_port(known.authority.port, page.authority.port.or(usual))
        })
    }
}

/// Whether a port is the one that is wanted, where one is.
fn is_port(wanted: Option<u16>, given: Option<u16>) -> bool {
    wanted.is_none() || wanted == given
}

/// The text of a header that may be given once.
fn only(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, Misplaced> {
    if is_given_twice(headers, &name) {
        return Err(Misplaced::Unclear);
    }
    headers.get(name).map(|value| value.to_str().map_err(|_| Misplaced::Unclear)).transpose()
}

fn origin(text: &str) -> Option<Origin> {
    if text == "null" {
        let authority = Authority { host: String::new(), port: None };
        return Some(Origin { scheme: text.to_owned(), authority });
    }
    let (scheme, rest) = text.split_once("://")?;
    Some(Origin { scheme: scheme.to_ascii_lowercase(), authority: authority(rest)? })
}

/// A host as addresses of the Web spell it, and perhaps a port.
fn authority(text: &str) -> Option<Authority> {
    let text = text.to_ascii_lowercase();
    let url = Url::parse(&format!("http://{text}/")).ok()?;
    let host = url.host_str()?;
    let rest = text.strip_prefix(host)?;
    let port = match rest.strip_prefix(':') {
        Some(port) => Some(port.parse().ok()?),
        None if rest.is_empty() => None,
        None => return None,
    };
    Some(Authority { host: host.to_owned(), port })
}

/// A host of the configuration; an address of IPv6 may be written without its brackets.
fn configured_host(text: &str) -> Option<Authority> {
    let text = text.trim();
    let known = authority(text).or_else(|| authority(&format!("[{text}]")));
    if known.is_none() {
        tracing::warn!(host = text, "`narrows.http.hosts` names what is not a host and a port");
    }
    known
}

/// A page of the configuration; any port may be written as `*`.
fn configured_origin(text: &str) -> Option<Origin> {
    let text = text.trim();
    let known = origin(text.strip_suffix(":*").unwrap_or(text));
    if known.is_none() {
        tracing::warn!(origin = text, "`narrows.http.origins` names what is not a scheme, a host and a port");
    }
    known
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn places(at: &str, hosts: &[&str], origins: &[&str]) -> Places {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Places::new(at.parse().expect("an address"), &owned(hosts), &owned(origins))
    }

    fn admitted(places: &Places, host: &str, origin: Option<&str>) -> Result<(), Misplaced> {
        let value = |text: &str| HeaderValue::from_str(text).expect("a value");
        let mut headers = HeaderMap::from_iter([(header::HOST, value(host))]);
        origin.into_iter().for_each(|origin| drop(headers.insert(header::ORIGIN, value(origin))));
        places.admit(&headers)
    }

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
            assert!(authority(plain).is_some() && origin(&format!("https://{plain}")).is_some(), "{plain}");
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
            assert!(authority(odd).is_none() && origin(&format!("http://{odd}")).is_none(), "{odd}");
        }
        assert!(origin("vscode-webview://abc").is_some() && origin("localhost").is_none());
        assert!(origin("null").is_some());
    }

    #[test]
    fn hosts_are_those_of_the_address() {
        let here = places("127.0.0.1:1", &[], &[]);
        for host in ["localhost", "LOCALHOST:9", "127.0.0.1:1", "[::1]:7227"] {
            assert_eq!(admitted(&here, host, None), Ok(()), "{host}");
        }
        let open = places("10.0.0.5:1", &["mcp.example.com", "exact.example:8443", "::2"], &[]);
        for (host, expect) in [
            ("10.0.0.5:1", Ok(())),
            ("mcp.example.com", Ok(())),
            ("mcp.example.com:99", Ok(())),
            ("exact.example:8443", Ok(())),
            ("[::2]", Ok(())),
            ("exact.example", Err(Misplaced::Host)),
            ("exact.example:1", Err(Misplaced::Host)),
            ("localhost", Err(Misplaced::Host)),
            ("localhost:80@10.0.0.5", Err(Misplaced::Unclear)),
        ] {
            assert_eq!(admitted(&open, host, None), expect, "{host}");
        }
        assert_eq!(open.admit(&HeaderMap::new()), Err(Misplaced::NoHost));
    }

    #[test]
    fn pages_of_this_machine_may_speak_on_loopback_only() {
        let here = places("127.0.0.1:1", &[], &["https://app.example", "https://port.example:8443"]);
        for (page, expect) in [
            ("http://localhost:6274", Ok(())),
            ("https://[::1]", Ok(())),
            ("https://app.example", Ok(())),
            ("https://app.example:99", Ok(())),
            ("https://port.example:8443", Ok(())),
            ("https://port.example", Err(Misplaced::Origin)),
            ("http://app.example", Err(Misplaced::Origin)),
            ("null", Err(Misplaced::Origin)),
            ("file://", Err(Misplaced::Unclear)),
        ] {
            assert_eq!(admitted(&here, "localhost", Some(page)), expect, "{page}");
        }
        let usual = places("10.0.0.5:1", &[], &["https://a.example:443", "http://b.example:*", "null"]);
        for (page, expect) in [
            ("https://a.example", Ok(())),
            ("http://b.example:5", Ok(())),
            ("null", Ok(())),
            ("http://localhost", Err(Misplaced::Origin)),
        ] {
            assert_eq!(admitted(&usual, "10.0.0.5", Some(page)), expect, "{page}");
        }
        assert_eq!(
            admitted(&places("0.0.0.0:1", &[], &[]), "localhost", Some("http://localhost")),
            Err(Misplaced::Origin)
        );
    }
}
