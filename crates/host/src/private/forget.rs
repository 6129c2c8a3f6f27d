//! A person's value is forgotten: in vaults, in the runs that were, and in the files of workspaces.
//!
//! Once a vault knows nothing of a value, what stands for it stands for nothing, wherever it is written. What was kept while
//! nothing was hidden holds the value itself: such runs are removed whole, and in files it is replaced.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use memchr::memmem;
use serde::Serialize;
use store::{Restoration, Store, StoreError, Which, WhichRestorations};

use super::{PrivacyError, PrivacySettings, RestoredValue, shelf, vault::Vault};
use crate::{
    history::History,
    record::RunId,
    workspace::{WorkspaceError, WorkspaceStore},
};

/// What stands in a file where a value was forgotten.
const FORGOTTEN: &str = "[FORGOTTEN]";

/// A shorter value stands in too much that is something else.
const CHARS_MIN: usize = 4;

/// More runs than a store keeps.
const RUNS_MAX: u32 = 1_000_000;

/// What is kept of personal data, for the person whose machine this is.
pub struct KeptPrivacy {
    history: History,
    settings: PrivacySettings,
    data_dir: PathBuf,
}

/// An entry of the account: a value was given to a tool, or a script asked about it.
#[derive(Debug, Clone, Serialize)]
pub struct AccountEntry {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The run; `None` outside of any.
    pub run: Option<RunId>,
    /// What was given to whom.
    #[serde(flatten)]
    pub value: RestoredValue,
}

/// What was forgotten, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Forgotten {
    /// Placeholders that stand for nothing any more.
    pub placeholders: usize,
    /// Runs that were removed, because they held the value itself.
    pub runs: Vec<RunId>,
    /// Files in which it was replaced: `WORKSPACE:PATH`.
    pub files: Vec<String>,
    /// What holds it still, and why.
    pub left: Vec<String>,
}

/// Why nothing was forgotten.
#[derive(Debug, thiserror::Error)]
pub enum ForgetError {
    /// It would be found where it means something else.
    #[error(
        "a value of fewer than {CHARS_MIN} letters and digits is found in too much that is something else"
    )]
    Short,
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A vault cannot be read.
    #[error("{0}")]
    Vault(String),
    /// A workspace cannot be read.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
}

impl From<PrivacyError> for ForgetError {
    fn from(error: PrivacyError) -> Self {
        Self::Vault(error.to_string())
    }
}

/// Whether to change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forget {
    /// Find it and forget it.
    Now,
    /// Find it.
    OnlyLook,
}

impl KeptPrivacy {
    /// What is kept in the history's store and below a data folder.
    pub fn new(history: History, settings: PrivacySettings, data_dir: PathBuf) -> Self {
        Self { history, settings, data_dir }
    }

    /// The account, the latest first.
    pub async fn account(&self, run: Option<&RunId>, limit: u32) -> Result<Vec<AccountEntry>, StoreError> {
        let which = WhichRestorations { run: run.map(RunId::to_string), limit };
        let entries = self.history.store().await?.restorations(which).await?;
        Ok(entries.into_iter().filter_map(entry).collect())
    }

    /// Forgets a value.
    pub async fn forget(
        &self,
        value: &str,
        how: Forget,
        workspaces: &WorkspaceStore,
    ) -> Result<Forgotten, ForgetError> {
        let wanted = Sought::new(value).ok_or(ForgetError::Short)?;
        let store = self.history.store().await?;
        let mut forgotten = Forgotten::default();
        self.in_vaults(&store, &wanted, how, &mut forgotten).await?;
        in_runs(&store, &wanted, how, &mut forgotten).await?;
        in_files(workspaces, &wanted, how, &mut forgotten)?;
        if how == Forget::Now
            && let Err(error) = store.overwrite_forgotten().await
        {
            forgotten
                .left
                .push(format!("the database is not written anew yet, forget it again later: {error}"));
        }
        Ok(forgotten)
    }

    async fn in_vaults(
        &self,
        store: &Store,
        wanted: &Sought,
        how: Forget,
        forgotten: &mut Forgotten,
    ) -> Result<(), ForgetError> {
        let names = store.vaults().await?;
        if names.is_empty() {
            return Ok(());
        }
        let shelf = shelf(&self.settings, &self.history, &self.data_dir);
        let shelf = Arc::new(shelf.map_err(|error| PrivacyError::Key(Arc::new(error)))?);
        for name in names {
            let vault = Vault::new(&name, Some(shelf.clone()));
            let holds = |value: &str| wanted.is_in_value(value);
            forgotten.placeholders += match how {
                Forget::Now => vault.forget(holds).await?,
                Forget::OnlyLook => vault.count(holds).await?,
            };
        }
        Ok(())
    }
}

fn entry(noted: Restoration) -> Option<AccountEntry> {
    let Restoration { at_ms, run, about } = noted;
    let run = (!run.is_empty()).then(|| RunId::new(run));
    Some(AccountEntry { at_ms, run, value: serde_json::from_str(&about).ok()? })
}

/// Runs from before anything was hidden hold the value itself, in their scripts, calls and results.
async fn in_runs(
    store: &Store,
    wanted: &Sought,
    how: Forget,
    forgotten: &mut Forgotten,
) -> Result<(), ForgetError> {
    let all = store.list(Which { limit: RUNS_MAX, before_ms: None, outcome: None }).await?;
    for run in all {
        if !holds(store, &run.run, wanted).await? {
            continue;
        }
        match (run.ended_ms, how) {
            (None, _) => forgotten.left.push(format!("run {} is under way", run.run)),
            (Some(_), Forget::OnlyLook) => forgotten.runs.push(RunId::new(run.run)),
            (Some(_), Forget::Now) => {
                store.forget_ended(&run.run).await?;
                forgotten.runs.push(RunId::new(run.run));
            }
        }
    }
    Ok(())
}

async fn holds(store: &Store, run: &str, wanted: &Sought) -> Result<bool, StoreError> {
    if store.record(run).await?.is_some_and(|record| wanted.is_in(&record)) {
        return Ok(true);
    }
    if store.journal(run).await?.iter().any(|entry| wanted.is_in(entry)) {
        return Ok(true);
    }
    let result = store.result_part(run, 0, usize::MAX).await?;
    Ok(result.is_some_and(|result| wanted.is_in(&result)))
}

fn in_files(
    workspaces: &WorkspaceStore,
    wanted: &Sought,
    how: Forget,
    forgotten: &mut Forgotten,
) -> Result<(), WorkspaceError> {
    let (usable, unusable) = workspaces.list()?;
    let cannot =
        unusable.iter().map(|it| format!("the workspace `{}` cannot be read: {}", it.name, it.problem));
    forgotten.left.extend(cannot);
    for workspace in usable {
        let name = workspace.name;
        let files =
            workspaces.files(&name)?.into_iter().filter(|entry| !entry.is_folder && !entry.is_special);
        for path in files.map(|entry| entry.path) {
            let shown = format!("{name}:{path}");
            if wanted.is_in(path.as_bytes()) {
                forgotten.left.push(format!("{shown} has it in its name"));
            }
            let Ok(content) = workspaces.read(&name, &path) else {
                forgotten.left.push(format!("{shown} cannot be read"));
                continue;
            };
            if !wanted.is_in(&content) {
                continue;
            }
            match String::from_utf8(content) {
                Ok(text) if how == Forget::Now => {
                    match workspaces.replace(&name, &path, &wanted.without(&text)) {
                        Ok(()) => forgotten.files.push(shown),
                        Err(error) => forgotten.left.push(format!("{shown} cannot be changed: {error}")),
                    }
                }
                Ok(_) => forgotten.files.push(shown),
                Err(_) => forgotten.left.push(format!("{shown} is no text")),
            }
        }
    }
    Ok(())
}

/// A value that is looked for.
struct Sought {
    /// As it is, as JSON spells it, and in Base64.
    spellings: BTreeSet<String>,
    /// Its letters and digits, in lower case.
    normal: String,
}

impl Sought {
    fn new(value: &str) -> Option<Self> {
        let value = value.trim();
        let normal = normal(value);
        if normal.chars().count() < CHARS_MIN {
            return None;
        }
        let json = serde_json::to_string(value).ok()?;
        let base64 = BASE64_STANDARD.encode(value);
        let spellings = [value, json.trim_matches('"'), base64.trim_end_matches('=')];
        Some(Self { spellings: spellings.into_iter().map(str::to_owned).collect(), normal })
    }

    /// Whether it is what a vault holds, or in it: also in another spelling.
    fn is_in_value(&self, value: &str) -> bool {
        let value = normal(value);
        let reversed: String = value.chars().rev().collect();
        value.contains(&self.normal) || reversed.contains(&self.normal)
    }

    fn is_in(&self, content: &[u8]) -> bool {
        self.spellings.iter().any(|spelling| memmem::find(content, spelling.as_bytes()).is_some())
    }

    fn without(&self, text: &str) -> String {
        self.spellings.iter().rev().fold(text.to_owned(), |text, spelling| text.replace(spelling, FORGOTTEN))
    }
}

fn normal(value: &str) -> String {
    value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
