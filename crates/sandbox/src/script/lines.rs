//! From byte offsets to places as people count them.

use oxc_span::Span;
use wire::Position;

/// How far apart the places are whose column is remembered, so that a script of one long line costs no more.
const STEP: usize = 256;

/// Where the lines of a text begin.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// The UTF-16 units before every [`STEP`]th byte.
    units: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Lines end as in JavaScript: with LF, CR, CR LF, U+2028 or U+2029.
    pub(super) fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' => starts.push(at + 1),
                b'\r' if bytes.get(at + 1) != Some(&b'\n') => starts.push(at + 1),
                0xe2 if matches!(bytes.get(at + 1..at + 3), Some([0x80, 0xa8 | 0xa9])) => starts.push(at + 3),
                _ => {}
            }
        }
        let mut units = vec![0];
        for chunk in bytes.chunks(STEP) {
            units.push(units.last().copied().unwrap_or_default() + utf16(chunk));
        }
        Self { text, starts, units }
    }

    /// The place of a byte offset; an offset past the end, or inside a character, counts as the next place before it.
    pub(super) fn place(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let column = self.units_before(offset) - self.units_before(self.starts[line]);
        Position { line: line as u32 + 1, column: column as u32 + 1 }
    }

    fn units_before(&self, offset: usize) -> usize {
        let step = offset / STEP;
        self.units.get(step).copied().unwrap_or_default() + utf16(&self.text.as_bytes()[step * STEP..offset])
    }

    /// What stands in a span, up to so many bytes of its first line.
    pub(super) fn text(&self, span: Span, bytes: usize) -> String {
        let text = self.text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let line = text.lines().next().unwrap_or_default();
        line[..line.floor_char_boundary(bytes)].to_owned()
    }

    /// The text of the line an offset is on.
    pub(super) fn line(&self, offset: u32) -> &'t str {
        let offset = (offset as usize).min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        self.text[self.starts[line]..end].trim_end_matches(['\n', '\r', '\u{2028}', '\u{2029}'])
    }
}

/// The UTF-16 units of the characters that begin in these bytes.
fn utf16(bytes: &[u8]) -> usize {
    bytes.iter().map(|byte| usize::from(byte & 0xc0 != 0x80) + usize::from(*byte >= 0xf0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf16_and_lines_every_terminator() {
        let text = "a\r\nb😀c\rd\u{2028}e\n";
        let lines = Lines::new(text);
        let check = |needle: &str, line: u32, column: u32| {
            let offset = text.find(needle).expect("in the text") as u32;
            assert_eq!(lines.place(offset), Position { line, column }, "{needle}");
        };
        check("a", 1, 1);
        check("b", 2, 1);
        check("c", 2, 4);
        check("d", 3, 1);
        check("e", 4, 1);
        assert_eq!(lines.place(999), Position { line: 5, column: 1 });
        assert_eq!(lines.line(4), "b😀c");
    }

    #[test]
    fn columns_far_along_a_line_count_utf16_too() {
        let text = "é😀".repeat(1_000);
        let lines = Lines::new(&text);
        assert_eq!(lines.place(6 * 999), Position { line: 1, column: 3 * 999 + 1 });
        assert_eq!(lines.place(6_000), Position { line: 1, column: 3_001 });
    }
}
