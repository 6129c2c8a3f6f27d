//! `envFile` of an entry: variables for its server, one `NAME=value` a line, as VS Code and many others read them.

use std::path::Path;

use secrecy::SecretString;

/// Files of variables have some kilobytes; more is another file by mistake.
const BYTES_MAX: u64 = 1 << 20;

/// Reads such a file. The error is a clause about it.
pub(super) fn read(path: &Path) -> Result<Vec<(String, SecretString)>, String> {
    let text = files::read(path, BYTES_MAX)
        .and_then(files::text)
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    let lines = text.lines().enumerate();
    let set = lines.filter_map(|(at, line)| match variable(line) {
        Ok(variable) => variable.map(Ok),
        Err(why) => Some(Err(format!("`{}`, line {}: {why}", path.display(), at + 1))),
    });
    set.collect()
}

/// One line; nothing for a blank one or a comment.
fn variable(line: &str) -> Result<Option<(String, SecretString)>, &'static str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=').ok_or("a line must be `NAME=value`")?;
    let name = name.trim();
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err("a line must be `NAME=value`");
    }
    Ok(Some((name.to_owned(), unquoted(value.trim()).into())))
}

/// The value without its quotes, or without a comment behind it.
fn unquoted(value: &str) -> String {
    let inside = |quote: char| value.strip_prefix(quote)?.split_once(quote).map(|(inside, _)| inside);
    match (inside('"'), inside('\'')) {
        (Some(inside), _) => inside.replace("\\n", "\n"),
        (None, Some(inside)) => inside.to_owned(),
        (None, None) => value.split(" #").next().unwrap_or(value).trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn lines_are_variables() {
        let check = |line: &str, expect: Option<(&str, &str)>| {
            let got = variable(line).expect("a good line");
            let got = got.map(|(name, value)| (name, value.expose_secret().to_owned()));
            assert_eq!(got, expect.map(|(name, value)| (name.to_owned(), value.to_owned())), "{line}");
        };
        check("", None);
        check("# NAME=value", None);
        check("NAME=value", Some(("NAME", "value")));
        check("export NAME = a=b # why", Some(("NAME", "a=b")));
        check("NAME=\"a # b\" # why", Some(("NAME", "a # b")));
        check("NAME='a\\nb'", Some(("NAME", "a\\nb")));
        check("NAME=\"a\\nb\"", Some(("NAME", "a\nb")));
        check("NAME=", Some(("NAME", "")));
        assert_eq!(variable("no value").err(), Some("a line must be `NAME=value`"));
    }

    #[test]
    fn only_regular_files_of_a_usual_size_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(".env");
        std::fs::write(&path, "A=1\nb\n").expect("written");
        let said = |path: &Path| read(path).err().unwrap_or_default();
        assert_eq!(said(&path), format!("`{}`, line 2: a line must be `NAME=value`", path.display()));
        std::fs::write(&path, "A=1\n".repeat(300_000)).expect("written");
        assert_eq!(said(&path), format!("cannot read `{}`: it has more than 1048576 bytes", path.display()));
        assert_eq!(
            said(Path::new("/dev/zero")),
            "cannot read `/dev/zero`: it is a device, not a regular file"
        );
    }
}
