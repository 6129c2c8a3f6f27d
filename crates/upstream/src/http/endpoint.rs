//! Where an HTTP+SSE server takes messages: the address it names, and what it may mean where a proxy stands before it.
//!
//! A server behind a proxy often knows neither the prefix that the proxy takes off nor the host and scheme by which it
//! is reached. Its address is therefore tried on the host of its stream, which alone may get the credentials: as it is,
//! and then below the prefix of the stream.

use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::Url;

use crate::{entry::printable_url, failure::Failure, http::remote::Remote};

/// The addresses that may be meant, and which of them is.
pub(crate) struct Endpoint {
    candidates: Vec<Remote>,
    current: AtomicUsize,
    /// The address as it was named, where that is on another host.
    elsewhere: Option<String>,
}

impl Endpoint {
    /// What `reference` may mean on a stream that was opened at `stream`; `None` where it is no address.
    pub(crate) fn named(stream: &Remote, reference: &str) -> Option<Self> {
        let named = stream.url.join(reference).ok().filter(Url::has_host)?;
        let is_elsewhere = named.origin() != stream.url.origin();
        let elsewhere = is_elsewhere.then(|| printable_url(named.as_str()));
        let paths = [Some(named.path().to_owned()), below_prefix(stream.url.path(), named.path())];
        let at = |path: String| stream.at_path(&path, named.query());
        let candidates = paths.into_iter().flatten().map(at).collect();
        Some(Self { candidates, current: AtomicUsize::new(0), elsewhere })
    }

    /// The address in use.
    pub(crate) fn remote(&self) -> &Remote {
        &self.candidates[self.current.load(Ordering::Acquire)]
    }

    /// Goes on to the next address; whether there is one.
    pub(crate) fn advance(&self) -> bool {
        let next = self.current.load(Ordering::Acquire) + 1;
        let has_next = next < self.candidates.len();
        if has_next {
            self.current.store(next, Ordering::Release);
        }
        has_next
    }

    /// The failure of all addresses.
    pub(crate) fn failure(&self, mut failures: Vec<Failure>) -> Option<Failure> {
        if failures.len() < 2 && self.elsewhere.is_none() {
            return failures.pop();
        }
        let said: Vec<_> = failures.iter().map(Failure::in_words).collect();
        let elsewhere = self.elsewhere.as_ref().map(|url| {
            format!("it names an address on another host for messages, {url}, and on its own host ")
        });
        Some(Failure::Refused(elsewhere.unwrap_or_default() + &said.join("; ")))
    }
}

/// The path below the prefix that a proxy took off: `/team/sse` and `/messages` are `/team/messages`, and `/team/mcp/sse`
/// and `/mcp/messages` are `/team/mcp/messages`. `None` where that is the same path.
fn below_prefix(stream: &str, named: &str) -> Option<String> {
    let folder: Vec<_> = folder_of(stream).collect();
    let own: Vec<_> = folder_of(named).collect();
    let overlap =
        (0..=folder.len().min(own.len())).rev().find(|&n| folder[folder.len() - n..] == own[..n])?;
    let prefix = &folder[..folder.len() - overlap];
    let path = format!("/{}{named}", prefix.join("/"));
    (!prefix.is_empty() && !is_below(named, prefix)).then_some(path)
}

fn folder_of(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit_once('/').map_or("", |(folder, _)| folder).split('/').filter(|part| !part.is_empty())
}

fn is_below(path: &str, prefix: &[&str]) -> bool {
    let parts: Vec<_> = folder_of(path).collect();
    parts.starts_with(prefix)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{entry::Transport, secrets::Secrets};

    fn check(stream: &str, reference: &str, expect: &[&str]) {
        let transport = Transport::Sse { url: stream.to_owned(), headers: Vec::new() };
        let remote = Remote::new(stream, &[], Arc::new(Secrets::of(&transport)), 1).expect("a URL");
        let endpoint = Endpoint::named(&remote, reference);
        let candidates = endpoint.iter().flat_map(|endpoint| &endpoint.candidates);
        let urls: Vec<_> = candidates.map(|remote| remote.url.to_string()).collect();
        assert_eq!(urls, expect, "{stream} {reference}");
    }

    #[tokio::test]
    async fn an_address_is_meant_on_the_host_of_its_stream() {
        check("https://a.example/sse", "/messages?id=1", &["https://a.example/messages?id=1"]);
        check("https://a.example/sse", "https://a.example/m", &["https://a.example/m"]);
        check("https://a.example/sse", "http://a.example/m", &["https://a.example/m"]);
        check("https://a.example/sse", "http://10.0.0.5:8000/m?id=1", &["https://a.example/m?id=1"]);
        check("https://u:p@a.example/sse?k=1", "//b.example/m", &["https://u:p@a.example/m"]);
        check("https://a.example/sse", "mailto:x@b.example", &[]);
    }

    #[tokio::test]
    async fn an_address_may_be_below_a_prefix() {
        let at = |path: &str| format!("https://a.example{path}");
        check(&at("/team/sse"), "/messages?id=1", &[&at("/messages?id=1"), &at("/team/messages?id=1")]);
        check(&at("/team/sse"), "messages", &[&at("/team/messages")]);
        check(&at("/team/sse"), "/team/messages", &[&at("/team/messages")]);
        check(&at("/a/mcp/sse"), "/mcp/messages/", &[&at("/mcp/messages/"), &at("/a/mcp/messages/")]);
        check(&at("/mcp/sse"), "/mcp/messages", &[&at("/mcp/messages")]);
    }
}
