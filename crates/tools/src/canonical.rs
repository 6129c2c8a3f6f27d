//! JSON in one form, so that what is the same compares as the same: keys in order, no spaces, numbers and texts as they were
//! written.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// The canonical form; what cannot be read as JSON stays as it is.
pub fn canonical(json: &[u8]) -> String {
    let text = String::from_utf8_lossy(json);
    let mut canonical = String::with_capacity(text.len());
    match serde_json::from_str::<&RawValue>(&text) {
        Ok(value) => write(value.get(), &mut canonical),
        Err(_) => canonical.push_str(&text),
    }
    canonical
}

fn write(json: &str, to: &mut String) {
    let json = json.trim();
    if let Ok(members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(json) {
        between('{', members, '}', to, |(name, value), to| {
            to.push_str(&serde_json::Value::from(name).to_string());
            to.push(':');
            write(value.get(), to);
        });
    } else if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(json) {
        between('[', items, ']', to, |item, to| write(item.get(), to));
    } else {
        to.push_str(json);
    }
}

fn between<T>(
    open: char,
    items: impl IntoIterator<Item = T>,
    close: char,
    to: &mut String,
    write: impl Fn(T, &mut String),
) {
    to.push(open);
    for (at, item) in items.into_iter().enumerate() {
        if at > 0 {
            to.push(',');
        }
        write(item, to);
    }
    to.push(close);
}

/// A number that is another for another text, as far as chance goes (FNV-1a). The same in every build.
pub fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_has_the_same_form() {
        for (json, expect) in [
            (
                r#" { "b" : [ 1 , {"z":1,"a":"x y"} ], "a": null } "#,
                r#"{"a":null,"b":[1,{"a":"x y","z":1}]}"#,
            ),
            ("12345678901234567890123", "12345678901234567890123"),
            ("[]", "[]"),
            ("{}", "{}"),
            ("no JSON {", "no JSON {"),
        ] {
            assert_eq!(canonical(json.as_bytes()), expect);
        }
        assert_ne!(fingerprint("a"), fingerprint("b"));
        assert_eq!(fingerprint(""), 0xcbf2_9ce4_8422_2325);
    }
}
