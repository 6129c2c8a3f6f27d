//! What a script literally says it will do: imports, calls of imported functions, names that rules may forbid.
//!
//! Names are resolved through scopes, so a parameter that happens to be called `getDocument` is no import, and a local
//! `fetch` is no network.

use std::collections::{HashMap, HashSet};

use oxc_ast::ast::{
    Argument, BindingPattern, CallExpression, Expression, IdentifierReference, ImportDeclaration,
    ImportDeclarationSpecifier, ImportExpression, ImportOrExportKind, ModuleExportName, NewExpression,
    Program, Statement, StaticMemberExpression, UnaryExpression, VariableDeclaration,
    VariableDeclarationKind,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::{Scoping, SymbolId};
use oxc_span::GetSpan;
use oxc_syntax::operator::UnaryOperator;
use wire::{Call, Callee, Import, ImportedName, Literal, ScriptFacts, Suspect, SuspectKind};

use super::lines::Lines;
use super::literal::{self, Reader};

/// The built-in module, under both of its names.
const BUILTIN: [&str; 2] = ["narrows", "@anthropic/code-execution"];

/// Calls a tool by name: a global, and an export of the built-in module.
const CALL_BY_NAME: &str = "callMCPTool";

/// The facts, except the imports: see [`imports`].
pub(super) fn collect(program: &Program, scoping: &Scoping, lines: &Lines) -> ScriptFacts {
    let mut names = Names { scoping, bindings: HashMap::new(), constants: HashMap::new() };
    names.visit_program(program);
    let Names { bindings, constants, .. } = names;
    let reader = Reader { scoping, constants: &constants, lines };
    let facts = ScriptFacts::default();
    let mut collector = Collector { reader, bindings, facts, looked_at: HashSet::new(), quiet: 0 };
    collector.visit_program(program);
    let Collector { mut facts, looked_at, .. } = collector;
    // A script that asks whether there is such a function knows what it does.
    facts.calls.retain(|call| match &call.callee {
        Callee::Imported { specifier, name } => !looked_at.contains(&(specifier.clone(), name.clone())),
        Callee::Named(_) => true,
    });
    facts.dynamic_imports.sort_by_key(|(_, at)| *at);
    facts.calls.sort_by_key(|call| call.at);
    facts.suspects.sort_by_key(|suspect| suspect.at);
    facts.suspects.dedup();
    facts
}

/// The static imports and re-exports left in a program.
pub(super) fn imports(program: &Program, lines: &Lines) -> Vec<Import> {
    program.body.iter().filter_map(|statement| import(statement, lines)).collect()
}

/// The specifiers of import statements that take a value, used or not.
pub(super) fn imports_of_values(program: &Program, lines: &Lines) -> Vec<(String, wire::Position)> {
    let imports = program.body.iter().filter_map(|statement| match statement {
        Statement::ImportDeclaration(import) if takes_a_value(import) => Some(import),
        _ => None,
    });
    imports.map(|import| (import.source.value.to_string(), lines.place(import.source.span.start))).collect()
}

fn takes_a_value(import: &ImportDeclaration) -> bool {
    let is_value = |specifier: &ImportDeclarationSpecifier| match specifier {
        ImportDeclarationSpecifier::ImportSpecifier(named) => named.import_kind.is_value(),
        _ => true,
    };
    import.import_kind.is_value() && import.specifiers.as_ref().is_none_or(|all| all.iter().any(is_value))
}

fn import(statement: &Statement, lines: &Lines) -> Option<Import> {
    let (source, names) = match statement {
        Statement::ImportDeclaration(import) => {
            let specifiers = import.specifiers.iter().flatten();
            (&import.source, specifiers.map(|specifier| imported(specifier, lines)).collect())
        }
        Statement::ExportFromDeclaration(export) => {
            let name = |specifier: &oxc_ast::ast::ExportSpecifier| ImportedName {
                imported: export_name(&specifier.local),
                local: export_name(&specifier.exported),
                at: lines.place(specifier.span.start),
            };
            (&export.source, export.specifiers.iter().map(name).collect())
        }
        Statement::ExportAllDeclaration(export) => (&export.source, Vec::new()),
        _ => return None,
    };
    Some(Import { specifier: source.value.to_string(), names, at: lines.place(source.span.start) })
}

fn imported(specifier: &ImportDeclarationSpecifier, lines: &Lines) -> ImportedName {
    let (imported, local) = taken(specifier);
    ImportedName { imported, local: local.name.to_string(), at: lines.place(specifier.span().start) }
}

/// The exported name and the name in the script.
fn taken<'s, 'a>(
    specifier: &'s ImportDeclarationSpecifier<'a>,
) -> (String, &'s oxc_ast::ast::BindingIdentifier<'a>) {
    match specifier {
        ImportDeclarationSpecifier::ImportSpecifier(named) => (export_name(&named.imported), &named.local),
        ImportDeclarationSpecifier::ImportDefaultSpecifier(default) => ("default".to_owned(), &default.local),
        ImportDeclarationSpecifier::ImportNamespaceSpecifier(all) => ("*".to_owned(), &all.local),
    }
}

fn export_name(name: &ModuleExportName) -> String {
    name.name().to_string()
}

/// What a name in the script stands for.
enum Binding {
    Function { specifier: String, name: String },
    Namespace { specifier: String },
}

/// First pass: what names stand for.
struct Names<'n> {
    scoping: &'n Scoping,
    bindings: HashMap<SymbolId, Binding>,
    constants: HashMap<SymbolId, Literal>,
}

impl Names<'_> {
    /// `const drive = await import("…")` and `const { getDocument } = await import("…")`.
    fn loaded(&mut self, pattern: &BindingPattern, specifier: &str) {
        match pattern {
            BindingPattern::BindingIdentifier(name) => {
                self.bind(name.symbol_id.get(), Binding::Namespace { specifier: specifier.to_owned() });
            }
            BindingPattern::ObjectPattern(object) => {
                for property in &object.properties {
                    let (Some(name), BindingPattern::BindingIdentifier(local)) =
                        (property.key.static_name(), &property.value)
                    else {
                        continue;
                    };
                    let function =
                        Binding::Function { specifier: specifier.to_owned(), name: name.into_owned() };
                    self.bind(local.symbol_id.get(), function);
                }
            }
            _ => {}
        }
    }

    /// Remembers what a name stands for, unless it is declared more than once.
    fn bind(&mut self, symbol: Option<SymbolId>, binding: Binding) {
        let once = |symbol: &SymbolId| self.scoping.symbol_redeclarations(*symbol).is_empty();
        if let Some(symbol) = symbol.filter(once) {
            self.bindings.insert(symbol, binding);
        }
    }
}

impl<'a> Visit<'a> for Names<'_> {
    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        if import.import_kind == ImportOrExportKind::Type {
            return;
        }
        for specifier in import.specifiers.iter().flatten() {
            let (name, local) = taken(specifier);
            let specifier = import.source.value.to_string();
            let binding = if name == "*" {
                Binding::Namespace { specifier }
            } else {
                Binding::Function { specifier, name }
            };
            self.bind(local.symbol_id.get(), binding);
        }
    }

    fn visit_variable_declaration(&mut self, declaration: &VariableDeclaration<'a>) {
        if declaration.kind == VariableDeclarationKind::Const {
            for declarator in &declaration.declarations {
                let Some(init) = &declarator.init else { continue };
                if let Some(specifier) = awaited_import(init) {
                    self.loaded(&declarator.id, &specifier);
                } else if let BindingPattern::BindingIdentifier(name) = &declarator.id {
                    let value = literal::plain(init);
                    if let (Some(symbol), false) = (name.symbol_id.get(), value == Literal::Unknown) {
                        self.constants.insert(symbol, value);
                    }
                }
            }
        }
        walk::walk_variable_declaration(self, declaration);
    }
}

/// The specifier of `await import("…")`.
fn awaited_import(expression: &Expression) -> Option<String> {
    let Expression::AwaitExpression(awaited) = expression.get_inner_expression() else { return None };
    let Expression::ImportExpression(import) = awaited.argument.get_inner_expression() else { return None };
    text(&import.source)
}

fn text(expression: &Expression) -> Option<String> {
    match literal::plain(expression) {
        Literal::String(text) => Some(text),
        _ => None,
    }
}

/// Second pass: calls, dynamic imports, suspects.
struct Collector<'c> {
    reader: Reader<'c>,
    bindings: HashMap<SymbolId, Binding>,
    facts: ScriptFacts,
    /// Members of namespaces, by specifier and name, that are read and not called.
    looked_at: HashSet<(String, String)>,
    /// Inside `typeof x`, where a name is only asked for. Counts, because `typeof` nests.
    quiet: usize,
}

impl Collector<'_> {
    /// The symbol of a name; `None` for a global.
    fn symbol(&self, name: &IdentifierReference) -> Option<SymbolId> {
        name.reference_id.get().and_then(|id| self.reader.scoping.get_reference(id).symbol_id())
    }

    fn global<'e>(&self, expression: &'e Expression) -> Option<&'e str> {
        match expression.get_inner_expression() {
            Expression::Identifier(name) if self.symbol(name).is_none() => Some(name.name.as_str()),
            Expression::StaticMemberExpression(member) => self.member_of_global(member),
            _ => None,
        }
    }

    /// `globalThis.fetch` is `fetch`.
    fn member_of_global<'e>(&self, member: &'e StaticMemberExpression) -> Option<&'e str> {
        let Expression::Identifier(object) = member.object.get_inner_expression() else { return None };
        let global = self.symbol(object).is_none()
            && matches!(object.name.as_str(), "globalThis" | "window" | "self" | "global");
        global.then_some(member.property.name.as_str())
    }

    /// The imported function that is called, as specifier and exported name.
    fn callee(&self, callee: &Expression) -> Option<(String, String)> {
        match callee.get_inner_expression() {
            Expression::Identifier(name) => match self.bindings.get(&self.symbol(name)?)? {
                Binding::Function { specifier, name } => Some((specifier.clone(), name.clone())),
                Binding::Namespace { .. } => None,
            },
            Expression::StaticMemberExpression(member) => {
                let name = member.property.name.to_string();
                if let Some(specifier) = awaited_import(&member.object) {
                    return Some((specifier, name));
                }
                self.member_of_namespace(member)
            }
            _ => None,
        }
    }

    /// The specifier and name of a member of a namespace: `drive.getDocument`.
    fn member_of_namespace(&self, member: &StaticMemberExpression) -> Option<(String, String)> {
        let Expression::Identifier(object) = member.object.get_inner_expression() else { return None };
        match self.bindings.get(&self.symbol(object)?)? {
            Binding::Namespace { specifier } => Some((specifier.clone(), member.property.name.to_string())),
            Binding::Function { .. } => None,
        }
    }

    /// Whether a member of a namespace is called, whether or not there is such a member.
    fn calls_member(&self, call: &CallExpression) -> bool {
        match call.callee.get_inner_expression() {
            Expression::StaticMemberExpression(member) => {
                !call.optional && self.member_of_namespace(member).is_some()
            }
            _ => false,
        }
    }

    fn call(&mut self, call: &CallExpression) {
        let by_name = match self.callee(&call.callee) {
            Some((specifier, name)) if name == CALL_BY_NAME && BUILTIN.contains(&specifier.as_str()) => true,
            Some((specifier, name)) => {
                let arguments = self.argument(call, 0);
                self.known(Callee::Imported { specifier, name }, arguments, call);
                return;
            }
            None => self.global(&call.callee) == Some(CALL_BY_NAME),
        };
        if by_name && let Some(Literal::String(name)) = self.argument(call, 0) {
            let arguments = self.argument(call, 1);
            self.known(Callee::Named(name), arguments, call);
        }
    }

    fn known(&mut self, callee: Callee, arguments: Option<Literal>, call: &CallExpression) {
        let at = self.reader.lines.place(call.span.start);
        self.facts.calls.push(Call { callee, arguments, at });
    }

    /// The argument at an index; unknown when a spread may have put anything there.
    fn argument(&self, call: &CallExpression, index: usize) -> Option<Literal> {
        for (at, argument) in call.arguments.iter().enumerate() {
            match argument {
                Argument::SpreadElement(_) => return Some(Literal::Unknown),
                other if at == index => {
                    return Some(
                        other.as_expression().map_or(Literal::Unknown, |value| self.reader.read(value)),
                    );
                }
                _ => {}
            }
        }
        None
    }

    fn suspect(&mut self, kind: SuspectKind, offset: u32) {
        if self.quiet == 0 {
            let at = self.reader.lines.place(offset);
            self.facts.suspects.push(Suspect { kind, at });
        }
    }

    /// Names that are suspect wherever they are used.
    fn named(&mut self, name: &str, offset: u32) {
        match name {
            "eval" => self.suspect(SuspectKind::Eval, offset),
            "process" => self.suspect(SuspectKind::Process, offset),
            "fetch" | "XMLHttpRequest" | "WebSocket" | "EventSource" => {
                self.suspect(SuspectKind::Network, offset)
            }
            _ => {}
        }
    }

    /// Names that are suspect only where they are called.
    fn called(&mut self, callee: &Expression, offset: u32) {
        match self.global(callee) {
            Some("Function") => self.suspect(SuspectKind::Function, offset),
            Some("require") => self.suspect(SuspectKind::Require, offset),
            _ => {}
        }
    }
}

impl<'a> Visit<'a> for Collector<'_> {
    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        self.call(call);
        self.called(&call.callee, call.span.start);
        if self.calls_member(call) {
            return self.visit_arguments(&call.arguments);
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_new_expression(&mut self, new: &NewExpression<'a>) {
        self.called(&new.callee, new.span.start);
        walk::walk_new_expression(self, new);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        match text(&import.source) {
            Some(specifier) => {
                let at = self.reader.lines.place(import.source.span().start);
                self.facts.dynamic_imports.push((specifier, at));
            }
            None => self.suspect(SuspectKind::ComputedImport, import.span.start),
        }
        walk::walk_import_expression(self, import);
    }

    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'a>) {
        if self.symbol(name).is_none() {
            self.named(name.name.as_str(), name.span.start);
        }
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        if let Some(name) = self.member_of_global(member) {
            self.named(name, member.span.start);
        }
        self.looked_at.extend(self.member_of_namespace(member));
        walk::walk_static_member_expression(self, member);
    }

    fn visit_unary_expression(&mut self, unary: &UnaryExpression<'a>) {
        let asked = unary.operator == UnaryOperator::Typeof && unary.argument.is_identifier_reference();
        self.quiet += usize::from(asked);
        walk::walk_unary_expression(self, unary);
        self.quiet -= usize::from(asked);
    }
}
