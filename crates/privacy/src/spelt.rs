//! What programs, addresses and pages write in place of characters: `\u0040`, `\x40`, `%40`, `&#64;`.

use std::ops::Range;

use memchr::{memchr, memchr3};

use crate::{
    escapes::escape,
    layer::{Layer, Piece, Spelling},
};

/// A coding of a coding of a coding. Each is one more pass, over a text that holds one.
const LAYERS_MAX: usize = 4;

/// The longest entity is `&period;`, and a number has leading zeros.
const ENTITY_BYTES_MAX: usize = 12;

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

/// Ways to write characters in others.
#[derive(Debug, Clone, Copy)]
pub enum Spellings {
    /// The escapes of JSON and of programs: `\n`, `\u0040`, `\x40`.
    Escapes,
    /// These, percent-encoding and the entities of HTML.
    All,
}

impl Spellings {
    fn spelling(self) -> &'static Spelling {
        match self {
            Self::Escapes => &Spelling { next: |text| memchr(b'\\', text), read: backslash },
            Self::All => &Spelling { next: |text| memchr3(b'\\', b'%', b'&', text), read },
        }
    }
}

/// A text that was made of another by resolving what is written in other characters.
pub struct Respelt(Layer);

impl Respelt {
    /// The text.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Where a range of it, between characters, stands in the other.
    pub fn range(&self, range: &Range<usize>) -> Range<usize> {
        self.0.range(range)
    }
}

/// The text with all of them resolved, and so again while any are left. Nothing where there are none.
pub fn respelt(text: &str, spellings: Spellings) -> Vec<Respelt> {
    let spelling = spellings.spelling();
    let mut texts: Vec<Respelt> = Vec::new();
    while texts.len() < LAYERS_MAX {
        let before = texts.last().map(|Respelt(before)| before);
        let text = before.map_or(text, |before| &before.text);
        if spelling.first(text.as_bytes()).is_none() {
            break;
        }
        let mut layer = Layer::default();
        layer.resolve(&Piece::whole(text, before), spelling);
        texts.push(Respelt(layer));
    }
    texts
}

fn backslash(text: &[u8]) -> Option<(char, usize)> {
    escape(text).or_else(|| of_programs(text))
}

fn read(text: &[u8]) -> Option<(char, usize)> {
    match text.first()? {
        b'%' => percent(text),
        b'&' => entity(text),
        _ => backslash(text),
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
