//! Tool definitions as a whole: a fingerprint that differs where a definition has changed, and what all of a surface cost a model, which is
//! counted aside, so that no run waits for it.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use surface::Surface;
use tokio::sync::watch;
use tools::Tool;

/// A catalog that is still filling changes often; it is counted when it has been quiet for so long.
const QUIET: Duration = Duration::from_millis(250);

/// Whether a record waits for the tokens of all definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefinitionTokens {
    /// They are told where they are counted by then.
    IfCounted,
    /// They are counted first, for a process that ends after its run.
    Awaited,
}

/// The fingerprint of a definition: another one when anything changes that a model is shown or a call is judged by.
pub(crate) fn fingerprint(tool: &Tool) -> u64 {
    let hints = &tool.annotations;
    let definition = json!([
        &*tool.name,
        tool.title,
        tool.description,
        tool.input_schema,
        tool.output_schema,
        [hints.read_only, hints.destructive, hints.idempotent, hints.open_world],
    ]);
    tools::fingerprint(&tools::canonical(definition.to_string().as_bytes()))
}

/// The same in hexadecimal digits, as records have it.
pub fn definition_fingerprint(tool: &Tool) -> String {
    in_hex(fingerprint(tool))
}

/// A fingerprint as records have it.
pub(crate) fn in_hex(fingerprint: u64) -> String {
    format!("{fingerprint:016x}")
}

/// The fingerprint of what a call is sent to: the definition of its tool, with what is behind its server's name.
pub(crate) fn recipient(definition: u64, server: Option<u64>) -> u64 {
    match server {
        Some(server) => tools::fingerprint(&format!("{definition:016x} {server:016x}")),
        None => definition,
    }
}

/// The tokens of all definitions. `None` while the tools of some server are not known yet.
pub(crate) async fn tokens(surface: Arc<Surface>, wanted: DefinitionTokens) -> Option<u64> {
    if wanted == DefinitionTokens::Awaited {
        count(surface.clone()).await;
    }
    surface.definition_tokens().filter(|_| all_known(&surface))
}

/// Counts the definitions of a surface, unless the tools of some server are still to come.
async fn count(surface: Arc<Surface>) {
    if all_known(&surface) && surface.definition_tokens().is_none() {
        drop(tokio::task::spawn_blocking(move || surface.count_definitions()).await);
    }
}

/// Counts each surface ahead of need, until there are no more.
pub(crate) async fn keep_counted(mut surfaces: watch::Receiver<Arc<Surface>>) {
    drop(tokio::task::spawn_blocking(surface::warm_up).await);
    loop {
        let surface = surfaces.borrow_and_update().clone();
        match tokio::time::timeout(QUIET, surfaces.changed()).await {
            Ok(Ok(())) => continue,
            Ok(Err(_)) => return,
            Err(_) => count(surface).await,
        }
        if surfaces.changed().await.is_err() {
            return;
        }
    }
}

fn all_known(surface: &Surface) -> bool {
    !surface.catalog().servers().iter().any(|server| server.is_unknown())
}
