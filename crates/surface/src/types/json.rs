//! A value as short JSON, for a comment.

use std::fmt::Write;

use serde_json::Value;

/// Levels that are written. Deeper ones would not fit the length anyway, and nesting costs stack.
const LEVELS_MAX: usize = 8;

/// The value as JSON on one line; `…` stands for what does not fit into this many characters.
pub(crate) fn brief(value: &Value, chars_max: usize) -> String {
    let mut text = String::new();
    write_value(value, chars_max, LEVELS_MAX, &mut text);
    text::cut(&text, chars_max)
}

fn write_value(value: &Value, bytes_max: usize, levels: usize, text: &mut String) {
    match value {
        Value::String(string) => text.push_str(&quoted(string, bytes_max)),
        Value::Array(items) if levels > 0 => {
            text.push('[');
            for (at, item) in items.iter().enumerate().take_while(|(at, _)| *at <= bytes_max) {
                if text.len() > bytes_max {
                    break;
                }
                text.push_str(if at > 0 { ", " } else { "" });
                write_value(item, bytes_max, levels - 1, text);
            }
            text.push(']');
        }
        Value::Object(map) if levels > 0 => {
            text.push('{');
            for (at, (name, value)) in map.iter().enumerate() {
                if text.len() > bytes_max {
                    break;
                }
                text.push_str(if at > 0 { ", " } else { "" });
                text.push_str(&quoted(name, bytes_max));
                text.push_str(": ");
                write_value(value, bytes_max, levels - 1, text);
            }
            text.push('}');
        }
        Value::Array(_) | Value::Object(_) => text.push('…'),
        leaf => {
            // A `String` takes all it is given.
            let _ = write!(text, "{leaf}");
        }
    }
}

fn quoted(string: &str, chars_max: usize) -> String {
    crate::names::string_literal(&text::cut(string, chars_max))
}
