//! What a call of `callMCPTool` says: the tool by one name, or by the names of its server and its own.

use oxc_ast::ast::{Argument, CallExpression};
use wire::{Callee, Literal};

use super::literal::Reader;

/// The tool that is called by name and the arguments it is handed; `None` where the name is computed.
pub(super) fn tool(call: &CallExpression, reader: &Reader) -> Option<(Callee, Option<Literal>)> {
    let Some(Literal::String(first)) = argument(call, 0, reader) else { return None };
    match (argument(call, 1, reader), argument(call, 2, reader)) {
        // `callMCPTool("time", "get_current_time", { … })`: the server by itself.
        (Some(Literal::String(tool)), arguments) => {
            Some((Callee::Named { server: Some(first), tool }, arguments))
        }
        // `callMCPTool("time", tool, { … })`.
        (Some(Literal::Unknown | Literal::SomeString), Some(_)) => None,
        (arguments, _) => Some((Callee::Named { server: None, tool: first }, arguments)),
    }
}

/// The argument at an index; unknown when a spread may have put anything there.
pub(super) fn argument(call: &CallExpression, index: usize, reader: &Reader) -> Option<Literal> {
    let before = call.arguments.iter().take(index + 1);
    if before.clone().any(|argument| matches!(argument, Argument::SpreadElement(_))) {
        return Some(Literal::Unknown);
    }
    let argument = call.arguments.get(index)?;
    Some(argument.as_expression().map_or(Literal::Unknown, |value| reader.read(value)))
}
