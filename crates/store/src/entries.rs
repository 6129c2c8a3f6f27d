//! Entries of a journal in their rows. A large one lies beside, by its hash: what many runs have in common is kept once.
//! Whether an entry is the one that was written is known when it is read.

use sha2::{Digest, Sha256};

use crate::{
    StoreError,
    database::{Database, Row, Value},
};

/// A larger entry lies beside its journal. Most answers are smaller, most programs larger.
const BESIDE_BYTES: usize = 8 * 1024;

/// How an entry stands in its row: as it is with its checksum, or as the hash of what lies beside.
pub(crate) struct Placed {
    pub(crate) entry: Value,
    pub(crate) checksum: Value,
    pub(crate) payload: Value,
}

/// Puts an entry where it belongs.
pub(crate) async fn place(
    database: &dyn Database,
    entry: Vec<u8>,
    now_ms: i64,
) -> Result<Placed, StoreError> {
    if entry.len() <= BESIDE_BYTES {
        let checksum = checksum(&entry).into();
        return Ok(Placed { entry: entry.into(), checksum, payload: Value::Null });
    }
    let hash = Sha256::digest(&entry).to_vec();
    // The time keeps one that is used again from being pruned at this very moment.
    let put = "INSERT INTO payloads (hash, used_ms, content) VALUES ($1, $2, $3)
         ON CONFLICT (hash) DO UPDATE SET used_ms = excluded.used_ms";
    database.execute(put, vec![hash.clone().into(), now_ms.into(), entry.into()]).await?;
    Ok(Placed { entry: Value::Null, checksum: Value::Null, payload: hash.into() })
}

/// The entries of a journal, all of them.
pub(crate) async fn of_journal(database: &dyn Database, run: &str) -> Result<Vec<Vec<u8>>, StoreError> {
    let entries = "SELECT journal.seq, journal.entry, journal.checksum, journal.payload, payloads.content
         FROM journal LEFT JOIN payloads ON payloads.hash = journal.payload
         WHERE journal.run = $1 ORDER BY journal.seq";
    let rows = database.query(entries, vec![run.into()]).await?;
    let read = |(row, seq)| {
        let damaged = || StoreError::Damaged(format!("entry {seq} of the journal of `{run}`").into());
        read(row, seq)?.ok_or_else(damaged)
    };
    rows.into_iter().zip(0..).map(read).collect()
}

/// The entry in a row, if it is what was written there.
fn read(mut row: Row, seq: i64) -> Result<Option<Vec<u8>>, StoreError> {
    if row.int(0)? != seq {
        return Ok(None);
    }
    let (entry, sum) = (row.maybe_bytes(1)?, row.maybe_int(2)?);
    let (hash, content) = (row.maybe_bytes(3)?, row.maybe_bytes(4)?);
    Ok(match entry {
        Some(entry) => (sum == Some(checksum(&entry))).then_some(entry),
        None => content.filter(|content| hash.is_some_and(|hash| hash == Sha256::digest(content).as_slice())),
    })
}

fn checksum(entry: &[u8]) -> i64 {
    crc32fast::hash(entry).into()
}
