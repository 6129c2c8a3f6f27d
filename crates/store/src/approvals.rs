//! Calls that wait for a person, and what was decided about them.
//!
//! One is named by its run and its number there, so a run that is taken up after a crash finds its own again. The first
//! decision stands.

use crate::{
    StoreError,
    database::{Database, Row},
};

/// A call that a person is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApproval {
    /// Its run.
    pub run: String,
    /// Its number in the run.
    pub call: i64,
    /// What is asked for, as its keeper spells it: the same call is the same bytes.
    pub request: Vec<u8>,
    /// What else a list shows of it: a text.
    pub about: String,
    /// When it was asked, in milliseconds since 1970.
    pub asked_ms: i64,
    /// When nobody needs to decide any more.
    pub expires_ms: i64,
}

/// A call that a person was asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptApproval {
    /// What was asked.
    pub asked: NewApproval,
    /// What was decided; `None` while it waits.
    pub verdict: Option<KeptDecision>,
}

/// What was decided about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDecision {
    /// One word.
    pub word: String,
    /// When, in milliseconds since 1970.
    pub decided_ms: i64,
    /// By whom.
    pub by: String,
}

/// Which calls a list shows, the latest first.
#[derive(Debug, Clone, Default)]
pub struct WhichApprovals {
    /// Those of this run.
    pub run: Option<String>,
    /// Those alone that wait.
    pub waiting: bool,
    /// At most so many.
    pub limit: u32,
}

/// What is kept of a call, in the order of [`read`].
macro_rules! kept {
    ($rest:literal) => {
        concat!(
            "SELECT run, call, request, about, asked_ms, expires_ms, verdict, decided_ms, decided_by
             FROM approvals ",
            $rest
        )
    };
}

/// Notes that a person is asked, unless that is known. Gives what is known: another call that bears the same number, as in
/// a run whose script was changed, is forgotten.
pub(crate) async fn ask(database: &dyn Database, new: NewApproval) -> Result<KeptApproval, StoreError> {
    let ask = "INSERT INTO approvals (run, call, request, about, asked_ms, expires_ms)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (run, call) DO UPDATE SET request = excluded.request, about = excluded.about,
             asked_ms = excluded.asked_ms, expires_ms = excluded.expires_ms,
             verdict = NULL, decided_ms = NULL, decided_by = NULL
         WHERE approvals.request <> excluded.request";
    let (run, call) = (new.run.clone(), new.call);
    let NewApproval { request, about, asked_ms, expires_ms, .. } = new;
    let values = vec![
        run.as_str().into(),
        call.into(),
        request.into(),
        about.as_str().into(),
        asked_ms.into(),
        expires_ms.into(),
    ];
    database.execute(ask, values).await?;
    let vanished = || StoreError::failed("a row vanished in the transaction that made it");
    find(database, &run, call).await?.ok_or_else(vanished)
}

/// Notes what was decided. False when it had been decided before, or there is no such call.
pub(crate) async fn decide(
    database: &dyn Database,
    run: &str,
    call: i64,
    verdict: KeptDecision,
) -> Result<bool, StoreError> {
    let decide = "UPDATE approvals SET verdict = $1, decided_ms = $2, decided_by = $3
         WHERE run = $4 AND call = $5 AND verdict IS NULL";
    let KeptDecision { word, decided_ms, by } = verdict;
    let values = vec![word.as_str().into(), decided_ms.into(), by.as_str().into(), run.into(), call.into()];
    Ok(database.execute(decide, values).await? == 1)
}

/// Notes the same about all calls of a run that wait.
pub(crate) async fn decide_all(
    database: &dyn Database,
    run: &str,
    verdict: KeptDecision,
) -> Result<(), StoreError> {
    let decide = "UPDATE approvals SET verdict = $1, decided_ms = $2, decided_by = $3
         WHERE run = $4 AND verdict IS NULL";
    let KeptDecision { word, decided_ms, by } = verdict;
    let values = vec![word.as_str().into(), decided_ms.into(), by.as_str().into(), run.into()];
    database.execute(decide, values).await.map(drop)
}

pub(crate) async fn find(
    database: &dyn Database,
    run: &str,
    call: i64,
) -> Result<Option<KeptApproval>, StoreError> {
    let rows = database.query(kept!("WHERE run = $1 AND call = $2"), vec![run.into(), call.into()]);
    rows.await?.pop().map(read).transpose()
}

/// The runs and numbers of all calls that wait.
pub(crate) async fn waiting(database: &dyn Database) -> Result<Vec<(String, i64)>, StoreError> {
    let waiting = "SELECT run, call FROM approvals WHERE verdict IS NULL";
    let rows = database.query(waiting, Vec::new()).await?;
    rows.into_iter().map(|mut row| Ok((row.text(0)?, row.int(1)?))).collect()
}

pub(crate) async fn list(
    database: &dyn Database,
    which: WhichApprovals,
) -> Result<Vec<KeptApproval>, StoreError> {
    let limit = i64::from(which.limit).into();
    let rows = match (which.run, which.waiting) {
        (None, false) => {
            database.query(kept!("ORDER BY asked_ms DESC, run, call DESC LIMIT $1"), vec![limit])
        }
        (None, true) => database.query(
            kept!("WHERE verdict IS NULL ORDER BY asked_ms DESC, run, call DESC LIMIT $1"),
            vec![limit],
        ),
        (Some(run), false) => database.query(
            kept!("WHERE run = $1 ORDER BY asked_ms DESC, call DESC LIMIT $2"),
            vec![run.as_str().into(), limit],
        ),
        (Some(run), true) => database.query(
            kept!("WHERE run = $1 AND verdict IS NULL ORDER BY asked_ms DESC, call DESC LIMIT $2"),
            vec![run.as_str().into(), limit],
        ),
    };
    rows.await?.into_iter().map(read).collect()
}

fn read(mut row: Row) -> Result<KeptApproval, StoreError> {
    let asked = NewApproval {
        run: row.text(0)?,
        call: row.int(1)?,
        request: row.maybe_bytes(2)?.unwrap_or_default(),
        about: row.text(3)?,
        asked_ms: row.int(4)?,
        expires_ms: row.int(5)?,
    };
    let verdict = match row.maybe_text(6)? {
        Some(word) => Some(KeptDecision { word, decided_ms: row.int(7)?, by: row.text(8)? }),
        None => None,
    };
    Ok(KeptApproval { asked, verdict })
}
