//! The names a module exports, for the checks of those that import it.

use oxc_ast::ast::{Declaration, Program, Statement};

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
