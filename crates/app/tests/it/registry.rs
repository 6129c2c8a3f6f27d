//! `toolRegistry` wherever it is used: in a skill, and in one that is loaded late. The scripts themselves never name it.

use crate::{narrows::Narrows, servers};

const SKILL: &str = "// Finds a tool of the registry.\n\
    export const find = (words: string) => toolRegistry.search(words)[0].name;\n";

#[track_caller]
fn check(script: &str) {
    let narrows = Narrows::configured(&servers::config([("slack", servers::demo("slack"))]));
    narrows.write("skill.ts", SKILL);
    assert_eq!(narrows.output(&["skill", "save", "finder", "skill.ts"]).code, Some(0));
    let record = narrows.record(script, &[]);
    assert_eq!(record["value"], "listChannels", "{record}");
}

#[test]
fn a_skill_that_is_imported_has_the_registry() {
    check("import { find } from './skills/finder';\nreturn find('list channels');\n");
}

#[test]
fn a_skill_that_is_loaded_late_has_the_registry() {
    check(
        "const name = ['./skills', 'finder'].join('/');\nconst { find } = await import(name);\nreturn find('list channels');\n",
    );
    check("const { find } = await import('./skills/finder');\nreturn find('list channels');\n");
}
