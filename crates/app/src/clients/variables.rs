//! Variables in the entries of clients, written as Narrows reads them: `${X}` and `${X:-default}`.

use std::path::Path;

use super::table::Variables;

/// What texts are translated with.
pub(super) struct Translation<'a> {
    pub(super) kind: Variables,
    /// The folder of the project, where the file belongs to one.
    pub(super) folder: Option<&'a Path>,
    /// Variables that an editor asked its person for, by the names they have now.
    pub(super) asked: Vec<String>,
}

impl Translation<'_> {
    /// The text with its variables in Narrows' spelling, or why one of them has none.
    pub(super) fn text(&mut self, text: &str) -> Result<String, String> {
        match self.kind {
            Variables::Dollar => self.dollars(text),
            Variables::Shell => self.dollars(&with_braces(text)),
            Variables::Braces => braces(text),
        }
    }

    fn dollars(&mut self, text: &str) -> Result<String, String> {
        let mut written = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((inside, behind)) = after.split_once('}') else {
                return Err("a `${` in it is not closed".to_owned());
            };
            written.push_str(before);
            written.push_str(&self.variable(inside)?);
            rest = behind;
        }
        Ok(written + rest)
    }

    fn variable(&mut self, inside: &str) -> Result<String, String> {
        let own = || Err(format!("`${{{inside}}}` is a variable that only its client knows"));
        let folder =
            |path: Option<&Path>| path.and_then(Path::to_str).map_or_else(own, |path| Ok(path.to_owned()));
        match inside {
            "userHome" => Ok("${userHome}".to_owned()),
            "workspaceFolder" | "workspaceRoot" => folder(self.folder),
            "workspaceFolderBasename" => folder(self.folder.and_then(Path::file_name).map(Path::new)),
            "pathSeparator" | "/" => Ok("/".to_owned()),
            _ => match inside.split_once(':') {
                None => Ok(format!("${{{inside}}}")),
                Some(("env", name)) => Ok(format!("${{{name}}}")),
                Some(("input", id)) => {
                    let name = of_input(id);
                    if !self.asked.contains(&name) {
                        self.asked.push(name.clone());
                    }
                    Ok(format!("${{{name}}}"))
                }
                Some((_, default)) if default.starts_with('-') => Ok(format!("${{{inside}}}")),
                Some(_) => own(),
            },
        }
    }
}

/// The variable that stands for what an editor asks for: of `api-key` it is `API_KEY`.
fn of_input(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// `$NAME` as `${NAME}`.
fn with_braces(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        written.push_str(before);
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let (name, behind) = after.split_at(end);
        match name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
            true => written.push_str(&format!("${{{name}}}")),
            false => written.push_str(&format!("${name}")),
        }
        rest = behind;
    }
    written + rest
}

/// `{env:NAME}` as `${NAME}`.
fn braces(text: &str) -> Result<String, String> {
    if text.contains("{file:") {
        return Err("`{file:…}` puts a file in, which Narrows does not".to_owned());
    }
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{env:") {
        let Some((name, behind)) = after.split_once('}') else {
            return Err("a `{env:` in it is not closed".to_owned());
        };
        written.push_str(&format!("{before}${{{name}}}"));
        rest = behind;
    }
    Ok(written + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Variables, text: &str, expect: Result<&str, &str>, asked: &[&str]) {
        let mut translation = Translation { kind, folder: Some(Path::new("/proj")), asked: Vec::new() };
        let got = translation.text(text);
        assert_eq!(got.as_ref().map(String::as_str).map_err(String::as_str), expect, "{text}");
        assert_eq!(translation.asked, asked, "{text}");
    }

    #[test]
    fn variables_are_spelt_as_narrows_reads_them() {
        use Variables::{Braces, Dollar, Shell};
        for (kind, text, expect) in [
            (Dollar, "a $X ${X}-${X:-d:e}", "a $X ${X}-${X:-d:e}"),
            (Dollar, "${env:X} ${userHome}${/}", "${X} ${userHome}/"),
            (Dollar, "${workspaceFolder}/${workspaceFolderBasename}", "/proj/proj"),
            (Shell, "$X ${Y} $1 a$ $_b", "${X} ${Y} $1 a$ ${_b}"),
            (Braces, "{env:X} {x} Bearer {env:Y}", "${X} {x} Bearer ${Y}"),
        ] {
            check(kind, text, Ok(expect), &[]);
        }
        check(Dollar, "${input:api-key} ${input:api-key}", Ok("${API_KEY} ${API_KEY}"), &["API_KEY"]);
        for (kind, text, says) in [
            (Dollar, "${X", "a `${` in it is not closed"),
            (Dollar, "${command:x.y}", "`${command:x.y}` is a variable that only its client knows"),
            (Braces, "{file:~/key}", "`{file:…}` puts a file in, which Narrows does not"),
            (Braces, "{env:X", "a `{env:` in it is not closed"),
        ] {
            check(kind, text, Err(says), &[]);
        }
        let mut nowhere = Translation { kind: Dollar, folder: None, asked: Vec::new() };
        assert!(nowhere.text("${workspaceFolder}").is_err());
    }
}
