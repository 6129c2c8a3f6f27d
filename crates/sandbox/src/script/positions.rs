//! From the printer's source map to the table the host keeps.

use wire::{Position, PositionMap};

/// One mapping of a source map, all counted from 0, columns in UTF-16.
pub(super) struct Mapping {
    pub(super) generated: (u32, u32),
    pub(super) original: (u32, u32),
}

/// The table of a printed program, sorted by the place in the generated code.
///
/// The engine counts columns of generated code in bytes of UTF-8, so that is what the left side of the table holds;
/// the right side counts UTF-16, as everywhere.
pub(super) fn table(javascript: &str, mappings: impl Iterator<Item = Mapping>) -> PositionMap {
    let mut mappings: Vec<Mapping> = mappings.collect();
    mappings.sort_by_key(|mapping| mapping.generated);
    mappings.dedup_by_key(|mapping| mapping.generated);
    let mut cursor = Cursor { rest: javascript, line: 0, utf16: 0, bytes: 0 };
    let entry = |Mapping { generated, original }| {
        let column = cursor.bytes_at(generated);
        let at = Position { line: generated.0 + 1, column: column + 1 };
        (at, Position { line: original.0 + 1, column: original.1 + 1 })
    };
    PositionMap { entries: mappings.into_iter().map(entry).collect() }
}

/// A place in the generated code that only moves forward, so that all of them together cost one pass.
struct Cursor<'j> {
    rest: &'j str,
    line: u32,
    utf16: u32,
    bytes: u32,
}

impl Cursor<'_> {
    /// Moves on to a place, and says how many bytes of its line are before it.
    fn bytes_at(&mut self, (line, column): (u32, u32)) -> u32 {
        let mut characters = self.rest.chars();
        while self.line < line || self.utf16 < column {
            match characters.next() {
                Some('\n') if self.line == line => break,
                Some('\n') => (self.line, self.utf16, self.bytes) = (self.line + 1, 0, 0),
                Some(character) => {
                    self.utf16 += character.len_utf16() as u32;
                    self.bytes += character.len_utf8() as u32;
                }
                None => break,
            }
            self.rest = characters.as_str();
        }
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_generated_code_count_bytes() {
        let mappings = [((1, 7), (4, 2)), ((0, 0), (2, 0))];
        let mappings = mappings.map(|(generated, original)| Mapping { generated, original });
        let map = table("a;\n\"é😀\" + b", mappings.into_iter());
        let at = |line, column| Position { line, column };
        assert_eq!(map.entries, [(at(1, 1), at(3, 1)), (at(2, 11), at(5, 3))]);
    }
}
