//! A database for a test.

use std::{
    env,
    io::{Write, stderr},
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use store::{Ended, Lease, NewRun, Store, StoreError, Sync, Where};
use tempfile::TempDir;
use tokio_postgres::NoTls;

/// The variable with the URL of a server in which tests may make databases. `cargo xtask test` sets it.
const SERVER: &str = "NARROWS_TEST_POSTGRES";

/// A database that nobody else uses.
pub(crate) struct Fixture {
    folder: TempDir,
    place: Where,
}

impl Fixture {
    /// A file of SQLite.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Where::File { path: folder.path().join(FILE), sync: Sync::Normal };
        Self { folder, place }
    }

    /// A database of PostgreSQL. `None` where there is no server, which is said and fails where all servers must be there.
    pub(crate) async fn on_server() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let Ok(url) = env::var(SERVER) else {
            assert!(env::var_os("CI").is_none(), "{SERVER} is not set: run `cargo xtask test`");
            let _ = writeln!(stderr(), "skipped: `cargo xtask test` starts a PostgreSQL for this test");
            return None;
        };
        let name = format!("test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("the server");
        tokio::spawn(connection);
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("a database");
        let url = url.rsplit_once('/').map(|(server, _)| format!("{server}/{name}")).expect("a URL");
        let folder = tempfile::tempdir().expect("a folder");
        Some(Self { folder, place: Where::Server { url: url.into() } })
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join(FILE)
    }

    pub(crate) async fn try_open(&self) -> Result<Store, StoreError> {
        Store::open(self.place.clone()).await
    }

    pub(crate) async fn open(&self) -> Store {
        self.try_open().await.expect("a store")
    }

    /// Sees to it that everything is in the file. Two connections that close at the same moment may leave it in the log.
    pub(crate) fn is_closed(&self) {
        let file = rusqlite::Connection::open(self.path()).expect("a database");
        let is_busy = || file.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get::<_, bool>(0));
        while is_busy().expect("a checkpoint") {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

const FILE: &str = "narrows.db";

pub(crate) fn run(name: &str, owner: &str, started_ms: i64) -> NewRun {
    NewRun {
        run: name.to_owned(),
        home: "home".to_owned(),
        owner: owner.to_owned(),
        about: format!("about {name}"),
        started_ms,
    }
}

pub(crate) fn ended(ended_ms: i64, record: &[u8]) -> Ended {
    Ended {
        ended_ms,
        outcome: "returned".to_owned(),
        about: "it returned".to_owned(),
        record: record.to_vec(),
        result: None,
    }
}

/// A run that has begun.
pub(crate) async fn begun(store: &Store, name: &str, owner: &str, started_ms: i64) -> Lease {
    let run = run(name, owner, started_ms);
    let lease = run.lease();
    store.begin(run, Vec::new()).await.expect("it begins");
    lease
}

/// Makes two tests of each: on SQLite, and on PostgreSQL.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    super::$name(&crate::fixture::Fixture::new()).await;
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    if let Some(fixture) = crate::fixture::Fixture::on_server().await {
                        super::$name(&fixture).await;
                    }
                }
            )*
        }
    };
}
pub(crate) use on_both;
