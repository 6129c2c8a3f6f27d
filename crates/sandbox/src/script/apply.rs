//! Carries out what was decided: moves imports, wraps statements, calls the function that was meant.

use std::collections::HashSet;

use oxc_allocator::{Allocator, ArenaVec, TakeIn};
use oxc_ast::ast::{
    Argument, ArrowFunctionBody, Directive, ExportDefaultDeclarationKind, Expression, FormalParameter,
    FormalParameterKind, FormalParameters, FunctionBody, Ident, IdentifierName, ImportDeclarationSpecifier,
    Program, Statement,
};
use oxc_ast::builder::AstBuilder;
use oxc_ast_visit::{VisitMut, walk_mut};
use oxc_span::{GetSpan, SPAN, Span};
use oxc_syntax::operator::UnaryOperator;

use super::end;
use super::shape::{Ending, Instead, Name, Shape};

/// The global, and the module all generated code is.
const IMPORTER: (&str, &str) = ("__narrows", "import");

/// Drops specifiers that repeat an earlier one exactly; a repeated import line is harmless.
pub(super) fn drop_repeated_imports(program: &mut Program) -> Option<String> {
    let mut seen = HashSet::new();
    let mut dropped = false;
    program.body.retain_mut(|statement| {
        let Statement::ImportDeclaration(import) = statement else { return true };
        let source = import.source.value;
        let Some(specifiers) = &mut import.specifiers else { return true };
        let before = specifiers.len();
        specifiers.retain(|specifier| {
            // The first of its kind is kept.
            match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(named) => {
                    seen.insert((source, named.imported.name().to_string(), named.local.name.to_string()))
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(default) => {
                    seen.insert((source, "default".to_owned(), default.local.name.to_string()))
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(all) => {
                    seen.insert((source, "*".to_owned(), all.local.name.to_string()))
                }
            }
        });
        dropped |= specifiers.len() < before;
        specifiers.len() == before || !specifiers.is_empty()
    });
    dropped.then(|| "A repeated import was dropped".to_owned())
}

/// What was mended to give the program its shape.
#[derive(Default)]
pub(super) struct Mended {
    pub(super) repairs: Vec<String>,
    /// Only true where the run has a value.
    pub(super) value_repair: Option<String>,
}

/// Gives the program the shape that was decided on, and says what was mended.
pub(super) fn shape<'a>(allocator: &'a Allocator, program: &mut Program<'a>, shape: &Shape) -> Mended {
    let builder = AstBuilder::new(allocator);
    let mut mended = Mended::default();
    program.hashbang = None;
    match shape {
        Shape::Module(Ending::Value(last)) => {
            mended.value_repair = end::module_with_value(&builder, program, last);
        }
        Shape::Module(ending) => mended.repairs.extend(end_module(&builder, program, ending)),
        Shape::Statements(Ending::Value(last)) => {
            mended.value_repair = end::statements_with_value(&builder, program, last);
            mended.repairs.extend(wrap(&builder, program));
        }
        Shape::Statements(ending) => {
            mended.repairs.extend(end_statements(&builder, program, ending));
            mended.repairs.extend(wrap(&builder, program));
        }
    }
    mended
}

fn end_module<'a>(builder: &AstBuilder<'a>, program: &mut Program<'a>, ending: &Ending) -> Option<String> {
    match ending {
        // A default export that is called is the documented form: nothing was mended.
        Ending::AsWritten | Ending::DefaultExport | Ending::Value(_) => None,
        Ending::Call(name) => {
            let function = ExportDefaultDeclarationKind::new_identifier(
                name.span,
                Ident::from_str_in(&name.name, builder),
                builder,
            );
            program.body.push(Statement::new_export_default_declaration(name.span, function, builder));
            Some(called(name))
        }
        Ending::ReturnLast(span) => {
            take_back_default(builder, program);
            with_last(builder, program, *span, |value| {
                let value = ExportDefaultDeclarationKind::from(value);
                Statement::new_export_default_declaration(*span, value, builder)
            })
            .then(returned)
        }
        Ending::AwaitLast(span) => {
            take_back_default(builder, program);
            with_last(builder, program, *span, |value| {
                Statement::new_expression_statement(*span, value, builder)
            })
            .then(waited)
        }
    }
}

fn end_statements<'a>(
    builder: &AstBuilder<'a>,
    program: &mut Program<'a>,
    ending: &Ending,
) -> Option<String> {
    match ending {
        Ending::AsWritten | Ending::DefaultExport | Ending::Value(_) => None,
        Ending::Call(name) => {
            let function =
                Expression::new_identifier(name.span, Ident::from_str_in(&name.name, builder), builder);
            let call = Expression::new_call_expression(name.span, function, None, [], false, builder);
            let value = Expression::new_await_expression(name.span, call, builder);
            program.body.push(Statement::new_return_statement(name.span, Some(value), builder));
            Some(called(name))
        }
        Ending::ReturnLast(span) => with_last(builder, program, *span, |value| {
            Statement::new_return_statement(*span, Some(value), builder)
        })
        .then(returned),
        Ending::AwaitLast(span) => with_last(builder, program, *span, |value| {
            Statement::new_expression_statement(*span, value, builder)
        })
        .then(waited),
    }
}

fn called(Name { name, instead, .. }: &Name) -> String {
    let does = match instead {
        Instead::DefinesIt => format!("only defined the function `{name}`: it"),
        Instead::DefinesSeveral => format!("only defined functions: `{name}`"),
        Instead::ForgetsIt => format!("never called `{name}`: it"),
    };
    format!("The script {does} was called, and its value returned")
}

fn returned() -> String {
    "The value of the function called last was returned, since the script returned nothing".to_owned()
}

fn waited() -> String {
    "The call at the end was waited for".to_owned()
}

/// Replaces the expression statement that begins where `span` does by one made of its awaited value.
fn with_last<'a>(
    builder: &AstBuilder<'a>,
    program: &mut Program<'a>,
    span: Span,
    make: impl FnOnce(Expression<'a>) -> Statement<'a>,
) -> bool {
    let found = program.body.iter_mut().find(|statement| statement.span().start == span.start);
    let Some(statement) = found else { return false };
    let Statement::ExpressionStatement(last) = statement else { return false };
    let value = match last.expression.take_in(builder).into_inner_expression() {
        Expression::UnaryExpression(void) if void.operator == UnaryOperator::Void => void.unbox().argument,
        other => other,
    };
    *statement = make(awaited(builder, value));
    true
}

/// The expression, waited for.
pub(super) fn awaited<'a>(builder: &AstBuilder<'a>, value: Expression<'a>) -> Expression<'a> {
    match value.into_inner_expression() {
        awaited @ Expression::AwaitExpression(_) => awaited,
        other => Expression::new_await_expression(other.span(), other, builder),
    }
}

/// A default export that the script calls itself becomes a plain function.
fn take_back_default<'a>(builder: &AstBuilder<'a>, program: &mut Program<'a>) {
    for statement in &mut program.body {
        if matches!(statement, Statement::ExportDefaultDeclaration(_)) {
            *statement = without_export(statement.take_in(builder), builder).0;
        }
    }
}

/// Makes the statements the body of the default export, behind the imports. Says when exports were dropped.
fn wrap<'a>(builder: &AstBuilder<'a>, program: &mut Program<'a>) -> Option<String> {
    let mut outside = ArenaVec::new_in(builder);
    let mut inside = ArenaVec::with_capacity_in(program.body.len(), builder);
    let mut exported = false;
    for statement in program.body.take_in(builder) {
        if matches!(statement, Statement::ImportDeclaration(_)) {
            outside.push(statement);
        } else {
            let (statement, was_export) = without_export(statement, builder);
            exported |= was_export;
            inside.push(statement);
        }
    }
    outside.push(default_function(builder, inside));
    program.body = outside;
    program.directives = ArenaVec::<Directive>::new_in(builder);
    exported.then(|| "The exports were dropped: a script that returns is no module".to_owned())
}

/// `export default async () => { … }`.
fn default_function<'a>(builder: &AstBuilder<'a>, body: ArenaVec<'a, Statement<'a>>) -> Statement<'a> {
    let none: [FormalParameter<'a>; 0] = [];
    let parameters =
        FormalParameters::boxed(SPAN, FormalParameterKind::ArrowFormalParameters, none, None, builder);
    let directives: [Directive<'a>; 0] = [];
    let body = ArrowFunctionBody::FunctionBody(FunctionBody::boxed(SPAN, directives, body, builder));
    let function = ExportDefaultDeclarationKind::new_arrow_function_expression(
        SPAN, true, None, parameters, None, body, builder,
    );
    Statement::new_export_default_declaration(SPAN, function, builder)
}

/// What an export statement is without exporting, and whether it exported anything.
fn without_export<'a>(statement: Statement<'a>, builder: &AstBuilder<'a>) -> (Statement<'a>, bool) {
    match statement {
        Statement::ExportDeclaration(export) => (Statement::from(export.unbox().declaration), true),
        Statement::ExportDefaultDeclaration(export) => {
            let span = export.span;
            let plain = match export.unbox().declaration {
                ExportDefaultDeclarationKind::FunctionDeclaration(function) if function.id.is_some() => {
                    Statement::FunctionDeclaration(function)
                }
                ExportDefaultDeclarationKind::ClassDeclaration(class) if class.id.is_some() => {
                    Statement::ClassDeclaration(class)
                }
                _ => Statement::new_empty_statement(span, builder),
            };
            (plain, true)
        }
        Statement::ExportNamedDeclaration(export) => {
            (Statement::new_empty_statement(export.span, builder), !export.specifiers.is_empty())
        }
        Statement::ExportFromDeclaration(export) => {
            (Statement::new_empty_statement(export.span, builder), true)
        }
        Statement::ExportAllDeclaration(export) => {
            (Statement::new_empty_statement(export.span, builder), true)
        }
        other => (other, false),
    }
}

/// Turns every `import(x)` of a module into a call of the engine's importer, which is told the path of the module.
pub(super) fn dynamic_imports<'a>(allocator: &'a Allocator, program: &mut Program<'a>, path: &str) {
    Importer { path: allocator.alloc_str(path), builder: AstBuilder::new(allocator) }.visit_program(program);
}

struct Importer<'a> {
    path: &'a str,
    builder: AstBuilder<'a>,
}

impl<'a> VisitMut<'a> for Importer<'a> {
    fn visit_expression(&mut self, expression: &mut Expression<'a>) {
        walk_mut::walk_expression(self, expression);
        let Expression::ImportExpression(import) = expression else { return };
        let (span, builder) = (import.span, &self.builder);
        let object = Expression::new_identifier(span, IMPORTER.0, builder);
        let property = IdentifierName::new(span, IMPORTER.1, builder);
        let callee = Expression::new_static_member_expression(span, object, property, false, builder);
        let module = Expression::new_string_literal(SPAN, self.path, None, builder);
        let arguments = [Argument::from(import.source.take_in(builder)), Argument::from(module)];
        *expression = Expression::new_call_expression(span, callee, None, arguments, false, builder);
    }
}
