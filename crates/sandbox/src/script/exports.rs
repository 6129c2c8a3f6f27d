//! What a module exports: the names, for the checks of those that import it, and the signatures, for those that read
//! what there is to import.

use oxc_ast::ast::{
    Declaration, ExportDefaultDeclarationKind, Expression, FormalParameters, Program, Statement,
    TSTypeAnnotation, TSTypeParameterDeclaration, VariableDeclarator,
};
use oxc_span::{GetSpan, Span};
use wire::Export;

/// Characters of one signature.
const SIGNATURE_CHARS_MAX: usize = 240;

/// Signatures of one module; one with more is a library, of which these are the beginning.
const SIGNATURES_MAX: usize = 50;

/// All of them, sorted; `None` where it hands on what another module exports.
pub(super) fn of(program: &Program) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for statement in &program.body {
        match statement {
            Statement::ExportDefaultDeclaration(_) => names.push("default".to_owned()),
            Statement::ExportDeclaration(export) => declared(&export.declaration, &mut names),
            Statement::ExportNamedDeclaration(export) => {
                names.extend(export.specifiers.iter().map(|one| one.exported.name().to_string()));
            }
            Statement::ExportFromDeclaration(export) => {
                names.extend(export.specifiers.iter().map(|one| one.exported.name().to_string()));
            }
            Statement::ExportAllDeclaration(export) => {
                names.push(export.exported.as_ref()?.name().to_string())
            }
            _ => {}
        }
    }
    names.sort();
    Some(names)
}

fn declared(declaration: &Declaration, names: &mut Vec<String>) {
    if let Declaration::VariableDeclaration(variables) = declaration {
        let bound = variables.declarations.iter().flat_map(|one| one.id.get_binding_identifiers());
        names.extend(bound.map(|name| name.name.to_string()));
    }
    names.extend(declaration.id().map(|name| name.name.to_string()));
}

/// The values that the module itself exports, with their types as written; `None` of those it hands on.
pub(super) fn signatures(program: &Program, text: &str) -> Vec<Export> {
    let mut signatures = Signatures { text, found: Vec::new() };
    for statement in &program.body {
        match statement {
            Statement::ExportDeclaration(export) => signatures.declaration(&export.declaration),
            Statement::ExportDefaultDeclaration(export) => signatures.default(&export.declaration),
            Statement::ExportNamedDeclaration(export) => {
                for one in &export.specifiers {
                    let rest = signatures.of_declared(&one.local.name(), program);
                    signatures.add(&one.exported.name(), &rest);
                }
            }
            _ => {}
        }
    }
    signatures.found.truncate(SIGNATURES_MAX);
    signatures.found
}

struct Signatures<'t> {
    text: &'t str,
    found: Vec<Export>,
}

impl Signatures<'_> {
    fn declaration(&mut self, declaration: &Declaration) {
        match declaration {
            Declaration::FunctionDeclaration(function) => {
                let rest = self.of_function(
                    function.type_parameters.as_deref(),
                    &function.params,
                    function.return_type.as_deref(),
                );
                let name = declaration.id().map(|name| name.name.to_string());
                self.add(&name.unwrap_or_default(), &rest);
            }
            Declaration::VariableDeclaration(variables) => {
                variables.declarations.iter().for_each(|variable| self.variable(variable));
            }
            Declaration::ClassDeclaration(class) => {
                let name = class.id.as_ref().map(|name| name.name.to_string()).unwrap_or_default();
                self.found.push(Export { signature: format!("class {name}"), name });
            }
            _ => {}
        }
    }

    /// What follows the name of a function or variable that is declared apart from its export.
    fn of_declared(&self, name: &str, program: &Program) -> String {
        let declared = program.body.iter().find_map(|statement| match statement {
            Statement::FunctionDeclaration(function) => {
                function.id.as_ref().filter(|id| id.name == name)?;
                Some(self.of_function(
                    function.type_parameters.as_deref(),
                    &function.params,
                    function.return_type.as_deref(),
                ))
            }
            Statement::VariableDeclaration(variables) => {
                let is_it = |one: &&VariableDeclarator| {
                    one.id.get_identifier_name().is_some_and(|declared| declared == name)
                };
                variables.declarations.iter().find(is_it).map(|one| self.of_variable(one))
            }
            _ => None,
        });
        declared.unwrap_or_default()
    }

    fn of_variable(&self, variable: &VariableDeclarator) -> String {
        match (&variable.type_annotation, &variable.init) {
            (Some(annotation), _) => self.slice(annotation.span).to_owned(),
            (None, Some(value)) => self.of_value(value),
            (None, None) => String::new(),
        }
    }

    fn variable(&mut self, variable: &VariableDeclarator) {
        let rest = self.of_variable(variable);
        for name in variable.id.get_binding_identifiers() {
            self.add(&name.name, &rest);
        }
    }

    fn default(&mut self, declaration: &ExportDefaultDeclarationKind) {
        let rest = match declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(function) => self.of_function(
                function.type_parameters.as_deref(),
                &function.params,
                function.return_type.as_deref(),
            ),
            other => other.as_expression().map(|value| self.of_value(value)).unwrap_or_default(),
        };
        self.add("default", &rest);
    }

    fn of_value(&self, value: &Expression) -> String {
        match value {
            Expression::ArrowFunctionExpression(function) => self.of_function(
                function.type_parameters.as_deref(),
                &function.params,
                function.return_type.as_deref(),
            ),
            Expression::FunctionExpression(function) => self.of_function(
                function.type_parameters.as_deref(),
                &function.params,
                function.return_type.as_deref(),
            ),
            _ => String::new(),
        }
    }

    /// From the type parameters to the type of the result.
    fn of_function(
        &self,
        types: Option<&TSTypeParameterDeclaration>,
        parameters: &FormalParameters,
        result: Option<&TSTypeAnnotation>,
    ) -> String {
        let types = types.map(|types| self.slice(types.span)).unwrap_or_default();
        let parameters = self.slice(parameters.span());
        let parameters = match parameters.starts_with('(') {
            true => parameters.to_owned(),
            false => format!("({parameters})"),
        };
        let result = result.map(|result| self.slice(result.span)).unwrap_or_default();
        format!("{types}{parameters}{result}")
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// A signature on one line, within its bounds.
    fn add(&mut self, name: &str, rest: &str) {
        let words: Vec<&str> = rest.split_whitespace().collect();
        let line: String = format!("{name}{}", words.join(" "));
        let signature = match line.char_indices().nth(SIGNATURE_CHARS_MAX) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        };
        self.found.push(Export { name: name.to_owned(), signature });
    }
}
