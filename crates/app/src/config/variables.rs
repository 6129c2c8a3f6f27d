//! Variables in configuration text: `${VAR}`, `${VAR:-default}` and `${env:VAR}`, what files hold (`${file:PATH}`), and those of
//! editors.

use super::{Surroundings, paths::absolute, text::Source};

/// How the name of a file begins where the name of a variable could stand.
pub(super) const FILE: &str = "file:";
/// A credential in a file is a line, or a few pages of a certificate.
const FILE_BYTES_MAX: u64 = 64 << 10;

/// Folders in which programs keep the configuration of the project around them.
const PROJECT_FOLDERS: [&str; 3] = [".vscode", ".cursor", ".kiro"];

/// What editors know and the environment does not: `${workspaceFolder}` and `${userHome}`.
pub(super) fn of_editor(name: &str, source: &Source, around: &Surroundings) -> Option<String> {
    let folder = match name {
        "workspaceFolder" => {
            let folder = source.path.parent()?;
            let is_inside = PROJECT_FOLDERS.iter().any(|name| folder.ends_with(name));
            if is_inside { folder.parent()?.to_owned() } else { folder.to_owned() }
        }
        "userHome" => around.home()?,
        _ => return None,
    };
    folder.into_os_string().into_string().ok()
}

/// What a file holds that is named as `file:PATH`, without the line break at its end. Relative paths count from the configuration.
pub(super) fn of_file(name: &str, source: &Source, around: &Surroundings) -> Option<String> {
    let path = absolute(name.strip_prefix(FILE)?, source, around.home().as_deref());
    let text = files::text(files::read(&path, FILE_BYTES_MAX).ok()?).ok()?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Some(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

/// Puts variables in. The error says which one is missing or not closed.
pub(crate) fn expand(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut value = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start + 2..].find('}') else {
            return Err("a `${` is not closed by a `}`".to_owned());
        };
        let inside = &rest[start + 2..start + 2 + length];
        value.push_str(&rest[..start]);
        rest = &rest[start + 2 + length + 1..];
        value.push_str(&resolve(inside, lookup)?);
    }
    value.push_str(rest);
    Ok(value)
}

fn resolve(inside: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    if let Some(input) = inside.strip_prefix("input:") {
        return Err(format!(
            "`${{input:{input}}}` asks for an input, which only an editor can; use an environment variable, as in `${{{}}}`",
            variable_like(input)
        ));
    }
    if let Some(path) = inside.strip_prefix(FILE) {
        return lookup(inside).ok_or_else(|| {
            format!("the file `{path}` cannot be read: it must be there, and hold text of at most 64 kB")
        });
    }
    let named = inside.strip_prefix("env:").unwrap_or(inside);
    let (name, default) =
        named.split_once(":-").map_or((named, None), |(name, default)| (name, Some(default)));
    // As in a shell, `:-` stands in for an empty variable too.
    let set = lookup(name).filter(|value| default.is_none() || !value.is_empty());
    set.or_else(|| default.map(str::to_owned)).ok_or_else(|| {
        format!("the environment variable `{name}` is not set, and `${{{inside}}}` gives no default")
    })
}

fn variable_like(input: &str) -> String {
    input.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, &str>) {
        let lookup = |name: &str| match name {
            "TOKEN" => Some("s3cret".to_owned()),
            "EMPTY" => Some(String::new()),
            "file:a:-b" => Some("held".to_owned()),
            _ => None,
        };
        let got = expand(text, &lookup);
        assert_eq!(got.as_ref().map(String::as_str).map_err(String::as_str), expect, "{text}");
    }

    #[test]
    fn the_three_forms() {
        check("plain", Ok("plain"));
        check("Bearer ${TOKEN}", Ok("Bearer s3cret"));
        check("${env:TOKEN}-${TOKEN}", Ok("s3cret-s3cret"));
        check("${NOPE:-a:-b}", Ok("a:-b"));
        check("${env:NOPE:-x}", Ok("x"));
        check("${EMPTY:-x}", Ok("x"));
        check("[${EMPTY}]", Ok("[]"));
        check("Bearer ${file:a:-b}", Ok("Bearer held"));
        check(
            "${file:none}",
            Err("the file `none` cannot be read: it must be there, and hold text of at most 64 kB"),
        );
        check("{TOKEN} $TOKEN $", Ok("{TOKEN} $TOKEN $"));
        check("${TOKEN} ${unclosed $TOKEN $", Err("a `${` is not closed by a `}`"));
        check("x ${NOPE}", Err("the environment variable `NOPE` is not set, and `${NOPE}` gives no default"));
        check(
            "${input:api-key}",
            Err(
                "`${input:api-key}` asks for an input, which only an editor can; use an environment variable, as in `${API_KEY}`",
            ),
        );
    }

    #[test]
    fn what_a_variable_holds_is_not_expanded_again() {
        let lookup = |_: &str| Some("${TOKEN}".to_owned());
        assert_eq!(expand("${A}", &lookup), Ok("${TOKEN}".to_owned()));
    }
}
