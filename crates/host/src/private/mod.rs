//! Personal data stays out of models: what is hidden, where, and what is given back.
//!
//! Everything in the host holds placeholders. There are two doors. At the door of the servers ([`servers`]) what a server
//! sends is hidden before anything else sees it, and what is sent to it is given back. At the door of scripts ([`scripts`]), in
//! the mode `boundary`, a script is given the real values, and what it says is hidden before anything else hears it; in
//! the mode `sealed` it is given what the host has. So journals, records, files, approvals, plans and logs hold placeholders by
//! where they stand, and none of them has to know of it.

mod cipher;
mod forget;
mod literals;
mod policy;
mod questions;
mod rewrite;
mod scripts;
mod servers;
mod vault;

use std::{
    collections::HashMap,
    io,
    path::Path,
    sync::{Arc, atomic::AtomicBool},
};

use parking_lot::Mutex;
use privacy::Known;
use store::StoreError;
use tokio::sync::OnceCell;

pub use forget::{AccountEntry, Forget, ForgetError, Forgotten, KeptPrivacy};
pub(crate) use literals::with_unknown_values;
pub use policy::{PrivacyMode, PrivacySettings, RestoreRule, ToolMode};
pub(crate) use questions::{AboutValue, NoAnswer};
pub(crate) use scripts::Said;
pub use servers::RestoredValue;
pub(crate) use servers::{NotRestored, Restored};

use crate::history::History;
use cipher::Cipher;
use vault::{Shelf, Vault};

/// Vaults that stay open while no run uses them: reading one again costs a question to the store.
const IDLE_VAULTS_MAX: usize = 64;

/// The personal data of all workspaces.
pub(crate) struct Privacy {
    settings: PrivacySettings,
    shelf: Result<Option<Arc<Shelf>>, Arc<io::Error>>,
    vaults: Mutex<HashMap<String, Arc<Vault>>>,
}

/// The personal data of one run: what hides it and gives it back.
pub(crate) struct PrivateData {
    privacy: Arc<Privacy>,
    vault: Arc<Vault>,
    /// The vault was read since the run began.
    read: OnceCell<()>,
    /// What the script was given: it is found again when the script writes it in another way.
    given: Mutex<Known>,
    /// The script may hold personal data: from here on what it says is searched.
    is_told: AtomicBool,
}

/// Why personal data cannot be hidden or given back. Nothing passes then.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrivacyError {
    #[error("the vault of personal data cannot be used: {0}")]
    Store(StoreError),
    #[error("the vault of personal data cannot be encrypted: {0}")]
    Cipher(io::Error),
    #[error("the key of the vault of personal data cannot be used: {0}")]
    Key(Arc<io::Error>),
    #[error(
        "the vault of personal data was encrypted with another key: set the key it was made with (`privacy.key`, or `vault.key` in \
         the data folder)"
    )]
    OtherKey,
    #[error("the vault of personal data has no number left for another value")]
    Full,
    #[error("the vault of personal data failed on a value")]
    Lost,
}

impl Privacy {
    /// Hides by these settings, and keeps what it hides in the history's store, where there is one.
    pub(crate) fn new(settings: PrivacySettings, history: Option<&History>, data_dir: &Path) -> Self {
        let shelf = history.map(|history| shelf(&settings, history, data_dir).map(Arc::new));
        Self { settings, shelf: shelf.transpose().map_err(Arc::new), vaults: Mutex::default() }
    }

    /// What a run in this workspace hides and is given back.
    pub(crate) fn of_run(self: &Arc<Self>, workspace: &str) -> Result<PrivateData, PrivacyError> {
        let shelf = self.shelf.clone().map_err(PrivacyError::Key)?;
        let mut vaults = self.vaults.lock();
        // Without a store they are all there is.
        if shelf.is_some() && vaults.len() > IDLE_VAULTS_MAX {
            vaults.retain(|_, vault| Arc::strong_count(vault) > 1);
        }
        let vault = vaults.entry(workspace.to_owned());
        let vault = vault.or_insert_with(|| Arc::new(Vault::new(workspace, shelf))).clone();
        Ok(PrivateData {
            privacy: self.clone(),
            vault,
            read: OnceCell::new(),
            given: Mutex::default(),
            is_told: AtomicBool::new(false),
        })
    }
}

/// Where vaults are kept by these settings.
fn shelf(settings: &PrivacySettings, history: &History, data_dir: &Path) -> io::Result<Shelf> {
    let cipher = match &settings.key {
        Some(key) => Cipher::of_secret(key),
        None => Cipher::of_folder(data_dir)?,
    };
    Ok(Shelf { history: history.clone(), cipher })
}
