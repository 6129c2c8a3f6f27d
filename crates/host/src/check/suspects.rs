//! What a script uses that a configuration may refuse.

use wire::{Position, Suspect, SuspectKind};

use super::{Findings, Found, Known};
use crate::rules::Refusal;

/// Refuses what the configuration refuses, and warns of what cannot work or is better written otherwise.
pub(super) fn check(suspect: &Suspect, known: &Known<'_>, findings: &mut Findings) {
    let (what, absent, instead) = match suspect.kind {
        SuspectKind::Eval => ("`eval`", "", "write the code out"),
        SuspectKind::Function => ("`new Function`", "", "write a function"),
        SuspectKind::Constructor => {
            ("`.constructor`, which of a function is `Function`,", "", "name the class, or write a function")
        }
        SuspectKind::ComputedImport => {
            ("an `import()` of something computed", "", "import by a literal path")
        }
        SuspectKind::Require => ("`require`", ", which does not exist here", "use `import`"),
        SuspectKind::Process => (
            "`process`",
            ", which does not exist here",
            "return a value instead of exiting; there is no environment",
        ),
        SuspectKind::Network => (
            "the network",
            ", which cannot be reached from here",
            "call a tool: `await searchTools(\"…\")` finds one",
        ),
    };
    let is_refused = known.refused_patterns.iter().any(|kind| kind.name() == suspect.kind.name());
    if is_refused {
        let refusal = Refusal {
            rule: None,
            why: format!("`narrows.script.refuse` names `{}`", suspect.kind.name()),
            permit: format!("take `\"{}\"` out of `narrows.script.refuse`", suspect.kind.name()),
        };
        let found = Found::new(suspect.at, format!("{what} is not allowed")).hint(instead);
        findings.problems.push(Found { refusal: Some(refusal), ..found });
    // Most that take a constructor make nothing of text.
    } else if suspect.kind != SuspectKind::Constructor {
        let Position { line, .. } = suspect.at;
        findings.warnings.push(format!("line {line} uses {what}{absent}; {instead}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use surface::Surface;
    use tools::Catalog;

    use super::*;
    use crate::rules::Rules;

    /// The problems and warnings where this is used.
    fn said(kind: SuspectKind, refused: &[SuspectKind]) -> Vec<String> {
        let surface = Surface::new(Arc::new(Catalog::new([])));
        let rules = Rules::default();
        let known = Known {
            surface: &surface,
            skills: &[],
            from: "/main.ts",
            refused_patterns: refused,
            rules: &rules,
        };
        let mut findings = Findings::default();
        check(&Suspect { kind, at: Position { line: 4, column: 2 } }, &known, &mut findings);
        let problems = findings.problems.into_iter().map(|found| {
            let Found { message, hint, at, .. } = found;
            format!("{}:{} {message} ({})", at.line, at.column, hint.unwrap_or_default())
        });
        problems.chain(findings.warnings).collect()
    }

    #[test]
    fn suspects_are_warned_about_and_refused_only_by_rule() {
        let eval = SuspectKind::Eval;
        assert_eq!(said(eval, &[]), ["line 4 uses `eval`; write the code out"]);
        assert_eq!(said(eval, &[eval]), ["4:2 `eval` is not allowed (write the code out)"]);
    }

    #[test]
    fn a_constructor_is_refused_as_the_function_it_may_be_and_never_warned_about() {
        let says = "4:2 `.constructor`, which of a function is `Function`, is not allowed (name the class, or write a function)";
        assert_eq!(said(SuspectKind::Constructor, &[SuspectKind::Function]), [says]);
        assert_eq!(said(SuspectKind::Constructor, &[SuspectKind::Eval]), Vec::<String>::new());
    }
}
