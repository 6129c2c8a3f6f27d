//! Results of earlier runs that a script reads: noted in its journal by their names alone, and read again where it is repeated.

use serde::Deserialize;
use wire::Settlement;

use super::{Context, Stop};
use crate::{record::RunId, results::Fetched, workspace::FileError};

/// What asks for a value that was saved under a name in the workspace, or that a run of this workspace returned.
pub(super) const NAME: &str = "results/get";

/// The run whose value a script asks for, where it is no saved one.
pub(super) fn wanted(name: &str, arguments: &[u8]) -> Option<RunId> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(alias = "name")]
        key: String,
    }
    if name != NAME {
        return None;
    }
    RunId::parsed(&serde_json::from_slice::<Named>(arguments).ok()?.key)
}

/// What a run of this workspace returned, as the answer to a call of a script.
pub(super) async fn result(run: &Context, call: u32, id: &RunId) -> Result<Settlement, FileError> {
    let fetched = fetch(run, id).await?;
    if fetched.is_stored {
        run.fetched.lock().insert(call, id.clone());
    }
    Ok(Settlement::Json(fetched.json.into_bytes()))
}

/// The same again, for a run that is repeated. The run's end where it is not there any more.
pub(super) async fn again(run: &Context, id: &RunId) -> Result<Settlement, Stop> {
    let fetched = fetch(run, id).await.map_err(|error| {
        let (_, error) = error.told(&run.limits);
        Stop::interrupted(format!("the run cannot be repeated without the result that it read: {error}"))
    })?;
    Ok(Settlement::Json(fetched.json.into_bytes()))
}

async fn fetch(run: &Context, id: &RunId) -> Result<Fetched, FileError> {
    // Only a run that is written down keeps from being forgotten what it has read.
    let kept = if run.journal.is_kept() { run.journal.durable().await } else { Ok(()) };
    let found = match kept {
        Ok(()) => run.parts.results.fetch(id, &run.workspace_name, &run.id).await,
        Err(error) => Err(error),
    };
    let found = found.map_err(|error| FileError::system("EIO", format!("`{id}` cannot be read: {error}")))?;
    found.ok_or_else(|| {
        let workspace = &run.workspace_name;
        let message = format!("no value of a run `{id}` is kept in the workspace `{workspace}`");
        FileError::system("ENOENT", message)
    })
}
