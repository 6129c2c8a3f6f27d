//! Refuses nesting that would overflow the parser's stack, before anything recurses.

use wire::ScriptError;

use super::lines::Lines;

/// The deepest nesting of brackets. Brackets in strings, comments and regular expressions count as well, so this is
/// far above what people write (data of 100 levels is rare) and far below what the parser's stack holds.
pub(super) const DEPTH_MAX: usize = 1_000;

/// Counts brackets as they stand, without knowing what is a string.
pub(super) fn check(text: &str, lines: &Lines) -> Result<(), Vec<ScriptError>> {
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(vec![ScriptError {
                message: format!("brackets are nested more than {DEPTH_MAX} deep"),
                at: lines.place(at as u32),
                hint: Some("keep deeply nested data in a file of the workspace and read it with fs.readFile".into()),
            }]);
        }
    }
    Ok(())
}
