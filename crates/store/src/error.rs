//! Why something was not kept or not found.

use std::sync::Arc;

/// Why the store did not do what it was asked. Nothing is changed when it says so.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database was written by a newer program.
    #[error(
        "the database was written by a newer Narrows (its schema is {found}, this one knows {known}); update Narrows, or name another database in `narrows.store.url`"
    )]
    Newer {
        /// The version of its schema.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// Another process held the database for too long.
    #[error("the database is locked by another program")]
    Locked,
    /// What is in the file is no database, or a damaged one.
    #[error("the database is damaged: {0}")]
    Damaged(Arc<str>),
    /// There is no room for the change.
    #[error("the disk of the database is full")]
    Full,
    /// Another process has taken the run over, or it has ended.
    #[error("another Narrows has taken the run over")]
    TakenOver,
    /// Any other failure of the database or the way to it.
    #[error("the database failed: {0}")]
    Failed(Arc<str>),
}

impl StoreError {
    /// Whether it concerns one change alone, and those beside it stand.
    pub(crate) fn is_of_one_change(&self) -> bool {
        matches!(self, Self::TakenOver)
    }

    pub(crate) fn failed(error: impl Into<String>) -> Self {
        Self::Failed(error.into().into())
    }
}
