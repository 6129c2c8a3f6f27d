//! How much of a value stands literally in a script. Never a guess: what is not certain is `Unknown`.

use std::collections::HashMap;

use oxc_ast::ast::{
    ArrayExpression, ArrayExpressionElement, BinaryExpression, Expression, NumericLiteral, ObjectExpression,
    ObjectPropertyKind, PropertyKind, UnaryExpression,
};
use oxc_semantic::{Scoping, SymbolId};
use oxc_span::GetSpan;
use oxc_syntax::operator::{BinaryOperator, UnaryOperator};
use wire::{Field, Literal};

use super::lines::Lines;

/// Deeper values are not described: tools' arguments are flat, and the reader walks it by recursion. With room
/// to what the host decodes, because a constant may stand inside.
const DEPTH_MAX: usize = wire::LITERAL_DEPTH_MAX / 2;

/// Reads literal values. `constants` are the script's `const` names of plain values.
pub(super) struct Reader<'r> {
    pub(super) scoping: &'r Scoping,
    pub(super) constants: &'r HashMap<SymbolId, Literal>,
    pub(super) lines: &'r Lines<'r>,
}

impl Reader<'_> {
    /// What is known of a value.
    pub(super) fn read(&self, expression: &Expression) -> Literal {
        self.at_depth(expression, 0)
    }

    fn at_depth(&self, expression: &Expression, depth: usize) -> Literal {
        if depth > DEPTH_MAX {
            return Literal::Unknown;
        }
        match expression.get_inner_expression() {
            Expression::ArrayExpression(array) => self.array(array, depth),
            Expression::ObjectExpression(object) => self.object(object, depth),
            Expression::Identifier(name) => {
                let symbol =
                    name.reference_id.get().and_then(|id| self.scoping.get_reference(id).symbol_id());
                match symbol {
                    Some(symbol) => self.constants.get(&symbol).cloned().unwrap_or(Literal::Unknown),
                    None if name.name == "undefined" => Literal::Undefined,
                    None => Literal::Unknown,
                }
            }
            Expression::BinaryExpression(sum) => self.sum(sum, depth),
            other => plain(other),
        }
    }

    fn array(&self, array: &ArrayExpression, depth: usize) -> Literal {
        let element = |element: &ArrayExpressionElement| match element {
            ArrayExpressionElement::SpreadElement(_) => None,
            ArrayExpressionElement::Elision(_) => Some(Literal::Undefined),
            other => {
                Some(other.as_expression().map_or(Literal::Unknown, |value| self.at_depth(value, depth + 1)))
            }
        };
        Literal::Array(array.elements.iter().map(element).collect())
    }

    fn object(&self, object: &ObjectExpression, depth: usize) -> Literal {
        let mut fields: Vec<Field> = Vec::with_capacity(object.properties.len());
        let mut open = false;
        for property in &object.properties {
            let named = match property {
                ObjectPropertyKind::ObjectProperty(property) => {
                    property.key.static_name().map(|name| (name.into_owned(), property))
                }
                ObjectPropertyKind::SpreadProperty(_) => None,
            };
            // `__proto__: x` sets the prototype, and what it inherits is not sent.
            let Some((name, property)) = named.filter(|(name, _)| name != "__proto__") else {
                // What comes now may overwrite any field before it.
                fields.iter_mut().for_each(|field| field.value = Literal::Unknown);
                open = true;
                continue;
            };
            let value = if property.kind == PropertyKind::Init && !property.method {
                self.at_depth(&property.value, depth + 1)
            } else {
                Literal::Unknown
            };
            fields.retain(|field| field.name != name);
            fields.push(Field { name, value, at: self.lines.place(property.key.span().start) });
        }
        Literal::Object { fields, open }
    }

    /// `"a" + b` is some text; nothing else about sums is certain.
    fn sum(&self, sum: &BinaryExpression, depth: usize) -> Literal {
        let text = |side: &Expression| {
            matches!(self.at_depth(side, depth + 1), Literal::String(_) | Literal::SomeString)
        };
        if sum.operator == BinaryOperator::Addition && (text(&sum.left) || text(&sum.right)) {
            Literal::SomeString
        } else {
            Literal::Unknown
        }
    }
}

/// A value that needs no name to be looked up, and never changes.
pub(super) fn plain(expression: &Expression) -> Literal {
    match expression.get_inner_expression() {
        Expression::NullLiteral(_) => Literal::Null,
        Expression::BooleanLiteral(literal) => Literal::Bool(literal.value),
        Expression::NumericLiteral(literal) => number(literal, ""),
        Expression::StringLiteral(literal) if !literal.lone_surrogates => {
            Literal::String(literal.value.to_string())
        }
        Expression::StringLiteral(_) => Literal::SomeString,
        Expression::TemplateLiteral(template) => match template.single_quasi() {
            Some(text) => Literal::String(text.to_string()),
            None => Literal::SomeString,
        },
        Expression::UnaryExpression(unary) => signed(unary),
        _ => Literal::Unknown,
    }
}

/// A number, or the digits of an integer that is another one for JavaScript.
fn number(literal: &NumericLiteral, sign: &str) -> Literal {
    let digits = literal.raw.map(|raw| raw.as_str().replace('_', "")).unwrap_or_default();
    let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_integer && !digits.starts_with('0') && format!("{:.0}", literal.value) != digits {
        return Literal::Rounded(format!("{sign}{digits}"));
    }
    Literal::Number(if sign == "-" { -literal.value } else { literal.value })
}

fn signed(unary: &UnaryExpression) -> Literal {
    match (unary.operator, unary.argument.get_inner_expression()) {
        (UnaryOperator::UnaryNegation, Expression::NumericLiteral(literal)) => number(literal, "-"),
        (UnaryOperator::UnaryPlus, Expression::NumericLiteral(literal)) => number(literal, ""),
        (UnaryOperator::Void, Expression::NumericLiteral(_)) => Literal::Undefined,
        _ => Literal::Unknown,
    }
}
