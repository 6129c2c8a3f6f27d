//! From JavaScript values to JSON.
//!
//! As `JSON.stringify`, with these differences: it uses nothing a script can replace (a script's own getters,
//! proxies and `toJSON` do run); a cycle, a promise somebody forgot to await, are errors that say where; a map
//! becomes an object (or pairs, when a key is no string), a set an array, an error its name, message and
//! properties, a typed array an array of numbers; a big integer is written with all its digits; and a returned value
//! that was a tool's has the content blocks that stand beside it as one more member.

use core::cell::Cell;

use crate::{
    intrinsics,
    js::{self, Result, Thrown, Value},
    limits::{self, Exceeded},
};
use rquickjs_sys as qjs;

/// The deepest nesting whatever the limits say: each level is a few hundred bytes of the shadow stack.
const DEPTH_MAX: usize = 500;

thread_local! {
    /// The name, a symbol, under which a value of a tool holds the blocks beside it; 0 before there is one.
    static BESIDE: Cell<qjs::JSAtom> = const { Cell::new(0) };
}

/// Where values of tools hold the blocks beside them. Said once; the name is kept for good.
pub fn set_beside(name: qjs::JSAtom) {
    BESIDE.set(name);
}

/// What is encoded, for messages and limits.
#[derive(Clone, Copy)]
pub enum Subject {
    Value,
    Arguments,
    /// A part of a description of an error: never ends the run.
    Detail,
}

/// A value as JSON; `None` where `JSON.stringify` gives `undefined`.
pub fn encode(value: &Value, subject: Subject) -> Result<Option<Vec<u8>>> {
    let limits = limits::get();
    let bytes_max = match subject {
        Subject::Value => limits.value_bytes,
        Subject::Arguments => limits.argument_bytes,
        Subject::Detail => 64 * 1024,
    };
    let mut encoder = Encoder {
        out: Vec::with_capacity(256),
        bytes_max,
        depth_max: limits.depth.min(DEPTH_MAX),
        subject,
        ancestors: Vec::new(),
        path: Vec::new(),
        to_json: js::atom("toJSON"),
    };
    Ok(encoder.value(value)?.then_some(encoder.out))
}

struct Encoder {
    out: Vec<u8>,
    bytes_max: usize,
    depth_max: usize,
    subject: Subject,
    ancestors: Vec<usize>,
    path: Vec<Step>,
    to_json: qjs::JSAtom,
}

#[derive(Clone, Copy)]
enum Step {
    Name(qjs::JSAtom),
    Index(u32),
}

impl Encoder {
    /// Whether anything was written.
    fn value(&mut self, value: &Value) -> Result<bool> {
        if matches!(value.tag(), qjs::JS_TAG_OBJECT | qjs::JS_TAG_BIG_INT | qjs::JS_TAG_SHORT_BIG_INT) {
            let to_json = value.get_atom(self.to_json)?;
            if to_json.is_function() {
                let key = Value::string(&self.key());
                let replaced = to_json.call(value, &[&key])?;
                return self.plain(&replaced);
            }
        }
        self.plain(value)
    }

    fn plain(&mut self, value: &Value) -> Result<bool> {
        match value.tag() {
            qjs::JS_TAG_NULL => self.raw(b"null")?,
            qjs::JS_TAG_BOOL => self.raw(if value.is_true() { b"true" } else { b"false" })?,
            qjs::JS_TAG_INT => self.int(value.as_int())?,
            qjs::JS_TAG_FLOAT64 if value.as_float().is_finite() => self.text_as_it_is(value)?,
            qjs::JS_TAG_FLOAT64 => self.raw(b"null")?,
            qjs::JS_TAG_STRING | qjs::JS_TAG_STRING_ROPE => self.string(value)?,
            qjs::JS_TAG_BIG_INT | qjs::JS_TAG_SHORT_BIG_INT => self.text_as_it_is(value)?,
            qjs::JS_TAG_OBJECT if value.is_function() => return Ok(false),
            qjs::JS_TAG_OBJECT => return self.object(value),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn object(&mut self, value: &Value) -> Result<bool> {
        if let Some(inner) = intrinsics::unboxed(value)? {
            return self.plain(&inner);
        }
        if intrinsics::is_raw_json(value) {
            self.text_as_it_is(&value.get(c"rawJSON")?)?;
            return Ok(true);
        }
        if value.is_promise() {
            let message = format!("{} holds a promise{}; await it first", self.subject.words(), self.place());
            return Err(js::throw_type_error(&message));
        }
        if self.ancestors.contains(&value.address()) {
            return Err(js::throw_type_error(&format!("{} is cyclic{}", self.subject.words(), self.place())));
        }
        if self.ancestors.len() >= self.depth_max {
            return Err(self.refuse(Exceeded::Depth));
        }
        self.ancestors.push(value.address());
        if value.is_array() || value.is_typed_array() {
            self.array(value)?;
        } else if value.is_map() {
            self.map(value)?;
        } else if value.is_set() {
            self.array(&intrinsics::set_values(value)?)?;
        } else {
            self.fields(value)?;
        }
        self.ancestors.pop();
        Ok(true)
    }

    fn array(&mut self, array: &Value) -> Result<()> {
        let length = array.length()?;
        self.raw(b"[")?;
        for index in 0..u32::try_from(length).unwrap_or(u32::MAX) {
            if index > 0 {
                self.raw(b",")?;
            }
            self.element(array, index)?;
        }
        self.raw(b"]")
    }

    fn element(&mut self, array: &Value, index: u32) -> Result<()> {
        let element = array.at(index)?;
        self.path.push(Step::Index(index));
        if !self.value(&element)? {
            self.raw(b"null")?;
        }
        self.path.pop();
        Ok(())
    }

    fn fields(&mut self, object: &Value) -> Result<()> {
        self.raw(b"{")?;
        let mut first = true;
        if object.is_error() {
            for name in [c"name", c"message"] {
                let value = object.get(name)?;
                let atom = js::atom(name.to_str().unwrap_or_default());
                self.field(atom, &value, &mut first)?;
            }
        }
        let names = object.own_names()?;
        for index in 0..names.count() {
            let name = names.at(index);
            let value = object.get_atom(name)?;
            self.field(name, &value, &mut first)?;
        }
        self.blocks_beside(object, &mut first)?;
        self.raw(b"}")
    }

    fn blocks_beside(&mut self, object: &Value, first: &mut bool) -> Result<()> {
        if !matches!(self.subject, Subject::Value) || BESIDE.get() == 0 {
            return Ok(());
        }
        let blocks = object.get_atom(BESIDE.get())?;
        if !blocks.is_array() {
            return Ok(());
        }
        let name = if object.get(c"content")?.is_undefined() { "content" } else { "contentBlocks" };
        self.field(js::atom(name), &blocks, first)
    }

    /// Writes the name, then the value, and takes the name back when there is no value.
    fn field(&mut self, name: qjs::JSAtom, value: &Value, first: &mut bool) -> Result<()> {
        let before = self.out.len();
        if !*first {
            self.raw(b",")?;
        }
        js::with_atom_utf8(name, |bytes| push_json_string(bytes, &mut self.out))?;
        self.raw(b":")?;
        self.path.push(Step::Name(name));
        if self.value(value)? {
            *first = false;
        } else {
            self.out.truncate(before);
        }
        self.path.pop();
        Ok(())
    }

    fn map(&mut self, map: &Value) -> Result<()> {
        let entries = intrinsics::map_entries(map)?;
        let count = u32::try_from(entries.length()?).unwrap_or(0);
        let mut keys = (0..count).step_by(2).map(|index| entries.at(index));
        let as_object = keys.all(|key| key.is_ok_and(|key| key.is_string()));
        self.raw(if as_object { b"{" } else { b"[" })?;
        for index in (0..count).step_by(2) {
            if index > 0 {
                self.raw(b",")?;
            }
            self.map_entry(&entries, index, as_object)?;
        }
        self.raw(if as_object { b"}" } else { b"]" })
    }

    fn map_entry(&mut self, entries: &Value, index: u32, as_object: bool) -> Result<()> {
        if as_object {
            self.string(&entries.at(index)?)?;
            self.raw(b":")?;
            return self.element(entries, index + 1);
        }
        self.raw(b"[")?;
        self.element(entries, index)?;
        self.raw(b",")?;
        self.element(entries, index + 1)?;
        self.raw(b"]")
    }

    fn string(&mut self, value: &Value) -> Result<()> {
        let room = self.bytes_max.saturating_sub(self.out.len());
        let fits = value.with_utf8(|bytes| {
            let fits = bytes.len() <= room;
            if fits {
                push_json_string(bytes, &mut self.out);
            }
            fits
        })?;
        if fits { self.checked() } else { Err(self.refuse(self.subject.limit())) }
    }

    fn int(&mut self, number: i32) -> Result<()> {
        use std::io::Write;
        let _ = write!(self.out, "{number}");
        self.checked()
    }

    fn text_as_it_is(&mut self, value: &Value) -> Result<()> {
        value.with_utf8(|bytes| self.out.extend_from_slice(bytes))?;
        self.checked()
    }

    fn raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.extend_from_slice(bytes);
        self.checked()
    }

    fn checked(&mut self) -> Result<()> {
        if self.out.len() > self.bytes_max { Err(self.refuse(self.subject.limit())) } else { Ok(()) }
    }

    fn refuse(&self, limit: Exceeded) -> Thrown {
        match self.subject {
            Subject::Detail => js::throw_type_error("too large"),
            Subject::Value => limits::exceed(limit),
            Subject::Arguments => crate::calls::exceed(limit),
        }
    }

    fn key(&self) -> String {
        match self.path.last() {
            None => String::new(),
            Some(Step::Name(name)) => atom_text(*name),
            Some(Step::Index(index)) => index.to_string(),
        }
    }

    /// ` at .a[0]`, or nothing at the top.
    fn place(&self) -> String {
        let mut place = String::new();
        for step in self.path.iter().take(20) {
            match step {
                Step::Name(name) => place.extend([".", &shortened(atom_text(*name))]),
                Step::Index(index) => place.push_str(&format!("[{index}]")),
            }
        }
        if place.is_empty() { place } else { format!(" at {place}") }
    }
}

impl Subject {
    fn words(self) -> &'static str {
        match self {
            Self::Value => "the returned value",
            Self::Arguments => "the argument",
            Self::Detail => "the property",
        }
    }

    fn limit(self) -> Exceeded {
        match self {
            Self::Value | Self::Detail => Exceeded::Value,
            Self::Arguments => Exceeded::Arguments,
        }
    }
}

fn atom_text(name: qjs::JSAtom) -> String {
    js::with_atom_utf8(name, crate::text::repaired).unwrap_or_else(|Thrown| {
        js::exception();
        String::new()
    })
}

fn shortened(name: String) -> String {
    if name.chars().count() <= 40 { name } else { name.chars().take(40).chain(['…']).collect() }
}

/// Writes a JSON string. The bytes are UTF-8 that may hold lone surrogates.
pub fn push_json_string(bytes: &[u8], out: &mut Vec<u8>) {
    if core::str::from_utf8(bytes).is_err() {
        return push_json_string(crate::text::repaired(bytes).as_bytes(), out);
    }
    out.push(b'"');
    let mut copied = 0;
    for (index, byte) in bytes.iter().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..0x20 => b"",
            _ => continue,
        };
        out.extend_from_slice(&bytes[copied..index]);
        if escape.is_empty() {
            out.extend_from_slice(b"\\u00");
            out.push(b'0' + (byte >> 4));
            out.push(b"0123456789abcdef"[usize::from(byte & 15)]);
        } else {
            out.extend_from_slice(escape);
        }
        copied = index + 1;
    }
    out.extend_from_slice(&bytes[copied..]);
    out.push(b'"');
}
