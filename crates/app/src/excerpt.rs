//! A line of a person's text and the place in it that a message is about: the two stand below the message.

/// More of a line is no help to a person.
const SHOWN_CHARS: usize = 160;
/// So much of it stands before the place that is meant.
const BEFORE_CHARS: usize = 60;

/// The part of a line around a place in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// What is shown of the line; dots stand for what is left out.
    pub(crate) text: String,
    /// How many characters of it stand before the place.
    pub(crate) before: usize,
}

impl Excerpt {
    /// The part around the character `at`, counted from 0.
    pub(crate) fn new(line: &str, at: usize) -> Self {
        let length = line.chars().count();
        if length <= SHOWN_CHARS {
            return Self { text: line.to_owned(), before: at };
        }
        let start = at.min(length).saturating_sub(BEFORE_CHARS).min(length - SHOWN_CHARS);
        let front = if start > 0 { "…" } else { "" };
        let back = if start + SHOWN_CHARS < length { "…" } else { "" };
        let middle: String = line.chars().skip(start).take(SHOWN_CHARS).collect();
        Self { text: format!("{front}{middle}{back}"), before: at - start + front.chars().count() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let line: String = (0..1000).map(|at| if at == 500 { 'X' } else { '-' }).collect();
        for (at, length, front, back) in
            [(0, 161, false, true), (500, 162, true, true), (999, 161, true, false)]
        {
            let Excerpt { text, before } = Excerpt::new(&line, at);
            let shown: Vec<_> = text.chars().collect();
            assert_eq!(
                (shown.len(), shown[0] == '…', shown[length - 1] == '…'),
                (length, front, back),
                "{at}"
            );
            assert_eq!(shown[before], if at == 500 { 'X' } else { '-' }, "{at}");
        }
        assert_eq!(Excerpt::new("short", 2), Excerpt { text: "short".to_owned(), before: 2 });
    }
}
