//! The script as a model handed it over: inside Markdown fences, behind a byte-order mark, between lines of prose.
//!
//! Whatever is taken off is blanked, never cut: every place of the rest stays where it was.

/// A submitted script with everything around it blanked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Submitted {
    /// As many lines as were submitted.
    pub(super) text: String,
    /// What was taken off, in words.
    pub(super) repairs: Vec<String>,
}

/// Takes off the fences of a script that begins with one, or with comments and then one; everything behind the closing
/// one goes too.
pub(super) fn without_fences(source: &str) -> Submitted {
    let source = blank_start(source);
    let lines: Vec<&str> = source.split_inclusive('\n').collect();
    let first = lines.iter().position(|line| !is_blank(line));
    match first.filter(|first| opens(lines[*first])) {
        Some(first) => inside(&lines, first),
        None => Submitted { text: source, repairs: Vec::new() },
    }
}

/// Takes off prose around a single fenced block, or a lone fence at the end.
pub(super) fn without_prose(source: &str) -> Option<Submitted> {
    let source = blank_start(source);
    let lines: Vec<&str> = source.split_inclusive('\n').collect();
    let fences: Vec<usize> = (0..lines.len()).filter(|line| fence(lines[*line]).is_some()).collect();
    match fences[..] {
        [open, close] if opens(lines[open]) && closes(lines[close]) => Some(inside(&lines, open)),
        [close] if closes(lines[close]) && close > 0 => {
            let text = blank_outside(&lines, 0, close);
            Some(Submitted { text, repairs: vec!["A Markdown fence was removed".to_owned()] })
        }
        _ => None,
    }
}

/// The lines between the fence on line `open` and the last one that closes it.
fn inside(lines: &[&str], open: usize) -> Submitted {
    let close = (open + 1..lines.len()).rev().find(|line| closes(lines[*line])).unwrap_or(lines.len());
    let blank = |range: &[&str]| range.iter().all(|line| is_blank(line));
    let prose = !blank(&lines[..open]) || lines.get(close + 1..).is_some_and(|rest| !blank(rest));
    let repair = if prose {
        "Markdown fences and the prose around them were removed"
    } else {
        "Markdown fences were removed"
    };
    Submitted { text: blank_outside(lines, open + 1, close), repairs: vec![repair.to_owned()] }
}

/// Whether a line says nothing to an engine. A fence behind a comment would be a template literal called with another.
pub(super) fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with("//") || line.starts_with("/*") && line.ends_with("*/")
}

/// Keeps the lines from `start` up to `end`, and only the ends of the others.
fn blank_outside(lines: &[&str], start: usize, end: usize) -> String {
    let kept = |(number, line): (usize, &&str)| -> String {
        let keep = (start..end).contains(&number);
        if keep { (*line).to_owned() } else { line.chars().filter(|c| *c == '\n').collect() }
    };
    lines.iter().enumerate().map(kept).collect()
}

/// A byte-order mark and a hashbang are no part of the script.
fn blank_start(source: &str) -> String {
    let text = match source.strip_prefix('\u{feff}') {
        Some(rest) => format!(" {rest}"),
        None => source.to_owned(),
    };
    if text.trim_start_matches(' ').starts_with("#!") {
        let end = text.find('\n').unwrap_or(text.len());
        return text[end..].to_owned();
    }
    text
}

/// The words behind the back ticks or tildes of a fence.
fn fence(line: &str) -> Option<&str> {
    let line = line.trim();
    ["`", "~"].iter().find_map(|mark| {
        let rest = line.trim_start_matches(mark);
        (line.len() - rest.len() >= 3).then_some(rest)
    })
}

fn opens(line: &str) -> bool {
    fence(line).is_some_and(|words| !words.contains('`') && words.split_whitespace().count() <= 2)
}

fn closes(line: &str) -> bool {
    fence(line) == Some("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, text: &str, repairs: &[&str]) {
        let found = without_fences(source);
        assert_eq!(
            (found.text.as_str(), found.repairs.iter().map(String::as_str).collect()),
            (text, repairs.to_vec())
        );
    }

    #[test]
    fn what_stands_around_a_script_is_blanked_in_place() {
        check("return 1", "return 1", &[]);
        check("```ts\nreturn 1\n```", "\nreturn 1\n", &["Markdown fences were removed"]);
        check("// It counts.\n```ts\na\n```", "\n\na\n", &["Markdown fences were removed"]);
        check("\n ~~~\nreturn 1", "\n\nreturn 1", &["Markdown fences were removed"]);
        check(
            "```\na\n```\nIt returns.\n",
            "\na\n\n\n",
            &["Markdown fences and the prose around them were removed"],
        );
        check("\u{feff}return 1", " return 1", &[]);
        check("#!/usr/bin/env node\nreturn 1", "\nreturn 1", &[]);
        check("return `\n```\n`", "return `\n```\n`", &[]);
    }

    #[test]
    fn prose_is_taken_off_around_exactly_one_block() {
        let text = |source| without_prose(source).map(|found| found.text);
        assert_eq!(text("Here:\n```js\na\n```\nDone.").as_deref(), Some("\n\na\n\n"));
        assert_eq!(text("a\n```\n").as_deref(), Some("a\n\n"));
        assert_eq!(text("A:\n```js\na\n```\nB:\n```js\nb\n```"), None);
        assert_eq!(text("no fence"), None);
    }
}
