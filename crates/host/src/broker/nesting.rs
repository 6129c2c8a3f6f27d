//! How deep a JSON text nests, without building it: an answer that nests without end is stopped before a script has it.

/// Whether objects and arrays nest deeper than this.
pub(super) fn exceeds(json: &str, depth_max: u64) -> bool {
    // Whatever opens is closed as well.
    if json.len() as u64 / 2 <= depth_max {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0u64, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > depth_max {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_strings_does_not_nest() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        for (json, exceeding) in [
            (deep(3), false),
            (deep(4), true),
            (deep(100_000), true),
            (r#"{"a":[{"b":1}]}"#.to_owned(), false),
            (r#"{"a":[{"b":[]}]}"#.to_owned(), true),
            (r#"[[["[[[\"[[[\\"]],[[2]],[["]]]]"]]]"#.to_owned(), false),
            (r#"["\\",[[[1]]]]"#.to_owned(), true),
        ] {
            assert_eq!(exceeds(&json, 3), exceeding, "{}", &json[..json.len().min(40)]);
        }
    }
}
