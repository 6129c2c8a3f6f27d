//! PostgreSQL as a database of the store.

use std::{pin::pin, sync::Arc, time::Duration};

use futures_util::{FutureExt, TryStreamExt, future::BoxFuture};
use rustls::ClientConfig;
use rustls_platform_verifier::ConfigVerifierExt;
use tokio::sync::{Mutex, MutexGuard};
use tokio_postgres::{
    Client, Config,
    error::SqlState,
    types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    StoreError,
    database::{Database, Row, Value},
};

/// How long a connection may take. A server that is there answers in milliseconds.
const CONNECT: Duration = Duration::from_secs(10);

/// The number under which those that change the schema exclude each other: any, but always the same.
const SCHEMA_LOCK: &str = "SELECT pg_advisory_xact_lock(5307391214)";

/// A server, with a connection that is made anew when it was lost.
///
/// Statements are sent without being prepared, so that a proxy may share connections between transactions, and each
/// takes one round trip.
pub(crate) struct Postgres {
    config: Config,
    tls: MakeRustlsConnect,
    connected: Mutex<Option<Arc<Client>>>,
}

impl Postgres {
    /// Connects.
    pub(crate) async fn open(url: &str) -> Result<Self, StoreError> {
        // The parser's own error may repeat a password.
        let invalid = |_| {
            StoreError::failed("`narrows.store.url` is not a PostgreSQL URL: postgres://USER@HOST/DATABASE")
        };
        let mut config: Config = url.parse().map_err(invalid)?;
        config.connect_timeout(CONNECT).application_name("narrows");
        // Fails only if a provider was installed before, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tls =
            ClientConfig::with_platform_verifier().map_err(|error| StoreError::failed(error.to_string()))?;
        let postgres = Self { config, tls: MakeRustlsConnect::new(tls), connected: Mutex::default() };
        postgres.ready().await?;
        Ok(postgres)
    }

    /// The connection of this moment, which may have been lost.
    async fn client(&self) -> Result<Arc<Client>, StoreError> {
        self.connected.lock().await.clone().ok_or_else(|| StoreError::failed("there is no connection"))
    }

    async fn connect(&self, mut connected: MutexGuard<'_, Option<Arc<Client>>>) -> Result<(), StoreError> {
        let (client, connection) = self.config.connect(self.tls.clone()).await?;
        tokio::spawn(connection.map(|ended| {
            if let Err(error) = ended {
                tracing::warn!(%error, "the connection to PostgreSQL is lost");
            }
        }));
        *connected = Some(Arc::new(client));
        Ok(())
    }
}

impl Database for Postgres {
    fn ready(&self) -> BoxFuture<'_, Result<(), StoreError>> {
        async {
            let connected = self.connected.lock().await;
            match &*connected {
                Some(client) if !client.is_closed() => Ok(()),
                Some(_) | None => self.connect(connected).await,
            }
        }
        .boxed()
    }

    fn begin(&self) -> &'static str {
        "BEGIN"
    }

    fn settle(&self) -> &'static str {
        ""
    }

    fn begin_alone(&self) -> &'static str {
        SCHEMA_LOCK
    }

    fn execute<'a>(
        &'a self,
        statement: &'static str,
        with: Vec<Value>,
    ) -> BoxFuture<'a, Result<u64, StoreError>> {
        async move {
            let client = self.client().await?;
            let rows = client.query_typed_raw(statement, typed(&with)).await?;
            let mut rows = pin!(rows);
            while rows.try_next().await?.is_some() {}
            Ok(rows.rows_affected().unwrap_or(0))
        }
        .boxed()
    }

    fn query<'a>(
        &'a self,
        statement: &'static str,
        with: Vec<Value>,
    ) -> BoxFuture<'a, Result<Vec<Row>, StoreError>> {
        async move {
            let client = self.client().await?;
            let rows = client.query_typed_raw(statement, typed(&with)).await?;
            let rows: Vec<_> = rows.try_collect().await?;
            rows.iter()
                .map(|row| (0..row.len()).map(|column| read(row, column)).collect::<Result<_, _>>().map(Row))
                .collect()
        }
        .boxed()
    }

    fn script<'a>(&'a self, statements: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        async move { Ok(self.client().await?.batch_execute(statements).await?) }.boxed()
    }
}

fn typed(values: &[Value]) -> impl ExactSizeIterator<Item = (&(dyn ToSql + Sync), Type)> {
    values.iter().map(|value| {
        let of = match value {
            // The server finds it out from where it stands.
            Value::Null => Type::UNKNOWN,
            Value::Int(_) => Type::INT8,
            Value::Text(_) => Type::TEXT,
            Value::Bytes(_) => Type::BYTEA,
        };
        (value as &(dyn ToSql + Sync), of)
    })
}

fn read(row: &tokio_postgres::Row, column: usize) -> Result<Value, StoreError> {
    let value = match *row.columns()[column].type_() {
        Type::INT8 | Type::INT4 => row.try_get::<_, Option<i64>>(column)?.map(Value::Int),
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(column)?.map(Value::Bytes),
        _ => row.try_get::<_, Option<String>>(column)?.map(Value::Text),
    };
    Ok(value.unwrap_or(Value::Null))
}

impl ToSql for Value {
    fn to_sql(
        &self,
        of: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => number.to_sql(of, out),
            Self::Text(text) => text.to_sql(of, out),
            Self::Bytes(bytes) => bytes.to_sql(of, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(&SqlState::DISK_FULL) => Self::Full,
            Some(&(SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED)) => {
                Self::Damaged(told(&error).into())
            }
            _ => Self::failed(told(&error)),
        }
    }
}

/// What the server said, or what happened on the way to it.
fn told(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => said.message().to_owned(),
        None => error.to_string(),
    }
}
