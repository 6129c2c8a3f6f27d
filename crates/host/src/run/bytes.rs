//! Bytes of files in the value of a script: an array of numbers where text was meant.

use wire::Position;

/// How much of a value is looked at: what comes first is what a person or a model sees.
const LOOKED_AT: usize = 64 * 1024;

/// Fewer small numbers may well be meant as numbers.
const BYTES_MIN: usize = 4;

/// What to say of a value, where the script reads files without an encoding: the first of those calls.
pub(super) fn told(value: &str, reads: &[(String, Position)]) -> Option<String> {
    let (call, at) = reads.first()?;
    let looked_at = &value[..value.floor_char_boundary(LOOKED_AT)];
    looked_at.split('[').skip(1).any(are_bytes).then(|| {
        let line = at.line;
        format!("line {line}: `{call}` gives bytes, an array of numbers in the value; {}", instead(call))
    })
}

/// The call that gives text, as it is to be written.
pub(super) fn instead(call: &str) -> String {
    let path = call.strip_suffix(')').map_or("fs.readFile(path", |call| call);
    format!("write `await {path}, 'utf8')`")
}

/// Whether a list of JSON, from behind its bracket on, begins with bytes, or is nothing else.
fn are_bytes(list: &str) -> bool {
    let list = list.split(']').next().unwrap_or_default();
    let mut numbers = list.split(',').take(BYTES_MIN).map(|number| number.trim().parse::<u8>());
    list.split(',').nth(BYTES_MIN - 1).is_some() && numbers.all(|number| number.is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_from_other_lists() {
        let reads = [("fs.readFile('/tmp/a')".to_owned(), Position { line: 2, column: 1 })];
        let expect = "line 2: `fs.readFile('/tmp/a')` gives bytes, an array of numbers in the value; write `await fs.readFile('/tmp/a', 'utf8')`";
        for (value, is_told) in [
            ("[104,195,169,10]", true),
            (r#"{"a":[["x"],[0, 255, 1, 2]]}"#, true),
            ("[104,195,169]", false),
            ("[1,2,3,256]", false),
            ("[1,2,3,-1]", false),
            (r#"["a[1","2","3","4"]"#, false),
        ] {
            assert_eq!(told(value, &reads).as_deref(), is_told.then_some(expect), "{value}");
        }
        assert_eq!(told("[1,2,3,4]", &[]), None);
        // A call that was cut.
        assert_eq!(instead("fs.readFile(`/workspace/${na"), "write `await fs.readFile(path, 'utf8')`");
    }
}
