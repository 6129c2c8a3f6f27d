//! Recognises personal data in text: by form, checksum and the words around it, in one pass over the bytes.
//!
//! What has a checksum is held to it, and what has none (phone numbers) needs a form of its own or a word beside it that
//! says what it is. Names and addresses have no form: nothing here finds them.
//!
//! Read `find` first: it walks from trigger to trigger; each recogniser then looks at one place.

mod accounts;
mod bytes;
mod cards;
mod find;
mod internet;
mod mail;
mod phones;
mod ssn;

pub use find::{Kind, Span, find};
