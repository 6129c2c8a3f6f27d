//! The tables, and how those of an older program become them.

use crate::{StoreError, database::Database, writer};

/// What each version adds to the one before it. A version that was once released never changes.
const VERSIONS: [&str; 6] = [
    "
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        home TEXT NOT NULL,
        owner TEXT NOT NULL,
        epoch BIGINT NOT NULL,
        entries BIGINT NOT NULL,
        bytes BIGINT NOT NULL,
        about TEXT NOT NULL,
        started_ms BIGINT NOT NULL,
        ended_ms BIGINT,
        outcome TEXT,
        record BYTEA
    );
    CREATE INDEX runs_by_age ON runs (started_ms, id);
    CREATE INDEX runs_unfinished ON runs (home) WHERE ended_ms IS NULL;
    CREATE TABLE payloads (hash BYTEA PRIMARY KEY, used_ms BIGINT NOT NULL, content BYTEA NOT NULL);
    CREATE TABLE journal (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        seq BIGINT NOT NULL,
        entry BYTEA,
        checksum BIGINT,
        payload BYTEA REFERENCES payloads (hash),
        UNIQUE (run, seq)
    );
    CREATE INDEX journal_payloads ON journal (payload) WHERE payload IS NOT NULL;
    CREATE TABLE owners (name TEXT PRIMARY KEY, beat BIGINT NOT NULL);
",
    "
    CREATE TABLE approvals (
        run TEXT NOT NULL,
        call BIGINT NOT NULL,
        request BYTEA NOT NULL,
        about TEXT NOT NULL,
        asked_ms BIGINT NOT NULL,
        expires_ms BIGINT NOT NULL,
        verdict TEXT,
        decided_ms BIGINT,
        decided_by TEXT,
        PRIMARY KEY (run, call)
    );
    CREATE INDEX approvals_waiting ON approvals (asked_ms) WHERE verdict IS NULL;
",
    "
    CREATE TABLE requests (
        scope TEXT NOT NULL,
        idempotency_key TEXT NOT NULL,
        fingerprint BYTEA NOT NULL,
        run TEXT NOT NULL,
        PRIMARY KEY (scope, idempotency_key)
    );
    CREATE INDEX requests_by_run ON requests (run);
",
    "
    ALTER TABLE runs ADD COLUMN result BYTEA;
    CREATE TABLE result_parts (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        part BIGINT NOT NULL,
        content BYTEA NOT NULL,
        checksum BIGINT NOT NULL,
        PRIMARY KEY (run, part)
    );
    CREATE TABLE result_uses (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        result TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        PRIMARY KEY (result, run)
    );
    CREATE INDEX result_uses_by_run ON result_uses (run);
",
    "
    CREATE TABLE learned (
        server TEXT NOT NULL,
        tool TEXT NOT NULL,
        definition BIGINT NOT NULL,
        results BIGINT NOT NULL,
        shape BYTEA NOT NULL,
        learned_ms BIGINT NOT NULL,
        PRIMARY KEY (server, tool, definition)
    );
",
    "
    CREATE TABLE vault (
        workspace TEXT NOT NULL,
        page BIGINT NOT NULL,
        version BIGINT NOT NULL,
        made_ms BIGINT NOT NULL,
        counts TEXT NOT NULL,
        content BYTEA,
        PRIMARY KEY (workspace, page)
    );
    CREATE TABLE restorations (at_ms BIGINT NOT NULL, run TEXT NOT NULL, about TEXT NOT NULL);
    CREATE INDEX restorations_by_age ON restorations (at_ms);
    CREATE INDEX restorations_by_run ON restorations (run);
",
];

/// Brings a database to the newest version, whole or not at all.
pub(crate) async fn migrate(database: &dyn Database) -> Result<(), StoreError> {
    writer::transaction(database, steps(database)).await
}

async fn steps(database: &dyn Database) -> Result<(), StoreError> {
    database.script(database.begin_alone()).await?;
    database.script("CREATE TABLE IF NOT EXISTS narrows_schema (version BIGINT NOT NULL)").await?;
    let found = match database.query("SELECT MAX(version) FROM narrows_schema", Vec::new()).await?.pop() {
        Some(mut row) => row.maybe_int(0)?.unwrap_or(0),
        None => 0,
    };
    let known = VERSIONS.len() as i64;
    let done = usize::try_from(found).ok().filter(|done| *done <= VERSIONS.len());
    let Some(done) = done else { return Err(StoreError::Newer { found, known }) };
    for (at, statements) in VERSIONS.iter().enumerate().skip(done) {
        database.script(statements).await?;
        let version = vec![(at as i64 + 1).into()];
        database.execute("INSERT INTO narrows_schema (version) VALUES ($1)", version).await?;
    }
    Ok(())
}
