//! The driver of a database as the statements of this crate need it.
//!
//! Statements are written for both dialects: parameters are `$1`, `$2`, … and appear in this order, types are `TEXT`,
//! `BIGINT` and `BYTEA`.

use futures_util::future::BoxFuture;

use crate::StoreError;

/// A connection.
pub(crate) trait Database: Send + Sync {
    /// Runs one statement; the number of rows it changed.
    fn execute<'a>(
        &'a self,
        statement: &'static str,
        with: Vec<Value>,
    ) -> BoxFuture<'a, Result<u64, StoreError>>;

    /// Runs one statement; the rows it gives.
    fn query<'a>(
        &'a self,
        statement: &'static str,
        with: Vec<Value>,
    ) -> BoxFuture<'a, Result<Vec<Row>, StoreError>>;

    /// Sees to it that there is a connection. Asked between two transactions, never within one.
    fn ready(&self) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The statement that begins a transaction which will write.
    fn begin(&self) -> &'static str;

    /// What overwrites what was deleted; nothing where that is the server's own to do.
    fn settle(&self) -> &'static str;

    /// The first statement of a transaction that changes the schema: no other such transaction goes on before its end.
    fn begin_alone(&self) -> &'static str;

    /// Runs several statements without parameters.
    fn script<'a>(&'a self, statements: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// A value that goes into a statement or comes from a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A row of an answer.
#[derive(Debug, Clone)]
pub(crate) struct Row(pub(crate) Vec<Value>);

impl Row {
    /// Takes a column out; `Null` where there is none.
    pub(crate) fn take(&mut self, column: usize) -> Value {
        self.0.get_mut(column).map_or(Value::Null, |value| std::mem::replace(value, Value::Null))
    }

    pub(crate) fn int(&mut self, column: usize) -> Result<i64, StoreError> {
        self.maybe_int(column)?.ok_or_else(|| unexpected(column))
    }

    pub(crate) fn maybe_int(&mut self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.take(column) {
            Value::Int(number) => Ok(Some(number)),
            Value::Null => Ok(None),
            Value::Text(_) | Value::Bytes(_) => Err(unexpected(column)),
        }
    }

    pub(crate) fn text(&mut self, column: usize) -> Result<String, StoreError> {
        self.maybe_text(column)?.ok_or_else(|| unexpected(column))
    }

    pub(crate) fn maybe_text(&mut self, column: usize) -> Result<Option<String>, StoreError> {
        match self.take(column) {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            Value::Int(_) | Value::Bytes(_) => Err(unexpected(column)),
        }
    }

    pub(crate) fn maybe_bytes(&mut self, column: usize) -> Result<Option<Vec<u8>>, StoreError> {
        match self.take(column) {
            Value::Bytes(bytes) => Ok(Some(bytes)),
            Value::Null => Ok(None),
            Value::Int(_) | Value::Text(_) => Err(unexpected(column)),
        }
    }
}

/// A program that writes other types than this one is none of ours.
fn unexpected(column: usize) -> StoreError {
    StoreError::Damaged(format!("column {column} of a row holds another type than it should").into())
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
