//! Where a file keeps its servers. Every program has a key of its own for them.

use std::path::Path;

use jsonc_parser::{
    ast::{Object, ObjectProp, Value},
    common::Ranged,
};

use super::{
    keys::{name_range, wrong_kind},
    text::{Problem, Source},
};

/// The keys under which programs keep an object of servers, ours first; of several in one file the first counts.
pub(crate) const LISTS: [&[&str]; 8] = [
    &["mcpServers"],
    // VS Code's `mcp.json`, and its settings
    &["servers"],
    &["mcp", "servers"],
    &["mcp", "mcpServers"],
    // Zed
    &["context_servers"],
    // Codex, where its file was turned into JSON
    &["mcp_servers"],
    // Amp
    &["amp.mcpServers"],
    // opencode
    &["mcp"],
];

/// The keys by which an entry says how its server is reached.
const REACHES: [&str; 4] = ["command", "url", "httpUrl", "serverUrl"];

/// The objects of servers that count, the most important last, and what a person should know of the others.
pub(super) struct Lists<'v, 'a> {
    pub(super) objects: Vec<&'v Object<'a>>,
    pub(super) warnings: Vec<String>,
}

/// Whether an object under this key may be a list of servers.
pub(super) fn is_list(key: &str) -> bool {
    LISTS.iter().any(|path| path.last() == Some(&key))
}

/// Finds them.
pub(super) fn lists<'v, 'a>(
    top: &'v Object<'a>,
    source: &Source,
    folder: &Path,
) -> Result<Lists<'v, 'a>, Problem> {
    let mut found = LISTS.iter().filter_map(|path| Some((path.join("."), at(top, path)?)));
    let mut lists = Lists { objects: Vec::new(), warnings: Vec::new() };
    let first = found.next();
    if let Some((key, property)) = &first {
        let Value::Object(object) = &property.value else {
            return Err(wrong_kind(&property.value, key, "an object"));
        };
        lists.objects.push(object);
        // `mcp` holds `servers`; it is no second list.
        let others = found.filter(|(other, _)| other != "mcp" || !key.starts_with("mcp."));
        lists.warnings.extend(others.map(|(other, property)| {
            let place = source.place(name_range(property));
            format!("{place}: `{other}` is not read: the servers of this file are those of `{key}`")
        }));
    }
    project_servers(top, folder, &mut lists)?;
    if lists.objects.is_empty() {
        lists.warnings.push(none(top, source)?);
    }
    Ok(lists)
}

fn at<'v, 'a>(top: &'v Object<'a>, path: &[&str]) -> Option<&'v ObjectProp<'a>> {
    let (last, folders) = path.split_last()?;
    let inner = folders.iter().try_fold(top, |object, key| object.get_object(key))?;
    inner.get(last)
}

/// Claude Code keeps servers by the folder they were added in, beside those of everywhere.
fn project_servers<'v, 'a>(
    top: &'v Object<'a>,
    folder: &Path,
    lists: &mut Lists<'v, 'a>,
) -> Result<(), Problem> {
    let Some(projects) = top.get_object("projects") else { return Ok(()) };
    let with_servers = projects.properties.iter().filter_map(|project| {
        let servers = project.value.as_object()?.get_object("mcpServers")?;
        (!servers.properties.is_empty()).then_some((project, servers))
    });
    let with_servers: Vec<_> = with_servers.collect();
    let here = with_servers.iter().find(|(project, _)| Path::new(project.name.as_str()) == folder);
    if let Some((_, servers)) = here {
        lists.objects.push(servers);
    }
    let is_empty = lists.objects.iter().all(|object| object.properties.is_empty());
    match with_servers.first() {
        Some((project, _)) if is_empty => Err(Problem::new(
            name_range(project),
            "the servers of this file belong to projects, and none of them is this folder",
        )
        .hint(format!(
            "run Narrows in `{}`, or copy its `mcpServers` to a file of their own",
            project.name.as_str()
        ))),
        _ => Ok(()),
    }
}

/// What to say of a file without servers. Only one that is Narrows' own may have none.
fn none(top: &Object<'_>, source: &Source) -> Result<String, Problem> {
    let is_slip = |name: &str| text::slips(name, "mcpServers") <= 2;
    if let Some(slip) = top.properties.iter().find(|property| is_slip(property.name.as_str())) {
        let message = format!("unknown key `{}`", slip.name.as_str());
        return Err(Problem::new(name_range(slip), message).hint("did you mean `mcpServers`?"));
    }
    if let Some(entry) = top.properties.iter().find(|property| is_entry(&property.value)) {
        let message = format!("`{}` is a server outside of `mcpServers`", entry.name.as_str());
        return Err(Problem::new(name_range(entry), message)
            .hint("put the servers below one key: { \"mcpServers\": { … } }"));
    }
    if top.get("narrows").is_some() {
        return Ok(format!("{} has no `mcpServers`", source.path.display()));
    }
    Err(Problem::new(top.range(), "the file names no servers").hint(
        "write them below `mcpServers`, as in { \"mcpServers\": { \"files\": { \"command\": \"…\" } } }",
    ))
}

fn is_entry(value: &Value<'_>) -> bool {
    value.as_object().is_some_and(|entry| REACHES.iter().any(|key| entry.get(key).is_some()))
}
