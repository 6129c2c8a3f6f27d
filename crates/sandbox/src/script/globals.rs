//! The global names a script uses: those that do not exist, and those by which it reaches what it does not name.

use std::collections::HashSet;

use oxc_ast::ast::{
    Argument, CallExpression, ExportAllDeclaration, ExportFromDeclaration, Expression, IdentifierReference,
    ImportDeclaration, ImportDeclarationSpecifier, ImportExpression, Program, StaticMemberExpression,
    StringLiteral, TemplateElement,
};
use oxc_ast_visit::{Visit, walk};
use wire::{Global, Reach};

use super::callees::{BUILTIN, CALL_BY_NAME, Callees, Target, text};
use super::lines::Lines;

/// Uses of unknown names that are kept: more are a program made for something else.
const GLOBALS_MAX: usize = 50;

/// Members of a name that are kept.
const MEMBERS_MAX: usize = 3;

/// What JavaScript and the prelude have.
const KNOWN: &[&str] = &[
    "AbortController",
    "AbortSignal",
    "AggregateError",
    "Array",
    "ArrayBuffer",
    "Atomics",
    "BigInt",
    "BigInt64Array",
    "BigUint64Array",
    "Blob",
    "Boolean",
    "CustomEvent",
    "DOMException",
    "DataView",
    "Date",
    "Error",
    "EvalError",
    "Event",
    "EventSource",
    "EventTarget",
    "FinalizationRegistry",
    "Float32Array",
    "Float64Array",
    "Function",
    "Infinity",
    "Int16Array",
    "Int32Array",
    "Int8Array",
    "Intl",
    "Iterator",
    "JSON",
    "LimitError",
    "Map",
    "Math",
    "NaN",
    "NetworkError",
    "Number",
    "Object",
    "PermissionError",
    "Promise",
    "Proxy",
    "RangeError",
    "ReferenceError",
    "Reflect",
    "RegExp",
    "Set",
    "SharedArrayBuffer",
    "String",
    "Symbol",
    "SyntaxError",
    "TextDecoder",
    "TextEncoder",
    "ToolError",
    "TypeError",
    "URIError",
    "URL",
    "URLSearchParams",
    "Uint16Array",
    "Uint32Array",
    "Uint8Array",
    "Uint8ClampedArray",
    "UnknownOutcomeError",
    "WeakMap",
    "WeakRef",
    "WeakSet",
    "WebSocket",
    "XMLHttpRequest",
    "arguments",
    "atob",
    "btoa",
    "callMCPTool",
    "checkpoint",
    "clearInterval",
    "clearTimeout",
    "console",
    "crypto",
    "decodeURI",
    "decodeURIComponent",
    "encodeURI",
    "encodeURIComponent",
    "escape",
    "eval",
    "fetch",
    "fs",
    "global",
    "globalThis",
    "isFinite",
    "isNaN",
    "parseFloat",
    "parseInt",
    "performance",
    "queueMicrotask",
    "require",
    "readResource",
    "results",
    "searchTools",
    "self",
    "setImmediate",
    "setInterval",
    "setTimeout",
    "structuredClone",
    "toolRegistry",
    "undefined",
    "unescape",
    "window",
];

/// Both.
pub(super) fn of(program: &Program, callees: &Callees, lines: &Lines) -> (Vec<Global>, Reach) {
    let mut finder =
        Finder { callees, lines, globals: Vec::new(), reach: Reach::default(), seen: HashSet::new() };
    finder.visit_program(program);
    finder.globals.sort_by_key(|global| global.at);
    (finder.globals, finder.reach)
}

struct Finder<'f> {
    callees: &'f Callees<'f>,
    lines: &'f Lines<'f>,
    globals: Vec<Global>,
    reach: Reach,
    seen: HashSet<String>,
}

impl Finder<'_> {
    fn unknown(&mut self, name: String, offset: u32) {
        if self.globals.len() < GLOBALS_MAX && self.seen.insert(name.clone()) {
            self.globals.push(Global { name, at: self.lines.place(offset) });
        }
    }

    /// A global, or an export of the built-in module.
    fn named(&mut self, name: &str) {
        match name {
            "searchTools" => self.reach.search = true,
            CALL_BY_NAME => self.reach.tools = true,
            "toolRegistry" => self.anything(),
            // What is made of text can name anything.
            "eval" | "Function" => self.anything(),
            _ => {}
        }
    }

    fn anything(&mut self) {
        self.reach = Reach { tools: true, search: true, registry: true };
    }

    /// A name that is used as it is, and not for one of its members.
    fn alone(&mut self, name: &IdentifierReference) {
        let is_builtin_module = self.callees.namespace(name).is_some_and(|module| BUILTIN.contains(&module));
        if is_builtin_module || self.callees.is_global_object(name) {
            return self.anything();
        }
        if let Some(known) = self.callees.builtin(name) {
            let known = if known == "default" { "toolRegistry" } else { known };
            self.named(known);
        }
        if self.callees.symbol(name).is_none() && !KNOWN.contains(&name.name.as_str()) {
            self.unknown(name.name.to_string(), name.span.start);
        }
    }

    /// `tools.slack.postMessage`, from the innermost name on; `None` where that is declared or known.
    fn unknown_chain(&self, member: &StaticMemberExpression) -> Option<(String, u32)> {
        let mut members = vec![member.property.name.as_str()];
        let mut object = member.object.get_inner_expression();
        while let Expression::StaticMemberExpression(inner) = object {
            members.push(inner.property.name.as_str());
            object = inner.object.get_inner_expression();
        }
        let Expression::Identifier(root) = object else { return None };
        let is_unknown = self.callees.symbol(root).is_none() && !KNOWN.contains(&root.name.as_str());
        let members = members.into_iter().rev().take(MEMBERS_MAX);
        let name = members.fold(root.name.to_string(), |name, member| name + "." + member);
        is_unknown.then_some((name, root.span.start))
    }

    /// Whether a folder is listed that may be one of servers.
    fn lists_servers(&self, call: &CallExpression) -> bool {
        let Expression::StaticMemberExpression(member) = call.callee.get_inner_expression() else {
            return matches!(call.callee.get_inner_expression(), Expression::Identifier(name) if name.name == "readdir");
        };
        let folder = call.arguments.first().and_then(Argument::as_expression).and_then(text);
        member.property.name == "readdir" && !folder.is_some_and(|folder| is_own(&folder))
    }

    fn text(&mut self, text: &str) {
        self.reach.tools |= text.contains("servers");
    }
}

/// Whether a folder is surely below `/workspace` or `/tmp`, where a relative path leads that begins with none of the tree's.
fn is_own(folder: &str) -> bool {
    if folder.contains("..") {
        return false;
    }
    let mut names = folder.split('/').filter(|name| !matches!(*name, "" | "."));
    match (names.next(), folder.starts_with('/')) {
        (Some(first), true) => ["workspace", "tmp"].contains(&first),
        (Some(first), false) => !["servers", "skills", "~"].contains(&first),
        (None, _) => false,
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        // A default import is the namespace of the built-in module by another name.
        let takes_all = import
            .specifiers
            .iter()
            .flatten()
            .any(|specifier| matches!(specifier, ImportDeclarationSpecifier::ImportDefaultSpecifier(_)));
        if takes_all && BUILTIN.contains(&import.source.value.as_str()) {
            self.anything();
        }
    }

    fn visit_export_from_declaration(&mut self, export: &ExportFromDeclaration<'a>) {
        if BUILTIN.contains(&export.source.value.as_str()) {
            self.anything();
        }
    }

    fn visit_export_all_declaration(&mut self, export: &ExportAllDeclaration<'a>) {
        if BUILTIN.contains(&export.source.value.as_str()) {
            self.anything();
        }
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        match text(&import.source) {
            Some(specifier) if !BUILTIN.contains(&specifier.as_str()) => {}
            _ => self.anything(),
        }
        if text(&import.source).is_none() {
            walk::walk_import_expression(self, import);
        }
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        self.reach.tools |= self.lists_servers(call);
        let is_named = matches!(self.callees.target(call), Some(Target::ByName))
            && call.arguments.first().and_then(Argument::as_expression).and_then(text).is_some();
        if is_named {
            return self.visit_arguments(&call.arguments);
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        if let Some((name, offset)) = self.unknown_chain(member) {
            return self.unknown(name, offset);
        }
        let of_module = self.callees.member_of_namespace(member);
        let of_module =
            of_module.filter(|(module, _)| BUILTIN.contains(&module.as_str())).map(|(_, name)| name);
        let known = self.callees.member_of_global(member).map(str::to_owned).or(of_module);
        match (known, &member.object) {
            (Some(name), _) => self.named(&name),
            // A member of another module is no use of the name alone.
            (None, Expression::Identifier(object)) if self.callees.namespace(object).is_some() => {}
            _ => walk::walk_static_member_expression(self, member),
        }
    }

    fn visit_identifier_reference(&mut self, name: &IdentifierReference<'a>) {
        self.alone(name);
    }

    fn visit_string_literal(&mut self, literal: &StringLiteral<'a>) {
        self.text(literal.value.as_str());
    }

    fn visit_template_element(&mut self, element: &TemplateElement<'a>) {
        self.text(element.value.raw.as_str());
    }
}
