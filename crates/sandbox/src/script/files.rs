//! Which calls read files, by any name that Node has for `fs`.

use oxc_ast::ast::{CallExpression, Expression};

use super::callees::{BUILTIN, Callees};

/// Names under which Node has files: here all mean the global `fs`.
const MODULES: [&str; 4] = ["fs", "node:fs", "fs/promises", "node:fs/promises"];

/// Whether a call is one of `fs.readFile` without an encoding.
pub(super) fn gives_bytes(call: &CallExpression, callees: &Callees) -> bool {
    let has_path_only = matches!(&call.arguments[..], [path] if !path.is_spread());
    has_path_only
        && match call.callee.get_inner_expression() {
            Expression::StaticMemberExpression(member) => {
                member.property.name == "readFile" && is_files(&member.object, callees)
            }
            callee => taken(callee, callees).is_some_and(|name| name == "readFile"),
        }
}

/// Whether an expression is `fs`, however it was had.
fn is_files(expression: &Expression, callees: &Callees) -> bool {
    match expression.get_inner_expression() {
        Expression::Identifier(name) => {
            callees.builtin(name) == Some("fs")
                || callees.namespace(name).is_some_and(|module| MODULES.contains(&module))
                || taken(expression, callees).is_some_and(|name| ["default", "promises"].contains(&&*name))
        }
        Expression::StaticMemberExpression(member) => {
            member.property.name == "promises" && is_files(&member.object, callees)
                || callees.member_of_global(member) == Some("fs")
                || callees
                    .member_of_namespace(member)
                    .is_some_and(|(module, name)| BUILTIN.contains(&module.as_str()) && name == "fs")
        }
        _ => false,
    }
}

/// The export of a module of files that an expression stands for.
fn taken(expression: &Expression, callees: &Callees) -> Option<String> {
    let (module, name) = callees.imported(expression)?;
    MODULES.contains(&module.as_str()).then_some(name)
}
