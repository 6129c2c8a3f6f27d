//! What stands for personal data: pages that only their keeper can read, numbered for each workspace, and the account of
//! every time a value was given back.
//!
//! A page is added under the next number or not at all, so two processes that share a workspace agree on what stands for
//! what. A page that is forgotten stays as an empty one: what it counted is never given out again.

use crate::{
    StoreError,
    database::{Database, Row},
};

/// A page of a workspace's vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultPage {
    /// Its number, from 1.
    pub number: i64,
    /// How often it was replaced.
    pub version: i64,
    /// The last numbers that were given out up to it, as its keeper spells them.
    pub counts: String,
    /// What is in it, encrypted. `None` when it is forgotten.
    pub content: Option<Vec<u8>>,
}

/// By what a reader sees that the pages it has read are not those there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VaultState {
    /// The number of the last page.
    pub pages: i64,
    /// How often pages were replaced.
    pub changes: i64,
}

/// Adds a page. False when another process has added one under this number.
pub(crate) async fn add(
    database: &dyn Database,
    workspace: &str,
    page: VaultPage,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let add = "INSERT INTO vault (workspace, page, version, made_ms, counts, content)
         VALUES ($1, $2, 0, $3, $4, $5) ON CONFLICT (workspace, page) DO NOTHING";
    let values = vec![
        workspace.into(),
        page.number.into(),
        now_ms.into(),
        page.counts.as_str().into(),
        page.content.unwrap_or_default().into(),
    ];
    Ok(database.execute(add, values).await? == 1)
}

/// Puts other content in the place of a page's. False when that is not of this version any more.
pub(crate) async fn replace(
    database: &dyn Database,
    workspace: &str,
    page: VaultPage,
) -> Result<bool, StoreError> {
    let replace = "UPDATE vault SET content = $1, version = version + 1
         WHERE workspace = $2 AND page = $3 AND version = $4";
    let content = page.content.unwrap_or_default();
    let values = vec![content.into(), workspace.into(), page.number.into(), page.version.into()];
    Ok(database.execute(replace, values).await? == 1)
}

/// The pages of a workspace after this one, in order.
pub(crate) async fn pages(
    database: &dyn Database,
    workspace: &str,
    after: i64,
) -> Result<Vec<VaultPage>, StoreError> {
    let pages = "SELECT page, version, counts, content FROM vault
         WHERE workspace = $1 AND page > $2 ORDER BY page";
    let rows = database.query(pages, vec![workspace.into(), after.into()]).await?;
    rows.into_iter().map(|mut row| read(&mut row)).collect()
}

fn read(row: &mut Row) -> Result<VaultPage, StoreError> {
    let (number, version, counts) = (row.int(0)?, row.int(1)?, row.text(2)?);
    Ok(VaultPage { number, version, counts, content: row.maybe_bytes(3)? })
}

/// By what it is seen that the pages have changed.
pub(crate) async fn state(database: &dyn Database, workspace: &str) -> Result<VaultState, StoreError> {
    let state = "SELECT COALESCE(MAX(page), 0), CAST(COALESCE(SUM(version), 0) AS BIGINT)
         FROM vault WHERE workspace = $1";
    match database.query(state, vec![workspace.into()]).await?.pop() {
        Some(mut row) => Ok(VaultState { pages: row.int(0)?, changes: row.int(1)? }),
        None => Ok(VaultState::default()),
    }
}

/// The workspaces that have a vault.
pub(crate) async fn workspaces(database: &dyn Database) -> Result<Vec<String>, StoreError> {
    let all = "SELECT DISTINCT workspace FROM vault ORDER BY workspace";
    database.query(all, Vec::new()).await?.into_iter().map(|mut row| row.text(0)).collect()
}

/// Forgets what was put into vaults before this time, and the account of it.
pub(crate) async fn forget(database: &dyn Database, before_ms: i64) -> Result<(), StoreError> {
    let pages = "UPDATE vault SET content = NULL, version = version + 1
         WHERE made_ms < $1 AND content IS NOT NULL";
    database.execute(pages, vec![before_ms.into()]).await?;
    let account = "DELETE FROM restorations WHERE at_ms < $1";
    database.execute(account, vec![before_ms.into()]).await.map(drop)
}

/// Which entries of the account are asked for, the latest first.
#[derive(Debug, Clone, Default)]
pub struct WhichRestorations {
    /// Those of this run.
    pub run: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// An entry of the account: when, in which run, and what, as its keeper spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restoration {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The run; empty outside of any.
    pub run: String,
    /// What: never the value.
    pub about: String,
}

/// Notes that values were given back.
pub(crate) async fn note(database: &dyn Database, notes: Vec<Restoration>) -> Result<(), StoreError> {
    let note = "INSERT INTO restorations (at_ms, run, about) VALUES ($1, $2, $3)";
    for Restoration { at_ms, run, about } in notes {
        database.execute(note, vec![at_ms.into(), run.as_str().into(), about.as_str().into()]).await?;
    }
    Ok(())
}

/// The account of what was given back.
pub(crate) async fn restorations(
    database: &dyn Database,
    which: WhichRestorations,
) -> Result<Vec<Restoration>, StoreError> {
    let limit = i64::from(which.limit).into();
    let rows = match which.run {
        Some(run) => {
            let of_run =
                "SELECT at_ms, run, about FROM restorations WHERE run = $1 ORDER BY at_ms DESC LIMIT $2";
            database.query(of_run, vec![run.as_str().into(), limit]).await?
        }
        None => {
            let all = "SELECT at_ms, run, about FROM restorations ORDER BY at_ms DESC LIMIT $1";
            database.query(all, vec![limit]).await?
        }
    };
    let read = |mut row: Row| Ok(Restoration { at_ms: row.int(0)?, run: row.text(1)?, about: row.text(2)? });
    rows.into_iter().map(read).collect()
}
