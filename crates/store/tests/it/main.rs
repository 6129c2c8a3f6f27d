//! The store as its users see it.

mod faults;
mod fixture;
mod runs;
