//! `narrows.store`: where runs are kept, and how long.

use std::{path::Path, time::Duration};

use host::{HistoryLimits, StorePlace, StoreSync};
use jsonc_parser::ast::Value;
use secrecy::ExposeSecret;

use super::{
    keys::{Days, DiskMegabytes, Row, SecretText, Setting, row, section},
    rules::meaning,
    text::Problem,
    variables,
};

section! {
    /// Where runs are kept.
    RawStore {
        /// A PostgreSQL database, `postgres://USER:PASSWORD@HOST/DATABASE`, for Narrows on several machines. May hold variables, as in
        /// `${NARROWS_STORE}`. By default `narrows.db` in the data folder, a file of SQLite.
        url: SecretText,
        /// What outlives a power cut. `normal`: everything but the last moments. `full`: everything, for a write to the disk each
        /// time. A killed process loses nothing either way.
        sync: SyncWord,
        /// Days that a run is kept. 0 keeps none, and nothing is written.
        keep_days: Days,
        /// Everything that is kept together; the oldest runs go first.
        keep_mb: DiskMegabytes,
    }
}

/// `normal` or `full`.
#[derive(Debug, Clone, Copy)]
pub(super) struct SyncWord(StoreSync);

const SYNCS: [(&str, StoreSync); 2] = [("normal", StoreSync::Normal), ("full", StoreSync::Full)];

/// The file of SQLite in the data folder.
const FILE: &str = "narrows.db";

const MB: u64 = 1024 * 1024;

/// The store as configured.
#[derive(Debug, Clone)]
pub(crate) struct StoreConfig {
    /// The database.
    pub(crate) place: StorePlace,
    /// What is kept in it.
    pub(crate) limits: HistoryLimits,
}

impl StoreConfig {
    /// The usual one.
    pub(crate) fn usual(data_dir: &Path) -> Self {
        let place = StorePlace::File { path: data_dir.join(FILE), sync: StoreSync::default() };
        Self { place, limits: HistoryLimits::default() }
    }

    /// Whether any run is kept.
    pub(crate) fn keeps_runs(&self) -> bool {
        !self.limits.age.is_zero()
    }
}

impl RawStore {
    /// The store these keys ask for; the usual one where they are silent.
    pub(super) fn resolve(
        &self,
        data_dir: &Path,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<StoreConfig, Problem> {
        let usual = StoreConfig::usual(data_dir);
        let age = self.keep_days.map(|days| Duration::from_secs(days.0 * 86_400));
        let limits = HistoryLimits {
            age: age.unwrap_or(usual.limits.age),
            bytes: self.keep_mb.map_or(usual.limits.bytes, |megabytes| megabytes.0 * MB),
        };
        let place = match (&self.url, self.sync) {
            (Some(url), None) => StorePlace::Server { url: server(url, lookup)?.into() },
            (Some(url), Some(_)) => {
                let message = "`narrows.store.sync` is for a file; a server has its own settings";
                return Err(Problem::new(url.at, message));
            }
            (None, sync) => StorePlace::File {
                path: data_dir.join(FILE),
                sync: sync.map_or_else(StoreSync::default, |SyncWord(sync)| sync),
            },
        };
        Ok(StoreConfig { place, limits })
    }
}

fn server(url: &SecretText, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, Problem> {
    let text = variables::expand(url.text().expose_secret(), lookup)
        .map_err(|missing| Problem::new(url.at, format!("`narrows.store.url`: {missing}")))?;
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        Ok(text)
    } else {
        let message = "`narrows.store.url` is not a PostgreSQL URL";
        Err(Problem::new(url.at, message).hint("write `postgres://USER:PASSWORD@HOST/DATABASE`"))
    }
}

impl Setting for SyncWord {
    fn read(value: &Value<'_>, key: &str) -> Result<Self, Problem> {
        meaning(value, key, &SYNCS).map(Self)
    }

    fn rows(value: Option<&Self>, key: &str, about: &str, rows: &mut Vec<Row>) {
        let word = value.and_then(|word| SYNCS.iter().find(|(_, sync)| *sync == word.0));
        rows.push(row(key, "`normal` or `full`", word.map(|(word, _)| format!("\"{word}\"")), about));
    }
}
