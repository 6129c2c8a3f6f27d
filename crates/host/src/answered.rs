//! What servers answered to a run of the past: what a recording is made of.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::value::RawValue;
use tools::{Answer, CallError, CallErrorKind, Content, Exchange, Method, ServerName, ToolId};
use wire::{InBlocks, Module, Settlement};

use crate::{
    history::History,
    journal::{Noted, Past, Request, Settled},
    record::{CallEnd, CallRecord, RunId},
    run::registry,
    takeover::{ResumeError, past},
};

/// What a run knew of its servers.
#[derive(Debug, Default)]
pub struct AnsweredRun {
    /// Its calls that a server answered, or failed to answer, in the order in which they were made.
    pub exchanges: Vec<Exchange>,
    /// The fingerprints of the definitions of the tools it called: see [`crate::definition_fingerprint`].
    pub definitions: BTreeSet<(ToolId, String)>,
    /// The folders below `servers/` that it imported from.
    pub folders: BTreeSet<String>,
    /// Whether it looked for tools, or at the tree, of all servers.
    pub searched: bool,
    /// Calls that cannot be answered again: nobody knows what their servers answered, or they were not sent.
    pub left_out: usize,
}

impl History {
    /// What servers answered to a run that has ended.
    pub async fn answered(&self, id: &RunId) -> Result<AnsweredRun, ResumeError> {
        let past = past(&self.store().await?, id).await?;
        Ok(AnsweredRun::of(past))
    }
}

impl AnsweredRun {
    fn of(past: Past) -> Self {
        let mut run = Self::default();
        run.imported(past.begun.iter().flat_map(|(program, _)| &program.modules));
        let mut settled: Vec<_> = past.settled.into_iter().chain(past.left).collect();
        settled.sort_by_key(|settled| settled.call);
        run.left_out = past.sent.keys().filter(|call| !settled.iter().any(|it| it.call == **call)).count();
        settled.into_iter().for_each(|settled| run.add(settled));
        run
    }

    fn add(&mut self, settled: Settled) {
        if let Settlement::Modules(modules) = &settled.with {
            self.imported(modules);
        }
        self.searched |= looks_around(&settled.request);
        let Some(record) = settled.noted.as_ref().and_then(Noted::record) else { return };
        match record.outcome {
            CallEnd::Failed(
                CallErrorKind::InvalidArguments
                | CallErrorKind::UnknownTool
                | CallErrorKind::NeedsLogin
                | CallErrorKind::Refused
                | CallErrorKind::NotApproved
                | CallErrorKind::NotRecorded,
            ) => {}
            CallEnd::Planned
            | CallEnd::Failed(
                CallErrorKind::Cancelled | CallErrorKind::Limit | CallErrorKind::UnknownOutcome,
            ) => self.left_out += 1,
            CallEnd::Answered | CallEnd::Failed(_) => match exchange(settled, &record) {
                Some(exchange) => {
                    let definition = record.definition.filter(|_| exchange.method == Method::CallTool);
                    self.definitions.extend(definition.map(|definition| (exchange.tool.clone(), definition)));
                    self.exchanges.push(exchange);
                }
                None => self.left_out += 1,
            },
        }
    }

    fn imported<'a>(&mut self, modules: impl IntoIterator<Item = &'a Module>) {
        for module in modules {
            self.searched |= module.name == registry::FILE;
            let folder = module.name.strip_prefix("/servers/").and_then(|rest| rest.split_once('/'));
            self.folders.extend(folder.map(|(folder, _)| folder.to_owned()));
        }
    }
}

/// Whether a request depends on which servers there are: a search, and a look into their tree.
fn looks_around(request: &Request) -> bool {
    #[derive(Deserialize)]
    struct Looked {
        path: String,
    }
    let in_tree = || {
        let Looked { path } = serde_json::from_slice(&request.arguments).ok()?;
        Some(path.trim_start_matches(['.', '/']).starts_with("servers"))
    };
    request.name == "search" || request.name.starts_with("fs/") && in_tree() == Some(true)
}

/// A call as it was made. `None` where its journal says what no server says.
fn exchange(settled: Settled, record: &CallRecord) -> Option<Exchange> {
    let method = if settled.request.name == "resource" { Method::ReadResource } else { Method::CallTool };
    let arguments = settled.request.tool_arguments();
    let outcome = match settled.with {
        Settlement::Json(value) => Ok(Answer::from(raw(value)?)),
        Settlement::Answer(answer) => Ok(in_blocks(*answer)?),
        Settlement::Reject(error) => Err(rejected(&error)?),
        _ => return None,
    };
    Some(Exchange {
        method,
        tool: ToolId::new(ServerName::new(&*record.server), &*record.tool),
        // No arguments are an empty object.
        arguments: raw(if matches!(&*arguments, b"" | b"null") { b"{}".to_vec() } else { arguments })?,
        outcome,
    })
}

fn in_blocks(answer: InBlocks) -> Option<Answer> {
    let InBlocks { value, blocks, beside, is_only_item } = answer;
    let blocks = if blocks.is_empty() { None } else { Some(raw(blocks)?) };
    Some(Answer { value: raw(value)?, content: Some(Content { blocks, beside, is_only_item }) })
}

fn rejected(json: &[u8]) -> Option<CallError> {
    #[derive(Deserialize)]
    struct Fields {
        message: String,
        code: String,
        #[serde(default)]
        data: Option<Box<RawValue>>,
    }
    let Fields { message, code, data } = serde_json::from_slice(json).ok()?;
    Some(CallError { kind: CallErrorKind::named(&code)?, message, data })
}

fn raw(json: Vec<u8>) -> Option<Box<RawValue>> {
    RawValue::from_string(String::from_utf8(json).ok()?).ok()
}
