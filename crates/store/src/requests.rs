//! Requests under a key of their sender's: the run that each began, so that one which is sent again begins no other.

use crate::{StoreError, database::Database};

/// A request under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRequest {
    /// Whose keys they are: the same key of another scope is another key.
    pub scope: String,
    /// The key.
    pub key: String,
    /// What tells the request from others: a hash.
    pub fingerprint: Vec<u8>,
}

/// A request that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRequest {
    /// The run it began.
    pub run: String,
    /// What tells the request from others.
    pub fingerprint: Vec<u8>,
}

/// Notes that a request begins a run. Gives what is known where its key was used before: then nothing is noted.
pub(crate) async fn enter(
    database: &dyn Database,
    request: NewRequest,
    run: &str,
) -> Result<Option<KnownRequest>, StoreError> {
    // Two processes that enter one key at once wait for each other here.
    let enter = "INSERT INTO requests (scope, idempotency_key, fingerprint, run) VALUES ($1, $2, $3, $4)
         ON CONFLICT (scope, idempotency_key) DO NOTHING";
    let NewRequest { scope, key, fingerprint } = request;
    let values = vec![scope.as_str().into(), key.as_str().into(), fingerprint.into(), run.into()];
    if database.execute(enter, values).await? == 1 {
        return Ok(None);
    }
    let known = "SELECT run, fingerprint FROM requests WHERE scope = $1 AND idempotency_key = $2";
    let mut rows = database.query(known, vec![scope.as_str().into(), key.as_str().into()]).await?;
    let vanished = || StoreError::failed("a row vanished in the transaction that found it");
    let mut row = rows.pop().ok_or_else(vanished)?;
    let fingerprint = row.maybe_bytes(1)?.unwrap_or_default();
    Ok(Some(KnownRequest { run: row.text(0)?, fingerprint }))
}

/// The run that a request under this key began.
pub(crate) async fn find(
    database: &dyn Database,
    scope: &str,
    key: &str,
) -> Result<Option<String>, StoreError> {
    let find = "SELECT run FROM requests WHERE scope = $1 AND idempotency_key = $2";
    let mut rows = database.query(find, vec![scope.into(), key.into()]).await?;
    rows.pop().map(|mut row| row.text(0)).transpose()
}
