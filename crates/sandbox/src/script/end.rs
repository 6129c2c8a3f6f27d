//! Makes the value that nobody takes (see `ending`) the value of the run.

use oxc_allocator::{ArenaVec, TakeIn};
use oxc_ast::ast::{
    ExportDefaultDeclarationKind, Expression, Ident, ObjectPropertyKind, Program, PropertyKey, PropertyKind,
    Statement,
};
use oxc_ast::builder::AstBuilder;
use oxc_span::{GetSpan, Span};

use super::apply::awaited;
use super::ending::{self, Last, LastValue};

/// As a default export, which is what a module's value is.
pub(super) fn module_with_value<'a>(
    builder: &AstBuilder<'a>,
    program: &mut Program<'a>,
    last: &Last,
) -> Option<String> {
    match &last.value {
        LastValue::Names(names) => {
            let value = ExportDefaultDeclarationKind::from(named(builder, names, last.span));
            program.body.push(Statement::new_export_default_declaration(last.span, value, builder));
        }
        LastValue::Expression | LastValue::Export => {
            let statement = find(program, last.span)?;
            let value = ExportDefaultDeclarationKind::from(value_of(builder, statement, last)?);
            *statement = Statement::new_export_default_declaration(last.span, value, builder);
        }
    }
    Some(said(last))
}

/// As a `return`.
pub(super) fn statements_with_value<'a>(
    builder: &AstBuilder<'a>,
    program: &mut Program<'a>,
    last: &Last,
) -> Option<String> {
    match &last.value {
        LastValue::Names(names) => {
            let value = named(builder, names, last.span);
            program.body.push(Statement::new_return_statement(last.span, Some(value), builder));
        }
        LastValue::Expression | LastValue::Export => {
            let statement = find(program, last.span)?;
            match value_of(builder, statement, last) {
                Some(value) => *statement = Statement::new_return_statement(last.span, Some(value), builder),
                None => return_tails(builder, statement),
            }
        }
    }
    Some(said(last))
}

fn said(last: &Last) -> String {
    let what = match &last.value {
        _ if last.called => "the function at its end was called, and its value returned".to_owned(),
        LastValue::Names(names) => format!("`{}`, assigned last, was returned", names.join("`, `")),
        LastValue::Export => "what it assigned to `module.exports` or a global was returned".to_owned(),
        LastValue::Expression => "the value of its last expression was returned".to_owned(),
    };
    format!("The script has no `return`: {what}")
}

/// The statement at the top that begins where `span` does: types may have gone from its end.
fn find<'p, 'a>(program: &'p mut Program<'a>, span: Span) -> Option<&'p mut Statement<'a>> {
    program.body.iter_mut().find(|statement| statement.span().start == span.start)
}

/// Takes the value out of a statement that is one expression.
fn value_of<'a>(
    builder: &AstBuilder<'a>,
    statement: &mut Statement<'a>,
    last: &Last,
) -> Option<Expression<'a>> {
    let Statement::ExpressionStatement(line) = statement else { return None };
    let mut value = line.expression.take_in(builder).into_inner_expression();
    if last.value == LastValue::Export
        && let Expression::AssignmentExpression(assignment) = value
    {
        value = assignment.unbox().right;
    }
    if last.called {
        value = Expression::new_call_expression(last.span, value, None, [], false, builder);
    }
    Some(awaited(builder, value))
}

/// Returns the expressions a statement ends in.
fn return_tails<'a>(builder: &AstBuilder<'a>, statement: &mut Statement<'a>) {
    match statement {
        Statement::ExpressionStatement(line) if ending::gives(&line.expression) => {
            let span = line.span;
            let value = awaited(builder, line.expression.take_in(builder));
            *statement = Statement::new_return_statement(span, Some(value), builder);
        }
        Statement::BlockStatement(block) => {
            block.body.last_mut().into_iter().for_each(|last| return_tails(builder, last));
        }
        Statement::IfStatement(branches) => {
            return_tails(builder, &mut branches.consequent);
            branches.alternate.iter_mut().for_each(|other| return_tails(builder, other));
        }
        Statement::TryStatement(tried) => {
            let tried = &mut **tried;
            let caught = tried.handler.iter_mut().filter_map(|handler| handler.body.body.last_mut());
            let both = tried.block.body.last_mut().into_iter().chain(caught);
            both.for_each(|last| return_tails(builder, last));
        }
        _ => {}
    }
}

/// A name, or an object of several.
fn named<'a>(builder: &AstBuilder<'a>, names: &[String], span: Span) -> Expression<'a> {
    let identifier =
        |name: &str| Expression::new_identifier(span, Ident::from_str_in(name, builder), builder);
    if let [only] = names {
        return identifier(only);
    }
    let property = |name: &String| {
        let key = PropertyKey::new_static_identifier(span, Ident::from_str_in(name, builder), builder);
        let value = identifier(name);
        ObjectPropertyKind::new_object_property(
            span,
            PropertyKind::Init,
            key,
            value,
            false,
            true,
            false,
            builder,
        )
    };
    let properties = ArenaVec::from_iter_in(names.iter().map(property), builder);
    Expression::new_object_expression(span, properties, builder)
}
