//! Errors as the host hears of them: names, messages, stacks without the prelude's frames.

use crate::{
    encode::{self, Subject},
    intrinsics,
    js::{self, Value},
};

/// The most a message or a stack may take on its way out.
const TEXT_BYTES_MAX: usize = 32 * 1024;

/// Classes an error may have behind each other. Real ones have three.
const CLASSES_MAX: usize = 16;

/// The name of the prelude's frames.
const PRELUDE: &str = "narrows:prelude";

/// An error in words.
pub struct Description {
    pub name: String,
    pub message: String,
    pub stack: String,
    /// JSON of the other properties, or nothing.
    pub properties: Vec<u8>,
}

/// Describes anything thrown. Getters may run; nothing they do can make this fail.
pub fn describe(thrown: &Value) -> Description {
    if !thrown.is_error() {
        return Description {
            name: "Error".into(),
            message: text_of_thrown(thrown),
            stack: String::new(),
            properties: Vec::new(),
        };
    }
    let name =
        text_property(thrown, c"name").filter(|name| !name.is_empty()).unwrap_or_else(|| "Error".into());
    let message = text_property(thrown, c"message").unwrap_or_default();
    let stack = text_property(thrown, c"stack").map(|stack| without_prelude(&stack)).unwrap_or_default();
    let stack = without_constructors(thrown, &stack).to_owned();
    Description { name, message, stack, properties: properties(thrown) }
}

impl Description {
    /// Four texts, each behind its length.
    pub fn encoded(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [self.name.as_bytes(), self.message.as_bytes(), self.stack.as_bytes(), &self.properties] {
            bytes.extend_from_slice(&(part.len() as u32).to_le_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

/// The stack here, without the prelude's frames: innermost first.
pub fn stack_here() -> String {
    text_of_stack(&raw_stack_here())
}

/// The stack here as QuickJS writes it: cheap, for calls whose stack is hardly ever asked for.
pub fn raw_stack_here() -> Value {
    settled(Value::error().and_then(|error| intrinsics::error_stack(&error))).unwrap_or_else(Value::undefined)
}

/// A stack as QuickJS writes it, as text without the prelude's frames.
pub fn text_of_stack(stack: &Value) -> String {
    let text = if stack.is_string() { settled(stack.to_text()) } else { None };
    text.map(|text| without_prelude(&text)).unwrap_or_default()
}

/// Line and column of the innermost frame of a script; zeros when there is none.
pub fn place_in(stack: &Value) -> (u32, u32) {
    let place = |text: &[u8]| {
        let mut frames = core::str::from_utf8(text).ok()?.lines().filter(|frame| !frame.contains(PRELUDE));
        frames.find_map(place_of)
    };
    let place = if stack.is_string() { settled(stack.with_utf8(place)).flatten() } else { None };
    place.unwrap_or_default()
}

fn place_of(frame: &str) -> Option<(u32, u32)> {
    let (rest, column) = frame.trim_end_matches(')').rsplit_once(':')?;
    let (_, line) = rest.rsplit_once(':')?;
    Some((line.parse().ok()?, column.parse().ok()?))
}

fn without_prelude(stack: &str) -> String {
    let mut kept = String::new();
    for frame in stack.lines() {
        let native_at_top = kept.is_empty() && frame.ends_with("(native)");
        if !native_at_top && !frame.contains(PRELUDE) {
            kept.push_str(frame);
            kept.push('\n');
        }
    }
    kept.truncate(kept.trim_end().len());
    shortened(kept)
}

/// A stack from where the error was made on: the frames of its own class, which QuickJS leaves at the top, say nothing.
fn without_constructors<'s>(error: &Value, stack: &'s str) -> &'s str {
    let names = class_names(error);
    let mut rest = stack;
    while let Some((frame, below)) = rest.split_once('\n') {
        let function = frame.trim_start().strip_prefix("at ").and_then(|frame| frame.rsplit_once(" ("));
        if !function.is_some_and(|(function, _)| names.iter().any(|name| name == function)) {
            break;
        }
        rest = below;
    }
    rest
}

/// The names of an error's class and of those it extends.
fn class_names(error: &Value) -> Vec<String> {
    let mut names = Vec::new();
    let mut class = settled(error.get(c"constructor"));
    while names.len() < CLASSES_MAX
        && let Some(this) = class.filter(Value::is_function)
    {
        names.push(text_property(&this, c"name").unwrap_or_default());
        class = settled(this.get(c"__proto__"));
    }
    names
}

/// A property that is a string, as text.
fn text_property(object: &Value, name: &core::ffi::CStr) -> Option<String> {
    let value = settled(object.get(name))?;
    if value.is_string() { settled(value.to_text()).map(shortened) } else { None }
}

fn text_of_thrown(thrown: &Value) -> String {
    let json = || {
        settled(encode::encode(thrown, Subject::Detail)).flatten().map(|json| crate::text::repaired(&json))
    };
    let text = || settled(thrown.to_text());
    let text = if thrown.is_object() && !thrown.is_function() { json().or_else(text) } else { text() };
    shortened(text.unwrap_or_else(|| "a value that cannot be shown".into()))
}

/// The error's own properties and its cause as a JSON object; those that cannot be encoded are left out.
fn properties(error: &Value) -> Vec<u8> {
    let mut json = Vec::new();
    let hidden = [("cause", c"cause"), ("errors", c"errors")];
    for (name, c_name) in hidden {
        if let Some(value) = settled(error.get(c_name)).filter(|value| !value.is_undefined()) {
            push_property(name.as_bytes(), &value, &mut json);
        }
    }
    if let Some(names) = settled(error.own_names()) {
        for index in 0..names.count() {
            let name =
                settled(js::with_atom_utf8(names.at(index), crate::text::repaired)).unwrap_or_default();
            let known = matches!(name.as_str(), "name" | "message" | "stack" | "cause" | "errors");
            if !known && let Some(value) = settled(error.get_atom(names.at(index))) {
                push_property(name.as_bytes(), &value, &mut json);
            }
        }
    }
    if !json.is_empty() {
        json.push(b'}');
    }
    json
}

fn push_property(name: &[u8], value: &Value, json: &mut Vec<u8>) {
    let Some(value) = settled(encode::encode(value, Subject::Detail)).flatten() else { return };
    if json.len() + value.len() > 2 * TEXT_BYTES_MAX {
        return;
    }
    json.push(if json.is_empty() { b'{' } else { b',' });
    encode::push_json_string(name, json);
    json.push(b':');
    json.extend_from_slice(&value);
}

/// The value, or nothing and no exception left behind.
fn settled<T>(result: js::Result<T>) -> Option<T> {
    result
        .inspect_err(|js::Thrown| {
            js::exception();
        })
        .ok()
}

fn shortened(mut text: String) -> String {
    if text.len() > TEXT_BYTES_MAX {
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        text.push('…');
    }
    text
}
