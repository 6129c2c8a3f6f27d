//! What is forgotten: what was learned and hidden long ago, and the oldest runs that have ended. One that has not is kept, whatever its
//! age, with those whose results it has read: it reads them again when it is taken up.

use crate::{StoreError, database::Database, learned, vault};

/// What is kept.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// Runs that began at this time or later, in milliseconds since 1970.
    pub since_ms: i64,
    /// At most so many bytes of journals, records and results.
    pub bytes: i64,
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Runs.
    pub runs: u64,
    /// Bytes of their journals, records and results.
    pub bytes: i64,
}

/// How long a payload that no journal names is kept: another process may be about to name it.
const UNUSED_MS: i64 = 3_600_000;

/// Runs forgotten in one transaction: others wait for it.
const AT_ONCE: i64 = 200;

/// A statement about the runs that have ended and whose results no other needs.
macro_rules! unneeded {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "ended_ms IS NOT NULL AND NOT EXISTS (
                 SELECT 1 FROM result_uses JOIN runs AS users ON users.id = result_uses.run
                 WHERE result_uses.result = runs.id AND users.ended_ms IS NULL)",
            $after
        )
    };
}

/// Forgets some of the runs that are not to be kept. Nothing is left to forget when it forgot none.
pub(crate) async fn prune(database: &dyn Database, keep: Keep, now_ms: i64) -> Result<Pruned, StoreError> {
    let total = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM runs";
    let mut over = match database.query(total, Vec::new()).await?.pop() {
        Some(mut row) => row.int(0)? - keep.bytes,
        None => 0,
    };
    let oldest =
        unneeded!("SELECT id, started_ms, bytes FROM runs WHERE ", " ORDER BY started_ms, id LIMIT $1");
    let forget = unneeded!("DELETE FROM runs WHERE id = $1 AND ", "");
    let mut pruned = Pruned::default();
    forget_approvals(database, keep).await?;
    learned::forget(database, keep.since_ms).await?;
    vault::forget(database, keep.since_ms).await?;
    for mut row in database.query(oldest, vec![AT_ONCE.into()]).await? {
        let (run, started_ms, bytes) = (row.text(0)?, row.int(1)?, row.int(2)?);
        if started_ms >= keep.since_ms && over <= 0 {
            break;
        }
        database.execute("DELETE FROM approvals WHERE run = $1", vec![run.as_str().into()]).await?;
        database.execute("DELETE FROM requests WHERE run = $1", vec![run.as_str().into()]).await?;
        database.execute(forget, vec![run.as_str().into()]).await?;
        over -= bytes;
        pruned.runs += 1;
        pruned.bytes += bytes;
    }
    if pruned.runs > 0 {
        let unused = "DELETE FROM payloads WHERE used_ms < $1
             AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.payload = payloads.hash)";
        database.execute(unused, vec![(now_ms - UNUSED_MS).into()]).await?;
    }
    Ok(pruned)
}

/// Forgets one run that has ended, and at once what of its journal no other names. False where no such run has ended.
pub(crate) async fn forget(database: &dyn Database, run: &str) -> Result<bool, StoreError> {
    let named = "SELECT DISTINCT payload FROM journal WHERE run = $1 AND payload IS NOT NULL";
    let payloads = database.query(named, vec![run.into()]).await?;
    let ended = "DELETE FROM runs WHERE id = $1 AND ended_ms IS NOT NULL";
    if database.execute(ended, vec![run.into()]).await? == 0 {
        return Ok(false);
    }
    database.execute("DELETE FROM approvals WHERE run = $1", vec![run.into()]).await?;
    database.execute("DELETE FROM requests WHERE run = $1", vec![run.into()]).await?;
    for mut payload in payloads {
        let unused = "DELETE FROM payloads WHERE hash = $1
             AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.payload = payloads.hash)";
        database.execute(unused, vec![payload.maybe_bytes(0)?.unwrap_or_default().into()]).await?;
    }
    Ok(true)
}

/// Forgets what was asked of people in runs that are too old and of which nothing goes on.
async fn forget_approvals(database: &dyn Database, keep: Keep) -> Result<(), StoreError> {
    let forget = "DELETE FROM approvals WHERE asked_ms < $1
         AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = approvals.run AND runs.ended_ms IS NULL)";
    database.execute(forget, vec![keep.since_ms.into()]).await.map(drop)
}
