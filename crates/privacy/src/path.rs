//! Where in JSON one is: the keys and arrays around a place.

use std::ops::Range;

use crate::{json::What, reading::Token};

/// Bytes of a path that is written. A longer one names no field of a tool, and strangers nest as deep as they like.
const BYTES_MAX: usize = 200;

/// The arrays and objects around a place, the outermost first.
#[derive(Default)]
pub(crate) struct Path {
    frames: Vec<Frame>,
    /// Of each object, the key whose value comes next. By themselves, because strangers put keys within any number of arrays.
    keys: Vec<Range<usize>>,
}

#[derive(PartialEq)]
enum Frame {
    Array,
    Object,
}

impl Path {
    /// Goes on over a token.
    pub(crate) fn see(&mut self, token: &Token) {
        match token.what {
            What::Array => self.frames.push(Frame::Array),
            What::Object => {
                self.frames.push(Frame::Object);
                self.keys.push(0..0);
            }
            What::Close => {
                if self.frames.pop() == Some(Frame::Object) {
                    self.keys.pop();
                }
            }
            What::Key => {
                if let Some(key) = self.keys.last_mut() {
                    *key = token.range.clone();
                }
            }
            What::String | What::Number => {}
        }
    }

    /// How many arrays and objects are around.
    pub(crate) fn depth(&self) -> usize {
        self.frames.len()
    }

    /// The keys around, the innermost first.
    pub(crate) fn keys(&self) -> impl Iterator<Item = Range<usize>> {
        self.keys.iter().rev().cloned()
    }

    /// As people write it: `messages[].to`. Of a long one, the end.
    pub(crate) fn written(&self, text: &str) -> String {
        let (mut parts, mut keys) = (Vec::new(), self.keys());
        let mut left = BYTES_MAX;
        for frame in self.frames.iter().rev() {
            let part = match frame {
                Frame::Array => "[]",
                Frame::Object => keys.next().map_or("", |key| &text[key]),
            };
            let Some(rest) = left.checked_sub(part.len() + 1) else {
                parts.push("…");
                break;
            };
            left = rest;
            parts.push(part);
        }
        let mut written = String::new();
        for part in parts.into_iter().rev() {
            if part != "[]" && !written.is_empty() {
                written.push('.');
            }
            written.push_str(part);
        }
        written
    }
}
