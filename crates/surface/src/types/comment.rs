//! Strangers' text inside comments, where it can neither end the comment nor hide in it.

/// Writes a JSDoc block, or nothing when there are no lines.
pub(crate) fn block(lines: &[String], indent: &str, out: &mut String) {
    let lines: Vec<String> = lines.iter().flat_map(|line| line.split('\n')).map(safe).collect();
    let lines = trimmed(&lines);
    match lines {
        [] => {}
        [line] => push(out, &[indent, "/** ", line, " */\n"]),
        lines => {
            push(out, &[indent, "/**\n"]);
            for line in lines {
                push(out, &[indent, if line.is_empty() { " *" } else { " * " }, line, "\n"]);
            }
            push(out, &[indent, " */\n"]);
        }
    }
}

/// One line that may stand between `/*` and `*/`, or after `//`.
pub(crate) fn safe(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for c in tools::visible(line) {
        match c {
            '\t' => text.push_str("  "),
            '/' if text.ends_with('*') => text.push_str("\\/"),
            c => text.push(c),
        }
    }
    text.truncate(text.trim_end().len());
    text
}

fn trimmed(lines: &[String]) -> &[String] {
    let full = |line: &String| !line.is_empty();
    let start = lines.iter().position(full).unwrap_or(lines.len());
    let end = lines.iter().rposition(full).map_or(start, |at| at + 1);
    &lines[start..end]
}

fn push(out: &mut String, parts: &[&str]) {
    out.extend(parts.iter().copied());
}
