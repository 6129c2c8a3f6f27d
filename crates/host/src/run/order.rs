//! Before and after a run: what is noted of what was asked for, and what is removed when it is over.

use std::sync::Arc;

use super::{Order, Parts};
use crate::journal::{self, AskedFor, Entry, Past};

impl Order {
    /// Notes what was asked for, and what may be taken from the run before. To be called before the run begins.
    pub(crate) fn note_asked(&self, started_at_ms: u64, past: Option<&Past>) {
        if self.call.is_some() {
            return self.journal.note(&Entry::Called);
        }
        if self.journal.is_kept() {
            let asked = AskedFor {
                form: journal::FORM,
                code: self.code.clone(),
                workspace: self.workspace.clone(),
                args: self.args.clone(),
                limits: self.limits.clone(),
                client: self.client.to_string(),
                approve: self.approve.clone(),
                started_at_ms,
                origin: past.and_then(|past| past.asked.origin.clone()),
            };
            self.journal.note(&Entry::Asked(Box::new(asked)));
            for inherited in past.into_iter().flat_map(|past| &past.inherited) {
                self.journal.note(&Entry::Inherited(Box::new(inherited.clone())));
            }
        }
    }

    /// Removes what a run leaves that nobody goes on with.
    pub(crate) async fn tidy_up(&self, parts: &Arc<Parts>) {
        if !self.approve.is_planned() {
            return;
        }
        let (parts, workspace, id) = (parts.clone(), self.workspace.clone(), self.id.clone());
        let remove = move || {
            if let Some(copy) = parts.workspaces.copy_of(&workspace, id.as_str()) {
                copy.remove_copy();
            }
        };
        let _ = tokio::task::spawn_blocking(remove).await;
    }
}
