//! Which variable of the environment a program's log says it misses. Pure.

use std::collections::BTreeSet;

/// The last of `names` that the lines name as a variable.
pub(super) fn named<'n>(lines: &[String], names: &'n BTreeSet<String>) -> Option<&'n str> {
    lines.iter().rev().find_map(|line| in_line(line, names))
}

fn in_line<'n>(line: &str, names: &'n BTreeSet<String>) -> Option<&'n str> {
    let is_about_it = line.to_lowercase().contains("env");
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let mut variables = words.filter(|word| is_variable(word) && (is_about_it || word.contains('_')));
    variables.find_map(|word| names.get(word)).map(String::as_str)
}

/// `OPENAI_API_KEY`, and no word of a sentence.
fn is_variable(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase()) && !word.contains(|c: char| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_named_by_its_whole_name() {
        let names = ["OPENAI_API_KEY", "API", "TOKEN", "Path_x"].map(str::to_owned).into();
        for (log, expect) in [
            ("Error: OPENAI_API_KEY environment variable is not set", Some("OPENAI_API_KEY")),
            ("starting\nValueError: set ${OPENAI_API_KEY}!\nbye", Some("OPENAI_API_KEY")),
            ("KeyError: 'OPENAI_API_KEY'", Some("OPENAI_API_KEY")),
            ("missing env TOKEN", Some("TOKEN")),
            ("TOKEN expected, found API", None),
            ("MY_OPENAI_API_KEY is not set", None),
            ("Path_x env", None),
            ("", None),
        ] {
            let lines: Vec<String> = log.lines().map(str::to_owned).collect();
            assert_eq!(named(&lines, &names), expect, "{log}");
        }
    }
}
