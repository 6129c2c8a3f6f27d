//! Syntax that parses but that the engine does not have, or not where it stands.

use oxc_ast::ast::{
    AccessorProperty, Decorator, Expression, ImportExpression, Program, Statement, TSModuleBlock,
    TSModuleReference, TaggedTemplateExpression, VariableDeclaration, VariableDeclarationKind,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::{GetSpan, Span};
use wire::ScriptError;

use super::lines::Lines;

/// Every use of it, in the order of the script.
pub(super) fn find(program: &Program, lines: &Lines) -> Vec<ScriptError> {
    let mut finder = Finder { lines, errors: Vec::new() };
    for statement in &program.body {
        finder.top_level(statement);
        walk::walk_statement(&mut finder, statement);
    }
    finder.errors
}

struct Finder<'f> {
    lines: &'f Lines<'f>,
    errors: Vec<ScriptError>,
}

impl Finder<'_> {
    fn refuse(&mut self, what: &str, hint: &str, span: Span) {
        let at = self.lines.place(span.start);
        self.errors.push(ScriptError { message: what.to_owned(), at, hint: Some(hint.to_owned()) });
    }

    fn top_level(&mut self, statement: &Statement) {
        const COMMON_JS: &str = "use `import … from` and `export`: scripts are ES modules";
        match statement {
            Statement::ImportDeclaration(import) if import.phase.is_some() => {
                self.refuse(
                    "`import defer` and `import source` are not supported",
                    "use a plain import",
                    import.span,
                );
            }
            Statement::TSExportAssignment(export) => {
                self.refuse("`export =` is not supported", COMMON_JS, export.span)
            }
            Statement::TSImportEqualsDeclaration(import)
                if matches!(import.module_reference, TSModuleReference::ExternalModuleReference(_)) =>
            {
                self.refuse("`import … = require(…)` is not supported", COMMON_JS, import.span);
            }
            _ => {}
        }
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
        self.refuse(
            "decorators are not supported",
            "call the function on the class or method instead",
            decorator.span,
        );
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

    /// Only reached below the top level.
    fn visit_statement(&mut self, statement: &Statement<'a>) {
        if statement.as_module_declaration().is_some() {
            let hint = "move it to the top level, or use `await import(…)`";
            self.refuse("`import` and `export` may only stand at the top level", hint, statement.span());
        }
        walk::walk_statement(self, statement);
    }

    /// A namespace exports at its own top level.
    fn visit_ts_module_block(&mut self, block: &TSModuleBlock<'a>) {
        for statement in &block.body {
            walk::walk_statement(self, statement);
        }
    }

    /// A fence of Markdown reads as a template literal that an empty one is called with.
    fn visit_tagged_template_expression(&mut self, tagged: &TaggedTemplateExpression<'a>) {
        if matches!(&tagged.tag, Expression::TemplateLiteral(_)) {
            let hint = "submit one script, without Markdown around it";
            self.refuse("a Markdown fence (```) is no part of a script", hint, tagged.span);
        }
        walk::walk_tagged_template_expression(self, tagged);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        if import.phase.is_some() {
            self.refuse(
                "`import.defer` and `import.source` are not supported",
                "use `await import(…)`",
                import.span,
            );
        }
        walk::walk_import_expression(self, import);
    }
}
