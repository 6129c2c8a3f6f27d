//! What is wrong with a script before it runs, on its facts alone. Pure functions.
//!
//! Only what is proved blocks: a module, a name or a tool that does not exist, an argument that cannot be
//! right. Anything doubtful is a warning or nothing, because a false refusal costs more than a failed call.

mod arguments;
mod imports;
mod results;
mod schema;
mod suspects;

use std::{borrow::Cow, cell::Cell};

use surface::Surface;
use tools::{Tool, ToolId};
use wire::{Callee, Import, Literal, Position, ReadKind, ScriptFacts, SuspectKind};

use crate::{
    record::Problem,
    rules::{Refusal, Rules},
    withheld::{self, NotOffered},
};
pub(crate) use imports::{
    Resolved, Unresolved, files_module, instead_of, resolve, skill_named, tool_of, unknown_export,
};
use results::Parameter;
pub(crate) use results::{instead, is_of_lists, is_of_objects, is_of_texts, list, written};

/// What a check knows beside the facts.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    /// The tools.
    pub(crate) surface: &'a Surface,
    /// Names of the skills there are.
    pub(crate) skills: &'a [String],
    /// Where the script stands: `/main.ts`, or a skill's path.
    pub(crate) from: &'a str,
    /// Patterns that are refused.
    pub(crate) refused_patterns: &'a [SuspectKind],
    /// Which calls may be made.
    pub(crate) rules: &'a Rules,
}

/// What a check found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// What keeps the script from being run, first in the file first.
    pub(crate) problems: Vec<Found>,
    /// What its author should know.
    pub(crate) warnings: Vec<String>,
    /// Lines that read of results what their tools do not declare: there is a warning about each.
    pub(crate) misread: Vec<u32>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// What is not allowed, for the person.
    pub(crate) refusal: Option<Refusal>,
    pub(crate) at: Position,
}

impl Found {
    fn new(at: Position, message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, refusal: None, at }
    }

    fn not_offered(at: Position, NotOffered { message, refusal, .. }: NotOffered) -> Self {
        Self { refusal: Some(refusal), ..Self::new(at, message) }
    }

    /// As the record tells it.
    pub(crate) fn into_problem(self) -> Problem {
        let Position { line, column } = self.at;
        Problem { message: self.message, line, column, hint: self.hint, refusal: self.refusal }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// Problems that are told at once. A script with more is told the first of them.
const PROBLEMS_MAX: usize = 20;

/// Reads of results that are warned about: more say the same of other lines.
const WARNINGS_MAX: usize = 10;

/// Steps a check may take in all: milliseconds. A stranger's schema can be made to take for ever; what is not
/// proved wrong by then is left to the broker.
const STEPS_MAX: u32 = 200_000;

/// Checks a script.
pub(crate) fn check(facts: &ScriptFacts, known: &Known<'_>) -> Findings {
    let mut findings = Findings::default();
    for import in &facts.imports {
        if findings.problems.len() >= PROBLEMS_MAX {
            break;
        }
        imports::check_import(import, known, &mut findings);
    }
    for import in &facts.unused {
        imports::check_unused(import, known, &mut findings);
    }
    for (specifier, at) in &facts.dynamic_imports {
        imports::check_doubtful(specifier, *at, known, &mut findings);
    }
    let steps = Cell::new(STEPS_MAX);
    for call in &facts.calls {
        if findings.problems.len() >= PROBLEMS_MAX {
            break;
        }
        check_call(call, &facts.imports, known, &steps, &mut findings);
    }
    check_reads(facts, known, &mut findings);
    for suspect in &facts.suspects {
        suspects::check(suspect, known, &mut findings);
    }
    findings.problems.sort_by_key(|found| found.at);
    findings.problems.dedup();
    findings.problems.truncate(PROBLEMS_MAX);
    findings
}

/// What is read of results that their tools do not declare.
fn check_reads(facts: &ScriptFacts, known: &Known<'_>, findings: &mut Findings) {
    let mut said = Vec::new();
    for read in &facts.reads {
        if said.len() == WARNINGS_MAX {
            break;
        }
        let wrong = called(read.call, facts, known).and_then(|(tool, shown)| {
            let output = tool.output_schema.as_ref()?;
            match &read.what {
                ReadKind::Passed { to, parameter } => {
                    let (callee, name) = called(*to, facts, known)?;
                    let parameter = Parameter { callee: &name, name: parameter, input: &callee.input_schema };
                    results::misfit(read, &shown, output, &parameter)
                }
                _ => {
                    let call = facts.calls.iter().find(|call| call.at == read.call)?;
                    results::wrong(read, &shown, &written(&call.callee), output)
                }
            }
        });
        if let Some(wrong) = wrong.filter(|wrong| !said.contains(wrong)) {
            said.push(wrong);
            findings.misread.push(read.at.line);
        }
    }
    findings.warnings.append(&mut said);
}

/// The tool that the call at a place calls, and what the script calls it.
fn called<'k>(
    at: Position,
    facts: &'k ScriptFacts,
    known: &'k Known<'_>,
) -> Option<(&'k Tool, Cow<'k, str>)> {
    let call = facts.calls.iter().find(|call| call.at == at)?;
    let (tool, shown) = match &call.callee {
        Callee::Named { server, tool } => {
            (known.surface.tool_meant(server.as_deref(), tool).ok()?, shown(server.as_deref(), tool))
        }
        Callee::Imported { specifier, name } => {
            (imports::tool_of(specifier, name, known)?, name.as_str().into())
        }
    };
    Some((known.surface.catalog().tool(tool)?, shown))
}

/// What a script calls a tool that it calls by name.
fn shown<'n>(server: Option<&str>, tool: &'n str) -> Cow<'n, str> {
    server.map_or(tool.into(), |server| format!("{server}/{tool}").into())
}

fn check_call(
    call: &wire::Call,
    imports: &[Import],
    known: &Known<'_>,
    steps: &Cell<u32>,
    findings: &mut Findings,
) {
    let (tool, shown) = match &call.callee {
        Callee::Named { server, tool } => match known.surface.tool_meant(server.as_deref(), tool) {
            Ok(id) => (id, shown(server.as_deref(), tool)),
            Err(_) if may_name_server(call, known) => return,
            Err(unknown) => {
                let withheld = withheld::named(server.as_deref(), tool, known.surface, known.rules);
                return findings.problems.push(match withheld {
                    Some(withheld) => Found::not_offered(call.at, withheld),
                    None => unknown_tool(call.at, &unknown),
                });
            }
        },
        Callee::Imported { specifier, name } => match imports::tool_of(specifier, name, known) {
            Some(tool) => (tool, name.as_str().into()),
            None => return imports::check_member(specifier, name, call.at, imports, known, findings),
        },
    };
    let Some(definition) = known.surface.catalog().tool(tool) else { return };
    let found_before = findings.problems.len();
    arguments::check(call, &shown, &definition.input_schema, steps, findings);
    // What is not even valid is not sent, so the rules are not asked.
    if findings.problems.len() == found_before {
        check_rules(call, tool, definition, known, findings);
    }
}

/// Whether what a call names may be a server, and the tool what follows: `callMCPTool("time", tool)`.
fn may_name_server(call: &wire::Call, known: &Known<'_>) -> bool {
    let is_open = matches!(call.arguments, Some(Literal::Unknown | Literal::SomeString));
    match &call.callee {
        Callee::Named { server: None, tool } => is_open && known.surface.server_named(tool).is_ok(),
        _ => false,
    }
}

/// Arguments that literally break a rule.
fn check_rules(call: &wire::Call, id: &ToolId, tool: &Tool, known: &Known<'_>, findings: &mut Findings) {
    let nothing = Literal::Object { fields: Vec::new(), open: false };
    let arguments = call.arguments.as_ref().filter(|given| **given != Literal::Undefined).unwrap_or(&nothing);
    if let Some(refusal) = known.rules.refusal_of_literal(&id.server, tool, arguments) {
        let found = Found::new(call.at, withheld::not_allowed(id));
        findings.problems.push(Found { refusal: Some(refusal), ..found });
    }
}

fn unknown_tool(at: Position, unknown: &surface::Unknown) -> Found {
    let found = Found::new(at, unknown.what.clone());
    let search = || "find tools with `searchTools(\"what it should do\")`".to_owned();
    found.hint(text::did_you_mean(&unknown.did_you_mean).unwrap_or_else(search))
}

#[cfg(test)]
mod tests;
