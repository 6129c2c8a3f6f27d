//! The JavaScript engine: WebAssembly instances of the guest, and what each may use.
//!
//! [`Engine`] holds the machine code and the slots; [`Instance`] is one run, driven slice by slice. Everything the
//! guest says is hostile: lengths, numbers and order are checked in [`boundary`], amounts in [`ledger`].

mod artefact;
mod boundary;
mod instance;
mod ledger;
mod pool;
mod settings;
mod ticker;

pub(crate) use artefact::fingerprint;
pub(crate) use instance::{Input, Instance};
pub(crate) use ledger::Reader;
pub(crate) use pool::Engine;
pub(crate) use settings::WASM_STACK_BYTES;

// What the other engine shares: its side says the same things in the same encoding, and is held to the same account.
#[cfg(target_os = "linux")]
pub(crate) use boundary::{DESCRIPTION_BYTES_MAX, NAME_BYTES_MAX, decoded_end};
#[cfg(target_os = "linux")]
pub(crate) use instance::{encoded_settlement, encoded_start};
#[cfg(target_os = "linux")]
pub(crate) use ledger::{Dishonest, Ledger, Trapped};
