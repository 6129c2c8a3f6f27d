//! Changes of files that are made once, also when the run is taken up after a crash.

use std::sync::Arc;

use super::{Context, replay::Before};
use crate::{
    journal::{self, ChangingFile, Entry},
    workspace::{FileError, Request},
};

/// A request of files as it was asked for, and what is known to have been done of it.
pub(super) struct FileChange {
    pub(super) call: u32,
    pub(super) request: journal::Request,
    pub(super) before: Before,
}

/// Makes a change of files ready to be made: what was noted so far is durable then. Nothing when the change was made
/// before the run was taken up.
pub(super) async fn once(
    run: &Arc<Context>,
    request: Request,
    change: FileChange,
) -> Result<Option<Request>, FileError> {
    if !run.journal.is_kept() || !request.is_change() {
        return Ok(Some(request));
    }
    let FileChange { call, request: asked, before } = change;
    let context = run.clone();
    let seen = tokio::task::spawn_blocking(move || {
        let (workspace, limits) = (&context.workspace, &context.limits);
        match before {
            Before::Changing(state) if request.was_made(state, workspace, limits) => None,
            Before::Changing(_) => Some((request, None)),
            Before::Nothing | Before::Sent(_) => {
                let state = request.state_before(workspace, limits);
                Some((request, state))
            }
        }
    });
    let failed = |_| FileError::Request("the file operation failed".to_owned());
    let Some((request, state)) = seen.await.map_err(failed)? else { return Ok(None) };
    if let Some(before) = state {
        run.journal.note(&Entry::Changing(Box::new(ChangingFile { call, request: asked.noted(), before })));
    }
    run.journal
        .durable()
        .await
        .map_err(|error| FileError::Request(format!("the files are not changed: {error}")))?;
    Ok(Some(request))
}
