//! From byte offsets to places as people count them.

use wire::Position;

/// Where the lines of a text begin.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
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
        Self { text, starts }
    }

    /// The place of a byte offset; an offset past the end, or inside a character, counts as the next place before it.
    pub(super) fn place(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let column = self.text[self.starts[line]..offset].encode_utf16().count();
        Position { line: line as u32 + 1, column: column as u32 + 1 }
    }

    /// The text of the line an offset is on.
    pub(super) fn line(&self, offset: u32) -> &'t str {
        let offset = (offset as usize).min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let end = self.starts.get(line + 1).copied().unwrap_or(self.text.len());
        self.text[self.starts[line]..end].trim_end_matches(['\n', '\r', '\u{2028}', '\u{2029}'])
    }
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
}
