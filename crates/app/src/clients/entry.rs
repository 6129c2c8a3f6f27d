//! One server as a client writes it, and the same as it stands in the configuration of Narrows.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{
    table::{Client, Entry, Format, OWN, Scope},
    variables::Translation,
};
use crate::config;

/// A server as Narrows' configuration has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Taken {
    pub(super) entry: Value,
    /// Variables to set that an editor asked its person for.
    pub(super) asked: Vec<String>,
    /// Keys of the client that have no counterpart.
    pub(super) without: Vec<String>,
}

/// Keys that are read, in whatever spelling.
const READ: [&str; 25] = [
    "type",
    "transport",
    "command",
    "path",
    "args",
    "env",
    "environment",
    "envFile",
    "cwd",
    "url",
    "httpUrl",
    "serverUrl",
    "headers",
    "http_headers",
    "env_http_headers",
    "bearer_token_env_var",
    "bearer_token_env",
    "env_vars",
    "env_pass",
    "disabled",
    "enabled",
    "name",
    "description",
    "source",
    "tools",
];

/// Reads an entry; the error says why it has to stay with its client.
pub(super) fn taken(client: &Client, value: &Value, cwd: &Path) -> Result<Taken, String> {
    let Value::Object(entry) = value else { return Err("it is not an object".to_owned()) };
    if entry.get("disabled") == Some(&json!(true)) || entry.get("enabled") == Some(&json!(false)) {
        return Err("it is disabled".to_owned());
    }
    let folder = (client.scope != Scope::User).then_some(cwd);
    let mut reader =
        Reader { entry, translation: Translation { kind: client.variables, folder, asked: Vec::new() } };
    let mut taken = reader.program(folder)?;
    if taken.is_empty() {
        taken = reader.endpoint()?;
    }
    if let Some(only) = only(entry) {
        taken.insert("includeTools".to_owned(), only);
    }
    let lists = entry.iter().filter(|(key, _)| config::switches_tools(key));
    taken.extend(lists.map(|(key, value)| (key.clone(), value.clone())));
    let without =
        entry.iter().filter(|(key, value)| has_no_counterpart(key, value)).map(|(key, _)| key.clone());
    Ok(Taken { entry: taken.into(), asked: reader.translation.asked, without: without.collect() })
}

/// What two entries must have in common to be the same server.
pub(super) fn reach(entry: &Value) -> Value {
    let empty = |value: &Value| {
        value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
    };
    let parts = ["command", "args", "env", "envFile", "cwd", "url", "headers"];
    let parts = parts.into_iter().filter_map(|key| Some((key.to_owned(), entry.get(key)?.clone())));
    parts.filter(|(_, value)| !empty(value)).collect::<Map<_, _>>().into()
}

/// Whether an entry starts Narrows itself, for an agent.
pub(super) fn is_narrows(value: &Value) -> bool {
    let words = words(value.as_object());
    let program =
        words.iter().position(|word| Path::new(word).file_stem().is_some_and(|stem| stem == "narrows"));
    program.is_some_and(|at| words[at + 1..].iter().any(|word| word == "serve"))
}

/// The entry that starts a program in a client.
pub(super) fn starting(shape: Entry, command: &str, args: &[String]) -> Value {
    let mut more: Map<String, Value> = serde_json::from_str(shape.more).unwrap_or_default();
    if shape.is_list {
        more.insert(
            "command".to_owned(),
            std::iter::once(command).chain(args.iter().map(String::as_str)).collect(),
        );
    } else {
        more.insert("command".to_owned(), command.into());
        more.insert("args".to_owned(), args.into());
    }
    more.into()
}

/// What a person adds by hand to a file that is not edited.
pub(super) fn by_hand(client: &Client, command: &str, args: &[String]) -> Option<String> {
    let text = || {
        client
            .entry
            .more
            .replace("COMMAND", &json!(command).to_string())
            .replace("ARGS", &json!(args).to_string())
    };
    (client.format == Format::Yaml).then(text)
}

/// The only tools that a client offers of a server, where it lists them as `tools`.
fn only(entry: &Map<String, Value>) -> Option<Value> {
    let tools = entry.get("tools")?.as_array()?;
    let are_some = tools.iter().all(Value::is_string) && !tools.contains(&json!("*"));
    are_some.then(|| tools.clone().into())
}

fn has_no_counterpart(key: &str, value: &Value) -> bool {
    let is_off = matches!(value, Value::Null | Value::Bool(false))
        || value.as_array().is_some_and(Vec::is_empty)
        || value.as_object().is_some_and(Map::is_empty);
    !READ.contains(&key) && !config::switches_tools(key) && !is_off
}

/// The words of a command line, in any of the shapes that clients write.
fn words(entry: Option<&Map<String, Value>>) -> Vec<String> {
    let Some(entry) = entry else { return Vec::new() };
    let listed = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let words = match entry.get("command") {
        Some(Value::Object(command)) => {
            let program = command.get("path").or_else(|| command.get("command")).cloned();
            program.into_iter().chain(listed(command.get("args"))).collect()
        }
        Some(Value::Array(words)) => words.clone(),
        Some(Value::Null) | None => Vec::new(),
        Some(program) => vec![program.clone()],
    };
    let plain = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    words.into_iter().chain(listed(entry.get("args"))).map(plain).collect()
}

struct Reader<'a> {
    entry: &'a Map<String, Value>,
    translation: Translation<'a>,
}

impl Reader<'_> {
    /// The entry of a program, empty where there is none.
    fn program(&mut self, folder: Option<&Path>) -> Result<Map<String, Value>, String> {
        let mut taken = Map::new();
        let words = words(Some(self.entry)).into_iter().map(|word| self.translation.text(&word));
        let words = words.collect::<Result<Vec<_>, _>>()?;
        let Some((command, args)) = words.split_first() else { return Ok(taken) };
        let is_relative = command.contains('/') && !command.starts_with(['/', '~', '$']);
        if is_relative && folder.is_none() {
            return Err(format!("`{command}` is a relative path, and it is not known of which folder"));
        }
        let command = if is_relative { placed(command, folder) } else { command.clone() };
        taken.insert("command".to_owned(), command.into());
        if !args.is_empty() {
            taken.insert("args".to_owned(), args.into());
        }
        let nested = self.entry.get("command").and_then(|command| command.get("env"));
        let environments = [nested, self.entry.get("environment"), self.entry.get("env")];
        let env = self.texts(environments)?;
        if !env.is_empty() {
            taken.insert("env".to_owned(), env.into());
        }
        for key in ["envFile", "cwd"] {
            if let Some(path) = self.text(key)? {
                taken.insert(key.to_owned(), placed(&path, folder).into());
            }
        }
        if let Some(folder) = folder.filter(|_| !taken.contains_key("cwd")) {
            taken.insert("cwd".to_owned(), folder.to_string_lossy().into());
        }
        let passed =
            self.entry.get("env_pass").or_else(|| self.entry.get("env_vars")).and_then(Value::as_array);
        let passed: Vec<_> = passed.into_iter().flatten().filter(|name| name.is_string()).cloned().collect();
        if !passed.is_empty() {
            taken.insert("env_pass".to_owned(), passed.into());
        }
        Ok(taken)
    }

    fn endpoint(&mut self) -> Result<Map<String, Value>, String> {
        let mut taken = Map::new();
        let found = ["url", "httpUrl", "serverUrl"].into_iter().find(|key| self.entry.contains_key(*key));
        let Some((key, url)) = found.map(|key| Ok::<_, String>((key, self.text(key)?))).transpose()? else {
            return Err("it has neither a `command` nor a `url`".to_owned());
        };
        let Some(url) = url else { return Err(format!("`{key}` is not text")) };
        if let Some(kind) = self.kind(key) {
            taken.insert("type".to_owned(), kind.into());
        }
        taken.insert("url".to_owned(), url.into());
        let mut headers = self.texts([self.entry.get("headers"), self.entry.get("http_headers")])?;
        let of_variables =
            self.entry.get("env_http_headers").and_then(Value::as_object).into_iter().flatten();
        let of_variables = of_variables.filter_map(|(name, variable)| Some((name, variable.as_str()?)));
        headers
            .extend(of_variables.map(|(name, variable)| (name.clone(), format!("${{{variable}}}").into())));
        let bearer = ["bearer_token_env_var", "bearer_token_env"]
            .iter()
            .find_map(|key| self.entry.get(*key)?.as_str());
        if let Some(variable) = bearer {
            headers.insert("Authorization".to_owned(), format!("Bearer ${{{variable}}}").into());
        }
        if !headers.is_empty() {
            taken.insert("headers".to_owned(), headers.into());
        }
        Ok(taken)
    }

    /// What an endpoint speaks, where the entry says it.
    fn kind(&self, key: &str) -> Option<&'static str> {
        let stated = ["type", "transport"].iter().find_map(|key| self.entry.get(*key)?.as_str());
        match stated {
            Some("sse") => Some("sse"),
            Some("http" | "streamable-http" | "streamableHttp" | "streamable_http") => Some("http"),
            _ => (key == "httpUrl").then_some("http"),
        }
    }

    fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        self.entry.get(key).and_then(Value::as_str).map(|text| self.translation.text(text)).transpose()
    }

    /// Objects of texts joined; of two with one name the last counts.
    fn texts<const N: usize>(&mut self, objects: [Option<&Value>; N]) -> Result<Map<String, Value>, String> {
        let mut joined = Map::new();
        for (name, value) in objects.into_iter().flatten().filter_map(Value::as_object).flatten() {
            let value = match value {
                Value::String(text) => self.translation.text(text)?.into(),
                other => other.clone(),
            };
            joined.insert(name.clone(), value);
        }
        Ok(joined)
    }
}

/// A path of a project as a whole one; others stay.
fn placed(path: &str, folder: Option<&Path>) -> String {
    match folder {
        Some(folder) if !path.starts_with(['/', '~', '$']) => {
            folder.join(path.trim_start_matches("./")).to_string_lossy().into_owned()
        }
        _ => path.to_owned(),
    }
}

/// An entry of Narrows' own configuration in the shape that is compared.
pub(super) fn of_own(value: &Value) -> Value {
    taken(&OWN, value, Path::new("/")).map_or_else(|_| value.clone(), |taken| taken.entry)
}
