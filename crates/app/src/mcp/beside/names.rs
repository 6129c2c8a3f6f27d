//! Names of what servers have beside their tools, with the server's name in front, and back again. Pure.
//!
//! Two servers may have prompts of one name and resources of one address, and a client sends back nothing else. So a prompt
//! is `google-drive__summarize` and a resource is `narrows://google-drive/` and its own address.

use std::fmt::Write;

use serde_json::Value;
use surface::Surface;
use tools::{Method, ServerName};

/// How the address of a resource begins.
const SCHEME: &str = "narrows://";

/// What stands between the names of a server and of its prompt.
const BETWEEN: &str = "__";

/// What stands in front of the names of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prefix {
    pub(super) server: ServerName,
    /// In names, of which clients make commands.
    word: String,
}

impl Prefix {
    /// Those of all servers.
    pub(super) fn all(surface: &Surface) -> Vec<Self> {
        let servers = surface.catalog().servers().iter().map(|server| &server.name);
        let mut all: Vec<_> =
            servers.map(|name| Self { server: name.clone(), word: word(name.as_str()) }).collect();
        let words: Vec<_> = all.iter().map(|prefix| prefix.word.clone()).collect();
        for prefix in &mut all {
            // Two of one word keep what is different in them.
            if words.iter().filter(|word| **word == prefix.word).count() > 1 {
                prefix.word = encoded(&prefix.server);
            }
        }
        all
    }

    /// The server that an address names, with the address that the server knows.
    pub(super) fn of_address<'a>(address: &'a str, surface: &Surface) -> Option<(Self, &'a str)> {
        let (server, own) = address.strip_prefix(SCHEME)?.split_once('/')?;
        Some((Self::all(surface).into_iter().find(|prefix| encoded(&prefix.server) == server)?, own))
    }

    /// The server that the name of a prompt names, with the name that the server knows: the longest that fits.
    pub(super) fn of_name<'n>(name: &'n str, surface: &Surface) -> Option<(Self, &'n str)> {
        let fits = |prefix: Self| {
            let own = name.strip_prefix(&prefix.word)?.strip_prefix(BETWEEN)?;
            Some((prefix, own))
        };
        Self::all(surface).into_iter().filter_map(fits).max_by_key(|(prefix, _)| prefix.word.len())
    }

    /// The address of a resource, or the template of some, in front of all clients.
    pub(super) fn address(&self, own: &str) -> String {
        format!("{SCHEME}{}/{own}", encoded(&self.server))
    }

    fn name(&self, own: &str) -> String {
        format!("{}{BETWEEN}{own}", self.word)
    }

    /// Puts the server in front of the names in an entry of a list.
    pub(super) fn put_before(&self, entry: &mut Value, method: Method) {
        let name = |own: &str| match method {
            Method::ListPrompts => self.name(own),
            _ => format!("{}/{own}", self.server),
        };
        rewrite(entry, "name", name);
        rewrite(entry, "title", |own| format!("{}: {own}", self.server));
        rewrite(entry, "uri", |own| self.address(own));
        rewrite(entry, "uriTemplate", |own| self.address(own));
    }

    /// Puts it in front of the addresses of resources in the contents of one, or in the messages of a prompt.
    pub(super) fn put_before_addresses(&self, result: &mut Value) {
        each(result, "contents", |part| rewrite(part, "uri", |own| self.address(own)));
        each(result, "messages", |message| {
            if let Some(block) = message.get_mut("content") {
                self.put_before_block(block);
            }
        });
    }

    /// The same in a content block.
    fn put_before_block(&self, block: &mut Value) {
        match block.get("type").and_then(Value::as_str) {
            Some("resource_link") => rewrite(block, "uri", |own| self.address(own)),
            Some("resource") => {
                if let Some(resource) = block.get_mut("resource") {
                    rewrite(resource, "uri", |own| self.address(own));
                }
            }
            _ => {}
        }
    }
}

fn each(result: &mut Value, member: &str, change: impl Fn(&mut Value)) {
    result.get_mut(member).and_then(Value::as_array_mut).into_iter().flatten().for_each(change);
}

fn rewrite(value: &mut Value, member: &str, new: impl Fn(&str) -> String) {
    if let Some(Value::String(text)) = value.get_mut(member) {
        *text = new(text);
    }
}

/// A server's name as it may stand in another: letters, digits, `-` and `_`.
fn word(server: &str) -> String {
    server.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "_")
}

/// A server's name as it may stand in an address.
fn encoded(server: &ServerName) -> String {
    server.as_str().bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use tools::{Catalog, Server};

    use super::*;

    fn surface(names: &[&str]) -> Surface {
        let servers = names.iter().map(|name| Arc::new(Server::starting(ServerName::new(*name))));
        Surface::new(Arc::new(Catalog::new(servers)))
    }

    #[test]
    fn a_name_leads_back_to_its_server() {
        let surface = surface(&["google-drive", "Google Drive", "a b", "a_b", "表", "の", "a", "a__b"]);
        for prefix in Prefix::all(&surface) {
            for own in ["file:///a/b c", "x", "demo://{id}", "", "c__d"] {
                let address = prefix.address(own);
                assert_eq!(Prefix::of_address(&address, &surface), Some((prefix.clone(), own)), "{address}");
                let name = prefix.name(own);
                let found = Prefix::of_name(&name, &surface);
                assert_eq!(found, Some((prefix.clone(), own)), "{name}");
            }
        }
    }

    #[test]
    fn names_are_words_where_that_is_enough() {
        let words = |names: &[&str]| -> Vec<String> {
            Prefix::all(&surface(names)).into_iter().map(|prefix| prefix.word).collect()
        };
        assert_eq!(words(&["google-drive", "old books", "表"]), ["google-drive", "old_books", "_"]);
        assert_eq!(words(&["a b", "a_b"]), ["a%20b", "a_b"]);
    }

    #[test]
    fn other_addresses_name_no_server() {
        let surface = surface(&["a"]);
        for address in ["a/x", "narrows://a", "narrows://b/x", "file:///narrows://a/x", ""] {
            assert_eq!(Prefix::of_address(address, &surface), None, "{address}");
        }
        assert_eq!(Prefix::of_name("a_x", &surface), None);
    }

    #[test]
    fn only_names_and_addresses_change() {
        let surface = surface(&["a"]);
        let prefix = Prefix::all(&surface).remove(0);
        let check = |mut entry: Value, method, expect: Value| {
            prefix.put_before(&mut entry, method);
            assert_eq!(entry, expect);
        };
        check(
            json!({"uri": "x:1", "name": "n", "title": "T", "size": 3, "_meta": {"uri": "x:1"}}),
            Method::ListResources,
            json!({"uri": "narrows://a/x:1", "name": "a/n", "title": "a: T", "size": 3, "_meta": {"uri": "x:1"}}),
        );
        check(
            json!({"uriTemplate": "x:{id}", "name": "n"}),
            Method::ListTemplates,
            json!({"uriTemplate": "narrows://a/x:{id}", "name": "a/n"}),
        );
        let arguments = json!([{"name": "city"}]);
        check(
            json!({"name": "n", "arguments": arguments}),
            Method::ListPrompts,
            json!({"name": "a__n", "arguments": arguments}),
        );
    }

    #[test]
    fn links_in_results_can_be_read() {
        let surface = surface(&["a"]);
        let prefix = Prefix::all(&surface).remove(0);
        let mut result = json!({
            "contents": [{"uri": "x:1", "text": "x:1"}],
            "messages": [
                {"role": "user", "content": {"type": "text", "text": "x:1", "uri": "x:1"}},
                {"role": "user", "content": {"type": "resource_link", "uri": "x:1"}},
                {"role": "user", "content": {"type": "resource", "resource": {"uri": "x:1", "text": ""}}},
                5,
            ],
        });
        prefix.put_before_addresses(&mut result);
        let uris = json!([
            result["contents"][0]["uri"],
            result["messages"][0]["content"]["uri"],
            result["messages"][1]["content"]["uri"],
            result["messages"][2]["content"]["resource"]["uri"],
        ]);
        assert_eq!(uris, json!(["narrows://a/x:1", "x:1", "narrows://a/x:1", "narrows://a/x:1"]));
    }
}
