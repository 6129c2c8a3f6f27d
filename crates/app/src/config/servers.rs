//! `mcpServers` entries as other programs write them, turned into what `upstream` understands.
//!
//! Other programs' keys are left alone. What is wrong with one entry fails that server and no other: an agent
//! with four servers of five is better off than an agent with none.

use std::path::{Path, PathBuf};

use jsonc_parser::ast::{Object, ObjectProp, Value};
use tools::ServerName;
use upstream::{ServerEntry, Transport};

use super::{
    Surroundings, itself,
    keys::{name_range, not_a, wrong_kind},
    text::{Problem, Source},
    variables::expand,
};

/// A server of the configuration.
pub(crate) struct ConfiguredServer {
    /// Its key under `mcpServers`.
    pub(crate) name: ServerName,
    /// Its command line or URL as written, variables not put in: what a person may be shown.
    pub(crate) shown: String,
    /// How it is reached, or why it cannot be.
    pub(crate) transport: Result<Transport, String>,
}

impl ConfiguredServer {
    /// The entry for `upstream`, where it is one.
    pub(crate) fn entry(&self) -> Option<ServerEntry> {
        let transport = self.transport.as_ref().ok()?.clone();
        Some(ServerEntry { name: self.name.clone(), transport })
    }
}

/// What entries are read with.
pub(super) struct Reader<'s> {
    pub(super) source: &'s Source,
    pub(super) lookup: &'s dyn Fn(&str) -> Option<String>,
    pub(super) around: &'s Surroundings,
}

impl Reader<'_> {
    /// All servers that are not disabled, and warnings about what was passed over.
    pub(super) fn servers(&self, list: &Object<'_>) -> (Vec<ConfiguredServer>, Vec<String>) {
        let mut servers: Vec<ConfiguredServer> = Vec::new();
        let mut warnings = Vec::new();
        for property in &list.properties {
            let name = ServerName::new(property.name.as_str());
            let transport = match self.transport(&property.value) {
                Ok(None) => continue,
                Ok(Some(transport)) => Ok(transport),
                Err(problem) => Err(self.reason(&problem)),
            };
            if name.as_str().is_empty() {
                let place = self.source.place(name_range(property));
                warnings.push(format!("{place}: a server without a name; it is left out"));
                continue;
            }
            let file = &self.source.path;
            if transport.as_ref().is_ok_and(|it| itself::starts_itself(it, file, self.around)) {
                warnings
                    .push(format!("`{name}` is Narrows itself with this same configuration; it is left out"));
                continue;
            }
            if let Some(at) = servers.iter().position(|server| server.name == name) {
                servers.remove(at);
                let place = self.source.place(name_range(property));
                warnings.push(format!("{place}: a second `{name}`; the last one counts"));
            }
            servers.push(ConfiguredServer { name, shown: shown(&property.value), transport });
        }
        (servers, warnings)
    }

    fn reason(&self, problem: &Problem) -> String {
        format!("{}: {}", self.source.place(problem.at), problem.message)
    }

    /// How a server is reached; `None` when it is disabled.
    fn transport(&self, value: &Value<'_>) -> Result<Option<Transport>, Problem> {
        let Value::Object(entry) = value else { return Err(not_a(value, "the entry", "an object")) };
        if flag(entry, "disabled")? == Some(true) || flag(entry, "enabled")? == Some(false) {
            return Ok(None);
        }
        self.enabled(entry).map(Some)
    }

    fn enabled(&self, entry: &Object<'_>) -> Result<Transport, Problem> {
        let stated = ["type", "transport"].iter().find_map(|key| Some((*key, &entry.get(key)?.value)));
        match stated {
            None => self.unstated(entry),
            Some((key, Value::StringLit(kind))) => match kind.value.as_ref() {
                "stdio" => self.stdio(entry),
                "http" | "streamable-http" | "streamableHttp" | "streamable_http" => {
                    let (url, headers) = self.endpoint(entry)?;
                    Ok(Transport::Http { url, headers })
                }
                "sse" => {
                    let (url, headers) = self.endpoint(entry)?;
                    Ok(Transport::Sse { url, headers })
                }
                other => {
                    let message = format!(
                        "`{key}` is `{other}`; known are `stdio`, `http`, `streamable-http` and `sse`"
                    );
                    Err(Problem::new(kind.range, message))
                }
            },
            Some((key, other)) => Err(wrong_kind(other, key, "text")),
        }
    }

    fn unstated(&self, entry: &Object<'_>) -> Result<Transport, Problem> {
        if entry.get("command").is_some() {
            return match url(entry) {
                None => self.stdio(entry),
                Some((key, property)) => {
                    let message =
                        format!("the entry has a `command` and a `{key}`; say with `type` which counts");
                    Err(Problem::new(name_range(property), message))
                }
            };
        }
        let (url, headers) = self.endpoint(entry)?;
        // `httpUrl` is Gemini CLI's way of saying streamable HTTP. Other URLs may be either.
        if entry.get("httpUrl").is_some() {
            Ok(Transport::Http { url, headers })
        } else {
            Ok(Transport::Auto { url, headers })
        }
    }

    fn stdio(&self, entry: &Object<'_>) -> Result<Transport, Problem> {
        let Some(command) = entry.get("command") else {
            return Err(Problem::new(entry.range, "the entry has no `command`"));
        };
        let range = name_range(command);
        let command = self.text(&command.value, "command")?;
        if command.is_empty() {
            return Err(Problem::new(range, "`command` is empty"));
        }
        let args = match entry.get("args").map(|property| &property.value) {
            None | Some(Value::NullKeyword(_)) => Vec::new(),
            Some(Value::Array(list)) => {
                let each = list.elements.iter().enumerate();
                each.map(|(at, item)| self.text(item, &format!("args[{at}]"))).collect::<Result<_, _>>()?
            }
            Some(other) => return Err(wrong_kind(other, "args", "a list")),
        };
        let mut env = self.pairs(entry, "env")?;
        env.push((itself::VARIABLE.to_owned(), itself::behind(&self.source.path, self.around).into()));
        let cwd = match entry.get("cwd").map(|property| &property.value) {
            None | Some(Value::NullKeyword(_)) => None,
            Some(value) => {
                Some(absolute(&self.text(value, "cwd")?, self.source, self.around.home().as_deref()))
            }
        };
        Ok(Transport::Stdio { command, args, env, cwd })
    }

    fn endpoint(
        &self,
        entry: &Object<'_>,
    ) -> Result<(String, Vec<(String, secrecy::SecretString)>), Problem> {
        let Some((key, property)) = url(entry) else {
            return Err(Problem::new(
                entry.range,
                match entry.get("command") {
                    None => "the entry has neither a `command` nor a `url`",
                    Some(_) => "the entry has a `command` and no `url`, and its `type` needs one",
                },
            ));
        };
        let url = self.text(&property.value, key)?;
        if !url.starts_with("http://") && !url.starts_with("https://") {
            let message = format!("`{key}` must begin with `http://` or `https://`");
            return Err(Problem::new(name_range(property), message));
        }
        Ok((url, self.pairs(entry, "headers")?))
    }

    fn pairs(&self, entry: &Object<'_>, key: &str) -> Result<Vec<(String, secrecy::SecretString)>, Problem> {
        let object = match entry.get(key).map(|property| &property.value) {
            None | Some(Value::NullKeyword(_)) => return Ok(Vec::new()),
            Some(Value::Object(object)) => object,
            Some(other) => return Err(wrong_kind(other, key, "an object")),
        };
        // `null` is how some programs say "not set".
        let set = object.properties.iter().filter(|property| property.value.as_null_keyword().is_none());
        set.map(|property| {
            let name = property.name.as_str();
            let value = self.text(&property.value, &format!("{key}.{name}"))?;
            Ok((name.to_owned(), value.into()))
        })
        .collect()
    }

    /// Text with its variables put in. Numbers and booleans count as the text they are written as: `"PORT": 80`.
    fn text(&self, value: &Value<'_>, key: &str) -> Result<String, Problem> {
        match value {
            Value::StringLit(text) => match expand(&text.value, self.lookup) {
                Ok(expanded) => Ok(expanded),
                Err(missing) => Err(Problem::new(text.range, format!("`{key}`: {missing}"))),
            },
            Value::NumberLit(number) => Ok(number.value.to_owned()),
            Value::BooleanLit(boolean) => Ok(boolean.value.to_string()),
            other => Err(wrong_kind(other, key, "text")),
        }
    }
}

/// A path of the configuration: `~/` is the home folder, a relative path counts from the file's folder.
pub(super) fn absolute(path: &str, source: &Source, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(below), Some(home)) => home.join(below),
        _ => source.path.parent().unwrap_or(Path::new("/")).join(path),
    }
}

fn flag(entry: &Object<'_>, key: &str) -> Result<Option<bool>, Problem> {
    match entry.get(key).map(|property| &property.value) {
        None | Some(Value::NullKeyword(_)) => Ok(None),
        Some(Value::BooleanLit(flag)) => Ok(Some(flag.value)),
        Some(other) => Err(wrong_kind(other, key, "true or false")),
    }
}

/// An entry's endpoint, under any of the keys that programs write it.
fn url<'e, 'v>(entry: &'e Object<'v>) -> Option<(&'static str, &'e ObjectProp<'v>)> {
    ["url", "httpUrl", "serverUrl"].into_iter().find_map(|key| Some((key, entry.get(key)?)))
}

fn shown(value: &Value<'_>) -> String {
    let Value::Object(entry) = value else { return String::new() };
    if let Some(command) = entry.get_string("command") {
        let args = entry.get_array("args").map(|list| list.elements.as_slice()).unwrap_or_default();
        let words = args.iter().filter_map(|item| Some(item.as_string_lit()?.value.to_string()));
        return std::iter::once(command.value.to_string()).chain(words).collect::<Vec<_>>().join(" ");
    }
    // Queries and user info of URLs carry keys in practice.
    let text = url(entry).and_then(|(_, property)| property.value.as_string_lit());
    text.map(|text| without_secrets(&text.value)).unwrap_or_default()
}

fn without_secrets(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let url = &url[..end];
    match (url.find("://"), url.find('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}{}", &url[..scheme + 3], &url[at + 1..]),
        _ => url.to_owned(),
    }
}
