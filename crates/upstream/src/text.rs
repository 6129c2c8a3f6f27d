//! Text from strangers, made safe to show: bounded, and without characters that hide or reorder it.

/// Removes control and invisible characters and cuts at `bytes_max` (at a character, with `…`).
///
/// Which ones those are, and what stays, is said in [`tools::visible`].
pub(crate) fn clean(text: &str, bytes_max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(bytes_max));
    for c in tools::visible(text) {
        if out.len() + c.len_utf8() > bytes_max {
            out.push('…');
            break;
        }
        out.push(c);
    }
    out
}

/// As [`clean`], on one line: runs of white space become one space.
pub(crate) fn clean_line(text: &str, bytes_max: usize) -> String {
    let cleaned = clean(text, bytes_max);
    cleaned.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text with the folders of absolute paths left out: `/home/ann/bin/server` becomes `…/server`. Addresses of
/// the network stay.
pub(crate) fn without_paths(text: &str) -> String {
    let separates = |c: char| c.is_whitespace() || "`'\"()[]<>,;=".contains(c);
    let parts = text.split_inclusive(separates).map(|part| {
        let word = part.trim_end_matches(separates);
        let rest = &part[word.len()..];
        match word.strip_prefix('/').and_then(|path| path.trim_end_matches('/').rsplit_once('/')) {
            Some((_, name)) => format!("…/{name}{rest}"),
            None => part.to_owned(),
        }
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        assert_eq!(clean(text, 40), expect);
    }

    #[test]
    fn hidden_characters_go() {
        check("plain", "plain");
        check("two\r\nlines\tand a tab", "two\nlines\tand a tab");
        check("a\u{202E}b\u{2066}c\u{200B}d\u{FEFF}e", "abcde");
        check("tag\u{E0041}\u{E0042}s", "tags");
        check("bell\u{7} escape\u{1b}[31m", "bell escape[31m");
        check("family 日本語 é ❤\u{FE0F}", "family 日本語 é ❤\u{FE0F}");
    }

    #[test]
    fn folders_of_this_machine_go() {
        let check = |text: &str, expect: &str| assert_eq!(without_paths(text), expect);
        check("command `/opt/a/server` does not exist", "command `…/server` does not exist");
        check("cannot open '/home/ann/.config/x/': gone", "cannot open '…/x': gone");
        check("cannot reach http://127.0.0.1:9/a/mcp: no", "cannot reach http://127.0.0.1:9/a/mcp: no");
        check("1/2 of /tmp and ./server/x, --dir=/a/b", "1/2 of /tmp and ./server/x, --dir=…/b");
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(clean("ééééé", 5), "éé…");
        assert_eq!(clean_line("a\n  b\tc", 40), "a b c");
    }
}
