//! The value a script has but nobody takes: that of its last expression or its last assignment, as in a REPL or a notebook.
//!
//! Only decides, as `shape` does. What acts and has no value of its own (`console.log(…)`, `rows.push(…)`) is left alone.

use oxc_ast::ast::{
    AssignmentExpression, AssignmentTarget, BindingPattern, CallExpression, Declaration, Expression,
    FormalParameters, IdentifierReference, Program, Statement, VariableDeclaration,
};
use oxc_semantic::Scoping;
use oxc_span::{GetSpan, Span};
use oxc_syntax::operator::UnaryOperator;

use super::functions::TopFunction;

/// Names that stand for surroundings a script does not have: what is assigned to their members is meant to be seen outside.
const OUTSIDE: [&str; 5] = ["module", "exports", "window", "self", "global"];

/// Functions that are called for what they do.
const EFFECTS: [&str; 6] =
    ["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "queueMicrotask"];

/// Methods of lists, maps and sets that change them and give back something nobody wants. Only where nothing is waited
/// for: servers have tools of such names.
const CHANGES: [&str; 6] = ["push", "unshift", "set", "add", "delete", "clear"];

/// The statement that has the script's value, and where in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Last {
    /// Of the statement.
    pub(super) span: Span,
    pub(super) value: LastValue,
    /// The value is a function without parameters: it is called.
    pub(super) called: bool,
}

/// Where in a statement its value is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LastValue {
    /// It is an expression, or ends in expressions: the branches of an `if`, a `try` and its `catch`.
    Expression,
    /// It declares these names.
    Names(Vec<String>),
    /// It assigns to `module.exports`, `exports.x` or the like.
    Export,
}

/// The variable that is declared last at the top.
pub(super) fn last_name(program: &Program) -> Option<String> {
    let declared = program.body.iter().rev().filter_map(|statement| match statement {
        Statement::VariableDeclaration(variables) => names(variables),
        _ => None,
    });
    declared.filter_map(|names| names.into_iter().next_back()).next()
}

/// The value of a statement. Of several branches, each has to be an expression with one only to be returned itself.
pub(super) fn of(statement: &Statement, scoping: &Scoping, functions: &[TopFunction]) -> Option<Last> {
    let (value, called) = match statement {
        Statement::ExpressionStatement(line) => match line.expression.get_inner_expression() {
            Expression::AssignmentExpression(assignment)
                if let Some(value) = outside(assignment, scoping) =>
            {
                (value, is_callable(&assignment.right, scoping, functions))
            }
            expression if gives(expression) => {
                (LastValue::Expression, is_callable(expression, scoping, functions))
            }
            _ => return None,
        },
        Statement::VariableDeclaration(variables) => (LastValue::Names(names(variables)?), false),
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::VariableDeclaration(variables) => (LastValue::Names(names(variables)?), false),
            _ => return None,
        },
        other if has_tail(other) => (LastValue::Expression, false),
        _ => return None,
    };
    Some(Last { span: statement.span(), value, called })
}

/// Whether a statement ends in an expression with a value, in any of its branches.
pub(super) fn has_tail(statement: &Statement) -> bool {
    match statement {
        Statement::ExpressionStatement(line) => gives(&line.expression),
        Statement::BlockStatement(block) => block.body.last().is_some_and(has_tail),
        Statement::IfStatement(branches) => {
            has_tail(&branches.consequent) || branches.alternate.as_ref().is_some_and(has_tail)
        }
        Statement::TryStatement(tried) => {
            let caught = tried.handler.as_ref().and_then(|handler| handler.body.body.last());
            tried.block.body.last().is_some_and(has_tail) || caught.is_some_and(has_tail)
        }
        _ => false,
    }
}

/// Whether an expression that stands alone has a value that may have been meant.
pub(super) fn gives(expression: &Expression) -> bool {
    match expression.get_inner_expression() {
        Expression::AwaitExpression(awaited) => match awaited.argument.get_inner_expression() {
            Expression::CallExpression(call) => !is_effect(call, true),
            other => gives(other),
        },
        Expression::CallExpression(call) => !is_effect(call, false),
        Expression::AssignmentExpression(assignment) => {
            !matches!(assignment.left, AssignmentTarget::StaticMemberExpression(_))
                && !matches!(assignment.left, AssignmentTarget::ComputedMemberExpression(_))
        }
        Expression::UnaryExpression(unary) => {
            !matches!(unary.operator, UnaryOperator::Void | UnaryOperator::Delete)
        }
        Expression::LogicalExpression(logical) => gives(&logical.right),
        Expression::ConditionalExpression(either) => gives(&either.consequent) || gives(&either.alternate),
        Expression::SequenceExpression(several) => several.expressions.last().is_some_and(gives),
        Expression::UpdateExpression(_) | Expression::YieldExpression(_) => false,
        _ => true,
    }
}

fn is_effect(call: &CallExpression, awaited: bool) -> bool {
    match call.callee.get_inner_expression() {
        Expression::Identifier(name) => EFFECTS.contains(&name.name.as_str()),
        Expression::StaticMemberExpression(member) => {
            let method = member.property.name.as_str();
            let of_console =
                matches!(&member.object, Expression::Identifier(object) if object.name == "console");
            of_console || method == "forEach" || !awaited && CHANGES.contains(&method)
        }
        _ => false,
    }
}

/// What is meant by an assignment to a member of what stands for the surroundings. The global object is there, so the
/// assignment to it is made; the others are not.
fn outside(assignment: &AssignmentExpression, scoping: &Scoping) -> Option<LastValue> {
    let AssignmentTarget::StaticMemberExpression(member) = &assignment.left else { return None };
    let root = match member.object.get_inner_expression() {
        Expression::StaticMemberExpression(inner) => inner.object.get_inner_expression(),
        object => object,
    };
    let Expression::Identifier(name) = root else { return None };
    match name.name.as_str() {
        _ if !is_global(name, scoping) => None,
        "globalThis" => Some(LastValue::Expression),
        other => OUTSIDE.contains(&other).then_some(LastValue::Export),
    }
}

fn is_global(name: &IdentifierReference, scoping: &Scoping) -> bool {
    name.reference_id.get().is_none_or(|id| scoping.get_reference(id).symbol_id().is_none())
}

/// Whether a value is a function that can be called with nothing.
fn is_callable(value: &Expression, scoping: &Scoping, functions: &[TopFunction]) -> bool {
    let is_empty = |parameters: &FormalParameters| parameters.items.is_empty() && parameters.rest.is_none();
    match value.get_inner_expression() {
        Expression::ArrowFunctionExpression(arrow) => is_empty(&arrow.params),
        Expression::FunctionExpression(function) => is_empty(&function.params),
        Expression::Identifier(name) => {
            let symbol = name.reference_id.get().and_then(|id| scoping.get_reference(id).symbol_id());
            functions.iter().any(|function| Some(function.symbol) == symbol && function.parameters == 0)
        }
        _ => false,
    }
}

/// The names of the last declarator; `None` where nothing is assigned.
fn names(variables: &VariableDeclaration) -> Option<Vec<String>> {
    let last = variables.declarations.last().filter(|last| !variables.declare && last.init.is_some())?;
    Some(match &last.id {
        BindingPattern::BindingIdentifier(name) => vec![name.name.to_string()],
        pattern => pattern.get_binding_identifiers().iter().map(|name| name.name.to_string()).collect(),
    })
}
