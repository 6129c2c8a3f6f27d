//! The store as its users see it.

mod approvals;
mod faults;
mod fixture;
mod learned;
mod requests;
mod results;
mod runs;
mod vault;
