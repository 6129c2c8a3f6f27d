//! Tells which scripts may nest so deep that parsing them takes much stack, before anything recurses.
//!
//! A reader of its own, far simpler than the parser's: it knows strings, templates, comments and most regular
//! expressions, and counts what nests without closing as well as brackets: `!!!!a`, `a + a + a`, `a ? b : c ? d : e`,
//! `if … else if …`. It may be wrong in both directions, so it refuses nothing: thousands of functions in a row look deep
//! to it as well.

/// Brackets that are opened inside each other. What people write stays below 100.
const BRACKETS_MAX: usize = 1_000;

/// The most operators in one expression, those around it included, and the most statements in one chain of `else`.
/// Each costs the parser a few frames of stack.
const CHAIN_MAX: usize = 10_000;

/// Words that nest what follows them.
const NESTING: [&str; 19] = [
    "as",
    "async",
    "await",
    "delete",
    "do",
    "else",
    "extends",
    "for",
    "if",
    "infer",
    "keyof",
    "new",
    "readonly",
    "satisfies",
    "typeof",
    "void",
    "while",
    "with",
    "yield",
];

/// Words after which a slash begins a regular expression.
const BEFORE_REGEX: [&str; 6] = ["return", "typeof", "await", "case", "in", "of"];

/// Whether a text may nest deeper than scripts do.
pub(super) fn is_deep(text: &str) -> bool {
    let mut reader =
        Reader { bytes: text.as_bytes(), at: 0, levels: vec![Level::default()], chain: 0, regex: true };
    reader.read().is_err()
}

/// The limit of one of the counts was reached.
struct Deep;

/// What is open: the text, a bracket, or the `${` of a template.
#[derive(Default)]
struct Level {
    /// What nests at this level since the last `;` or `,`.
    chain: usize,
    template: bool,
}

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
    levels: Vec<Level>,
    /// The sum over all levels.
    chain: usize,
    /// Whether a slash would begin a regular expression here.
    regex: bool,
}

impl Reader<'_> {
    fn read(&mut self) -> Result<(), Deep> {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => {}
                b'"' | b'\'' => self.string(byte),
                b'`' => self.template()?,
                b'/' => self.slash()?,
                b'(' | b'[' | b'{' => self.open(false)?,
                b')' | b']' | b'}' => self.close()?,
                b';' | b',' => self.separate(),
                b'_' | b'$' | b'#' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => self.word()?,
                _ => self.nest()?,
            }
        }
        Ok(())
    }

    fn open(&mut self, template: bool) -> Result<(), Deep> {
        // Calls and member accesses in a row nest as well: `a()()()`.
        self.nest()?;
        self.levels.push(Level { chain: 0, template });
        if self.levels.len() > BRACKETS_MAX {
            return Err(Deep);
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), Deep> {
        if self.levels.len() == 1 {
            return Ok(());
        }
        let closed = self.levels.pop().unwrap_or_default();
        self.chain -= closed.chain;
        self.regex = false;
        if closed.template { self.template() } else { Ok(()) }
    }

    fn separate(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            self.chain -= std::mem::take(&mut level.chain);
        }
        self.regex = true;
    }

    fn nest(&mut self) -> Result<(), Deep> {
        if let Some(level) = self.levels.last_mut() {
            level.chain += 1;
        }
        self.chain += 1;
        self.regex = true;
        if self.chain > CHAIN_MAX {
            return Err(Deep);
        }
        Ok(())
    }

    fn word(&mut self) -> Result<(), Deep> {
        let start = self.at - 1;
        let is_word = |byte: &u8| matches!(byte, b'_' | b'$' | 0x80..) || byte.is_ascii_alphanumeric();
        while self.bytes.get(self.at).is_some_and(is_word) {
            self.at += 1;
        }
        let word = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        let nests = NESTING.contains(&word);
        if nests {
            self.nest()?;
        }
        self.regex = nests || BEFORE_REGEX.contains(&word);
        Ok(())
    }

    /// To the closing quote, or the end of the line where there is none.
    fn string(&mut self, quote: u8) {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'\n' => break,
                _ if byte == quote => break,
                _ => {}
            }
        }
        self.regex = false;
    }

    /// The text of a template, up to its end or the next `${`.
    fn template(&mut self) -> Result<(), Deep> {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'`' => {
                    self.regex = false;
                    // Tagged templates in a row nest.
                    return self.nest().map(|()| self.regex = false);
                }
                b'$' if self.bytes.get(self.at) == Some(&b'{') => {
                    self.at += 1;
                    return self.open(true);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn slash(&mut self) -> Result<(), Deep> {
        let skip_to = |bytes: &[u8], from: usize, end: &[u8]| {
            let found =
                bytes.get(from..).and_then(|rest| rest.windows(end.len()).position(|window| window == end));
            found.map_or(bytes.len(), |found| from + found + end.len())
        };
        match self.bytes.get(self.at) {
            Some(b'/') => self.at = skip_to(self.bytes, self.at, b"\n"),
            Some(b'*') => self.at = skip_to(self.bytes, self.at + 1, b"*/"),
            _ if self.regex => self.regular_expression(),
            _ => return self.nest(),
        }
        Ok(())
    }

    fn regular_expression(&mut self) {
        let mut class = false;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'\n' => break,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => break,
                _ => {}
            }
        }
        self.regex = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, deep: bool) {
        assert_eq!(is_deep(text), deep, "{text:.60}");
    }

    #[test]
    fn what_nests_is_counted() {
        check(&"[".repeat(2_000), true);
        check(&"`${".repeat(2_000), true);
        for chain in
            ["a+", "!", "typeof ", "a?b:", "a=>", "a.b", "()", "else if(a){}", "``", "await\n", "if(a)", "l:"]
        {
            check(&chain.repeat(20_000), true);
        }
        check(&format!("x = {}1", "(a + ".repeat(6_000)), true);
        check(&format!("x = {}1", "(a + a + a + a + a + a + a + a + a + a + a + a + ".repeat(900)), true);
    }

    #[test]
    fn what_only_looks_like_it_is_not() {
        check(&format!("x = '{}'", "([{+".repeat(9_000)), false);
        check(&format!("x = `{}`", "([{+".repeat(9_000)), false);
        check(&format!("// {}\n/* {} */", "([{+".repeat(9_000), "([{+".repeat(9_000)), false);
        check(&format!("x = /[{}]{}/", "(+".repeat(9_000), "\\(".repeat(9_000)), false);
        check(&"x = [1.5, -2.5, { a: -1 }];\n".repeat(20_000), false);
        check(&format!("x = [{}]", "-1.5e-3, ".repeat(50_000)), false);
        check(&"if (a) { b() } else { c() }; ".repeat(20_000), false);
    }
}
