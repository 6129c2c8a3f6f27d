//! Finds values in a text in whatever way it writes them: as it stands, with its escapes resolved, and so again for a text in a text; also with
//! percent-encoding and entities resolved. So it does not matter which characters a program chose to escape, and in which of the many ways.

use std::ops::Range;

use memchr::memmem;
use privacy::{Spellings, respelt};
use secrecy::{ExposeSecret, SecretString};

/// Where values stand in a text, in order, none within another.
pub(super) fn find(text: &str, values: &[SecretString]) -> Vec<Range<usize>> {
    if values.is_empty() {
        return Vec::new();
    }
    let mut places = stand_in(text, values);
    // A value may itself have in it what looks percent-encoded.
    for spellings in [Spellings::Escapes, Spellings::All] {
        for respelt in respelt(text, spellings) {
            places.extend(stand_in(respelt.text(), values).iter().map(|place| respelt.range(place)));
        }
    }
    merged(places)
}

fn stand_in(text: &str, values: &[SecretString]) -> Vec<Range<usize>> {
    let finds = |value: &SecretString| {
        let value = value.expose_secret().as_bytes();
        memmem::find_iter(text.as_bytes(), value).map(|at| at..at + value.len()).collect::<Vec<_>>()
    };
    values.iter().flat_map(finds).collect()
}

fn merged(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.sort_by_key(|place| place.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for place in places {
        match merged.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => merged.push(place),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// Whatever a text holds, places lie in it, in order and between characters, and an escaped value is found among it.
        #[test]
        fn places_lie_in_the_text(text in r#"[abé\\u%{}x0-9C3A"]{0,40}"#) {
            let values = ["abé", "é", "\\u", "a\"b"].map(SecretString::from);
            let places = find(&text, &values);
            proptest::prop_assert!(places.windows(2).all(|pair| pair[0].end <= pair[1].start));
            proptest::prop_assert!(places.iter().all(|place| text.get(place.clone()).is_some()));
            let around = format!("{text} {}", r#"{"x": "a\"b"}"#);
            proptest::prop_assert!(find(&around, &values).iter().any(|place| place.start > text.len()));
        }
    }
}
