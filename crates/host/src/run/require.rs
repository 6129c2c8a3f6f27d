//! `require`, which does not exist here: the import to write instead.

use surface::Surface;

use crate::check;

/// The line to write instead of a line that requires a module.
pub(super) fn instead_of(specifier: &str, line: &str, surface: &Surface) -> Option<String> {
    let skill = check::skill_named(specifier, "/main.ts").map(|name| format!("./skills/{name}"));
    let server = || {
        let name = specifier.rsplit('/').next().unwrap_or(specifier);
        let modules = [specifier.to_owned(), format!("./servers/{name}")];
        modules.into_iter().find(|module| surface.resolve(module, "/main.ts").is_ok())
    };
    match skill.or_else(server) {
        Some(module) => Some(format!("write `import {} from '{module}';`", taken(line, &module))),
        // The message of the failure says it of `fs`.
        None => check::instead_of(specifier).filter(|_| !specifier.ends_with("fs")).map(str::to_owned),
    }
}

/// What a line takes of a module, as an import says it: `{ post, list as all }`, `* as slack`.
fn taken(line: &str, module: &str) -> String {
    let pattern = line.split_once("require(").and_then(|(before, _)| before.trim_end().strip_suffix('='));
    let pattern = pattern.map(|before| {
        let keyword =
            ["const ", "let ", "var "].into_iter().find_map(|word| before.trim().strip_prefix(word));
        keyword.unwrap_or(before).trim()
    });
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
    match pattern {
        Some(names) if names.starts_with('{') && names.ends_with('}') && !names.contains('=') => {
            names.replace(": ", " as ").replace(':', " as ")
        }
        Some(name) if is_name(name) => format!("* as {name}"),
        _ => {
            let name =
                module.rsplit('/').next().unwrap_or_default().replace(|c: char| !c.is_alphanumeric(), "");
            format!("* as {name}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_line_requires_is_imported() {
        for (line, expect) in [
            ("const { post, list: all } = require('./servers/slack');", "{ post, list as all }"),
            ("const slack = require('./servers/slack')", "* as slack"),
            ("return require('./servers/google-drive').x", "* as googledrive"),
        ] {
            let module = if line.contains("google") { "./servers/google-drive" } else { "./servers/slack" };
            assert_eq!(taken(line, module), expect, "{line}");
        }
    }
}
