//! What was learned of the results of tools, by their definitions: another definition is another row.

use crate::{
    StoreError,
    database::{Database, Row},
};

/// Of which tool, as it was defined.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LearnedOf {
    /// The server's name.
    pub server: String,
    /// The tool's name.
    pub tool: String,
    /// The fingerprint of its definition.
    pub definition: i64,
}

/// What was learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// From so many results.
    pub results: i64,
    /// What they have in common.
    pub shape: Vec<u8>,
}

/// Keeps what was learned, in place of what was learned of `before` results. False when that is not what is kept: another
/// process has learned something meanwhile.
pub(crate) async fn learn(
    database: &dyn Database,
    of: LearnedOf,
    before: i64,
    learned: Learned,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let Learned { results, shape } = learned;
    let (results, shape) = (results.into(), shape.into());
    let of = [of.server.as_str().into(), of.tool.as_str().into(), of.definition.into()];
    let changed = if before == 0 {
        let first = "INSERT INTO learned (results, shape, learned_ms, server, tool, definition)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (server, tool, definition) DO NOTHING";
        database.execute(first, [results, shape, now_ms.into()].into_iter().chain(of).collect())
    } else {
        let next = "UPDATE learned SET results = $1, shape = $2, learned_ms = $3
             WHERE server = $4 AND tool = $5 AND definition = $6 AND results = $7";
        let values = [results, shape, now_ms.into()].into_iter().chain(of).chain([before.into()]);
        database.execute(next, values.collect())
    };
    Ok(changed.await? == 1)
}

/// What was learned of one tool.
pub(crate) async fn find(database: &dyn Database, of: &LearnedOf) -> Result<Option<Learned>, StoreError> {
    let find = "SELECT results, shape FROM learned WHERE server = $1 AND tool = $2 AND definition = $3";
    let values = vec![of.server.as_str().into(), of.tool.as_str().into(), of.definition.into()];
    database.query(find, values).await?.pop().map(|mut row| learned(&mut row, 0)).transpose()
}

/// Everything that was learned.
pub(crate) async fn all(database: &dyn Database) -> Result<Vec<(LearnedOf, Learned)>, StoreError> {
    let all = "SELECT server, tool, definition, results, shape FROM learned ORDER BY server, tool";
    let read = |mut row: Row| {
        let of = LearnedOf { server: row.text(0)?, tool: row.text(1)?, definition: row.int(2)? };
        Ok((of, learned(&mut row, 3)?))
    };
    database.query(all, Vec::new()).await?.into_iter().map(read).collect()
}

/// Forgets what nothing was added to since this time.
pub(crate) async fn forget(database: &dyn Database, since_ms: i64) -> Result<(), StoreError> {
    database.execute("DELETE FROM learned WHERE learned_ms < $1", vec![since_ms.into()]).await.map(drop)
}

fn learned(row: &mut Row, at: usize) -> Result<Learned, StoreError> {
    Ok(Learned { results: row.int(at)?, shape: row.maybe_bytes(at + 1)?.unwrap_or_default() })
}
