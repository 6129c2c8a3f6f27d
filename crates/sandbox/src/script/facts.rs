//! What a script literally says it will do: imports, calls of imported functions, names that rules may forbid.
//!
//! Names are resolved through scopes, so a parameter that happens to be called `getDocument` is no import, and a local
//! `fetch` is no network.

use std::collections::HashSet;

use oxc_ast::ast::{
    CallExpression, Expression, IdentifierReference, ImportDeclaration, ImportDeclarationSpecifier,
    ImportExpression, ModuleExportName, NewExpression, Program, Statement, StaticMemberExpression,
    UnaryExpression,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::Scoping;
use oxc_span::GetSpan;
use oxc_syntax::operator::UnaryOperator;
use wire::{Call, Callee, Import, ImportedName, Literal, ScriptFacts, Suspect, SuspectKind};

use super::callees::{self, Callees, Target, taken, text};
use super::lines::Lines;
use super::literal::Reader;
use super::{by_name, constructor, globals, results};

/// The facts, except the imports: see [`imports`].
pub(super) fn collect(program: &Program, scoping: &Scoping, lines: &Lines) -> ScriptFacts {
    let (callees, constants) = callees::of(program, scoping);
    let reader = Reader { scoping, constants: &constants, lines };
    let (globals, reach) = globals::of(program, &callees, &reader);
    let (reads, bytes) = results::reads(program, &callees, lines);
    let facts = ScriptFacts { globals, reach, reads, bytes, ..ScriptFacts::default() };
    let constructors = constructor::places(program, &reader);
    let mut collector = Collector { reader, callees: &callees, facts, looked_at: HashSet::new(), quiet: 0 };
    collector.visit_program(program);
    constructors.into_iter().for_each(|offset| collector.suspect(SuspectKind::Constructor, offset));
    let Collector { mut facts, looked_at, .. } = collector;
    // A script that asks whether there is such a function knows what it does.
    facts.calls.retain(|call| match &call.callee {
        Callee::Imported { specifier, name } => !looked_at.contains(&(specifier.clone(), name.clone())),
        Callee::Named { .. } => true,
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

/// The import statements that take a value, used or not, with those of their names that stand nowhere else, not even as
/// types.
pub(super) fn imports_of_values(program: &Program, scoping: &Scoping, lines: &Lines) -> Vec<Import> {
    let imports = program.body.iter().filter_map(|statement| match statement {
        Statement::ImportDeclaration(import) if takes_a_value(import) => Some(import),
        _ => None,
    });
    let is_unused = |one: &&ImportDeclarationSpecifier| {
        let symbol = taken(one).1.symbol_id.get();
        is_value(one) && symbol.is_some_and(|symbol| scoping.symbol_is_unused(symbol))
    };
    let of_values = |import: &ImportDeclaration| Import {
        specifier: import.source.value.to_string(),
        names: import.specifiers.iter().flatten().filter(is_unused).map(|one| imported(one, lines)).collect(),
        at: lines.place(import.source.span.start),
    };
    imports.map(|import| of_values(import)).collect()
}

/// What was left out of these imports: whole ones, and single names.
pub(super) fn unused(taken: Vec<Import>, kept: &[Import]) -> Vec<Import> {
    let left_out = |mut import: Import| match kept.iter().find(|kept| kept.at == import.at) {
        None => Some(import),
        Some(kept) => {
            import.names.retain(|name| !kept.names.iter().any(|kept| kept.local == name.local));
            (!import.names.is_empty()).then_some(import)
        }
    };
    taken.into_iter().filter_map(left_out).collect()
}

fn takes_a_value(import: &ImportDeclaration) -> bool {
    import.import_kind.is_value() && import.specifiers.as_ref().is_none_or(|all| all.iter().any(is_value))
}

fn is_value(specifier: &ImportDeclarationSpecifier) -> bool {
    match specifier {
        ImportDeclarationSpecifier::ImportSpecifier(named) => named.import_kind.is_value(),
        _ => true,
    }
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

fn export_name(name: &ModuleExportName) -> String {
    name.name().to_string()
}

/// Looks for calls, dynamic imports, suspects.
struct Collector<'c> {
    reader: Reader<'c>,
    callees: &'c Callees<'c>,
    facts: ScriptFacts,
    /// Members of namespaces, by specifier and name, that are read and not called.
    looked_at: HashSet<(String, String)>,
    /// Inside `typeof x`, where a name is only asked for. Counts, because `typeof` nests.
    quiet: usize,
}

impl Collector<'_> {
    /// Whether a member of a namespace is called, whether or not there is such a member.
    fn calls_member(&self, call: &CallExpression) -> bool {
        match call.callee.get_inner_expression() {
            Expression::StaticMemberExpression(member) => {
                !call.optional && self.callees.member_of_namespace(member).is_some()
            }
            _ => false,
        }
    }

    fn call(&mut self, call: &CallExpression) {
        match self.callees.target(call) {
            Some(Target::Imported { specifier, name }) => {
                let arguments = by_name::argument(call, 0, &self.reader);
                self.known(Callee::Imported { specifier, name }, arguments, call);
            }
            Some(Target::ByName) => {
                if let Some((callee, arguments)) = by_name::tool(call, &self.reader) {
                    self.known(callee, arguments, call);
                }
            }
            None => {}
        }
    }

    fn known(&mut self, callee: Callee, arguments: Option<Literal>, call: &CallExpression) {
        let at = self.reader.lines.place(call.span.start);
        self.facts.calls.push(Call { callee, arguments, at });
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
        match self.callees.global(callee) {
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
        if self.callees.symbol(name).is_none() {
            self.named(name.name.as_str(), name.span.start);
        }
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        if let Some(name) = self.callees.member_of_global(member) {
            self.named(name, member.span.start);
        }
        self.looked_at.extend(self.callees.member_of_namespace(member));
        walk::walk_static_member_expression(self, member);
    }

    fn visit_unary_expression(&mut self, unary: &UnaryExpression<'a>) {
        let asked = unary.operator == UnaryOperator::Typeof && unary.argument.is_identifier_reference();
        self.quiet += usize::from(asked);
        walk::walk_unary_expression(self, unary);
        self.quiet -= usize::from(asked);
    }
}
