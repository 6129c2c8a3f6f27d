//! What a script reads of what its calls give back: which name holds which result, and what is read of it.
//!
//! A result that is handed to another call is read too. Follows names that are assigned once, through destructuring, elements of lists, callbacks of `map` and its kin,
//! `then` and `Promise.all`. What is only tried (`if (r.items)`, `r.items ?? r`, `Array.isArray(r)`) is no claim about
//! the result and is left out.

use std::collections::{HashMap, HashSet};

use oxc_ast::ast::{
    Argument, ArrowFunctionBody, BindingPattern, CallExpression, ConditionalExpression, Expression,
    ForOfStatement, ForStatementLeft, FormalParameters, IdentifierReference, IfStatement, LogicalExpression,
    ObjectPropertyKind, Program, Statement, StaticMemberExpression, UnaryExpression, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::SymbolId;
use oxc_span::{GetSpan, Span};
use wire::{Position, Read, ReadKind, Step};

use super::callees::Callees;
use super::files;
use super::lines::Lines;

/// More reads than these are a program made by another.
const READS_MAX: usize = 500;

/// Calls that give bytes: a few are enough to say what they lack.
const BYTES_MAX: usize = 20;

/// How deep into a result a read is followed.
const STEPS_MAX: usize = 6;

/// How much is kept of what is read of.
const SUBJECT_BYTES_MAX: usize = 60;

/// Methods that give their callback one element after the other, as its first argument.
const EACH: [&str; 12] = [
    "map",
    "filter",
    "forEach",
    "find",
    "findLast",
    "findIndex",
    "some",
    "every",
    "flatMap",
    "sort",
    "toSorted",
    "findLastIndex",
];

/// Methods that give back a list of the same elements.
const SAME: [&str; 8] = ["filter", "slice", "sort", "reverse", "toSorted", "toReversed", "concat", "splice"];

/// Methods that give back one element.
const ONE: [&str; 5] = ["find", "findLast", "at", "pop", "shift"];

/// Methods that texts have and bytes do not.
const OF_TEXTS: [&str; 23] = [
    "charAt",
    "charCodeAt",
    "codePointAt",
    "concat",
    "endsWith",
    "localeCompare",
    "match",
    "matchAll",
    "normalize",
    "padEnd",
    "padStart",
    "repeat",
    "replace",
    "replaceAll",
    "search",
    "split",
    "startsWith",
    "substring",
    "toLowerCase",
    "toUpperCase",
    "trim",
    "trimEnd",
    "trimStart",
];

/// All reads, and the calls that give the bytes of files.
pub(super) fn reads(
    program: &Program,
    callees: &Callees,
    lines: &Lines,
) -> (Vec<Read>, Vec<(String, Position)>) {
    let mut reader = Reader {
        callees,
        lines,
        origins: HashMap::new(),
        tried: HashSet::new(),
        found: Vec::new(),
        bytes: Vec::new(),
        quiet: 0,
    };
    reader.visit_program(program);
    let Reader { tried, mut found, bytes, .. } = reader;
    found.retain(|(root, _)| root.is_none_or(|root| !tried.contains(&root)));
    let mut reads: Vec<Read> = found.into_iter().map(|(_, read)| read).collect();
    reads.sort_by_key(|read| read.at);
    reads.dedup();
    (reads, bytes)
}

/// Where a value comes from.
#[derive(Clone)]
struct Origin {
    /// Where the call begins.
    call: u32,
    /// Lists around the result, as `Promise.all` makes them.
    lists: usize,
    steps: Vec<Step>,
    /// It is the promise of the result.
    promise: bool,
    /// It is what `fs.readFile` gives without an encoding.
    bytes: bool,
    /// The name it was reached through.
    root: Option<SymbolId>,
}

impl Origin {
    fn field(mut self, name: &str) -> Option<Self> {
        let known = self.lists == 0 && !self.promise && self.steps.len() < STEPS_MAX;
        self.steps.push(Step::Field(name.to_owned()));
        known.then_some(self)
    }

    fn element(mut self) -> Option<Self> {
        if self.promise || self.steps.len() >= STEPS_MAX {
            return None;
        }
        match self.lists.checked_sub(1) {
            Some(lists) => self.lists = lists,
            None => self.steps.push(Step::Element),
        }
        Some(self)
    }
}

struct Reader<'r> {
    callees: &'r Callees<'r>,
    lines: &'r Lines<'r>,
    origins: HashMap<SymbolId, Origin>,
    /// Names whose kind the script looks at itself.
    tried: HashSet<SymbolId>,
    found: Vec<(Option<SymbolId>, Read)>,
    bytes: Vec<(String, Position)>,
    /// Inside something that is only tried.
    quiet: usize,
}

impl Reader<'_> {
    fn origin(&self, expression: &Expression) -> Option<Origin> {
        match expression.get_inner_expression() {
            Expression::Identifier(name) => {
                let symbol = self.callees.symbol(name)?;
                Some(Origin { root: Some(symbol), ..self.origins.get(&symbol)?.clone() })
            }
            Expression::AwaitExpression(awaited) => {
                Some(Origin { promise: false, ..self.origin(&awaited.argument)? })
            }
            Expression::StaticMemberExpression(member) => {
                self.origin(&member.object)?.field(member.property.name.as_str())
            }
            Expression::ComputedMemberExpression(member) => match &member.expression {
                Expression::StringLiteral(name) => self.origin(&member.object)?.field(name.value.as_str()),
                Expression::NumericLiteral(_) => self.origin(&member.object)?.element(),
                _ => None,
            },
            Expression::ChainExpression(chain) => {
                self.origin(chain.expression.as_member_expression()?.object()).and_then(|object| {
                    object.field(chain.expression.as_member_expression()?.static_property_name()?)
                })
            }
            Expression::LogicalExpression(logical) => self.origin(&logical.left),
            Expression::CallExpression(call) => self.origin_of_call(call),
            _ => None,
        }
    }

    fn origin_of_call(&self, call: &CallExpression) -> Option<Origin> {
        let bytes = files::gives_bytes(call, self.callees);
        if bytes || self.callees.target(call).is_some() {
            let (lists, steps) = (0, Vec::new());
            return Some(Origin { call: call.span.start, lists, steps, promise: true, bytes, root: None });
        }
        let Expression::StaticMemberExpression(member) = call.callee.get_inner_expression() else {
            return None;
        };
        match member.property.name.as_str() {
            "all" if is_promise(&member.object) => {
                let Expression::CallExpression(each) = first(call)?.get_inner_expression() else {
                    return None;
                };
                Some(self.origin_of_each(each)?)
            }
            "catch" | "finally" => self.origin(&member.object),
            name if SAME.contains(&name) => self.origin(&member.object).filter(|list| !list.promise),
            name if ONE.contains(&name) => self.origin(&member.object)?.element(),
            _ => None,
        }
    }

    /// `ids.map((id) => getDeal({ id }))`: a list of the promises of results.
    fn origin_of_each(&self, call: &CallExpression) -> Option<Origin> {
        let Expression::ArrowFunctionExpression(arrow) = first(call)?.get_inner_expression() else {
            return None;
        };
        let made = match &arrow.body {
            ArrowFunctionBody::FunctionBody(body) => match body.statements.last()? {
                Statement::ReturnStatement(returned) => self.origin(returned.argument.as_ref()?)?,
                _ => return None,
            },
            body => self.origin(body.as_expression()?)?,
        };
        Some(Origin { lists: made.lists + 1, promise: true, ..made })
    }

    /// Gives the names of a pattern their origins; what a pattern takes is read.
    fn bind(&mut self, pattern: &BindingPattern, origin: Origin) {
        match pattern {
            BindingPattern::BindingIdentifier(name) => {
                let Some(symbol) = name.symbol_id.get() else { return };
                if !self.callees.scoping.symbol_is_mutated(symbol) {
                    self.origins.insert(symbol, origin);
                }
            }
            BindingPattern::ObjectPattern(object) => {
                for property in &object.properties {
                    let Some(name) = property.key.static_name() else { continue };
                    // What has a default is only tried.
                    if !matches!(property.value, BindingPattern::AssignmentPattern(_)) {
                        self.read(&origin, ReadKind::Property(name.to_string()), None, property.span);
                    }
                    if let Some(field) = origin.clone().field(&name) {
                        self.bind(&property.value, field);
                    }
                }
            }
            BindingPattern::ArrayPattern(array) => {
                for element in array.elements.iter().flatten() {
                    if let Some(origin) = origin.clone().element() {
                        self.bind(element, origin);
                    }
                }
            }
            BindingPattern::AssignmentPattern(assignment) => self.bind(&assignment.left, origin),
        }
    }

    /// `const [a, b] = await Promise.all([getA(), getB()])`: each name its own.
    fn bind_all(&mut self, declarator: &VariableDeclarator) -> bool {
        let BindingPattern::ArrayPattern(names) = &declarator.id else { return false };
        let Some(Expression::AwaitExpression(awaited)) = &declarator.init else { return false };
        let Expression::CallExpression(call) = awaited.argument.get_inner_expression() else { return false };
        let is_all = call.callee.get_inner_expression().as_member_expression().is_some_and(|member| {
            is_promise(member.object()) && member.static_property_name() == Some("all")
        });
        let Some(Expression::ArrayExpression(list)) = first(call).map(Expression::get_inner_expression)
        else {
            return false;
        };
        if is_all {
            for (name, made) in names.elements.iter().zip(&list.elements) {
                let origin = made.as_expression().and_then(|made| self.origin(made));
                if let (Some(name), Some(origin)) = (name, origin) {
                    self.bind(name, Origin { promise: false, ..origin });
                }
            }
        }
        is_all
    }

    /// The parameter of a callback that is given a value.
    fn bind_parameter(&mut self, callback: &Expression, at: usize, origin: Option<Origin>) {
        let parameters: &FormalParameters = match callback.get_inner_expression() {
            Expression::ArrowFunctionExpression(arrow) => &arrow.params,
            Expression::FunctionExpression(function) => &function.params,
            _ => return,
        };
        if let (Some(parameter), Some(origin)) = (parameters.items.get(at), origin) {
            self.bind(&parameter.pattern, origin);
        }
    }

    fn bind_callbacks(&mut self, call: &CallExpression) {
        let Expression::StaticMemberExpression(member) = call.callee.get_inner_expression() else { return };
        let (Some(origin), Some(callback)) = (self.origin(&member.object), first(call)) else { return };
        match member.property.name.as_str() {
            "then" if origin.promise => {
                self.bind_parameter(callback, 0, Some(Origin { promise: false, ..origin }));
            }
            "reduce" => self.bind_parameter(callback, 1, origin.element()),
            name if EACH.contains(&name) => self.bind_parameter(callback, 0, origin.element()),
            _ => {}
        }
    }

    fn read(&mut self, origin: &Origin, what: ReadKind, subject: Option<Span>, at: Span) {
        let known = matches!(what, ReadKind::OfPromise(_)) || !origin.promise && origin.lists == 0;
        // Of bytes nothing else is certain.
        let known = known && origin.bytes == matches!(what, ReadKind::OfBytes(_));
        if self.quiet > 0 || !known || self.found.len() >= READS_MAX {
            return;
        }
        let subject = subject.map_or_else(String::new, |span| self.lines.text(span, SUBJECT_BYTES_MAX));
        let call = self.lines.place(origin.call);
        let read = Read { call, steps: origin.steps.clone(), what, subject, at: self.lines.place(at.start) };
        self.found.push((origin.root, read));
    }

    /// A member that is read, or called.
    fn member(&mut self, member: &StaticMemberExpression, called: bool) {
        let Some(origin) = self.origin(&member.object) else { return };
        let name = member.property.name.to_string();
        let what = match origin.promise {
            true if matches!(name.as_str(), "then" | "catch" | "finally") => return,
            true => ReadKind::OfPromise(name),
            false
                if origin.bytes
                    && !(called && OF_TEXTS.contains(&name.as_str()) && origin.steps.is_empty()) =>
            {
                return;
            }
            false if origin.bytes => ReadKind::OfBytes(name),
            false if called => ReadKind::Method(name),
            false => ReadKind::Property(name),
        };
        self.read(&origin, what, Some(member.object.span()), member.property.span);
    }

    /// Results that a call hands to another: `send({ text: await read() })`.
    fn passed(&mut self, call: &CallExpression) {
        if self.callees.target(call).is_none() {
            return;
        }
        // A call by name has names before its arguments.
        let arguments = call.arguments.iter().find_map(|argument| match argument.as_expression()? {
            Expression::ObjectExpression(object) => Some(object),
            _ => None,
        });
        for property in arguments.into_iter().flat_map(|object| &object.properties) {
            let ObjectPropertyKind::ObjectProperty(property) = property else { continue };
            let value = property.value.get_inner_expression();
            // `rows ?? []` may be the other side.
            if matches!(value, Expression::LogicalExpression(_)) {
                continue;
            }
            if let (Some(parameter), Some(origin)) = (property.key.static_name(), self.origin(value)) {
                let to = self.lines.place(call.span.start);
                let what = ReadKind::Passed { to, parameter: parameter.into_owned() };
                self.read(&origin, what, Some(value.span()), value.span());
            }
        }
    }

    fn tried(&mut self, walk: impl FnOnce(&mut Self)) {
        self.quiet += 1;
        walk(self);
        self.quiet -= 1;
    }

    /// The names whose kind is asked: `Array.isArray(rows)`, `typeof rows`, `Object.keys(rows)`.
    fn looked_at(&mut self, expression: &Expression) {
        self.tried.extend(self.origin(expression).and_then(|origin| origin.root));
    }
}

impl<'a> Visit<'a> for Reader<'_> {
    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        if let Some(init) = &declarator.init {
            self.visit_expression(init);
            if !self.bind_all(declarator)
                && let Some(origin) = self.origin(init)
            {
                self.bind(&declarator.id, origin);
            }
        }
    }

    fn visit_for_of_statement(&mut self, each: &ForOfStatement<'a>) {
        if let Some(origin) = self.origin(&each.right) {
            self.read(&origin, ReadKind::Elements, Some(each.right.span()), each.right.span());
            if let (ForStatementLeft::VariableDeclaration(variables), Some(element)) =
                (&each.left, origin.element())
            {
                variables.declarations.iter().for_each(|one| self.bind(&one.id, element.clone()));
            }
        }
        walk::walk_for_of_statement(self, each);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if files::gives_bytes(call, self.callees) && self.bytes.len() < BYTES_MAX {
            let written = self.lines.text(call.span, SUBJECT_BYTES_MAX);
            self.bytes.push((written, self.lines.place(call.span.start)));
        }
        self.bind_callbacks(call);
        self.passed(call);
        if let Expression::StaticMemberExpression(member) = call.callee.get_inner_expression() {
            let of =
                |name: &str| matches!(&member.object, Expression::Identifier(object) if object.name == name);
            match (member.property.name.as_str(), first(call)) {
                ("parse", Some(text)) if of("JSON") => {
                    if let Some(origin) = self.origin(text) {
                        self.read(&origin, ReadKind::Parsed, Some(text.span()), call.span);
                    }
                }
                ("isArray", Some(list)) if of("Array") => self.looked_at(list),
                ("keys" | "entries" | "values", Some(object)) if of("Object") => self.looked_at(object),
                _ => {}
            }
            self.member(member, true);
            self.visit_expression(&member.object);
            return self.visit_arguments(&call.arguments);
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        self.member(member, false);
        walk::walk_static_member_expression(self, member);
    }

    fn visit_logical_expression(&mut self, logical: &LogicalExpression<'a>) {
        self.tried(|reader| reader.visit_expression(&logical.left));
        self.visit_expression(&logical.right);
    }

    fn visit_if_statement(&mut self, branches: &IfStatement<'a>) {
        self.tried(|reader| reader.visit_expression(&branches.test));
        self.visit_statement(&branches.consequent);
        branches.alternate.iter().for_each(|other| self.visit_statement(other));
    }

    fn visit_conditional_expression(&mut self, either: &ConditionalExpression<'a>) {
        self.tried(|reader| reader.visit_expression(&either.test));
        self.visit_expression(&either.consequent);
        self.visit_expression(&either.alternate);
    }

    fn visit_unary_expression(&mut self, unary: &UnaryExpression<'a>) {
        if unary.operator == oxc_syntax::operator::UnaryOperator::Typeof {
            self.looked_at(&unary.argument);
        }
        walk::walk_unary_expression(self, unary);
    }

    fn visit_identifier_reference(&mut self, _: &IdentifierReference<'a>) {}
}

fn first<'c, 'a>(call: &'c CallExpression<'a>) -> Option<&'c Expression<'a>> {
    call.arguments.first().and_then(Argument::as_expression)
}

fn is_promise(object: &Expression) -> bool {
    matches!(object, Expression::Identifier(name) if name.name == "Promise")
}
