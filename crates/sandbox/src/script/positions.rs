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
    let lines: Vec<&str> = javascript.split('\n').collect();
    let bytes = |(line, column): (u32, u32)| {
        let text = lines.get(line as usize).copied().unwrap_or_default();
        if text.is_ascii() { column } else { utf8_column(text, column) }
    };
    let mut entries: Vec<(Position, Position)> = mappings
        .map(|Mapping { generated, original }| {
            let at = Position { line: generated.0 + 1, column: bytes(generated) + 1 };
            (at, Position { line: original.0 + 1, column: original.1 + 1 })
        })
        .collect();
    entries.sort_by_key(|(generated, _)| *generated);
    entries.dedup_by_key(|(generated, _)| *generated);
    PositionMap { entries }
}

/// The bytes before the character at a column of UTF-16.
fn utf8_column(text: &str, column: u32) -> u32 {
    let mut utf16 = 0;
    let mut bytes = 0;
    for character in text.chars() {
        if utf16 >= column {
            break;
        }
        utf16 += character.len_utf16() as u32;
        bytes += character.len_utf8() as u32;
    }
    bytes
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
