//! Characters that TypeScript does not have and that stand for some that it has: what editors, fonts and keyboards of other
//! languages make of a script.

/// From here on stand the printable characters of ASCII once more, as wide as a Chinese character.
const WIDE: std::ops::RangeInclusive<char> = '！'..='～';

/// How far those are from ASCII.
const WIDE_DISTANCE: u32 = 0xfee0;

/// What to write instead of a character.
pub(super) fn instead_of(character: char) -> Option<String> {
    let written = match character {
        '“' | '”' | '„' | '‘' | '’' | '«' | '»' | '´' => {
            return Some("use straight quotes: \" or '".to_owned());
        }
        '⏎' | '↵' | '␤' | '¶' => return Some(format!("write a line break instead of `{character}`")),
        '→' | '⇒' => "=>",
        '≤' => "<=",
        '≥' => ">=",
        '≠' => "!==",
        '×' | '⋅' | '∗' => "*",
        '÷' | '∕' => "/",
        '−' | '–' | '—' => "-",
        '…' => "...",
        '、' => ",",
        '。' => ";",
        wide if WIDE.contains(&wide) => return ascii(wide).map(|narrow| instead(&narrow.to_string())),
        _ => return None,
    };
    Some(instead(written))
}

fn ascii(wide: char) -> Option<char> {
    char::from_u32(u32::from(wide) - WIDE_DISTANCE)
}

fn instead(written: &str) -> String {
    format!("write `{written}`")
}
