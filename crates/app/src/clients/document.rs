//! A client's file as it is edited: servers are read, put in and taken out, and everything else of its text stays.

mod json;
mod toml;

use serde_json::Value;

use super::table::Format;

/// The mark some editors of Windows put before a text. It stays where it is, and no parser sees it.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// An edited file.
pub(super) struct Document {
    marked: bool,
    tree: Box<dyn Tree>,
}

/// What every language of files can do. A key is the way from the top of the file to an object of servers.
trait Tree {
    /// The servers; `None` where there is no such object.
    fn servers(&self, key: &[String]) -> Result<Option<Vec<(String, Value)>>, String>;
    /// Puts a server behind the others, or in the place of the one with its name. What is missing on the way is made.
    fn set(&mut self, key: &[String], name: &str, entry: &Value) -> Result<(), String>;
    /// Takes a server out, every one of that name.
    fn remove(&mut self, key: &[String], name: &str);
    /// The text as it is now.
    fn text(&self) -> String;
}

impl Document {
    /// Reads a text. The error says what is wrong, and where.
    pub(super) fn parse(format: Format, text: &str) -> Result<Self, String> {
        let plain = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let tree: Box<dyn Tree> = match format {
            Format::Json => Box::new(json::Json::parse(plain)?),
            Format::Toml => Box::new(toml::Toml::parse(plain)?),
            Format::Yaml => return Err("it is YAML, which is not edited".to_owned()),
        };
        Ok(Self { marked: plain.len() != text.len(), tree })
    }

    /// The servers below a key, none where it is missing.
    pub(super) fn servers(&self, key: &[String]) -> Result<Vec<(String, Value)>, String> {
        Ok(self.tree.servers(key)?.unwrap_or_default())
    }

    /// Whether there is an object at a key.
    pub(super) fn has(&self, key: &[String]) -> bool {
        matches!(self.tree.servers(key), Ok(Some(_)))
    }

    pub(super) fn set(&mut self, key: &[String], name: &str, entry: &Value) -> Result<(), String> {
        self.tree.set(key, name, entry)
    }

    pub(super) fn remove(&mut self, key: &[String], name: &str) {
        self.tree.remove(key, name);
    }

    pub(super) fn text(&self) -> String {
        let mark = if self.marked { BYTE_ORDER_MARK.to_string() } else { String::new() };
        mark + &self.tree.text()
    }
}

/// The error for what stands where servers, or the way to them, should be.
fn no_object(key: &[String]) -> String {
    format!("`{}` in it is not an object", key.join("."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    fn edited(format: Format, words: &[&str], text: &str) -> String {
        let mut document = Document::parse(format, text).expect(text);
        document.remove(&key(words), "a");
        let entry = json!({"command": "/bin/n", "args": ["serve", "x y"], "env": {"A": "1"}});
        document.set(&key(words), "n", &entry).expect(text);
        document.text()
    }

    #[test]
    fn json_keeps_comments_order_and_line_ends() {
        let entry = "\"n\": {\n      \"command\": \"/bin/n\",\n      \"args\": [\"serve\", \"x y\"],\n      \"env\": {\n        \"A\": \"1\"\n      }\n    }";
        for (text, expect) in [
            (
                "{\n  // mine\n  \"x\": [1, 2 ], /* two */\n  \"s\": {\n    // above a\n    \"a\": {\"command\": \"a\"}, // beside a\n    // above b\n    \"b\": {} // beside b\n  },\n  \"z\": 1.10\n}\n".to_owned(),
                format!("{{\n  // mine\n  \"x\": [1, 2 ], /* two */\n  \"s\": {{\n    // above a\n    // above b\n    \"b\": {{}}, // beside b\n    {entry}\n  }},\n  \"z\": 1.10\n}}\n"),
            ),
            ("{ }".to_owned(), format!("{{\n  \"s\": {{\n    {entry}\n  }}\n}}")),
            (String::new(), format!("{{\n  \"s\": {{\n    {entry}\n  }}\n}}\n")),
            ("{\n  \"s\": {\n    \"a\": {}\n  }\n}".to_owned(), format!("{{\n  \"s\": {{\n    {entry}\n  }}\n}}")),
        ] {
            assert_eq!(edited(Format::Json, &["s"], &text), expect, "{text}");
            let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
            if text.contains('\n') {
                let expect = format!("\u{feff}{}", expect.replace('\n', "\r\n"));
                assert_eq!(edited(Format::Json, &["s"], &windows), expect);
            }
        }
    }

    #[test]
    fn toml_keeps_comments_order_and_line_ends() {
        let entry = "[mcp_servers.n]\ncommand = \"/bin/n\"\nargs = [\"serve\", \"x y\"]\n\n[mcp_servers.n.env]\nA = \"1\"\n";
        for (text, expect) in [
            (
                "# mine\nmodel = 'm' # one\n\n# about a\n[mcp_servers.a]\ncommand = \"a\" # beside a\n\n[mcp_servers.a.env]\nB = \"1\"\n\n# about t\n[t]\nx = [ 1,2 ]\n",
                format!("# mine\nmodel = 'm' # one\n\n# about a\n{entry}\n# about t\n[t]\nx = [ 1,2 ]\n"),
            ),
            ("", entry.to_owned()),
            ("x = 1\n", format!("x = 1\n\n{entry}")),
        ] {
            assert_eq!(edited(Format::Toml, &["mcp_servers"], text), expect, "{text}");
            let windows = text.replace('\n', "\r\n");
            if text.contains('\n') {
                assert_eq!(edited(Format::Toml, &["mcp_servers"], &windows), expect.replace('\n', "\r\n"));
            }
        }
    }

    #[test]
    fn what_is_no_object_is_an_error_and_stays() {
        for (format, text, says) in [
            (Format::Json, "[]", "the file is not an object"),
            (Format::Json, "{\"s\": []}", "`s` in it is not an object"),
            (Format::Json, "{\"s\": 1, }", "`s` in it is not an object"),
            (Format::Toml, "s = 1", "`s` in it is not an object"),
        ] {
            let document = Document::parse(format, text);
            let found = document.and_then(|document| document.servers(&key(&["s"])));
            assert_eq!(found, Err(says.to_owned()), "{text}");
        }
        let document = Document::parse(Format::Json, "{\"s\": null}").expect("JSON");
        assert_eq!(document.servers(&key(&["s"])), Ok(Vec::new()));
    }
}
