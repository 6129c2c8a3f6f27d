//! What is wrong with a skill, before it is kept.

use surface::Surface;
use wire::Parsed;

use super::{Form, Shelf, SkillContent, SkillError, SkillFacts, inherited, tools};
use crate::{
    check::{self, Found, Known},
    pool::ParseFailure,
    record::Problem,
    run::Parts,
};

/// Checks a skill as a script is before it runs, and that it declares what it calls; gives what follows from its source.
pub(crate) async fn checked(
    name: &str,
    content: &SkillContent,
    parts: &Parts,
    shelf: &Shelf,
    surface: &Surface,
) -> Result<SkillFacts, SkillError> {
    let parsed = parts.parsers.parse(&content.source).await.map_err(unparsed)?;
    let form = if content.about.is_some() { Form::Folder } else { Form::File };
    let known = Known {
        surface,
        skills: &shelf.names(),
        from: &form.path(name),
        refused_patterns: &parts.refused_patterns,
        rules: &parts.rules,
    };
    let callable = inherited::callable(name, &parsed.facts, &known, parts, shelf).await;
    let mut found = check::check(&parsed.facts, &known).problems;
    found.extend(tools::undeclared(&callable, content.allowed_tools().as_deref()));
    if !found.is_empty() {
        return Err(SkillError::Problems(found.into_iter().map(Found::into_problem).collect()));
    }
    if !has_exports(&parsed) {
        return Err(SkillError::NoExports);
    }
    Ok(SkillFacts {
        tools: callable.into_iter().map(|one| one.name).collect(),
        exports: parsed.facts.signatures.iter().map(|export| export.name.clone()).collect(),
    })
}

fn unparsed(failure: ParseFailure) -> SkillError {
    match failure {
        ParseFailure::Syntax(errors) => {
            let problems = errors.into_iter().map(Problem::from);
            SkillError::Problems(problems.collect())
        }
        ParseFailure::Hostile(reason) | ParseFailure::Unavailable(reason) => SkillError::Parser(reason),
    }
}

/// Whether the generated code of a skill exports something of its own.
fn has_exports(parsed: &Parsed) -> bool {
    let mut exports = parsed.javascript.lines().filter(|line| line.starts_with("export "));
    exports.any(|line| !line.starts_with("export default async () =>"))
}
