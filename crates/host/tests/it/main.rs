//! The host with a worker that does as it is told: every end a run can have, and every fault of a worker.

mod bench;
mod changes;
mod crowds;
mod durable;
mod events;
mod faults;
mod fixture;
mod moves;
mod once;
mod plans;
mod private;
mod results;
mod resume;
mod runs;
mod schedules;
