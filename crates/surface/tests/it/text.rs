//! What must be true of every text of the surface, whatever it was made from.

/// Checks that brackets, strings and comments end where they should, and that nothing hides in the text.
pub(crate) fn assert_sound(text: &str) {
    if let Err(fault) = check(text) {
        panic!("{fault} in:\n{text}");
    }
}

fn check(text: &str) -> Result<(), String> {
    let mut open = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let end = match c {
            '"' => string_end(rest)?,
            '/' if rest.starts_with("/*") => 2 + rest[2..].find("*/").ok_or("a comment without an end")? + 2,
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '{' | '[' | '(' => {
                open.push(c);
                1
            }
            '}' | ']' | ')' => {
                let pair = format!("{}{c}", open.pop().unwrap_or(' '));
                if !["{}", "[]", "()"].contains(&pair.as_str()) {
                    return Err(format!("brackets {pair}"));
                }
                1
            }
            c if !c.is_ascii() || c.is_ascii_alphanumeric() || " \n_$:;,.?=|&<>-+*".contains(c) => {
                c.len_utf8()
            }
            c => return Err(format!("{c:?} outside strings and comments")),
        };
        if let Some(hidden) = rest[..end].chars().find(|&c| is_hidden(c)) {
            return Err(format!("{hidden:?}"));
        }
        rest = &rest[end..];
    }
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} left open")) }
}

fn string_end(text: &str) -> Result<usize, String> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return Err("a line end in a string".to_owned()),
            '"' if !escaped => return Ok(at + 1),
            c => escaped = c == '\\' && !escaped,
        }
    }
    Err("a string without an end".to_owned())
}

fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
