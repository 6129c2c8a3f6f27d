//! What is hidden comes back as it was, and nothing else is touched.

use std::collections::HashMap;

use privacy::{Finder, FinderOptions, Form, Known, Place, filled, hidden, slots, slots_in_text};
use proptest::prelude::*;

/// What values are made of: personal data, what looks like a placeholder, and what has to be escaped.
const PARTS: [&str; 34] = [
    "ada@example.com",
    "+49 30 901820",
    "4111111111111111",
    "192.0.2.7",
    "tel 4155550132",
    "[EMAIL_1]",
    "[NAME_12]",
    "[EMAIL_0]",
    "[EMAIL",
    "_1]",
    "[OTHER_1]",
    "EMP-123456",
    "@",
    " ",
    "\"",
    "\\",
    "/",
    "\n",
    "\u{1}",
    "\0",
    "é",
    "😀",
    "x",
    "[",
    "]",
    "{",
    "}",
    ",",
    "%40",
    "&#64;",
    "YWRhQGV4YW1wbGUuY29t",
    "ada%40x.com",
    "ada\\u0040x.com",
    "616461406578616d706c652e636f6d",
];

const KEYS: [&str; 6] = ["name", "to", "rows", "phone", "ada@example.com", ""];

/// Makes up texts, by a fixed sequence of numbers.
struct Maker(u64);

impl Maker {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn plain(&mut self) -> String {
        (0..self.below(6)).map(|_| PARTS[self.below(PARTS.len())]).collect()
    }

    /// A JSON text, with JSON texts in its strings.
    fn json(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 3 } else { 7 }) {
            0 => ["1", "4155550132", "-1.50e3", "4111111111111111", "null", "true"][self.below(6)].to_owned(),
            1 | 2 => {
                let text = self.plain();
                self.string(&text)
            }
            3 | 4 => {
                let inner = self.json(depth - 1);
                let broken = ["", "", "", "]", "\\"][self.below(5)];
                self.string(&(inner + broken))
            }
            5 => {
                let items: Vec<_> = (0..self.below(4)).map(|_| self.json(depth - 1)).collect();
                format!("[{}]", items.join(", "))
            }
            _ => {
                let items: Vec<_> = (0..self.below(4)).map(|_| self.entry(depth - 1)).collect();
                format!("{{{}}}", items.join(","))
            }
        }
    }

    fn entry(&mut self, depth: usize) -> String {
        let key = KEYS[self.below(KEYS.len())];
        format!("{}: {}", self.string(key), self.json(depth))
    }

    /// A string, with any of the escapes that mean the same, and halves of pairs.
    fn string(&mut self, text: &str) -> String {
        let is_usual = self.below(2) == 0;
        let mut string = "\"".to_owned();
        for char in text.chars() {
            match self.below(8) {
                0 if !is_usual => {
                    char.encode_utf16(&mut [0; 2])
                        .iter()
                        .for_each(|unit| string += &format!("\\u{unit:04X}"));
                }
                1 if !is_usual && char == '/' => string += "\\/",
                2 if !is_usual && self.below(9) == 0 => string += "\\udc00\\ud800",
                _ => {
                    let usual = serde_json::to_string(&char).expect("a character");
                    string += &usual[1..usual.len() - 1];
                }
            }
        }
        string + "\""
    }
}

/// JSON with its strings as the units they mean, and all else as it is.
fn meant(json: &str) -> Vec<u32> {
    let mut units = Vec::new();
    let mut chars = json.chars();
    let mut is_inside = false;
    while let Some(char) = chars.next() {
        let unit = match char {
            '"' => {
                is_inside = !is_inside;
                Some('"')
            }
            '\\' if is_inside => match chars.next().expect("an escape") {
                'n' => Some('\n'),
                'r' => Some('\r'),
                't' => Some('\t'),
                'b' => Some('\u{8}'),
                'f' => Some('\u{c}'),
                'u' => {
                    let code: String = chars.by_ref().take(4).collect();
                    units.push(u32::from_str_radix(&code, 16).expect("four digits"));
                    None
                }
                char => {
                    units.push(u32::from(char));
                    None
                }
            },
            char => Some(char),
        };
        match unit {
            // A quote outside is no quote inside.
            Some('"') => units.push(u32::MAX),
            Some(char) => units.extend(char.encode_utf16(&mut [0; 2]).iter().map(|unit| u32::from(*unit))),
            None => {}
        }
    }
    units
}

fn finder() -> Finder {
    let options = FinderOptions {
        patterns: vec![
            ("STAFF".to_owned(), r"EMP-\d+".to_owned()),
            ("QUOTED".to_owned(), "\"é*\\\\?\"".to_owned()),
        ],
        fields: vec![("NAME".to_owned(), vec!["name".to_owned(), "rows[].to".to_owned()])],
        ..FinderOptions::default()
    };
    Finder::new(&options).expect("valid options")
}

/// Stands for values, by kind.
#[derive(Default)]
struct Vault {
    numbers: HashMap<(String, String, Form), usize>,
    values: HashMap<String, (Form, String)>,
}

impl Vault {
    fn placeholder(&mut self, place: &Place<'_>) -> String {
        let key = (place.kind.name().to_owned(), place.value.clone().into_owned(), place.form);
        let count = self.numbers.len() + 1;
        let number = *self.numbers.entry(key).or_insert(count);
        let placeholder = format!("[{}_{number}]", place.kind.name());
        self.values.insert(placeholder.clone(), (place.form, place.value.clone().into_owned()));
        placeholder
    }
}

/// The text with placeholders, and from there with its values again.
fn there_and_back(raw: &str, places: &[Place<'_>], is_json: bool) -> (String, String) {
    let mut from = 0;
    for place in places {
        assert!(from <= place.range.start && place.range.start < place.range.end, "{place:?} of {raw}");
        assert!(raw.get(place.range.clone()).is_some(), "{place:?} of {raw}");
        from = place.range.end;
    }
    let mut vault = Vault::default();
    let hidden = hidden(raw, places, |at| vault.placeholder(&places[at]));
    let slots = if is_json { slots(&hidden) } else { slots_in_text(&hidden) };
    let value = |at: usize| {
        let (form, value) = vault.values.get(&format!("[{}_{}]", slots[at].kind, slots[at].number))?;
        Some((*form, value.as_str()))
    };
    let filled = filled(&hidden, &slots, value);
    (hidden, filled)
}

proptest! {
    #[test]
    fn json_comes_back(seed in 1_u64..) {
        let raw = Maker(seed).json(5);
        let finder = finder();
        let places = finder.in_answer(&raw);
        let (hidden, filled) = there_and_back(&raw, &places, true);
        prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&hidden).is_ok(), "{} of {}", hidden, raw);
        prop_assert!(meant(&filled) == meant(&raw), "{}\n{}\n{}", raw, hidden, filled);
    }

    #[test]
    fn texts_come_back(seed in 1_u64.., parts in 1..4_usize) {
        let mut maker = Maker(seed);
        let raw: String = (0..parts).map(|_| if maker.below(2) == 0 { maker.plain() } else { maker.json(4) }).collect();
        let finder = finder();
        let places = finder.in_answer_text(&raw);
        let (hidden, filled) = there_and_back(&raw, &places, false);
        prop_assert!(filled == raw, "{}\n{}\n{}", raw, hidden, filled);
    }

    /// What leaves a script keeps its placeholders, and its values are placeholders there.
    #[test]
    fn output_keeps_its_placeholders(seed in 1_u64..) {
        let raw = Maker(seed).json(5);
        let finder = finder();
        let before: Vec<_> = slots(&raw).into_iter().map(|slot| (slot.kind.to_owned(), slot.number)).collect();
        let places = finder.in_output(&raw, &Known::default());
        let hidden = hidden(&raw, &places, |_| "[HIDDEN_7]");
        let after: Vec<_> = slots(&hidden).into_iter().map(|slot| (slot.kind.to_owned(), slot.number)).collect();
        prop_assert_eq!(after.iter().filter(|(kind, _)| kind != "HIDDEN").collect::<Vec<_>>(), before.iter().collect::<Vec<_>>());
    }
}
