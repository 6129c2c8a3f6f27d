//! What a name in a script stands for, through scopes: an imported function, a module, a global.

use std::collections::HashMap;

use oxc_ast::ast::{
    BindingIdentifier, BindingPattern, CallExpression, Expression, IdentifierReference, ImportDeclaration,
    ImportDeclarationSpecifier, ImportOrExportKind, Program, StaticMemberExpression, VariableDeclaration,
    VariableDeclarationKind,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::{Scoping, SymbolId};
use wire::Literal;

use super::literal;

/// The built-in module, under both of its names.
pub(super) const BUILTIN: [&str; 2] = ["narrows", "@anthropic/code-execution"];

/// Calls a tool by name: a global, and an export of the built-in module.
pub(super) const CALL_BY_NAME: &str = "callMCPTool";

/// Names of the global object.
const GLOBAL_OBJECTS: [&str; 4] = ["globalThis", "window", "self", "global"];

/// What the names of a script stand for.
pub(super) struct Callees<'c> {
    pub(super) scoping: &'c Scoping,
    bindings: HashMap<SymbolId, Binding>,
}

/// What a call calls.
pub(super) enum Target {
    /// A function of a module.
    Imported { specifier: String, name: String },
    /// `callMCPTool`.
    ByName,
}

/// Looks at every declaration of a script: the names, and its `const` names of plain values.
pub(super) fn of<'c>(program: &Program, scoping: &'c Scoping) -> (Callees<'c>, HashMap<SymbolId, Literal>) {
    let mut names = Names { scoping, bindings: HashMap::new(), constants: HashMap::new() };
    names.visit_program(program);
    let Names { bindings, constants, .. } = names;
    (Callees { scoping, bindings }, constants)
}

impl Callees<'_> {
    /// The symbol of a name; `None` for a global.
    pub(super) fn symbol(&self, name: &IdentifierReference) -> Option<SymbolId> {
        name.reference_id.get().and_then(|id| self.scoping.get_reference(id).symbol_id())
    }

    pub(super) fn global<'e>(&self, expression: &'e Expression) -> Option<&'e str> {
        match expression.get_inner_expression() {
            Expression::Identifier(name) if self.symbol(name).is_none() => Some(name.name.as_str()),
            Expression::StaticMemberExpression(member) => self.member_of_global(member),
            _ => None,
        }
    }

    /// `globalThis.fetch` is `fetch`.
    pub(super) fn member_of_global<'e>(&self, member: &'e StaticMemberExpression) -> Option<&'e str> {
        let Expression::Identifier(object) = member.object.get_inner_expression() else { return None };
        self.is_global_object(object).then_some(member.property.name.as_str())
    }

    pub(super) fn is_global_object(&self, name: &IdentifierReference) -> bool {
        GLOBAL_OBJECTS.contains(&name.name.as_str()) && self.symbol(name).is_none()
    }

    /// The imported function that is called, as specifier and exported name.
    pub(super) fn imported(&self, callee: &Expression) -> Option<(String, String)> {
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
    pub(super) fn member_of_namespace(&self, member: &StaticMemberExpression) -> Option<(String, String)> {
        let Expression::Identifier(object) = member.object.get_inner_expression() else { return None };
        Some((self.namespace(object)?.to_owned(), member.property.name.to_string()))
    }

    /// The module a name is the namespace of.
    pub(super) fn namespace(&self, name: &IdentifierReference) -> Option<&str> {
        match self.bindings.get(&self.symbol(name)?)? {
            Binding::Namespace { specifier } => Some(specifier),
            Binding::Function { .. } => None,
        }
    }

    /// The export of the built-in module, or the global, that a name stands for.
    pub(super) fn builtin<'e>(&'e self, name: &'e IdentifierReference) -> Option<&'e str> {
        let Some(symbol) = self.symbol(name) else { return Some(name.name.as_str()) };
        match self.bindings.get(&symbol)? {
            Binding::Function { specifier, name } if BUILTIN.contains(&specifier.as_str()) => Some(name),
            _ => None,
        }
    }

    /// What a call calls, where that is known.
    pub(super) fn target(&self, call: &CallExpression) -> Option<Target> {
        match self.imported(&call.callee) {
            Some((specifier, name)) if name == CALL_BY_NAME && BUILTIN.contains(&specifier.as_str()) => {
                Some(Target::ByName)
            }
            Some((specifier, name)) => Some(Target::Imported { specifier, name }),
            None => (self.global(&call.callee) == Some(CALL_BY_NAME)).then_some(Target::ByName),
        }
    }
}

/// The exported name and the name in the script.
pub(super) fn taken<'s, 'a>(
    specifier: &'s ImportDeclarationSpecifier<'a>,
) -> (String, &'s BindingIdentifier<'a>) {
    match specifier {
        ImportDeclarationSpecifier::ImportSpecifier(named) => {
            (named.imported.name().to_string(), &named.local)
        }
        ImportDeclarationSpecifier::ImportDefaultSpecifier(default) => ("default".to_owned(), &default.local),
        ImportDeclarationSpecifier::ImportNamespaceSpecifier(all) => ("*".to_owned(), &all.local),
    }
}

/// What a name in the script stands for.
enum Binding {
    Function { specifier: String, name: String },
    Namespace { specifier: String },
}

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

pub(super) fn text(expression: &Expression) -> Option<String> {
    match literal::plain(expression) {
        Literal::String(text) => Some(text),
        _ => None,
    }
}
