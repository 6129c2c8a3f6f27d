//! Globs for names of servers and tools: `*` is any text, `?` one character, `\` takes the next one literally.

use std::fmt;

/// Names that are meant: those one of the globs takes, without those a glob with `!` leaves out.
#[derive(Debug, Clone)]
pub struct Names {
    written: Vec<String>,
    taken: Vec<Glob>,
    left_out: Vec<Glob>,
}

/// Why a glob cannot be used, for the one who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// There is none.
    #[error("it names nothing; `*` is every name")]
    Empty,
    /// It ends within an escape.
    #[error("it ends with `\\`, which takes the next character literally")]
    Unfinished,
    /// A sign that other kinds of globs know.
    #[error("`{0}` has no meaning here; write several names as a list, or `\\{0}` for the sign itself")]
    Sign(char),
    /// Only names that are left out.
    #[error("it only leaves names out; say first what it is about, as in [\"*\", \"{0}\"]")]
    OnlyLeft(String),
}

#[derive(Debug, Clone)]
struct Glob(Vec<Part>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Just(char),
    One,
    Any,
}

impl Names {
    /// Every name.
    pub fn all() -> Self {
        Self { written: Vec::new(), taken: vec![Glob(vec![Part::Any])], left_out: Vec::new() }
    }

    /// Reads globs; the error comes with the place of the one that is wrong.
    pub fn new<'a>(globs: impl IntoIterator<Item = &'a str>) -> Result<Self, (usize, GlobError)> {
        let mut names = Self { written: Vec::new(), taken: Vec::new(), left_out: Vec::new() };
        for (at, text) in globs.into_iter().enumerate() {
            let (list, glob) = match text.strip_prefix('!') {
                Some(left_out) => (&mut names.left_out, left_out),
                None => (&mut names.taken, text),
            };
            list.push(Glob::new(glob).map_err(|error| (at, error))?);
            names.written.push(text.to_owned());
        }
        match (names.taken.is_empty(), names.written.first()) {
            (true, None) => Err((0, GlobError::Empty)),
            (true, Some(first)) => Err((0, GlobError::OnlyLeft(first.clone()))),
            (false, _) => Ok(names),
        }
    }

    /// Whether a name is meant.
    pub fn take(&self, name: &str) -> bool {
        self.taken.iter().any(|glob| glob.fits(name)) && !self.left_out.iter().any(|glob| glob.fits(name))
    }

    /// The globs as they would stand in a file if they left this name out too; `None` if none would take a name then.
    pub(super) fn without(&self, name: &str) -> Option<String> {
        let every = ["*".to_owned()];
        let written = if self.written.is_empty() { &every[..] } else { &self.written };
        let alone = exactly(name);
        let mut globs: Vec<_> = written.iter().filter(|glob| **glob != alone).cloned().collect();
        if !globs.iter().any(|glob| !glob.starts_with('!')) {
            return None;
        }
        if Self::new(globs.iter().map(String::as_str)).is_ok_and(|left| left.take(name)) {
            globs.push(format!("!{alone}"));
        }
        Some(serde_json::Value::from(globs).to_string().replace("\",\"", "\", \""))
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.written.is_empty() { f.write_str("*") } else { f.write_str(&self.written.join(", ")) }
    }
}

impl Glob {
    fn new(text: &str) -> Result<Self, GlobError> {
        let mut parts = Vec::new();
        let mut signs = text.chars();
        while let Some(sign) = signs.next() {
            parts.push(match sign {
                '*' => Part::Any,
                '?' => Part::One,
                '\\' => Part::Just(signs.next().ok_or(GlobError::Unfinished)?),
                '[' | ']' | '{' | '}' => return Err(GlobError::Sign(sign)),
                plain => Part::Just(plain),
            });
        }
        if parts.is_empty() { Err(GlobError::Empty) } else { Ok(Self(parts)) }
    }

    /// Goes back only to the last `*`, so the time is at most the product of both lengths.
    fn fits(&self, name: &str) -> bool {
        let (parts, mut rest) = (&self.0, name.chars());
        let mut at = 0;
        // Where to go on when what follows the last `*` does not fit: that `*`, and the text it has not taken.
        let mut again = None;
        loop {
            let here = rest.clone();
            match (parts.get(at), rest.next()) {
                (None, None) => return true,
                (Some(Part::Any), _) => {
                    again = Some((at, here.clone()));
                    (at, rest) = (at + 1, here);
                }
                (Some(Part::One), Some(_)) => at += 1,
                (Some(Part::Just(wanted)), Some(sign)) if *wanted == sign => at += 1,
                _ => {
                    let Some((star, mut left)) = again.take() else { return false };
                    if left.next().is_none() {
                        return false;
                    }
                    again = Some((star, left.clone()));
                    (at, rest) = (star + 1, left);
                }
            }
        }
    }
}

/// A name as a glob that fits it alone.
pub fn exactly(name: &str) -> String {
    let mut glob = String::with_capacity(name.len());
    for sign in name.chars() {
        if "*?\\[]{}".contains(sign) || (glob.is_empty() && sign == '!') {
            glob.push('\\');
        }
        glob.push(sign);
    }
    glob
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(globs: &[&str], takes: &[&str], leaves: &[&str]) {
        let names = Names::new(globs.iter().copied()).expect("good globs");
        takes.iter().for_each(|name| assert!(names.take(name), "{globs:?} takes {name}"));
        leaves.iter().for_each(|name| assert!(!names.take(name), "{globs:?} leaves {name}"));
    }

    #[test]
    fn globs_take_names() {
        check(&["*"], &["", "a", "a/b"], &[]);
        check(&["get_*"], &["get_", "get_document"], &["get", "forget_it"]);
        check(&["*_delete_*"], &["a_delete_b", "_delete__delete_"], &["delete_", "a_delete"]);
        check(&["a?c"], &["abc", "aéc"], &["ac", "abbc"]);
        check(&["*", "!drop_*"], &["create"], &["drop_table"]);
        check(&["a\\*b", "\\!x"], &["a*b", "!x"], &["aXb", "x"]);
        check(&["日*語"], &["日本語"], &["日本"]);
        check(&["Get"], &["Get"], &["get"]);
    }

    #[test]
    fn a_hostile_name_is_answered_in_its_length() {
        let stars = "*a".repeat(200) + "b";
        check(&[&stars], &[], &[&"a".repeat(512)]);
    }

    #[test]
    fn bad_globs_are_refused() {
        for (globs, at, says) in [
            (&[][..], 0, "it names nothing; `*` is every name"),
            (&["a", ""], 1, "it names nothing; `*` is every name"),
            (&["!"], 0, "it names nothing; `*` is every name"),
            (&["a\\"], 0, "it ends with `\\`, which takes the next character literally"),
            (
                &["a", "[ab]"],
                1,
                "`[` has no meaning here; write several names as a list, or `\\[` for the sign itself",
            ),
            (&["!a"], 0, "it only leaves names out; say first what it is about, as in [\"*\", \"!a\"]"),
        ] {
            let (place, error) = Names::new(globs.iter().copied()).expect_err("bad globs");
            assert_eq!((place, error.to_string().as_str()), (at, says), "{globs:?}");
        }
    }

    #[test]
    fn a_name_can_be_left_out_too() {
        let names = Names::new(["delete_*", "!delete_draft"]).expect("good globs");
        let without = |names: &Names, name| names.without(name).unwrap_or_default();
        assert_eq!(without(&names, "delete_*"), r#"["delete_*", "!delete_draft", "!delete_\\*"]"#);
        assert_eq!(without(&Names::all(), "!x"), r#"["*", "!\\!x"]"#);
        let listed = Names::new(["read", "write"]).expect("good globs");
        assert_eq!(without(&listed, "write"), r#"["read"]"#, "a name that stands there is taken out");
        let alone = Names::new(["a\\*b", "!a*c"]).expect("good globs");
        assert_eq!(alone.without("a*b"), None, "nothing would be left");
    }
}
