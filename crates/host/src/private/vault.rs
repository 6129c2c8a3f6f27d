//! What stands for what in one workspace: placeholders with their values.
//!
//! Kept in the store in pages that are encrypted, so that what a run has hidden can be given back after a restart and by
//! other processes. A placeholder is durable before anybody sees it, and a number is never given out twice, also when what it
//! stood for is forgotten. Without a store the vault lives as long as this process.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use parking_lot::RwLock;
use privacy::{Form, Kind};
use serde::{Deserialize, Serialize};
use store::{Restoration, Store, VaultPage, VaultState};
use tokio::sync::Mutex;

use super::{PrivacyError, cipher::Cipher, servers::RestoredValue};
use crate::{history::History, record::RunId, rules::now_ms};

/// Whom a value may reach again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Reach {
    /// Scripts, and tools unless a rule says otherwise.
    Scripts,
    /// Only those tools that a rule names.
    NamedTools,
}

/// What is hidden: the same is hidden under the same placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hidden {
    /// As its placeholder names it: `EMAIL`.
    pub(crate) kind: Kind,
    pub(crate) form: Form,
    pub(crate) reach: Reach,
    pub(crate) value: Arc<str>,
}

/// The greatest number that a placeholder bears.
const NUMBER_MAX: u32 = 999_999_999;

/// Where pages are kept, and what encrypts them.
pub(super) struct Shelf {
    pub(super) history: History,
    pub(super) cipher: Cipher,
}

/// The vault of one workspace. All runs of this process that use the workspace share it.
pub(crate) struct Vault {
    workspace: String,
    /// `None` where nothing is kept.
    shelf: Option<Arc<Shelf>>,
    book: RwLock<Book>,
    /// Held by the one that adds to it.
    adding: Mutex<()>,
}

/// The vault as it is known here.
#[derive(Default)]
struct Book {
    numbers: HashMap<(Kind, Form, Reach), HashMap<Arc<str>, u32>>,
    hidden: HashMap<Kind, HashMap<u32, Hidden>>,
    /// The last number of each kind.
    last: BTreeMap<Kind, u32>,
    state: VaultState,
}

/// An entry of a page.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    kind: &'a str,
    number: u32,
    #[serde(with = "WrittenForm")]
    form: Form,
    reach: Reach,
    value: &'a str,
}

/// What stands for a value: `[EMAIL_1]`.
pub(super) fn placeholder(kind: &str, number: u32) -> String {
    format!("[{kind}_{number}]")
}

/// The forms, as pages hold them.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Form")]
enum WrittenForm {
    Text,
    Spelled,
    Number,
    LookAlike,
}

impl Vault {
    pub(super) fn new(workspace: &str, shelf: Option<Arc<Shelf>>) -> Self {
        Self { workspace: workspace.to_owned(), shelf, book: RwLock::default(), adding: Mutex::default() }
    }

    /// The numbers under which these are hidden, in their order; new ones where they are hidden for the first time.
    pub(super) async fn numbers(&self, hidden: &[Hidden]) -> Result<Vec<u32>, PrivacyError> {
        if let Some(numbers) = self.book.read().numbers_of(hidden) {
            return Ok(numbers);
        }
        let _adding = self.adding.lock().await;
        loop {
            let (page, new) = {
                let book = self.book.read();
                (book.state.pages + 1, book.new_among(hidden)?)
            };
            if new.is_empty() {
                return self.book.read().numbers_of(hidden).ok_or(PrivacyError::Lost);
            }
            if self.write(page, &new).await? {
                let mut book = self.book.write();
                new.into_iter().for_each(|(number, hidden)| book.enter(number, hidden));
                book.state.pages = page;
                return book.numbers_of(hidden).ok_or(PrivacyError::Lost);
            }
            // Another process has added the page.
            self.read_new().await?;
        }
    }

    /// What a placeholder stands for here, as far as it is known: see [`Self::refresh`].
    pub(super) fn hidden(&self, kind: &str, number: u32) -> Option<Hidden> {
        self.book.read().hidden.get(&Kind::named(kind)?)?.get(&number).cloned()
    }

    /// Reads what other processes have added and forgotten.
    pub(super) async fn refresh(&self) -> Result<(), PrivacyError> {
        let Some(store) = self.store().await? else { return Ok(()) };
        let state = store.vault_state(&self.workspace).await.map_err(PrivacyError::Store)?;
        let known = self.book.read().state;
        if state == known {
            return Ok(());
        }
        let _adding = self.adding.lock().await;
        if state.changes != known.changes {
            *self.book.write() = Book::default();
        }
        self.read_new().await
    }

    /// Notes that values are given back.
    pub(super) async fn note(&self, run: Option<&RunId>, uses: &[RestoredValue]) -> Result<(), PrivacyError> {
        if uses.is_empty() {
            return Ok(());
        }
        let Some(store) = self.store().await? else { return Ok(()) };
        let at_ms = i64::try_from(now_ms()).unwrap_or(i64::MAX);
        let run = run.map_or("", RunId::as_str);
        let note = |about| Restoration { at_ms, run: run.to_owned(), about };
        let notes = uses.iter().map(|value| note(serde_json::to_string(value).unwrap_or_default()));
        store.note_restorations(notes.collect()).await.map_err(PrivacyError::Store)
    }

    /// Writes a page. False when another process has written it.
    async fn write(&self, number: i64, new: &[(u32, Hidden)]) -> Result<bool, PrivacyError> {
        let (Some(store), Some(shelf)) = (self.store().await?, &self.shelf) else { return Ok(true) };
        let mut last = self.book.read().last.clone();
        last.extend(new.iter().map(|(number, hidden)| (hidden.kind.clone(), *number)));
        let last: BTreeMap<&str, u32> = last.iter().map(|(kind, number)| (kind.name(), *number)).collect();
        let counts = serde_json::to_string(&last).unwrap_or_default();
        let lines: Vec<_> = new.iter().map(|(number, hidden)| Line::of(*number, hidden)).collect();
        let content = postcard::to_allocvec(&lines).map_err(|_| PrivacyError::Lost)?;
        let content = shelf.cipher.seal(content, &self.page_name(number)).map_err(PrivacyError::Cipher)?;
        let page = VaultPage { number, version: 0, counts, content: Some(content) };
        store.add_vault_page(&self.workspace, page).await.map_err(PrivacyError::Store)
    }

    /// How many of the hidden values are such.
    pub(super) async fn count(&self, is_meant: impl Fn(&str) -> bool) -> Result<usize, PrivacyError> {
        self.refresh().await?;
        let book = self.book.read();
        let values = book.hidden.values().flat_map(HashMap::values);
        Ok(values.filter(|hidden| is_meant(&hidden.value)).count())
    }

    /// Forgets such values: what stands for them stands for nothing from here on. How many there were.
    pub(super) async fn forget(&self, is_meant: impl Fn(&str) -> bool) -> Result<usize, PrivacyError> {
        let (Some(store), Some(shelf)) = (self.store().await?, &self.shelf) else { return Ok(0) };
        let mut forgotten = 0;
        for page in store.vault_pages(&self.workspace, 0).await.map_err(PrivacyError::Store)? {
            let VaultPage { number, content: Some(content), .. } = &page else { continue };
            let bound_to = self.page_name(*number);
            let content = shelf.cipher.open(content, &bound_to).ok_or(PrivacyError::OtherKey)?;
            let mut lines = lines(&content)?;
            let before = lines.len();
            lines.retain(|line| !is_meant(line.value));
            if lines.len() == before {
                continue;
            }
            forgotten += before - lines.len();
            let content = postcard::to_allocvec(&lines).map_err(|_| PrivacyError::Lost)?;
            let content = shelf.cipher.seal(content, &bound_to).map_err(PrivacyError::Cipher)?;
            let page = VaultPage { content: Some(content), ..page };
            // Only another command that forgets replaces a page.
            if !store.replace_vault_page(&self.workspace, page).await.map_err(PrivacyError::Store)? {
                return Err(PrivacyError::Lost);
            }
        }
        Ok(forgotten)
    }

    /// Reads the pages that are not known yet.
    async fn read_new(&self) -> Result<(), PrivacyError> {
        let (Some(store), Some(shelf)) = (self.store().await?, &self.shelf) else { return Ok(()) };
        let known = self.book.read().state.pages;
        let pages = store.vault_pages(&self.workspace, known).await.map_err(PrivacyError::Store)?;
        for page in pages {
            let opened = |content: Vec<u8>| shelf.cipher.open(&content, &self.page_name(page.number));
            let content = match page.content {
                Some(content) => opened(content).ok_or(PrivacyError::OtherKey)?,
                None => Vec::new(),
            };
            let lines = lines(&content)?;
            let mut book = self.book.write();
            for line in lines {
                let number = line.number;
                line.hidden().into_iter().for_each(|hidden| book.enter(number, hidden));
            }
            // Also of what is forgotten.
            let counts: BTreeMap<&str, u32> = serde_json::from_str(&page.counts).unwrap_or_default();
            for (kind, number) in
                counts.into_iter().filter_map(|(kind, number)| Some((Kind::named(kind)?, number)))
            {
                let last = book.last.entry(kind).or_default();
                *last = number.max(*last);
            }
            book.state.pages = page.number;
            book.state.changes += page.version;
        }
        Ok(())
    }

    async fn store(&self) -> Result<Option<Store>, PrivacyError> {
        let Some(shelf) = &self.shelf else { return Ok(None) };
        shelf.history.store().await.map(Some).map_err(PrivacyError::Store)
    }

    /// What a page is bound to.
    fn page_name(&self, number: i64) -> String {
        format!("{} {number}", self.workspace)
    }
}

/// What is in a page; nothing in one that is forgotten.
fn lines(content: &[u8]) -> Result<Vec<Line<'_>>, PrivacyError> {
    match content.is_empty() {
        true => Ok(Vec::new()),
        false => postcard::from_bytes(content).map_err(|_| PrivacyError::Lost),
    }
}

impl Book {
    fn number_of(&self, hidden: &Hidden) -> Option<u32> {
        let of_kind = self.numbers.get(&(hidden.kind.clone(), hidden.form, hidden.reach))?;
        of_kind.get(&hidden.value).copied()
    }

    fn numbers_of(&self, hidden: &[Hidden]) -> Option<Vec<u32>> {
        hidden.iter().map(|hidden| self.number_of(hidden)).collect()
    }

    /// Those without a number, once each, with the numbers they are to have.
    fn new_among(&self, hidden: &[Hidden]) -> Result<Vec<(u32, Hidden)>, PrivacyError> {
        let mut next = Self { last: self.last.clone(), ..Self::default() };
        let mut new = Vec::new();
        for hidden in hidden.iter().filter(|hidden| self.number_of(hidden).is_none()) {
            if next.number_of(hidden).is_some() {
                continue;
            }
            let last = next.last.get(&hidden.kind).copied().unwrap_or(0);
            let number = last.checked_add(1).filter(|number| *number <= NUMBER_MAX);
            let number = number.ok_or(PrivacyError::Full)?;
            next.enter(number, hidden.clone());
            new.push((number, hidden.clone()));
        }
        Ok(new)
    }

    fn enter(&mut self, number: u32, hidden: Hidden) {
        let last = self.last.entry(hidden.kind.clone()).or_default();
        *last = number.max(*last);
        let of_kind = self.numbers.entry((hidden.kind.clone(), hidden.form, hidden.reach)).or_default();
        of_kind.insert(hidden.value.clone(), number);
        self.hidden.entry(hidden.kind.clone()).or_default().insert(number, hidden);
    }
}

impl<'a> Line<'a> {
    fn of(number: u32, hidden: &'a Hidden) -> Self {
        let Hidden { kind, form, reach, value } = hidden;
        Self { kind: kind.name(), number, form: *form, reach: *reach, value }
    }

    fn hidden(self) -> Option<Hidden> {
        let Self { kind, form, reach, value, .. } = self;
        Some(Hidden { kind: Kind::named(kind)?, form, reach, value: value.into() })
    }
}
