//! Recognises personal data in text: by form, checksum and the words around it, in one pass over the bytes.
//!
//! What has a checksum is held to it, and what has none (phone numbers) needs a form of its own or a word beside it that
//! says what it is. Names and addresses have no form: they are found by the fields that a configuration names.
//!
//! Read `find` first: it walks from trigger to trigger; each recogniser then looks at one place. `reading` makes of JSON the text
//! that is meant and knows where it stands; `finder` looks through readings; `place` and `slots` put placeholders in and values back.
//! All take time by the length of the text alone, whatever it holds.

mod accounts;
mod bytes;
mod cards;
mod coded;
mod escapes;
mod fields;
mod find;
mod finder;
mod internet;
mod json;
mod kind;
mod known;
mod layer;
mod mail;
mod path;
mod phones;
mod place;
mod placeholder;
mod reading;
mod slots;
mod spelt;
mod ssn;

pub use find::{Span, find};
pub use finder::{Finder, FinderError, FinderOptions};
pub use kind::Kind;
pub use known::Known;
pub use place::{Form, Place, hidden};
pub use slots::{Slot, filled, slots, slots_in_text};
pub use spelt::{Respelt, Spellings, respelt};
