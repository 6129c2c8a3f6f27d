//! Changes of files that are made once, also when the run is taken up after a crash.

use std::sync::Arc;

use tokio::sync::MutexGuard;

use super::{Context, errands::Trees, replay::Before};
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

/// Waits until no other change of this run is being made whose effect is seen by what was there before: what is there before one is
/// then what the last one left. Nothing for all other requests.
pub(super) async fn alone<'a>(run: &'a Context, request: &Request) -> Option<MutexGuard<'a, ()>> {
    let is_noted = run.journal.is_kept() && request.is_watched();
    if is_noted { Some(run.changes.lock().await) } else { None }
}

/// Notes whether a change was made that was made alone. A later one is durable only with this.
pub(super) fn made(run: &Context, call: u32, is_made: bool) {
    run.journal.note(&Entry::Changed { call, is_made });
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
    let seen = blocking(run, move |run| {
        let look = || request.state(&run.workspace, &Trees::of(run), &run.limits);
        Ok(match before {
            Before::Changed => None,
            Before::Changing(then) if request.was_made(then, look()) => None,
            Before::Changing(_) => Some((request, None)),
            Before::Nothing | Before::Sent(_) => {
                let state = look();
                Some((request, state))
            }
        })
    });
    let Some((request, state)) = seen.await? else { return Ok(None) };
    if let Some(before) = state {
        run.journal.note(&Entry::Changing(Box::new(ChangingFile { call, request: asked.noted(), before })));
    }
    run.journal
        .durable()
        .await
        .map_err(|error| FileError::Request(format!("the files are not changed: {error}")))?;
    Ok(Some(request))
}

/// Looks into folders aside: a file system may take its time.
pub(super) async fn blocking<T: Send + 'static>(
    run: &Arc<Context>,
    act: impl FnOnce(&Context) -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    let run = run.clone();
    let done = tokio::task::spawn_blocking(move || act(&run)).await;
    done.unwrap_or_else(|_| Err(FileError::Request("the file operation failed".to_owned())))
}
