//! SQLite as a database of the store.

use std::{ffi::OsStr, io, path::Path, time::Duration};

use files::Folder;
use futures_util::future::{BoxFuture, ready};
use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, OpenFlags, types::ValueRef};

use crate::{
    StoreError,
    database::{Database, Row, Value},
};

/// How long a statement waits for another process that writes. Its transactions take milliseconds.
const BUSY: Duration = Duration::from_secs(5);

/// Statements that are kept compiled: more than there are.
const STATEMENTS: usize = 64;

/// What is durable when a change is said to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sync {
    /// It outlives the program, also one that is killed. A power cut can take the last moments.
    #[default]
    Normal,
    /// It outlives a power cut too, and costs a write to the disk.
    Full,
}

/// An open file.
pub(crate) struct Sqlite {
    /// Uncontended: each connection has one thread. It makes the connection one that may be shared.
    connection: Mutex<Connection>,
}

impl Sqlite {
    /// Opens a database, made when missing, for its owner alone.
    pub(crate) fn open(path: &Path, sync: Sync) -> Result<Self, StoreError> {
        make(path).map_err(|error| StoreError::failed(format!("`{}`: {error}", path.display())))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.busy_timeout(BUSY)?;
        let synchronous = match sync {
            Sync::Normal => "NORMAL",
            Sync::Full => "FULL",
        };
        connection.execute_batch(&format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA foreign_keys = ON; \
             PRAGMA secure_delete = ON;"
        ))?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// Opens a database for changes that wait for no other one, and leave it to others to move the log to the database.
    pub(crate) fn open_direct(path: &Path, sync: Sync) -> Result<Self, StoreError> {
        let opened = Self::open(path, sync)?;
        {
            let connection = opened.connection.lock();
            connection.busy_timeout(Duration::ZERO)?;
            connection.execute_batch("PRAGMA wal_autocheckpoint = 0;")?;
        }
        Ok(opened)
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> BoxFuture<'static, Result<T, StoreError>>
    where
        T: Send + 'static,
    {
        let connection = self.connection.lock();
        Box::pin(ready(work(&connection).map_err(StoreError::from)))
    }
}

/// SQLite would make the file as the process makes all files: for others to read. What it puts beside has the file's mode.
/// A file that is there is not opened: closing it again would end the locks that this process holds on it.
fn make(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(found) if found.is_file() => return Ok(()),
        Ok(_) => return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file")),
        Err(_) => {}
    }
    let folder = Folder::make(path.parent().unwrap_or(Path::new(".")))?;
    let name = path.file_name().and_then(OsStr::to_str).ok_or(io::ErrorKind::InvalidFilename)?;
    folder.open_file(name).map(drop)
}

impl Database for Sqlite {
    fn execute<'a>(
        &'a self,
        statement: &'static str,
        with: Vec<Value>,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        self.with(|connection| {
            let changed = connection.prepare_cached(statement)?.execute(rusqlite::params_from_iter(&with))?;
            Ok(changed as u64)
        })
    }

    fn query<'a>(
        &'a self,
        statement: &'static str,
        with: Vec<Value>,
    ) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
        self.with(|connection| {
            let mut statement = connection.prepare_cached(statement)?;
            let columns = statement.column_count();
            let rows = statement.query_map(rusqlite::params_from_iter(&with), |row| {
                (0..columns).map(|column| Ok(read(row.get_ref(column)?))).collect::<Result<_, _>>().map(Row)
            })?;
            rows.collect()
        })
    }

    fn ready(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(ready(Ok(())))
    }

    fn begin(&self) -> &'static str {
        // Takes the lock at once, so that no transaction has to be given up half-way for another's.
        "BEGIN IMMEDIATE"
    }

    fn settle(&self) -> &'static str {
        "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"
    }

    fn begin_alone(&self) -> &'static str {
        // There is one writer at a time.
        ""
    }

    fn script<'a>(&'a self, statements: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        self.with(|connection| connection.execute_batch(statements))
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        let value = match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        };
        Ok(rusqlite::types::ToSqlOutput::Borrowed(value))
    }
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        // No column of ours holds one.
        ValueRef::Real(number) => Value::Text(number.to_string()),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Damaged(error.to_string().into())
            }
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::failed(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::MetadataExt};

    use super::*;

    #[test]
    fn a_database_that_is_there_keeps_its_locks() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("narrows.db");
        let database = Sqlite::open(&path, Sync::Normal).expect("a database");
        let inode = format!(":{} ", path.metadata().expect("a file").ino());
        let locks = || {
            let all = fs::read_to_string("/proc/locks").expect("the locks of all processes");
            all.lines().filter(|lock| lock.contains(&inode)).count()
        };
        database.connection.lock().execute_batch("CREATE TABLE t (a)").expect("a table");
        assert_eq!(locks(), 1, "the database is in use");
        make(&path).expect("it is there");
        assert_eq!(locks(), 1, "others see that the database is in use");
    }
}
