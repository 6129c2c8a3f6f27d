//! What programs, addresses and pages write in place of characters: `\u0040`, `\x40`, `%40`, `&#64;`.

use memchr::memchr3;

use crate::{
    escapes::escape,
    layer::{Layer, Piece, Spelling},
};

/// A coding of a coding of a coding. Each is one more pass, over a text that holds one.
const LAYERS_MAX: usize = 3;

/// The longest entity is `&period;`, and a number has leading zeros.
const ENTITY_BYTES_MAX: usize = 12;

const SPELLINGS: Spelling = Spelling { next: |text| memchr3(b'\\', b'%', b'&', text), read };

/// Entities of the characters that personal data holds.
const ENTITIES: [(&str, char); 18] = [
    ("commat", '@'),
    ("period", '.'),
    ("lowbar", '_'),
    ("plus", '+'),
    ("hyphen", '-'),
    ("dash", '-'),
    ("colon", ':'),
    ("sol", '/'),
    ("lpar", '('),
    ("rpar", ')'),
    ("nbsp", ' '),
    ("num", '#'),
    ("percnt", '%'),
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
];

/// The text with all of them resolved, and so again while any are left. Nothing where there are none.
pub(crate) fn layers(text: &str) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    while layers.len() < LAYERS_MAX {
        let before = layers.last();
        let text = before.map_or(text, |before| &before.text);
        if SPELLINGS.first(text.as_bytes()).is_none() {
            break;
        }
        let mut layer = Layer::default();
        layer.resolve(&Piece::whole(text, before), &SPELLINGS);
        layers.push(layer);
    }
    layers
}

fn read(text: &[u8]) -> Option<(char, usize)> {
    match text.first()? {
        b'%' => percent(text),
        b'&' => entity(text),
        _ => escape(text).or_else(|| of_programs(text)),
    }
}

/// The escapes of other languages than JSON.
fn of_programs(text: &[u8]) -> Option<(char, usize)> {
    let code = |digits: &[u8], length| Some((char::from_u32(number(digits, 16)?)?, length));
    match text.get(1)? {
        b'x' => code(text.get(2..4)?, 4),
        b'U' => code(text.get(2..10)?, 10),
        b'u' if text.get(2) == Some(&b'{') => {
            let digits = text[3..].iter().take(7).position(|byte| *byte == b'}')?;
            code(&text[3..3 + digits], digits + 4)
        }
        byte if byte.is_ascii_punctuation() => Some((char::from(*byte), 2)),
        _ => None,
    }
}

/// The character whose bytes are written here.
fn percent(text: &[u8]) -> Option<(char, usize)> {
    let (mut bytes, mut count) = ([0; 4], 0);
    for (byte, code) in bytes.iter_mut().zip(text.chunks(3)) {
        let [b'%', digits @ ..] = code else { break };
        let Some(number) = number(digits, 16).filter(|_| digits.len() == 2) else { break };
        *byte = u8::try_from(number).ok()?;
        count += 1;
    }
    let valid = bytes[..count].utf8_chunks().next()?.valid();
    Some((valid.chars().next()?, valid.chars().next()?.len_utf8() * 3))
}

fn entity(text: &[u8]) -> Option<(char, usize)> {
    let length = text.iter().take(ENTITY_BYTES_MAX).position(|byte| *byte == b';')?;
    let character = match &text[1..length] {
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        name => ENTITIES.iter().find(|(entity, _)| entity.as_bytes() == name)?.1,
    };
    Some((character, length + 1))
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let add = |sum: u32, digit: &u8| sum.checked_mul(radix)?.checked_add(char::from(*digit).to_digit(radix)?);
    (!digits.is_empty()).then_some(())?;
    digits.iter().try_fold(0, add)
}
