//! The tools that a source may call through the skills it imports, however far down.
//!
//! An imported function may call any tool that its skill may, so a skill is shown with the tools of all that it imports, and held to
//! declare them.

use std::collections::HashSet;

use wire::{Position, ScriptFacts};

use super::{
    Shelf,
    tools::{self, Callable},
};
use crate::{
    check::{Known, skill_named},
    run::{Parts, SKILLS_MAX, load},
};

/// A skill that is imported.
struct Imported {
    name: String,
    /// The skill by which the source gets at it.
    through: String,
    /// Where the source imports that.
    at: Position,
    /// Where it is looked for.
    shelf: Shelf,
}

/// The tools that the skill of a name may call, by itself and through others. One that cannot be loaded adds none: nor can it be
/// imported then.
pub(crate) async fn callable(
    name: &str,
    facts: &ScriptFacts,
    known: &Known<'_>,
    parts: &Parts,
    shelf: &Shelf,
) -> Vec<Callable> {
    let mut all = tools::callable(facts, known);
    let mut queue: Vec<_> = skills(facts, known.from)
        .map(|(name, at)| Imported { through: name.clone(), name, at, shelf: shelf.clone() })
        .collect();
    let mut seen = HashSet::from([name.to_owned()]);
    while let Some(next) = queue.pop() {
        // A script cannot pull in more either.
        if seen.len() > SKILLS_MAX || !seen.insert(next.name.clone()) {
            continue;
        }
        let Ok(loaded) = load(&next.name, parts, &next.shelf).await else { continue };
        let facts = &loaded.parsed.facts;
        let shelf = loaded.imports_from(&next.shelf);
        let (through, at) = (&next.through, next.at);
        let of_skill = tools::callable(facts, &Known { from: &loaded.path, ..*known });
        all.extend(of_skill.into_iter().map(|one| Callable { at, through: Some(through.clone()), ..one }));
        queue.extend(skills(facts, &loaded.path).map(|(name, _)| Imported {
            name,
            through: through.clone(),
            at,
            shelf: shelf.clone(),
        }));
    }
    tools::each_once(all)
}

/// The skills that a source imports, with the places.
fn skills<'f>(facts: &'f ScriptFacts, from: &'f str) -> impl Iterator<Item = (String, Position)> + use<'f> {
    let statics = facts.imports.iter().map(|import| (&import.specifier, import.at));
    let all = statics.chain(facts.dynamic_imports.iter().map(|(specifier, at)| (specifier, *at)));
    all.filter_map(move |(specifier, at)| Some((skill_named(specifier, from)?.to_owned(), at)))
}
