//! Where a script takes the constructor of a value: that of a function makes code of text, as `Function` does.
//!
//! Its name, what it is compared with and what is put in its place make nothing, and are left alone.

use oxc_ast::ast::{
    Argument, AssignmentExpression, AssignmentTarget, AssignmentTargetPropertyIdentifier,
    AssignmentTargetPropertyProperty, BinaryExpression, BindingProperty, CallExpression, ChainElement,
    ComputedMemberExpression, Expression, Program, StaticMemberExpression, UnaryExpression,
};
use oxc_ast_visit::{Visit, walk};
use oxc_span::GetSpan;
use oxc_syntax::operator::{AssignmentOperator, UnaryOperator};
use wire::Literal;

use super::literal::Reader;

const NAME: &str = "constructor";

/// What reads a member whose name it is handed.
const READERS: [&str; 2] = ["get", "getOwnPropertyDescriptor"];

/// The places, as offsets.
pub(super) fn places(program: &Program, reader: &Reader) -> Vec<u32> {
    let mut finder = Finder { reader, places: Vec::new() };
    finder.visit_program(program);
    finder.places
}

struct Finder<'f> {
    reader: &'f Reader<'f>,
    places: Vec<u32>,
}

impl Finder<'_> {
    fn is_name(&self, expression: &Expression) -> bool {
        matches!(self.reader.read(expression), Literal::String(text) if text == NAME)
    }

    /// Looks at an expression of which only the name or the identity is asked for.
    fn harmless<'a>(&mut self, expression: &Expression<'a>) {
        match of_constructor(expression) {
            Some(object) => self.visit_expression(object),
            None => self.visit_expression(expression),
        }
    }
}

/// The value whose constructor this is.
fn of_constructor<'e, 'a>(expression: &'e Expression<'a>) -> Option<&'e Expression<'a>> {
    let member = match expression.get_inner_expression() {
        Expression::StaticMemberExpression(member) => member,
        Expression::ChainExpression(chain) => match &chain.expression {
            ChainElement::StaticMemberExpression(member) => member,
            _ => return None,
        },
        _ => return None,
    };
    (member.property.name == NAME).then_some(&member.object)
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        match &*member.property.name {
            "name" => return self.harmless(&member.object),
            NAME => self.places.push(member.property.span.start),
            _ => {}
        }
        walk::walk_static_member_expression(self, member);
    }

    fn visit_computed_member_expression(&mut self, member: &ComputedMemberExpression<'a>) {
        if self.is_name(&member.expression) {
            self.places.push(member.expression.span().start);
        }
        walk::walk_computed_member_expression(self, member);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        let reads = matches!(call.callee.get_inner_expression(),
            Expression::StaticMemberExpression(member) if READERS.contains(&&*member.property.name));
        if let Some(key) = call.arguments.get(1).and_then(Argument::as_expression).filter(|_| reads)
            && self.is_name(key)
        {
            self.places.push(key.span().start);
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_binding_property(&mut self, property: &BindingProperty<'a>) {
        if property.key.static_name().is_some_and(|name| name == NAME) {
            self.places.push(property.key.span().start);
        }
        walk::walk_binding_property(self, property);
    }

    fn visit_assignment_target_property_identifier(
        &mut self,
        taken: &AssignmentTargetPropertyIdentifier<'a>,
    ) {
        if taken.binding.name == NAME {
            self.places.push(taken.binding.span.start);
        }
        walk::walk_assignment_target_property_identifier(self, taken);
    }

    fn visit_assignment_target_property_property(&mut self, taken: &AssignmentTargetPropertyProperty<'a>) {
        if taken.name.static_name().is_some_and(|name| name == NAME) {
            self.places.push(taken.name.span().start);
        }
        walk::walk_assignment_target_property_property(self, taken);
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        match &assignment.left {
            AssignmentTarget::StaticMemberExpression(member)
                if member.property.name == NAME && assignment.operator == AssignmentOperator::Assign =>
            {
                self.visit_expression(&member.object);
                self.visit_expression(&assignment.right);
            }
            _ => walk::walk_assignment_expression(self, assignment),
        }
    }

    fn visit_binary_expression(&mut self, binary: &BinaryExpression<'a>) {
        if !binary.operator.is_equality() {
            return walk::walk_binary_expression(self, binary);
        }
        self.harmless(&binary.left);
        self.harmless(&binary.right);
    }

    fn visit_unary_expression(&mut self, unary: &UnaryExpression<'a>) {
        match unary.operator {
            UnaryOperator::Typeof => self.harmless(&unary.argument),
            _ => walk::walk_unary_expression(self, unary),
        }
    }
}
