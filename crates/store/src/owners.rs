//! Who owns runs, and who takes over those of an owner that is gone.
//!
//! A living owner changes its beat every now and then. Who sees the same beat for longer than that knows that the owner
//! does not live, by its own clock alone.

use crate::{StoreError, database::Database, runs::Lease};

/// An owner of runs that have not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its name.
    pub name: String,
    /// Its last beat; `None` when it has left.
    pub beat: Option<i64>,
}

/// The statement that finds the owners of unfinished runs with this value in a column.
macro_rules! unfinished_by {
    ($column:literal) => {
        concat!(
            "SELECT DISTINCT runs.owner, owners.beat FROM runs
             LEFT JOIN owners ON owners.name = runs.owner
             WHERE runs.",
            $column,
            " = $1 AND runs.ended_ms IS NULL"
        )
    };
}

/// The statement that gives the unfinished runs of an owner that is gone to another, those with this value in a column.
macro_rules! take_by {
    ($column:literal) => {
        concat!(
            "UPDATE runs SET owner = $1, epoch = epoch + 1 WHERE ",
            $column,
            " = $2 AND owner = $3 AND ended_ms IS NULL
             AND COALESCE((SELECT beat FROM owners WHERE name = $3), 0) = $4
             RETURNING id, epoch"
        )
    };
}

/// Shows that an owner lives.
pub(crate) async fn beat(database: &dyn Database, name: &str) -> Result<(), StoreError> {
    let beat = "INSERT INTO owners (name, beat) VALUES ($1, 1)
         ON CONFLICT (name) DO UPDATE SET beat = owners.beat + 1";
    database.execute(beat, vec![name.into()]).await.map(drop)
}

/// Says that an owner goes. What it has not ended is free at once.
pub(crate) async fn leave(database: &dyn Database, name: &str) -> Result<(), StoreError> {
    database.execute("DELETE FROM owners WHERE name = $1", vec![name.into()]).await.map(drop)
}

/// The owners of a home's runs that have not ended.
pub(crate) async fn of_unfinished(database: &dyn Database, home: &str) -> Result<Vec<Owner>, StoreError> {
    unfinished(database, unfinished_by!("home"), home).await
}

/// The owner of a run that has not ended.
pub(crate) async fn of(database: &dyn Database, run: &str) -> Result<Option<Owner>, StoreError> {
    Ok(unfinished(database, unfinished_by!("id"), run).await?.pop())
}

/// Takes over the unfinished runs of an owner that was seen at this beat and has none since.
pub(crate) async fn take_over(
    database: &dyn Database,
    home: &str,
    gone: &Owner,
    owner: &str,
) -> Result<Vec<Lease>, StoreError> {
    taken(database, take_by!("home"), home, gone, owner).await
}

/// Takes over one run, under the same condition.
pub(crate) async fn take(
    database: &dyn Database,
    run: &str,
    gone: &Owner,
    owner: &str,
) -> Result<Lease, StoreError> {
    taken(database, take_by!("id"), run, gone, owner).await?.pop().ok_or(StoreError::TakenOver)
}

async fn unfinished(
    database: &dyn Database,
    statement: &'static str,
    of: &str,
) -> Result<Vec<Owner>, StoreError> {
    let rows = database.query(statement, vec![of.into()]).await?;
    rows.into_iter().map(|mut row| Ok(Owner { name: row.text(0)?, beat: row.maybe_int(1)? })).collect()
}

async fn taken(
    database: &dyn Database,
    statement: &'static str,
    of: &str,
    gone: &Owner,
    owner: &str,
) -> Result<Vec<Lease>, StoreError> {
    let values = vec![owner.into(), of.into(), gone.name.as_str().into(), gone.beat.unwrap_or(0).into()];
    let rows = database.query(statement, values).await?;
    rows.into_iter().map(|mut row| Ok(Lease { run: row.text(0)?, epoch: row.int(1)? })).collect()
}
