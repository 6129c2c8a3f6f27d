//! JSON in lines. A text is laid out as it stands: numbers keep their digits, which no tree would.

/// Deeper values stay on one line: the indentation alone would be more than they are.
const DEPTH_MAX: usize = 128;

/// The same JSON with line breaks and two spaces for each level.
pub(crate) fn indented(json: &str) -> String {
    let mut layout = Layout { out: String::with_capacity(json.len()), depth: 0, is_empty: false };
    let mut rest = json;
    while let Some(sign) = rest.chars().next() {
        let token = match sign {
            '"' => string(rest),
            _ => &rest[..sign.len_utf8()],
        };
        layout.add(token);
        if layout.depth > DEPTH_MAX {
            return json.to_owned();
        }
        rest = &rest[token.len()..];
    }
    layout.out
}

/// The string a text begins with, quotes included.
fn string(text: &str) -> &str {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    &text[..end.map_or(text.len(), |end| end + 2)]
}

struct Layout {
    out: String,
    depth: usize,
    /// What was opened last has nothing in it yet.
    is_empty: bool,
}

impl Layout {
    fn add(&mut self, token: &str) {
        match token {
            " " | "\t" | "\n" | "\r" => {}
            "]" | "}" => {
                self.depth = self.depth.saturating_sub(1);
                if !std::mem::take(&mut self.is_empty) {
                    self.new_line();
                }
                self.out.push_str(token);
            }
            _ => self.inside(token),
        }
    }

    /// What is not the end of anything.
    fn inside(&mut self, token: &str) {
        if std::mem::take(&mut self.is_empty) {
            self.new_line();
        }
        self.out.push_str(token);
        match token {
            "[" | "{" => {
                self.depth += 1;
                self.is_empty = true;
            }
            "," => self.new_line(),
            ":" => self.out.push(' '),
            _ => {}
        }
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", self.depth));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_laid_out_as_it_stands() {
        for (json, expect) in [
            ("12345678901234567890123", "12345678901234567890123"),
            (r#""a,\"[{: b""#, r#""a,\"[{: b""#),
            ("[]", "[]"),
            ("[ { } ,\n1.10]", "[\n  {},\n  1.10\n]"),
            (
                r#"{"a" : [1,{"b\\":null}],"c":""}"#,
                "{\n  \"a\": [\n    1,\n    {\n      \"b\\\\\": null\n    }\n  ],\n  \"c\": \"\"\n}",
            ),
            ("\"", "\""),
        ] {
            assert_eq!(indented(json), expect);
        }
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert_eq!(indented(&deep), deep);
    }
}
