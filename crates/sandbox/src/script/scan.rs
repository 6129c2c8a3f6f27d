//! Questions about what code does when it is reached: the bodies of functions inside it are not looked into.

use oxc_ast::ast::{
    ArrowFunctionBody, ArrowFunctionExpression, AwaitExpression, CallExpression, Class, Expression, Function,
    ImportExpression, ReturnStatement, Statement, TaggedTemplateExpression,
};
use oxc_ast_visit::Visit;
use oxc_syntax::scope::ScopeFlags;

/// Whether a statement returns from where it stands.
pub(super) fn returns(statement: &Statement) -> bool {
    let mut found = Found::default();
    found.visit_statement(statement);
    found.returns
}

/// Whether an expression, when evaluated, calls anything or waits. `new` of something is no call: `new Map()` only
/// makes a value.
pub(super) fn acts(expression: &Expression) -> bool {
    let mut found = Found::default();
    found.visit_expression(expression);
    found.acts
}

/// Whether a function returns a value anywhere.
pub(super) fn function_gives_value(function: &Function) -> bool {
    let mut found = Found::default();
    function.body.iter().for_each(|body| found.visit_function_body(body));
    found.returns_value
}

/// Whether an arrow function returns a value anywhere.
pub(super) fn arrow_gives_value(arrow: &ArrowFunctionExpression) -> bool {
    let mut found = Found::default();
    match &arrow.body {
        ArrowFunctionBody::FunctionBody(body) => found.visit_function_body(body),
        _ => return true,
    }
    found.returns_value
}

#[derive(Default)]
struct Found {
    returns: bool,
    returns_value: bool,
    acts: bool,
}

impl<'a> Visit<'a> for Found {
    fn visit_return_statement(&mut self, statement: &ReturnStatement<'a>) {
        self.returns = true;
        self.returns_value |= statement.argument.is_some();
    }

    fn visit_call_expression(&mut self, _: &CallExpression<'a>) {
        self.acts = true;
    }

    fn visit_await_expression(&mut self, _: &AwaitExpression<'a>) {
        self.acts = true;
    }

    fn visit_import_expression(&mut self, _: &ImportExpression<'a>) {
        self.acts = true;
    }

    fn visit_tagged_template_expression(&mut self, _: &TaggedTemplateExpression<'a>) {
        self.acts = true;
    }

    fn visit_function(&mut self, _: &Function<'a>, _: ScopeFlags) {}

    fn visit_arrow_function_expression(&mut self, _: &ArrowFunctionExpression<'a>) {}

    fn visit_class(&mut self, _: &Class<'a>) {}
}
