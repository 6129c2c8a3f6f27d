//! Keys of an entry that are nearly ours: they would be passed over as another program's.

use jsonc_parser::ast::Object;

use super::{keys::name_range, text::Source};

/// The keys of an entry that mean something here, but for those that switch tools off.
const KEYS: [&str; 15] = [
    "command",
    "args",
    "env",
    "environment",
    "envFile",
    "cwd",
    "env_pass",
    "url",
    "serverUrl",
    "httpUrl",
    "headers",
    "type",
    "transport",
    "disabled",
    "enabled",
];

/// A warning for each key that misses one of ours by a letter or by how it is written.
pub(super) fn warnings(entry: &Object<'_>, source: &Source) -> Vec<String> {
    let slips =
        entry.properties.iter().filter_map(|property| Some((property, meant(property.name.as_str())?)));
    let warning = |property: &jsonc_parser::ast::ObjectProp<'_>, meant| {
        let place = source.place(name_range(property));
        format!("{place}: unknown key `{}`; did you mean `{meant}`?", property.name.as_str())
    };
    slips.map(|(property, meant)| warning(property, meant)).collect()
}

/// The question that follows an error for what is missing in an entry; empty where no key is nearly ours.
pub(super) fn question(entry: &Object<'_>) -> String {
    let mut names = entry.properties.iter().map(|property| property.name.as_str());
    let slip = names.find_map(|name| Some((name, meant(name)?)));
    slip.map(|(name, meant)| format!("; did you mean `{meant}` by `{name}`?")).unwrap_or_default()
}

/// The key of ours that was meant.
fn meant(name: &str) -> Option<&'static str> {
    if KEYS.contains(&name) {
        return None;
    }
    let is_command = text::slips(name, "cmd") == 0;
    if is_command { Some("command") } else { KEYS.into_iter().find(|key| text::slips(name, key) <= 1) }
}
