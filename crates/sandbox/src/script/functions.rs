//! The functions a script declares at its top level, and which of them it uses itself.

use std::collections::HashSet;

use oxc_ast::ast::{
    BindingPattern, Declaration, ExportDefaultDeclarationKind, ExportSpecifier, Expression, FormalParameters,
    Function, IdentifierReference, Program, Statement, VariableDeclaration, VariableDeclarator,
};
use oxc_ast_visit::Visit;
use oxc_semantic::{Scoping, SymbolId};
use oxc_span::Span;

use super::scan;

/// A function declared at the top level, or a constant that is one.
pub(super) struct TopFunction<'p> {
    pub(super) name: &'p str,
    /// Of the name.
    pub(super) span: Span,
    pub(super) symbol: SymbolId,
    pub(super) parameters: usize,
    pub(super) r#async: bool,
    /// Whether it returns anything.
    pub(super) value: bool,
    /// Whether it is exported where it is declared.
    pub(super) exported: bool,
    /// The whole of it, to tell its own uses of itself from those of others.
    body: Span,
}

/// All of them, in order.
pub(super) fn of<'p>(program: &'p Program) -> Vec<TopFunction<'p>> {
    program.body.iter().flat_map(declared_by).collect()
}

fn declared_by<'p>(statement: &'p Statement) -> Vec<TopFunction<'p>> {
    match statement {
        Statement::ExportDeclaration(export) => declared(&export.declaration, true),
        Statement::ExportDefaultDeclaration(export) => match &export.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => from_function(function, true),
            _ => Vec::new(),
        },
        Statement::FunctionDeclaration(function) => from_function(function, false),
        Statement::VariableDeclaration(variables) => from_variables(variables, false),
        _ => Vec::new(),
    }
}

fn declared<'p>(declaration: &'p Declaration, exported: bool) -> Vec<TopFunction<'p>> {
    match declaration {
        Declaration::FunctionDeclaration(function) => from_function(function, exported),
        Declaration::VariableDeclaration(variables) => from_variables(variables, exported),
        _ => Vec::new(),
    }
}

fn from_function<'p>(function: &'p Function, exported: bool) -> Vec<TopFunction<'p>> {
    let found = function.id.as_ref().filter(|_| function.body.is_some()).and_then(|id| {
        Some(TopFunction {
            name: id.name.as_str(),
            span: id.span,
            symbol: id.symbol_id.get()?,
            parameters: count(&function.params),
            r#async: function.r#async,
            value: scan::function_gives_value(function),
            exported,
            body: function.span,
        })
    });
    found.into_iter().collect()
}

/// `const main = async () => { … }`, and the like.
fn from_variables<'p>(variables: &'p VariableDeclaration, exported: bool) -> Vec<TopFunction<'p>> {
    variables.declarations.iter().filter_map(|declarator| from_variable(declarator, exported)).collect()
}

fn from_variable<'p>(declarator: &'p VariableDeclarator, exported: bool) -> Option<TopFunction<'p>> {
    let BindingPattern::BindingIdentifier(id) = &declarator.id else { return None };
    let (parameters, r#async, value) = match declarator.init.as_ref()?.get_inner_expression() {
        Expression::ArrowFunctionExpression(arrow) => {
            (count(&arrow.params), arrow.r#async, scan::arrow_gives_value(arrow))
        }
        Expression::FunctionExpression(function) => {
            (count(&function.params), function.r#async, scan::function_gives_value(function))
        }
        _ => return None,
    };
    let (name, span, symbol) = (id.name.as_str(), id.span, id.symbol_id.get()?);
    Some(TopFunction { name, span, symbol, parameters, r#async, value, exported, body: declarator.span })
}

fn count(parameters: &FormalParameters) -> usize {
    parameters.items.len() + usize::from(parameters.rest.is_some())
}

/// Those that are used somewhere outside themselves. Being exported is no use.
pub(super) fn used(program: &Program, scoping: &Scoping, functions: &[TopFunction]) -> HashSet<SymbolId> {
    let mut uses = Uses { scoping, functions, used: HashSet::new() };
    uses.visit_program(program);
    uses.used
}

struct Uses<'u> {
    scoping: &'u Scoping,
    functions: &'u [TopFunction<'u>],
    used: HashSet<SymbolId>,
}

impl<'a> Visit<'a> for Uses<'_> {
    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'a>) {
        let reference = name.reference_id.get().map(|id| self.scoping.get_reference(id));
        let Some(symbol) = reference.filter(|one| one.is_value()).and_then(|one| one.symbol_id()) else {
            return;
        };
        let outside = |function: &&TopFunction| {
            function.symbol == symbol
                && !(function.body.start <= name.span.start && name.span.end <= function.body.end)
        };
        if self.functions.iter().any(|function| outside(&function)) {
            self.used.insert(symbol);
        }
    }

    fn visit_export_specifier(&mut self, _: &ExportSpecifier<'a>) {}
}
