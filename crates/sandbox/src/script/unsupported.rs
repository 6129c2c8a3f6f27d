//! Syntax that parses but that the engine does not have.

use oxc_ast::ast::{
    AccessorProperty, Decorator, ImportDeclaration, ImportExpression, Program, VariableDeclaration,
    VariableDeclarationKind,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::Span;
use wire::ScriptError;

use super::lines::Lines;

/// Every use of it, in the order of the script.
pub(super) fn find(program: &Program, lines: &Lines) -> Vec<ScriptError> {
    let mut finder = Finder { lines, errors: Vec::new() };
    finder.visit_program(program);
    finder.errors
}

struct Finder<'f> {
    lines: &'f Lines<'f>,
    errors: Vec<ScriptError>,
}

impl Finder<'_> {
    fn refuse(&mut self, what: &str, hint: &str, span: Span) {
        let at = self.lines.place(span.start);
        self.errors.push(ScriptError { message: format!("{what} here"), at, hint: Some(hint.to_owned()) });
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
        self.refuse("decorators are not supported", "call the function on the class or method instead", decorator.span);
    }

    fn visit_variable_declaration(&mut self, declaration: &VariableDeclaration<'a>) {
        if matches!(declaration.kind, VariableDeclarationKind::Using | VariableDeclarationKind::AwaitUsing) {
            self.refuse("`using` is not supported", "use `const` and `try … finally`", declaration.span);
        }
        walk::walk_variable_declaration(self, declaration);
    }

    fn visit_accessor_property(&mut self, property: &AccessorProperty<'a>) {
        self.refuse("`accessor` fields are not supported", "write a getter and a setter", property.span);
        walk::walk_accessor_property(self, property);
    }

    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        if import.phase.is_some() {
            self.refuse("`import defer` and `import source` are not supported", "use a plain import", import.span);
        }
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        if import.phase.is_some() {
            self.refuse("`import.defer` and `import.source` are not supported", "use `await import(…)`", import.span);
        }
        walk::walk_import_expression(self, import);
    }
}
