//! From JSON to JavaScript values, twice as fast as the parser scripts have: large answers of tools are what most
//! runs spend their time on.
//!
//! What it does not know (a text that is no JSON, nesting beyond its bound, half a surrogate pair) it leaves to
//! QuickJS's own parser, so the two never disagree. In one thing both differ from `JSON.parse` as the language has it:
//! an integer that a double would round becomes a `bigint`.

use core::cmp::Ordering;

use rquickjs_sys as qjs;
use rquickjs_sys::{JSAtom, JSValue};

use crate::{
    intrinsics,
    js::{self, Result, Value},
};

/// Nesting this parser follows itself: each level is a frame on the shadow stack.
const DEPTH_MAX: usize = 256;

/// Digits of an integer that becomes a `bigint`: reading one takes time by the square of them. Python stops here too.
const DIGITS_MAX: usize = 4_300;

/// Names of properties remembered, so that the rows of a table share the search for theirs.
const NAMES: usize = 64;

/// The value of a JSON text.
pub fn decode(json: &[u8]) -> Result<Value> {
    let mut decoder =
        Decoder { json, at: 0, values: Vec::new(), names: [const { None }; NAMES], unescaped: Vec::new() };
    match decoder.document() {
        Some(value) => Ok(value),
        None => {
            // An exception left by memory that ran out belongs to nobody: the other parser meets it again.
            drop(decoder);
            drop(js::exception());
            if may_hold_big_integers(json) { intrinsics::parse_exactly(json) } else { js::parse_json(json) }
        }
    }
}

struct Decoder<'a> {
    json: &'a [u8],
    at: usize,
    /// The elements of the arrays not yet closed.
    values: Vec<Value>,
    names: [Option<(&'a [u8], Atom)>; NAMES],
    unescaped: Vec<u8>,
}

/// A counted reference to a name.
struct Atom(JSAtom);

impl Clone for Atom {
    fn clone(&self) -> Self {
        // SAFETY: the atom is alive.
        Self(unsafe { qjs::JS_DupAtom(js::context(), self.0) })
    }
}

impl Drop for Atom {
    fn drop(&mut self) {
        // SAFETY: this reference is ours.
        unsafe { qjs::JS_FreeAtom(js::context(), self.0) }
    }
}

impl<'a> Decoder<'a> {
    fn document(&mut self) -> Option<Value> {
        let value = self.value(DEPTH_MAX)?;
        self.skip_space();
        (self.at == self.json.len()).then_some(value)
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip_space();
        match *self.json.get(self.at)? {
            b'"' => self.string(),
            b'{' => self.object(depth.checked_sub(1)?),
            b'[' => self.array(depth.checked_sub(1)?),
            b't' => self.word(b"true", qjs::JS_TRUE),
            b'f' => self.word(b"false", qjs::JS_FALSE),
            b'n' => self.word(b"null", qjs::JS_NULL),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &[u8], value: JSValue) -> Option<Value> {
        self.json[self.at..].starts_with(word).then(|| {
            self.at += word.len();
            Value::plain(value)
        })
    }

    fn number(&mut self) -> Option<Value> {
        let rest = &self.json[self.at..];
        let length =
            rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
        let text = &rest[..length.unwrap_or(rest.len())];
        self.at += text.len();
        let (minus, digits) = text.strip_prefix(b"-").map_or((false, text), |digits| (true, digits));
        match digits {
            [] => None,
            // JSON knows no leading zeros.
            [b'0', b'0'..=b'9', ..] => None,
            // Nine digits fit an integer, and zero with a minus is none.
            [b'1'..=b'9', ..] if digits.len() <= 9 && digits.iter().all(u8::is_ascii_digit) => {
                let number = digits.iter().fold(0, |number, digit| number * 10 + i32::from(digit - b'0'));
                Some(Value::integer(if minus { -number } else { number }))
            }
            [b'0'] if !minus => Some(Value::integer(0)),
            [b'1'..=b'9', ..] if is_beyond_doubles(digits) => Value::big_integer(text).ok(),
            _ if is_json_number(digits) => core::str::from_utf8(text).ok()?.parse().ok().map(Value::number),
            _ => None,
        }
    }

    /// The text between quotes, the first of which is next, and whether it has escapes.
    fn quoted(&mut self) -> Option<(&'a [u8], bool)> {
        let start = self.at + 1;
        let mut at = start;
        let mut has_escapes = false;
        loop {
            match *self.json.get(at)? {
                b'"' => break,
                b'\\' => {
                    has_escapes = true;
                    at += 2;
                }
                0..0x20 => return None,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        Some((&self.json[start..at], has_escapes))
    }

    fn string(&mut self) -> Option<Value> {
        let (text, has_escapes) = self.quoted()?;
        if !has_escapes {
            return Value::utf8(text).ok();
        }
        self.unescape(text)?;
        Value::utf8(&self.unescaped).ok()
    }

    fn unescape(&mut self, text: &[u8]) -> Option<()> {
        self.unescaped.clear();
        let mut rest = text;
        while let Some(place) = rest.iter().position(|byte| *byte == b'\\') {
            self.unescaped.extend_from_slice(&rest[..place]);
            let (escape, after) = rest[place + 1..].split_first()?;
            rest = after;
            let plain = match escape {
                b'"' | b'\\' | b'/' => *escape,
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'b' => 8,
                b'f' => 12,
                b'u' => {
                    let letter = escaped_letter(&mut rest)?;
                    self.unescaped.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                    continue;
                }
                _ => return None,
            };
            self.unescaped.push(plain);
        }
        self.unescaped.extend_from_slice(rest);
        Some(())
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let first = self.values.len();
        if !self.next_is(b']') {
            loop {
                let value = self.value(depth)?;
                self.values.push(value);
                if self.next_is(b']') {
                    break;
                }
                self.expect(b',')?;
            }
        }
        Value::array(self.values.drain(first..)).ok()
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let object = Value::object().ok()?;
        if self.next_is(b'}') {
            return Some(object);
        }
        loop {
            self.skip_space();
            let name = self.name()?;
            self.expect(b':')?;
            let value = self.value(depth)?;
            // Defined, never set: `__proto__` is a name like any other.
            object.define_atom(name.0, value).ok()?;
            if self.next_is(b'}') {
                return Some(object);
            }
            self.expect(b',')?;
        }
    }

    fn name(&mut self) -> Option<Atom> {
        if self.json.get(self.at) != Some(&b'"') {
            return None;
        }
        let (text, has_escapes) = self.quoted()?;
        let place = place_of(text);
        if let Some((known, atom)) = &self.names[place]
            && *known == text
        {
            return Some(atom.clone());
        }
        let name = if has_escapes {
            self.unescape(text)?;
            Value::utf8(&self.unescaped)
        } else {
            Value::utf8(text)
        };
        let atom = Atom(name.and_then(|name| name.to_atom()).ok()?);
        self.names[place] = Some((text, atom.clone()));
        Some(atom)
    }

    fn skip_space(&mut self) {
        while matches!(self.json.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn next_is(&mut self, byte: u8) -> bool {
        self.skip_space();
        let is = self.json.get(self.at) == Some(&byte);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.next_is(byte).then_some(())
    }
}

fn place_of(name: &[u8]) -> usize {
    let hash = name.iter().fold(name.len() as u32, |hash, byte| hash.wrapping_mul(31) ^ u32::from(*byte));
    (hash ^ (hash >> 6)) as usize % NAMES
}

/// Whether these digits are an integer that not every double holds: it becomes a `bigint`, and every digit stays.
fn is_beyond_doubles(digits: &[u8]) -> bool {
    // 2^53 - 1, JavaScript's `Number.MAX_SAFE_INTEGER`.
    const LARGEST: &[u8] = b"9007199254740991";
    let is_larger = match digits.len().cmp(&LARGEST.len()) {
        Ordering::Less => false,
        Ordering::Equal => digits > LARGEST,
        Ordering::Greater => digits.len() <= DIGITS_MAX,
    };
    is_larger && digits.iter().all(u8::is_ascii_digit)
}

/// Whether an integer in this text may be one that not every double holds.
fn may_hold_big_integers(json: &[u8]) -> bool {
    json.chunk_by(|a, b| a.is_ascii_digit() && b.is_ascii_digit()).any(is_beyond_doubles)
}

/// Digits, maybe a fraction, maybe an exponent; Rust's own parser takes more than JSON does.
fn is_json_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let (mantissa, exponent) = match text.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(place) => (&text[..place], Some(&text[place + 1..])),
        None => (text, None),
    };
    let exponent_is_right = exponent.is_none_or(|exponent| {
        digits(exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent))
    });
    let mantissa_is_right = match mantissa.iter().position(|byte| *byte == b'.') {
        Some(place) => digits(&mantissa[..place]) && digits(&mantissa[place + 1..]),
        None => digits(mantissa),
    };
    exponent_is_right && mantissa_is_right
}

/// The letter behind `\u`, and behind the second one where it takes two.
fn escaped_letter(rest: &mut &[u8]) -> Option<char> {
    let first = hexadecimal(rest)?;
    if !(0xd800..0xe000).contains(&first) {
        return char::from_u32(first);
    }
    *rest = rest.strip_prefix(b"\\u")?;
    let second = hexadecimal(rest)?;
    let is_pair = first < 0xdc00 && (0xdc00..0xe000).contains(&second);
    if is_pair { char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)) } else { None }
}

fn hexadecimal(rest: &mut &[u8]) -> Option<u32> {
    let (digits, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    digits.iter().try_fold(0, |number, digit| Some(number << 4 | (*digit as char).to_digit(16)?))
}
