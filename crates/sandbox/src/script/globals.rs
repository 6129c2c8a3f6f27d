//! The global names a script uses: those that do not exist, and those by which it reaches what it does not name.

use std::collections::HashSet;

use oxc_ast::ast::{
    Argument, CallExpression, ClassBody, ExportAllDeclaration, ExportFromDeclaration, Expression, Function,
    IdentifierReference, ImportDeclaration, ImportDeclarationSpecifier, ImportExpression, ObjectPropertyKind,
    Program, StaticMemberExpression, StringLiteral, TemplateElement,
};
use oxc_ast_visit::{Visit, walk};
use oxc_syntax::scope::ScopeFlags;
use wire::{Callee, Global, Reach};

use super::by_name;
use super::callees::{BUILTIN, CALL_BY_NAME, Callees, Target, text};
use super::literal::Reader;

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
    "privacy",
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
pub(super) fn of(program: &Program, callees: &Callees, reader: &Reader) -> (Vec<Global>, Reach) {
    let mut finder = Finder {
        callees,
        reader,
        globals: Vec::new(),
        reach: Reach::default(),
        seen: HashSet::new(),
        methods: 0,
    };
    finder.visit_program(program);
    finder.globals.sort_by_key(|global| global.at);
    (finder.globals, finder.reach)
}

struct Finder<'f> {
    callees: &'f Callees<'f>,
    reader: &'f Reader<'f>,
    globals: Vec<Global>,
    reach: Reach,
    seen: HashSet<String>,
    /// Functions and classes around that have a `this` of their own.
    methods: usize,
}

impl Finder<'_> {
    fn unknown(&mut self, name: String, offset: u32, names: Option<Callee>) {
        // A name by which tools are called is kept with every tool that it is told.
        let key = format!("{name} {names:?}");
        if self.globals.len() < GLOBALS_MAX && self.seen.insert(key) {
            self.globals.push(Global { name, at: self.reader.lines.place(offset), names });
        }
    }

    /// A global, or an export of the built-in module.
    fn named(&mut self, name: &str) {
        match name {
            "searchTools" => self.reach.search = true,
            CALL_BY_NAME => (self.reach.tools, self.reach.computed) = (true, true),
            "toolRegistry" => self.anything(),
            // What is made of text can name anything.
            "eval" | "Function" => self.anything(),
            _ => {}
        }
    }

    fn anything(&mut self) {
        self.reach = Reach { tools: true, search: true, registry: true, computed: true };
    }

    /// `toolRegistry.search` and `toolRegistry.list` call nothing.
    fn only_looks(&mut self, member: &StaticMemberExpression) -> bool {
        let Expression::Identifier(object) = &member.object else { return false };
        let is_global = self.callees.symbol(object).is_none() && object.name == "toolRegistry";
        let is_registry = is_global || self.callees.builtin(object) == Some("toolRegistry");
        let looks = is_registry && ["search", "list"].contains(&member.property.name.as_str());
        if looks {
            let computed = self.reach.computed;
            self.reach = Reach { tools: true, search: true, registry: true, computed };
        }
        looks
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
            self.unknown(name.name.to_string(), name.span.start, None);
        }
    }

    /// `tools.slack.postMessage`, from the innermost name on; `None` where that is declared or known.
    fn unknown_chain(&self, member: &StaticMemberExpression) -> Option<(String, u32)> {
        let mut members = vec![member.property.name.as_str()];
        let root = innermost(&member.object, &mut members);
        let Expression::Identifier(root) = root else { return None };
        let is_unknown = self.callees.symbol(root).is_none() && !KNOWN.contains(&root.name.as_str());
        is_unknown.then(|| (joined(&root.name, &members), root.span.start))
    }

    /// A call of something that nothing declares: its name, where it stands, and whether its root is declared nevertheless
    /// (`this.slack.postMessage`, `globalThis.tools["slack"].postMessage`).
    fn unknown_callee(&self, callee: &Expression) -> Option<(String, u32, bool)> {
        let mut members = Vec::new();
        match innermost(callee, &mut members) {
            Expression::Identifier(root) if self.callees.is_global_object(root) => {
                let first = members.pop().filter(|first| !members.is_empty() && !KNOWN.contains(first))?;
                Some((joined(first, &members), root.span.start, true))
            }
            Expression::Identifier(root) => {
                let is_unknown = self.callees.symbol(root).is_none() && !KNOWN.contains(&root.name.as_str());
                is_unknown.then(|| (joined(&root.name, &members), root.span.start, false))
            }
            Expression::ThisExpression(this) if self.methods == 0 && members.len() > 1 => {
                Some((joined("this", &members), this.span.start, true))
            }
            _ => None,
        }
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

/// The expression whose member of a member this is, with the names of the members, the outermost first.
fn innermost<'e, 'a>(expression: &'e Expression<'a>, members: &mut Vec<&'e str>) -> &'e Expression<'a> {
    let mut object = expression.get_inner_expression();
    loop {
        let (name, inner) = match object {
            Expression::StaticMemberExpression(member) => (member.property.name.as_str(), &member.object),
            Expression::ComputedMemberExpression(member) => match &member.expression {
                Expression::StringLiteral(name) => (name.value.as_str(), &member.object),
                _ => return object,
            },
            _ => return object,
        };
        members.push(name);
        object = inner.get_inner_expression();
    }
}

fn joined(root: &str, members: &[&str]) -> String {
    let members = members.iter().rev().take(MEMBERS_MAX);
    members.fold(root.to_owned(), |name, member| name + "." + member)
}

/// The tool that the arguments of a call name: `'slack', 'post_message'`, or `{ server, name }`.
fn named(call: &CallExpression) -> Option<Callee> {
    let argument = |at: usize| call.arguments.get(at).and_then(Argument::as_expression);
    match argument(0)?.get_inner_expression() {
        Expression::ObjectExpression(object) => {
            let field = |wanted: &[&str]| {
                object.properties.iter().find_map(|property| match property {
                    ObjectPropertyKind::ObjectProperty(property)
                        if property.key.static_name().is_some_and(|name| wanted.contains(&&*name)) =>
                    {
                        text(&property.value)
                    }
                    _ => None,
                })
            };
            let tool = field(&["name", "tool", "toolName", "tool_name"])?;
            Some(Callee::Named { server: field(&["server", "serverName", "server_name"]), tool })
        }
        first => {
            let first = text(first)?;
            Some(match argument(1).and_then(text) {
                Some(tool) => Callee::Named { server: Some(first), tool },
                None => Callee::Named { server: None, tool: first },
            })
        }
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
            && by_name::tool(call, self.reader).is_some();
        if is_named {
            return self.visit_arguments(&call.arguments);
        }
        if let Some((name, offset, is_of_root)) = self.unknown_callee(&call.callee) {
            self.unknown(name, offset, named(call));
            if !is_of_root {
                return self.visit_arguments(&call.arguments);
            }
        }
        walk::walk_call_expression(self, call);
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        self.methods += 1;
        walk::walk_function(self, function, flags);
        self.methods -= 1;
    }

    fn visit_class_body(&mut self, body: &ClassBody<'a>) {
        self.methods += 1;
        walk::walk_class_body(self, body);
        self.methods -= 1;
    }

    fn visit_static_member_expression(&mut self, member: &StaticMemberExpression<'a>) {
        if let Some((name, offset)) = self.unknown_chain(member) {
            return self.unknown(name, offset, None);
        }
        if self.only_looks(member) {
            return;
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
