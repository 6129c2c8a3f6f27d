//! What a script is meant to be: statements whose `return` is the value, a module, or a function nobody called.
//!
//! Only decides; `apply` carries it out. A decision that mends something is unambiguous or is not made.

use oxc_ast::ast::{
    CallExpression, Declaration, ExportDefaultDeclarationKind, Expression, ExpressionStatement, Program,
    Statement,
};
use oxc_semantic::{Scoping, SymbolId};
use oxc_span::{GetSpan, Span};
use oxc_syntax::operator::UnaryOperator;

use super::ending::{self, Last};
use super::functions::{self, TopFunction};
use super::scan;

/// The name that says "begin here".
const ENTRY: &str = "main";

/// Names that say so in a script that does other things as well.
const ENTRIES: [&str; 2] = [ENTRY, "run"];

/// What is to be made of a script.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// It exports and does not return: it stays a module.
    Module(Ending),
    /// Its statements become the body of the default export; exports, if it has any, are dropped.
    Statements(Ending),
}

/// What becomes of a script's end, so that its value is the run's value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// As written.
    AsWritten,
    /// As written; the default export is a function, which the engine calls.
    DefaultExport,
    /// It only defined this function: call it, return its value.
    Call(Name),
    /// The last statement that does anything, which begins here, calls the script's own function: return the value.
    ReturnLast(Span),
    /// That statement handles the value itself but does not wait: wait.
    AwaitLast(Span),
    /// The last statement that does anything has a value that nobody takes: return it.
    Value(Last),
}

/// A name and where it is declared.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) name: String,
    pub(super) span: Span,
    /// What the script does instead of calling it.
    pub(super) instead: Instead,
}

/// What a script does that does not call the function it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instead {
    /// It defines this function and does nothing.
    DefinesIt,
    /// It defines several functions and does nothing.
    DefinesSeveral,
    /// It does other things.
    ForgetsIt,
}

/// Decides.
pub(super) fn of(program: &Program, scoping: &Scoping) -> Shape {
    if program.body.iter().any(scan::returns) {
        return Shape::Statements(Ending::AsWritten);
    }
    let functions = functions::of(program);
    let last = last_call(program, scoping, &functions);
    if !program.body.iter().any(exports_a_value) {
        let ending = last.map(|(_, ending)| ending);
        let ending = ending.or_else(|| lone_function(program, scoping, &functions).map(Ending::Call));
        let ending = ending.or_else(|| last_value(program, scoping, &functions));
        return Shape::Statements(ending.unwrap_or(Ending::AsWritten));
    }
    Shape::Module(match (default_export(program, scoping, &functions), last) {
        (None, Some((_, ending))) => ending,
        // A default export that the script calls itself must not be called twice.
        (Some(Default { function: Some(exported), .. }), Some((called, ending)))
            if called == Some(exported) =>
        {
            match (ending, program.body.iter().rev().find(|one| !only_defines(one))) {
                (Ending::AsWritten, Some(last)) => Ending::ReturnLast(last.span()),
                (ending, _) => ending,
            }
        }
        (Some(Default { callable: true, .. }), None) => Ending::DefaultExport,
        (None, None) => end_of_module(program, scoping, &functions).unwrap_or(Ending::AsWritten),
        _ => Ending::AsWritten,
    })
}

/// Whether a statement exports a value; `export type` does not.
fn exports_a_value(statement: &Statement) -> bool {
    match statement {
        Statement::ExportDefaultDeclaration(export) => {
            !matches!(export.declaration, ExportDefaultDeclarationKind::TSInterfaceDeclaration(_))
        }
        Statement::ExportDeclaration(export) => !is_type(&export.declaration),
        Statement::ExportNamedDeclaration(export) => {
            export.export_kind.is_value() && export.specifiers.iter().any(|one| one.export_kind.is_value())
        }
        Statement::ExportFromDeclaration(export) => export.export_kind.is_value(),
        Statement::ExportAllDeclaration(export) => export.export_kind.is_value(),
        _ => false,
    }
}

fn is_type(declaration: &Declaration) -> bool {
    matches!(declaration, Declaration::TSTypeAliasDeclaration(_) | Declaration::TSInterfaceDeclaration(_))
        || declaration.declare()
}

/// A script's default export.
struct Default {
    callable: bool,
    /// The declared function, if it has a name.
    function: Option<SymbolId>,
}

fn default_export(program: &Program, scoping: &Scoping, functions: &[TopFunction]) -> Option<Default> {
    program.body.iter().find_map(|statement| match statement {
        Statement::ExportDefaultDeclaration(export) => Some(match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => {
                let function = function.id.as_ref().and_then(|id| id.symbol_id.get());
                Default { callable: true, function }
            }
            other => other.as_expression().map_or(Default { callable: false, function: None }, |value| {
                default_value(value.get_inner_expression(), scoping, functions)
            }),
        }),
        Statement::ExportNamedDeclaration(export)
            if export.specifiers.iter().any(|one| one.exported.name() == "default") =>
        {
            Some(Default { callable: false, function: None })
        }
        _ => None,
    })
}

/// `export default main`, or a function without a name.
fn default_value(value: &Expression, scoping: &Scoping, functions: &[TopFunction]) -> Default {
    match value {
        Expression::ArrowFunctionExpression(_) | Expression::FunctionExpression(_) => {
            Default { callable: true, function: None }
        }
        Expression::Identifier(name) => {
            let symbol = name.reference_id.get().and_then(|id| scoping.get_reference(id).symbol_id());
            let function =
                symbol.filter(|symbol| functions.iter().any(|function| function.symbol == *symbol));
            Default { callable: function.is_some(), function }
        }
        _ => Default { callable: false, function: None },
    }
}

/// The only function without parameters that nobody uses, in a script that does nothing but define.
fn lone_function(program: &Program, scoping: &Scoping, functions: &[TopFunction]) -> Option<Name> {
    if !program.body.iter().all(only_defines) {
        return None;
    }
    let used = functions::used(program, scoping, functions);
    let candidates: Vec<&TopFunction> = functions
        .iter()
        .filter(|function| function.parameters == 0 && !used.contains(&function.symbol))
        .collect();
    let meant = match candidates[..] {
        [only] => Some(only),
        _ => candidates.into_iter().find(|function| function.name == ENTRY),
    };
    meant.map(|meant| name(meant, functions))
}

/// What a module without a default export and without a call at its end is to do.
fn end_of_module(program: &Program, scoping: &Scoping, functions: &[TopFunction]) -> Option<Ending> {
    let entry = exported_entry(program, scoping, functions);
    let entry = entry.or_else(|| lone_function(program, scoping, functions));
    entry.map(Ending::Call).or_else(|| {
        // Only statements of their own can become a default export: a branch cannot.
        let is_plain = |last: &&Statement| {
            matches!(
                last,
                Statement::ExpressionStatement(_)
                    | Statement::VariableDeclaration(_)
                    | Statement::ExportDeclaration(_)
            )
        };
        let last = last_that_acts(program).filter(is_plain)?;
        ending::of(last, scoping, functions).map(Ending::Value)
    })
}

/// What a script that does something, and returns nothing, is to do at its end: call the function it begins with but
/// forgot to call, or return the value of its last statement.
fn last_value(program: &Program, scoping: &Scoping, functions: &[TopFunction]) -> Option<Ending> {
    let last = last_that_acts(program)?;
    let value = ending::of(last, scoping, functions);
    let is_expression = !matches!(last, Statement::VariableDeclaration(_));
    if value.is_some() && is_expression {
        return value.map(Ending::Value);
    }
    let forgotten = forgotten_function(program, scoping, functions, last);
    forgotten.map(Ending::Call).or(value.map(Ending::Value))
}

/// The only function without parameters that nobody uses, if it stands behind a last assignment; one that says by its
/// name that it is to be called, anywhere.
fn forgotten_function(
    program: &Program,
    scoping: &Scoping,
    functions: &[TopFunction],
    last: &Statement,
) -> Option<Name> {
    let used = functions::used(program, scoping, functions);
    let mut unused =
        functions.iter().filter(|function| function.parameters == 0 && !used.contains(&function.symbol));
    let entry = unused.clone().find(|function| ENTRIES.contains(&function.name));
    let meant = entry.or_else(|| match (unused.next(), unused.next()) {
        (Some(only), None) if only.span.start > last.span().end => Some(only),
        _ => None,
    });
    meant.map(|meant| Name { instead: Instead::ForgetsIt, ..name(meant, functions) })
}

/// An exported `main`, in a module that does nothing but define.
fn exported_entry(program: &Program, scoping: &Scoping, functions: &[TopFunction]) -> Option<Name> {
    let entry = functions.iter().find(|function| function.name == ENTRY && function.parameters == 0)?;
    let exported = entry.exported
        || program.body.iter().any(|statement| match statement {
            Statement::ExportNamedDeclaration(export) => {
                export.specifiers.iter().any(|one| one.local.name() == ENTRY && one.exported.name() == ENTRY)
            }
            _ => false,
        });
    let idle = program.body.iter().all(only_defines);
    let unused = !functions::used(program, scoping, functions).contains(&entry.symbol);
    (exported && idle && unused).then(|| name(entry, functions))
}

fn name(function: &TopFunction, functions: &[TopFunction]) -> Name {
    let instead = if functions.len() == 1 { Instead::DefinesIt } else { Instead::DefinesSeveral };
    Name { name: function.name.to_owned(), span: function.span, instead }
}

/// Whether running a statement only gives names to things.
fn only_defines(statement: &Statement) -> bool {
    match statement {
        Statement::VariableDeclaration(variables) => {
            variables.declarations.iter().all(|one| one.init.as_ref().is_none_or(|init| !scan::acts(init)))
        }
        Statement::ExportDeclaration(export) => match &export.declaration {
            Declaration::VariableDeclaration(variables) => variables
                .declarations
                .iter()
                .all(|one| one.init.as_ref().is_none_or(|init| !scan::acts(init))),
            _ => true,
        },
        Statement::EmptyStatement(_) => true,
        other => other.as_declaration().is_some() || other.as_module_declaration().is_some(),
    }
}

/// The last statement that does anything. What is declared as a variable counts: it may be the value.
fn last_that_acts<'p, 'a>(program: &'p Program<'a>) -> Option<&'p Statement<'a>> {
    let defines = |statement: &&Statement| {
        !matches!(statement, Statement::VariableDeclaration(_)) && only_defines(statement)
    };
    program.body.iter().rev().find(|one| !defines(one))
}

/// The last statement that does anything, if it is a call of the script's own function whose value would be lost:
/// the function, and what to do about it.
fn last_call(
    program: &Program,
    scoping: &Scoping,
    functions: &[TopFunction],
) -> Option<(Option<SymbolId>, Ending)> {
    let Statement::ExpressionStatement(statement) = last_that_acts(program)? else { return None };
    let called = Called::of(statement, scoping, functions)?;
    let ending = if called.value && !called.handled {
        Ending::ReturnLast(statement.span)
    } else if called.r#async && !called.awaited {
        Ending::AwaitLast(statement.span)
    } else {
        Ending::AsWritten
    };
    Some((called.symbol, ending))
}

/// A call of the script's own function without arguments.
struct Called {
    /// `None` for a function called where it is written.
    symbol: Option<SymbolId>,
    r#async: bool,
    /// Whether the function returns anything.
    value: bool,
    awaited: bool,
    /// Whether `.then(…)` takes the value.
    handled: bool,
}

impl Called {
    fn of(statement: &ExpressionStatement, scoping: &Scoping, functions: &[TopFunction]) -> Option<Self> {
        let (awaited, expression) = awaited(&statement.expression);
        let Expression::CallExpression(call) = expression else { return None };
        let mut call: &CallExpression = call;
        let mut handled = false;
        while let Some((method, inner)) = chained(call) {
            handled |= method == "then";
            call = inner;
        }
        if !call.arguments.is_empty() {
            return None;
        }
        let (symbol, r#async, value) = match call.callee.get_inner_expression() {
            Expression::Identifier(name) => {
                let symbol = scoping.get_reference(name.reference_id.get()?).symbol_id()?;
                let function = functions.iter().find(|function| function.symbol == symbol)?;
                (Some(symbol), function.r#async, function.value)
            }
            Expression::ArrowFunctionExpression(arrow) => {
                (None, arrow.r#async, scan::arrow_gives_value(arrow))
            }
            Expression::FunctionExpression(function) => {
                (None, function.r#async, scan::function_gives_value(function))
            }
            _ => return None,
        };
        Some(Self { symbol, r#async, value, awaited, handled })
    }
}

/// The expression behind `await` and `void`, and whether it is waited for.
fn awaited<'e, 'a>(expression: &'e Expression<'a>) -> (bool, &'e Expression<'a>) {
    match expression.get_inner_expression() {
        Expression::AwaitExpression(awaited) => (true, awaited.argument.get_inner_expression()),
        Expression::UnaryExpression(unary) if unary.operator == UnaryOperator::Void => {
            awaited(&unary.argument)
        }
        other => (false, other),
    }
}

/// The call whose promise `then`, `catch` or `finally` is called on.
fn chained<'e, 'a>(call: &'e CallExpression<'a>) -> Option<(&'e str, &'e CallExpression<'a>)> {
    let Expression::StaticMemberExpression(member) = call.callee.get_inner_expression() else { return None };
    let method = member.property.name.as_str();
    match member.object.get_inner_expression() {
        Expression::CallExpression(inner) if matches!(method, "then" | "catch" | "finally") => {
            Some((method, inner))
        }
        _ => None,
    }
}
