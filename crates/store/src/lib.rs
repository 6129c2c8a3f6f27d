//! What outlives a process: runs and their journals, calls that wait for a person, what was learned of tools, and what
//! stands for personal data.
//!
//! The statements are written once and are understood by SQLite and by PostgreSQL; only the driver differs
//! (`database`). All changes pass one writer (`writer`), which commits together what came while the last commit was
//! made: a change costs its caller one wait, and a hundred callers share it. Where nobody else writes, a caller that waits
//! may make its change itself (`direct`). A change is in the queue, in its order,
//! when the method returns; its [`Pending`] is done when the change is durable. A caller that needs no such promise drops it.
//!
//! A run belongs to one owner at a time, by an epoch that grows when another takes it over: a stale owner cannot write.
//! Owners of a file show that they live by a lock (`presence`), those of a server by a beat that others watch, so no two
//! clocks have to agree.
//!
//! Knows nothing of what is kept: entries and records are bytes.

mod approvals;
mod database;
mod direct;
mod entries;
mod error;
mod learned;
mod owners;
mod postgres;
mod presence;
mod prune;
mod requests;
mod results;
mod runs;
mod schema;
mod sqlite;
mod store;
mod vault;
mod writer;

pub use approvals::{KeptApproval, KeptDecision, NewApproval, WhichApprovals};
pub use error::StoreError;
pub use learned::{Learned, LearnedOf};
pub use owners::Owner;
pub use prune::{Keep, Pruned};
pub use requests::{KnownRequest, NewRequest};
pub use results::NewResult;
pub use runs::{Ended, Lease, Listed, NewRun, Which};
pub use sqlite::Sync;
#[cfg(feature = "faults")]
pub use store::StopAfter;
pub use store::{Store, Where};
pub use vault::{Restoration, VaultPage, VaultState, WhichRestorations};
pub use writer::Pending;
