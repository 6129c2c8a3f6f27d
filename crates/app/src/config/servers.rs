//! `mcpServers` entries as other programs write them, turned into what `upstream` understands.
//!
//! What is wrong with one entry fails that server and no other: an agent with four servers of five is better off than
//! an agent with none. Keys that this program does not use are left alone; see `switches` for those that are named.

use std::{cell::RefCell, path::PathBuf, sync::Arc};

use host::Rule;
use jsonc_parser::{
    ast::{Object, ObjectProp, Value},
    common::Ranged,
};
use secrecy::SecretString;
use tools::ServerName;
use upstream::{ServerEntry, SignIn, Transport, is_credential_name, masked_address, masked_words};

use crate::auth::OAuth;

use super::{
    Surroundings,
    disclosure::{Disclosure, disclosure},
    env_file, itself,
    keys::{name_range, none_twice, not_a, wrong_kind},
    paths::{absolute, check_argument, check_path},
    programs, slips,
    switches::{self, Unused},
    text::{Problem, Source},
    variables::{FILE, expand},
};

/// A server of the configuration.
pub(crate) struct ConfiguredServer {
    /// Its key under `mcpServers`.
    pub(crate) name: ServerName,
    /// Its command line or URL as written, variables not put in: what a person may be shown.
    pub(crate) shown: String,
    /// How it is reached, or why it cannot be.
    pub(crate) transport: Result<Transport, String>,
    /// What a person decides by whether it may be used.
    pub(super) disclosure: Disclosure,
    /// What was put in for variables whose names say that they are secret.
    credentials: Vec<SecretString>,
    /// How it is signed in to, where it can be.
    pub(crate) oauth: Option<OAuth>,
}

impl ConfiguredServer {
    /// A server of no configuration: nobody has to decide about it.
    pub(crate) fn own(name: ServerName, shown: String, transport: Transport) -> Self {
        let (disclosure, credentials) = (Disclosure::default(), Vec::new());
        Self { name, shown, transport: Ok(transport), disclosure, credentials, oauth: None }
    }

    /// What is started or connected to, without credentials: together with the name, what a server is known by. The folder
    /// counts where the command line names a program or a file in it.
    pub(crate) fn origin(&self) -> String {
        let what = &self.disclosure.what;
        match &self.transport {
            Ok(Transport::Stdio { command, args, cwd: Some(folder), .. })
                if programs::are_of_folder(command, args) =>
            {
                format!("{what}\nin {}", folder.display())
            }
            _ => what.clone(),
        }
    }

    /// The entry for `upstream`, where it is one, its requests signed by this.
    pub(crate) fn entry(&self, sign_in: Option<Arc<dyn SignIn>>) -> Option<ServerEntry> {
        let transport = self.transport.as_ref().ok()?.clone();
        let credentials = self.credentials.clone();
        Some(ServerEntry { name: self.name.clone(), transport, credentials, sign_in })
    }

    /// The address of a remote server.
    pub(crate) fn remote_url(&self) -> Option<&str> {
        self.endpoint().map(|(url, _)| url)
    }

    /// Whether a remote server is sent headers of its entry.
    pub(crate) fn has_headers(&self) -> bool {
        self.endpoint().is_some_and(|(_, headers)| !headers.is_empty())
    }

    fn endpoint(&self) -> Option<(&str, &[(String, SecretString)])> {
        match self.transport.as_ref().ok()? {
            Transport::Stdio { .. } => None,
            Transport::Http { url, headers }
            | Transport::Sse { url, headers }
            | Transport::Auto { url, headers } => Some((url, headers)),
        }
    }
}

/// What entries are read with.
pub(super) struct Reader<'s> {
    pub(super) source: &'s Source,
    pub(super) lookup: &'s dyn Fn(&str) -> Option<String>,
    pub(super) around: &'s Surroundings,
    /// Secret values that were put in since they were last taken.
    pub(super) credentials: RefCell<Vec<SecretString>>,
    /// Names of variables that every program gets of our environment.
    pub(super) env_pass: Vec<String>,
}

/// What the entries of a file are.
#[derive(Default)]
pub(super) struct Entries {
    /// The servers that are not disabled.
    pub(super) servers: Vec<ConfiguredServer>,
    /// The names of those that are disabled.
    pub(super) disabled: Vec<ServerName>,
    /// What refuses the tools that entries switch off.
    pub(super) rules: Vec<Rule>,
    /// What was passed over.
    pub(super) warnings: Vec<String>,
    pub(super) unused: Unused,
}

impl Entries {
    /// All warnings, those about keys that have no effect last.
    pub(super) fn all_warnings(&mut self) -> Vec<String> {
        let mut warnings = std::mem::take(&mut self.warnings);
        warnings.extend(self.unused.warnings());
        warnings
    }
}

impl Reader<'_> {
    /// Reads a list of servers; of two with one name the last counts.
    pub(super) fn read(&self, list: &Object<'_>, entries: &mut Entries) {
        for property in &list.properties {
            let name = ServerName::new(property.name.as_str());
            let transport = match self.transport(&name, &property.value, entries) {
                Ok(None) => {
                    entries.disabled.push(name);
                    continue;
                }
                Ok(Some(transport)) => Ok(transport),
                Err(problem) => Err(self.reason(&problem)),
            };
            let read = transport.and_then(|transport| {
                let oauth = self.oauth(&property.value, &transport, entries);
                Ok((transport, oauth.map_err(|problem| self.reason(&problem))?))
            });
            let (transport, oauth) = match read {
                Ok((transport, oauth)) => (Ok(transport), oauth),
                Err(reason) => (Err(reason), None),
            };
            let disclosure = disclosure(&property.value, &transport);
            let (shown, credentials) = (shown(&property.value), self.credentials.take());
            let server = ConfiguredServer { name, shown, transport, disclosure, credentials, oauth };
            self.add(server, property, entries);
        }
    }

    fn add(&self, server: ConfiguredServer, property: &ObjectProp<'_>, entries: &mut Entries) {
        let (name, file) = (&server.name, &self.source.path);
        let place = || self.source.place(name_range(property));
        if name.as_str().is_empty() {
            entries.warnings.push(format!("{}: a server without a name; it is left out", place()));
            return;
        }
        if server.transport.as_ref().is_ok_and(|it| itself::starts_itself(it, file, self.around)) {
            entries
                .warnings
                .push(format!("`{name}` is Narrows itself with this same configuration; it is left out"));
            return;
        }
        if let Some(at) = entries.servers.iter().position(|earlier| earlier.name == *name) {
            entries.servers.remove(at);
            entries.warnings.push(format!("{}: a second `{name}`; the last one counts", place()));
        }
        entries.servers.push(server);
    }

    fn reason(&self, problem: &Problem) -> String {
        let hint = problem.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        format!("{}: {}{hint}", self.source.place(problem.at), problem.message)
    }

    /// How a server is reached; `None` when it is disabled.
    fn transport(
        &self,
        name: &ServerName,
        value: &Value<'_>,
        entries: &mut Entries,
    ) -> Result<Option<Transport>, Problem> {
        let Value::Object(entry) = value else { return Err(not_a(value, "the entry", "an object")) };
        none_twice(&entry.properties, |_| true, str::to_owned)?;
        if flag(entry, "disabled")? == Some(true) || flag(entry, "enabled")? == Some(false) {
            return Ok(None);
        }
        if !name.as_str().is_empty() {
            entries.rules.extend(switches::rules(name, entry, self.source)?);
            entries.unused.note(name, entry);
            entries.warnings.extend(slips::warnings(entry, self.source));
        }
        self.enabled(entry).map(Some)
    }

    fn enabled(&self, entry: &Object<'_>) -> Result<Transport, Problem> {
        let stated = ["type", "transport"].iter().find_map(|key| Some((*key, &entry.get(key)?.value)));
        match stated {
            None => self.unstated(entry),
            Some((key, Value::StringLit(kind))) => match kind.value.as_ref() {
                "stdio" | "local" => self.stdio(entry),
                "remote" => {
                    let (url, headers) = self.endpoint(entry)?;
                    Ok(Transport::Auto { url, headers })
                }
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
        let mut words = words(entry)?.into_iter();
        let Some((key, command)) = words.next() else {
            return Err(Problem::new(entry.range, "the entry has no `command`"));
        };
        let program = self.text(command, &key)?;
        if let Value::StringLit(literal) = command {
            check_path(literal, &key, self.source)?;
        }
        if program.is_empty() {
            return Err(Problem::new(command.range(), format!("`{key}` is empty")));
        }
        let home = self.around.home();
        let in_home = |text| programs::in_home(text, home.as_deref());
        let args =
            words.map(|(key, word)| self.argument(word, &key).map(in_home)).collect::<Result<_, _>>()?;
        let cwd = match set(entry, "cwd") {
            None => None,
            Some(value) => Some(self.path(value, "cwd")?),
        };
        let (command, cwd) = programs::placed(in_home(program), cwd, self.source, self.around);
        Ok(Transport::Stdio { command, args, env: self.env(entry)?, cwd })
    }

    /// The variables of the entry, over those of its file.
    fn env(&self, entry: &Object<'_>) -> Result<Vec<(String, SecretString)>, Problem> {
        let mut env = match set(entry, "envFile") {
            None => Vec::new(),
            Some(value) => env_file::read(&self.path(value, "envFile")?)
                .map_err(|why| Problem::new(value.range(), format!("`envFile`: {why}")))?,
        };
        let nested = entry.get_object("command").map(|command| self.pairs(command, "env"));
        let own = [
            nested.transpose()?.unwrap_or_default(),
            self.pairs(entry, "environment")?,
            self.pairs(entry, "env")?,
        ];
        for (name, value) in own.into_iter().flatten() {
            env.retain(|(earlier, _)| *earlier != name);
            env.push((name, value));
        }
        let names = self.texts(entry, "env_pass")?;
        env.extend(programs::passed(self.env_pass.iter().chain(&names), &env, self.around));
        env.push((itself::VARIABLE.to_owned(), itself::behind(&self.source.path, self.around).into()));
        Ok(env)
    }

    fn texts(&self, entry: &Object<'_>, key: &str) -> Result<Vec<String>, Problem> {
        listed(entry, key)?.into_iter().map(|(key, item)| self.text(item, &key)).collect()
    }

    fn path(&self, value: &Value<'_>, key: &str) -> Result<PathBuf, Problem> {
        if let Value::StringLit(literal) = value {
            check_path(literal, key, self.source)?;
        }
        Ok(absolute(&self.text(value, key)?, self.source, self.around.home().as_deref()))
    }

    fn argument(&self, value: &Value<'_>, key: &str) -> Result<String, Problem> {
        if let Value::StringLit(literal) = value {
            check_argument(literal, key, self.source)?;
        }
        self.text(value, key)
    }

    fn endpoint(&self, entry: &Object<'_>) -> Result<(String, Vec<(String, SecretString)>), Problem> {
        let Some((key, property)) = url(entry) else {
            return Err(Problem::new(
                entry.range,
                match entry.get("command") {
                    None => {
                        format!("the entry has neither a `command` nor a `url`{}", slips::question(entry))
                    }
                    Some(_) => "the entry has a `command` and no `url`, and its `type` needs one".to_owned(),
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

    fn pairs(&self, entry: &Object<'_>, key: &str) -> Result<Vec<(String, SecretString)>, Problem> {
        let object = match set(entry, key) {
            None => return Ok(Vec::new()),
            Some(Value::Object(object)) => object,
            Some(other) => return Err(wrong_kind(other, key, "an object")),
        };
        none_twice(&object.properties, |_| true, |name| format!("{key}.{name}"))?;
        let set = object.properties.iter().filter(|property| property.value.as_null_keyword().is_none());
        set.map(|property| {
            let name = property.name.as_str();
            let value = self.argument(&property.value, &format!("{key}.{name}"))?;
            Ok((name.to_owned(), value.into()))
        })
        .collect()
    }

    fn look_up(&self, name: &str) -> Option<String> {
        let value = (self.lookup)(name)?;
        if name.starts_with(FILE) || is_credential_name(name) {
            self.credentials.borrow_mut().push(value.as_str().into());
        }
        Some(value)
    }

    /// Text with its variables put in. Numbers and booleans count as the text they are written as: `"PORT": 80`.
    pub(super) fn text(&self, value: &Value<'_>, key: &str) -> Result<String, Problem> {
        match value {
            Value::StringLit(text) => match expand(&text.value, &|name| self.look_up(name)) {
                Ok(expanded) => Ok(expanded),
                Err(missing) => Err(Problem::new(text.range, format!("`{key}`: {missing}"))),
            },
            Value::NumberLit(number) => Ok(number.value.to_owned()),
            Value::BooleanLit(boolean) => Ok(boolean.value.to_string()),
            other => Err(wrong_kind(other, key, "text")),
        }
    }
}

/// The words of an entry's command line, each with its key. Most programs write a text and `args`; opencode a list, Zed
/// an object.
pub(super) fn words<'e, 'v>(entry: &'e Object<'v>) -> Result<Vec<(String, &'e Value<'v>)>, Problem> {
    let mut words = match set(entry, "command") {
        None => return Ok(Vec::new()),
        Some(Value::Object(command)) => {
            none_twice(&command.properties, |_| true, |name| format!("command.{name}"))?;
            let program = set(command, "path").or_else(|| set(command, "command"));
            let program = program.map(|value| ("command.path".to_owned(), value));
            program.into_iter().chain(listed(command, "args")?).collect()
        }
        Some(Value::Array(_)) => listed(entry, "command")?,
        Some(text) => vec![("command".to_owned(), text)],
    };
    words.extend(listed(entry, "args")?);
    Ok(words)
}

pub(super) fn listed<'e, 'v>(
    entry: &'e Object<'v>,
    key: &str,
) -> Result<Vec<(String, &'e Value<'v>)>, Problem> {
    match set(entry, key) {
        None => Ok(Vec::new()),
        Some(Value::Array(list)) => {
            Ok(list.elements.iter().enumerate().map(|(at, item)| (format!("{key}[{at}]"), item)).collect())
        }
        Some(other) => Err(wrong_kind(other, key, "a list")),
    }
}

/// A value that is there; `null` is how some programs say "not set".
pub(super) fn set<'e, 'v>(entry: &'e Object<'v>, key: &str) -> Option<&'e Value<'v>> {
    entry.get(key).map(|property| &property.value).filter(|value| value.as_null_keyword().is_none())
}

pub(super) fn flag(entry: &Object<'_>, key: &str) -> Result<Option<bool>, Problem> {
    match set(entry, key) {
        None => Ok(None),
        Some(Value::BooleanLit(flag)) => Ok(Some(flag.value)),
        Some(other) => Err(wrong_kind(other, key, "true or false")),
    }
}

/// An entry's endpoint, under any of the keys that programs write it.
pub(super) fn url<'e, 'v>(entry: &'e Object<'v>) -> Option<(&'static str, &'e ObjectProp<'v>)> {
    ["url", "httpUrl", "serverUrl"].into_iter().find_map(|key| Some((key, entry.get(key)?)))
}

/// The command line or the address as written, without what may be a credential.
fn shown(value: &Value<'_>) -> String {
    let Value::Object(entry) = value else { return String::new() };
    let words = words(entry).unwrap_or_default();
    let words = words.iter().filter_map(|(_, word)| word.as_string_lit()).map(|word| word.value.to_string());
    let words: Vec<_> = words.collect();
    if !words.is_empty() {
        return masked_words(&words, &env_values(entry)).join(" ");
    }
    let text = url(entry).and_then(|(_, property)| property.value.as_string_lit());
    text.map(|text| masked_address(&text.value)).unwrap_or_default()
}

/// The values of the entry's variables, as written: none is shown, wherever it stands.
fn env_values(entry: &Object<'_>) -> Vec<String> {
    let objects = ["env", "environment"].iter().filter_map(|key| entry.get_object(key));
    let values =
        objects.flat_map(|object| &object.properties).filter_map(|property| property.value.as_string_lit());
    values.map(|value| value.value.to_string()).filter(|value| !value.starts_with("${")).collect()
}
