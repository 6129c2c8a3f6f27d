//! Of recorded arguments those that are the nearest to others, and what differs: for messages about what was not recorded.

use serde_json::{Map, Value};

use crate::cut;

/// Differences that a message names, and characters of a value in it.
const NAMED_MAX: usize = 3;
const VALUE_CHARS: usize = 60;

/// What of arguments differs from the nearest of those that were recorded, in words. `None` where none were.
pub fn nearest_json<'a>(asked: &str, recorded: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let asked = members(asked);
    let differing = recorded.into_iter().map(|one| differences(&asked, &members(one)));
    let least = differing.min_by_key(Vec::len)?;
    let more = least.len().saturating_sub(NAMED_MAX);
    let named: Vec<_> = least.into_iter().take(NAMED_MAX).collect();
    Some(match (named.is_empty(), more) {
        (true, _) => "all equal ones are used up".to_owned(),
        (false, 0) => named.join("; "),
        (false, more) => format!("{}; and {more} more", named.join("; ")),
    })
}

fn members(json: &str) -> Map<String, Value> {
    match serde_json::from_str(json) {
        Ok(Value::Object(members)) => members,
        Ok(other) => Map::from_iter([("value".to_owned(), other)]),
        Err(_) => Map::new(),
    }
}

fn differences(asked: &Map<String, Value>, recorded: &Map<String, Value>) -> Vec<String> {
    let changed = asked.iter().filter_map(|(name, value)| match recorded.get(name) {
        Some(other) if other == value => None,
        Some(other) => Some(format!("`{name}` is {}, not {}", shown(value), shown(other))),
        None => Some(format!("`{name}` is {}, not left out", shown(value))),
    });
    let left_out = recorded.iter().filter(|(name, _)| !asked.contains_key(*name));
    changed
        .chain(left_out.map(|(name, value)| format!("`{name}` is left out, not {}", shown(value))))
        .collect()
}

fn shown(value: &Value) -> String {
    cut(&value.to_string(), VALUE_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_arguments_are_told_by_what_differs() {
        let recorded = [r#"{"id":1,"name":"a","x":[1]}"#, r#"{"id":2,"name":"b","x":[1]}"#];
        for (asked, expect) in [
            (r#"{"id":2,"name":"c","x":[1]}"#, "`name` is \"c\", not \"b\""),
            (r#"{"id":1,"name":"a","x":[1]}"#, "all equal ones are used up"),
            (r#"{"id":1,"name":"a"}"#, "`x` is left out, not [1]"),
            (r#"{"id":1,"name":"a","x":[1],"y":null}"#, "`y` is null, not left out"),
            (
                r#"{"p":1,"q":2,"r":3,"s":4}"#,
                "`p` is 1, not left out; `q` is 2, not left out; `r` is 3, not left out; and 4 more",
            ),
        ] {
            assert_eq!(nearest_json(asked, recorded).as_deref(), Some(expect), "{asked}");
        }
        assert_eq!(nearest_json("{}", []), None);
    }
}
