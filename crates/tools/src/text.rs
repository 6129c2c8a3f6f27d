//! Characters that hide: the one list of them, for every room that shows strangers' text.

/// Whether a character is invisible, changes the order in which others are shown, or has no look that is agreed on.
/// All of them have been used to carry instructions that a person reading the same text does not see: control
/// characters, direction marks, zero-width characters, fillers, the tag block, variation selectors, private use.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{E000}'..='\u{F8FF}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}' | '\u{F0000}'..='\u{10FFFF}')
        || u32::from(c) & 0xFFFE == 0xFFFE
}

/// The text as a person sees it: without hidden characters, every kind of blank a plain one. Line breaks and tabs
/// stay, and so does the selector that makes a sign an emoji, once, where it follows such a sign.
pub fn visible(text: &str) -> impl Iterator<Item = char> {
    let mut signs = text.chars().peekable();
    let mut before = '\0';
    std::iter::from_fn(move || {
        loop {
            let c = signs.next()?;
            let shown = match c {
                '\n' | '\t' => c,
                '\u{FE0E}' | '\u{FE0F}' if makes_an_emoji(before, signs.peek().copied()) => c,
                // Blanks of many widths spell messages for a reader that looks at their codes.
                '\u{2800}' => ' ',
                _ if c.is_whitespace() && !c.is_control() => ' ',
                _ if is_hidden(c) => continue,
                _ => c,
            };
            before = shown;
            return Some(shown);
        }
    })
}

/// Whether a selector between these two does what it is for.
fn makes_an_emoji(before: char, after: Option<char>) -> bool {
    let is_key = before.is_ascii_digit() || matches!(before, '#' | '*');
    let is_sign =
        !before.is_ascii() && !before.is_alphanumeric() && !is_hidden(before) && !before.is_whitespace();
    is_sign || (is_key && after == Some('\u{20E3}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(visible(text).collect::<String>(), expect, "{text:?}");
    }

    #[test]
    fn what_a_person_sees_stays() {
        for text in [
            "plain",
            "two\nlines\tand a tab",
            "日本語 é Ω मराठी",
            "❤\u{FE0F} ☎\u{FE0E} 1\u{FE0F}\u{20E3} 👍🏽",
            "a\u{301}",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn what_hides_goes() {
        check("a\u{202E}b\u{2066}c\u{200B}d\u{FEFF}e\u{200D}f", "abcdef");
        check("tag\u{E0041}\u{E0042}s", "tags");
        check("bell\u{7} escape\u{1b}[31m\u{9b}", "bell escape[31m");
        check("v\u{FE01}\u{FE0F}\u{E0101}\u{E01EF}s", "vs");
        check("❤\u{FE0F}\u{FE0F}\u{FE0E}", "❤\u{FE0F}");
        check("x1\u{FE0F}2\u{FE0E}", "x12");
        check(
            "private\u{E000}\u{F8FF}\u{F0000}\u{10FFFD} and none\u{FDD0}\u{FFFF}\u{1FFFE}",
            "private and none",
        );
        check("fill\u{3164}\u{FFA0}\u{1BCA0}ers", "fillers");
    }

    #[test]
    fn blanks_are_plain() {
        check("a\u{A0}b\u{2003}c\u{3000}d\u{2800}e\u{202F}f\u{2028}g\r\n", "a b c d e f g\n");
    }
}
