//! Keys of ours that stand beside the servers instead of below `narrows`, where nothing reads them: a rule there would be
//! believed to hold.

use jsonc_parser::ast::{Object, ObjectProp};

use super::{
    keys::name_range,
    raw::RawNarrows,
    text::{Problem, Source},
};

/// Those that other programs have at the top of a file of servers, and which ones.
const OF_OTHERS: [(&str, &str); 2] = [("sandbox", "Gemini CLI and Claude Code"), ("approvals", "OpenClaw")];

/// Refuses the first such key; one that may be another program's is a warning.
pub(super) fn check(top: &Object<'_>, source: &Source) -> Result<Vec<String>, Problem> {
    let is_ours = |property: &&ObjectProp<'_>| RawNarrows::KEYS.contains(&property.name.as_str());
    let judged = top.properties.iter().filter(is_ours).map(|property| {
        let name = property.name.as_str();
        let others = OF_OTHERS.iter().find(|(key, _)| *key == name);
        let (_, programs) = others.ok_or_else(|| misplaced(property))?;
        let place = source.place(name_range(property));
        Ok(format!(
            "{place}: `{name}` is taken for a key of {programs}; that of Narrows belongs below `narrows`"
        ))
    });
    judged.collect()
}

fn misplaced(property: &ObjectProp<'_>) -> Problem {
    let name = property.name.as_str();
    let message = format!("`{name}` has no effect here: it belongs below `narrows`");
    Problem::new(name_range(property), message)
        .hint(format!("write {{ \"mcpServers\": {{ … }}, \"narrows\": {{ \"{name}\": … }} }}"))
}
