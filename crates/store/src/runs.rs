//! Runs and their journals.

use crate::{
    StoreError,
    database::{Database, Row, Value},
    entries,
    results::{self, NewResult},
};

/// The right to write a run: that of its owner, until another takes the run over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The run.
    pub run: String,
    /// Grows whenever the run gets another owner.
    pub epoch: i64,
}

/// A run that begins.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Its name, unique.
    pub run: String,
    /// Who may go on with it: owners of the same home.
    pub home: String,
    /// The owner.
    pub owner: String,
    /// What a list shows of it, as its keeper spells it: a text.
    pub about: String,
    /// When it began, in milliseconds since 1970.
    pub started_ms: i64,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// When, in milliseconds since 1970.
    pub ended_ms: i64,
    /// One word.
    pub outcome: String,
    /// What a list shows of it from now on.
    pub about: String,
    /// Everything that is kept of it.
    pub record: Vec<u8>,
    /// Its result, where that is too large for the record.
    pub result: Option<NewResult>,
}

/// A run as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub run: String,
    /// What its keeper says of it.
    pub about: String,
    /// When it began, in milliseconds since 1970.
    pub started_ms: i64,
    /// When it ended; `None` while it has not.
    pub ended_ms: Option<i64>,
    /// How it ended.
    pub outcome: Option<String>,
    /// Entries of its journal.
    pub entries: i64,
    /// Bytes of its journal, its record and its result.
    pub bytes: i64,
}

/// Which runs a list shows, the youngest first.
#[derive(Debug, Clone)]
pub struct Which {
    /// At most so many.
    pub limit: u32,
    /// Those that began before, in milliseconds since 1970.
    pub before_ms: Option<i64>,
    /// Those that have not ended, or those that ended like this.
    pub outcome: Option<Option<String>>,
}

/// The epoch of a run's first owner.
const FIRST_EPOCH: i64 = 1;

impl NewRun {
    /// The right of its owner to write it.
    pub fn lease(&self) -> Lease {
        Lease { run: self.run.clone(), epoch: FIRST_EPOCH }
    }
}

/// Notes a run that begins, with the first entries of its journal. They are counted by the statement that is made first: those
/// that are appended next may be on their way to the database by then.
pub(crate) async fn begin(
    database: &dyn Database,
    run: NewRun,
    entries: Vec<Vec<u8>>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let begin = "INSERT INTO runs (id, home, owner, epoch, entries, bytes, about, started_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING";
    let NewRun { run, home, owner, about, started_ms } = run;
    let values = [&run, &home, &owner].map(|text| Value::from(text.as_str())).into_iter();
    let counted = [FIRST_EPOCH, entries.len() as i64, total(&entries)].map(Value::from);
    let values = values.chain(counted).chain([about.as_str().into(), started_ms.into()]);
    one(database.execute(begin, values.collect()).await?)?;
    insert(database, &run, 0, entries, now_ms).await
}

/// Appends entries to a journal that has `first` of them by now.
pub(crate) async fn append(
    database: &dyn Database,
    lease: Lease,
    first: i64,
    entries: Vec<Vec<u8>>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Lease { run, epoch } = lease;
    // Also takes the row's lock where there is one: nobody else writes this run until the commit.
    let count = "UPDATE runs SET entries = entries + $1, bytes = bytes + $2
         WHERE id = $3 AND epoch = $4 AND entries = $5 AND ended_ms IS NULL";
    let counted = vec![
        (entries.len() as i64).into(),
        total(&entries).into(),
        run.as_str().into(),
        epoch.into(),
        first.into(),
    ];
    one(database.execute(count, counted).await?)?;
    insert(database, &run, first, entries, now_ms).await
}

fn total(entries: &[Vec<u8>]) -> i64 {
    entries.iter().map(Vec::len).sum::<usize>() as i64
}

async fn insert(
    database: &dyn Database,
    run: &str,
    first: i64,
    entries: Vec<Vec<u8>>,
    now_ms: i64,
) -> Result<(), StoreError> {
    for (seq, entry) in (first..).zip(entries) {
        let placed = entries::place(database, entry, now_ms).await?;
        let row = vec![run.into(), seq.into(), placed.entry, placed.checksum, placed.payload];
        let insert = "INSERT INTO journal (run, seq, entry, checksum, payload) VALUES ($1, $2, $3, $4, $5)";
        database.execute(insert, row).await?;
    }
    Ok(())
}

pub(crate) async fn end(database: &dyn Database, lease: Lease, ended: Ended) -> Result<(), StoreError> {
    let end = "UPDATE runs SET ended_ms = $1, outcome = $2, about = $3, bytes = bytes + $4, record = $5, result = $6
         WHERE id = $7 AND epoch = $8 AND ended_ms IS NULL";
    let Ended { ended_ms, outcome, about, record, result } = ended;
    let bytes = record.len() + result.as_ref().map_or(0, NewResult::bytes);
    let (result, content) = result.map(|result| (result.about, result.content)).unzip();
    let values = vec![
        ended_ms.into(),
        outcome.as_str().into(),
        about.as_str().into(),
        (bytes as i64).into(),
        record.into(),
        result.into(),
        lease.run.as_str().into(),
        lease.epoch.into(),
    ];
    one(database.execute(end, values).await?)?;
    results::put(database, &lease.run, &content.unwrap_or_default()).await
}

/// Forgets a run that has not ended, with its journal. One that is not there need not be forgotten.
pub(crate) async fn forget(database: &dyn Database, lease: Lease) -> Result<(), StoreError> {
    let forget = "DELETE FROM runs WHERE id = $1 AND epoch = $2 AND ended_ms IS NULL";
    let Lease { run, epoch } = lease;
    if database.execute(forget, vec![run.as_str().into(), epoch.into()]).await? == 1 {
        return Ok(());
    }
    match find(database, &run).await? {
        None => Ok(()),
        Some(_) => Err(StoreError::TakenOver),
    }
}

/// A change of one run's row that changed none was another owner's to make.
fn one(changed: u64) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::TakenOver) }
}

/// What is kept of runs, without their records.
macro_rules! listed {
    ($rest:literal) => {
        concat!("SELECT id, about, started_ms, ended_ms, outcome, entries, bytes FROM runs ", $rest)
    };
}

pub(crate) async fn list(database: &dyn Database, which: Which) -> Result<Vec<Listed>, StoreError> {
    let before = Value::from(which.before_ms.unwrap_or(i64::MAX));
    let limit = i64::from(which.limit).into();
    let rows = match which.outcome {
        None => {
            let all = listed!("WHERE started_ms < $1 ORDER BY started_ms DESC, id DESC LIMIT $2");
            database.query(all, vec![before, limit]).await?
        }
        Some(outcome) => {
            // What has not ended has no outcome.
            let some = listed!(
                "WHERE started_ms < $1 AND COALESCE(outcome, '') = $2
                 ORDER BY started_ms DESC, id DESC LIMIT $3"
            );
            let outcome = outcome.unwrap_or_default().as_str().into();
            database.query(some, vec![before, outcome, limit]).await?
        }
    };
    rows.into_iter().map(read_listed).collect()
}

pub(crate) async fn find(database: &dyn Database, run: &str) -> Result<Option<Listed>, StoreError> {
    let mut rows = database.query(listed!("WHERE id = $1"), vec![run.into()]).await?;
    rows.pop().map(read_listed).transpose()
}

fn read_listed(mut row: Row) -> Result<Listed, StoreError> {
    Ok(Listed {
        run: row.text(0)?,
        about: row.text(1)?,
        started_ms: row.int(2)?,
        ended_ms: row.maybe_int(3)?,
        outcome: row.maybe_text(4)?,
        entries: row.int(5)?,
        bytes: row.int(6)?,
    })
}

pub(crate) async fn record(database: &dyn Database, run: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let mut rows = database.query("SELECT record FROM runs WHERE id = $1", vec![run.into()]).await?;
    rows.pop().map_or(Ok(None), |mut row| row.maybe_bytes(0))
}
