//! Large results of runs, in parts: whatever of one is asked for, no more is read than that.

use crate::{
    StoreError,
    database::{Database, Row},
};

/// What a part holds. A page of a result is read from a few of them, whichever page it is.
const PART_BYTES: usize = 64 * 1024;

/// A result that is kept with its run, and forgotten with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewResult {
    /// What is known of it, as its keeper spells it.
    pub about: Vec<u8>,
    /// The result.
    pub content: Vec<u8>,
}

impl NewResult {
    pub(crate) fn bytes(&self) -> usize {
        self.about.len() + self.content.len()
    }
}

/// Keeps the parts of a run's result.
pub(crate) async fn put(database: &dyn Database, run: &str, content: &[u8]) -> Result<(), StoreError> {
    let insert = "INSERT INTO result_parts (run, part, content, checksum) VALUES ($1, $2, $3, $4)";
    for (number, part) in (0_i64..).zip(content.chunks(PART_BYTES)) {
        let row = vec![run.into(), number.into(), part.to_vec().into(), checksum(part).into()];
        database.execute(insert, row).await?;
    }
    Ok(())
}

/// What is known of a run's result. `None` where the run has none beside its record.
pub(crate) async fn about(database: &dyn Database, run: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let mut rows = database.query("SELECT result FROM runs WHERE id = $1", vec![run.into()]).await?;
    rows.pop().map_or(Ok(None), |mut row| row.maybe_bytes(0))
}

/// So many bytes of a run's result from this one on; fewer where it ends before. `None` where it is not kept (any more).
pub(crate) async fn part(
    database: &dyn Database,
    run: &str,
    from: usize,
    bytes: usize,
) -> Result<Option<Vec<u8>>, StoreError> {
    let (first, end) = (from / PART_BYTES, from.saturating_add(bytes).div_ceil(PART_BYTES));
    let parts = "SELECT part, content, checksum FROM result_parts
         WHERE run = $1 AND part >= $2 AND part < $3 ORDER BY part";
    let bound = |part: usize| i64::try_from(part).unwrap_or(i64::MAX);
    let rows = database.query(parts, vec![run.into(), bound(first).into(), bound(end).into()]).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let mut content = Vec::with_capacity(rows.len() * PART_BYTES);
    for (number, row) in (bound(first)..).zip(rows) {
        let damaged = || StoreError::Damaged(format!("part {number} of the result of `{run}`").into());
        content.extend(read(row, number)?.ok_or_else(damaged)?);
    }
    let skipped = (from - first * PART_BYTES).min(content.len());
    content.drain(..skipped);
    content.truncate(bytes);
    Ok(Some(content))
}

/// The part in a row, if it is what was written there.
fn read(mut row: Row, number: i64) -> Result<Option<Vec<u8>>, StoreError> {
    if row.int(0)? != number {
        return Ok(None);
    }
    let (content, sum) = (row.maybe_bytes(1)?, row.maybe_int(2)?);
    Ok(content.filter(|content| sum == Some(checksum(content))))
}

/// Notes that a run that has not ended read the result of another, which is kept until it has.
pub(crate) async fn note_use(database: &dyn Database, run: &str, result: &str) -> Result<(), StoreError> {
    let note = "INSERT INTO result_uses (run, result)
         SELECT users.id, used.id FROM runs AS users, runs AS used WHERE users.id = $1 AND used.id = $2
         ON CONFLICT DO NOTHING";
    database.execute(note, vec![run.into(), result.into()]).await.map(drop)
}

fn checksum(part: &[u8]) -> i64 {
    crc32fast::hash(part).into()
}
