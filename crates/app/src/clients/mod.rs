//! The clients of this machine: where they keep their servers, and how those come to Narrows and back.
//!
//! A client is a row of data (`table`). Its file is found (`found`) and edited in its own language (`document`), its entries are read
//! in whatever shape they have (`entry`, `variables`) and gathered in one configuration (`gathered`). Nothing is written before a `plan` was
//! shown, nor before everything that it changes is kept (`backups`).

mod backups;
mod document;
mod entry;
mod found;
mod gathered;
#[cfg(test)]
mod page;
mod plan;
mod table;
mod variables;

pub(crate) use backups::{Backups, Held, Undone};
pub(crate) use gathered::Gathered;
pub(crate) use plan::{Choice, ClientPlan, End, Fate, Link, Plan, Start};
pub(crate) use table::CLIENTS;
