//! Which proxy requests to an address go through: what the environment says, but never for this machine.

use std::{net::IpAddr, sync::OnceLock};

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

/// The proxy for an address, without its credential; `None` where it is asked directly.
///
/// The HTTP client decides with the same rules by itself: this is to tell a person.
pub(crate) fn proxy_of(url: &Url) -> Option<String> {
    static MATCHER: OnceLock<Matcher> = OnceLock::new();
    if is_this_machine(url) {
        return None;
    }
    through(MATCHER.get_or_init(Matcher::from_system), url)
}

fn through(matcher: &Matcher, url: &Url) -> Option<String> {
    let proxy = matcher.intercept(&url.as_str().parse().ok()?)?;
    Some(format!("{}://{}", proxy.uri().scheme_str()?, proxy.uri().authority()?))
}

/// Whether an address is this machine's own, which no proxy can reach for us.
pub(crate) fn is_this_machine(url: &Url) -> bool {
    // The brackets of an IPv6 address are not part of it.
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback() || address.is_unspecified(),
        Err(_) => {
            let name = host.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn addresses_of_this_machine_are_known_however_they_are_written() {
        for here in [
            "http://localhost:8000/",
            "http://LOCALHOST./",
            "https://mcp.localhost/",
            "http://127.0.0.1:1/",
            "http://127.9.9.9/",
            "http://127.1/",
            "http://2130706433/",
            "http://[::1]:1/",
            "http://[::ffff:127.0.0.1]/",
            "http://0.0.0.0:8000/",
        ] {
            assert!(is_this_machine(&url(here)), "{here}");
        }
        for elsewhere in [
            "http://localhost.example/",
            "http://notlocalhost/",
            "http://127.0.0.1.example/",
            "http://128.0.0.1/",
            "http://[::2]/",
            "http://localhost@example.com/",
        ] {
            assert!(!is_this_machine(&url(elsewhere)), "{elsewhere}");
        }
    }

    #[test]
    fn a_proxy_is_named_without_its_credential() {
        let matcher =
            Matcher::builder().all("http://u:hunter2@proxy.example:8080").no("corp.example").build();
        let check = |address: &str, expect: Option<&str>| {
            assert_eq!(through(&matcher, &url(address)).as_deref(), expect, "{address}");
        };
        check("https://mcp.example/", Some("http://proxy.example:8080"));
        check("http://mcp.example/", Some("http://proxy.example:8080"));
        check("https://a.corp.example/", None);
    }
}
