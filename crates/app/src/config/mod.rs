//! Configuration in two stages: what the user wrote (`raw`, `servers`) becomes a [`Config`] (paths absolute,
//! limits typed, secrets wrapped, defaults filled). Nobody past this module sees the first stage.
//!
//! Reading order: `find` → `text` → `syntax` → `shapes` → `keys` → `raw` → `variables` → `servers` → `itself`.

mod added;
mod disclosure;
mod effects;
mod engine;
mod env_file;
mod exposed;
mod find;
mod itself;
mod keys;
mod mask;
mod misplaced;
mod oauth;
#[cfg(test)]
mod page;
mod paths;
mod privacy;
mod programs;
mod raw;
mod rules;
mod sandbox;
mod servers;
mod shapes;
mod slips;
mod store;
mod switches;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod variables;

use std::{
    cell::RefCell,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use host::{APPROVALS_WITHIN, PrivacyMode, PrivacySettings, QueueLimits, Rules};
use jsonc_parser::{ast::Value, common::Range};
use secrecy::{ExposeSecret, SecretString};
use tools::ServerName;
use upstream::{Recording, Starts};
use wire::{Limits, SuspectKind};

pub(crate) use effects::Effect;
pub(crate) use engine::Engine;
pub(crate) use find::{Origin, Surroundings};
pub(crate) use keys::Row;
pub(crate) use sandbox::Sandbox;
pub(crate) use servers::ConfiguredServer;
pub(crate) use shapes::LISTS as SERVER_LISTS;
pub(crate) use store::StoreConfig;
pub(crate) use switches::switches_tools;
pub(crate) use syntax::{OPTIONS as JSON, check_json};
pub(crate) use text::ConfigError;
pub(crate) use variables::expand;

use keys::{Count, Processes, Seconds, Setting, Texts, Tokens};
use paths::{absolute, check_path_at};
use raw::{RawLimits, RawNarrows, RawRuns};
use servers::{Entries, Reader};
use text::{Problem, Source};

use crate::{agreement::Written, listen, trust::Trust};

/// Everything the program is configured with.
pub(crate) struct Config {
    /// The file it came from; `None` for the demo.
    pub(crate) file: Option<PathBuf>,
    /// The file of the current folder that is not used, because its person has not agreed to it.
    pub(crate) not_agreed: Option<PathBuf>,
    /// The servers, in the file's order, disabled ones left out.
    pub(crate) servers: Vec<ConfiguredServer>,
    /// The names of those that are disabled.
    pub(crate) disabled: Vec<ServerName>,
    /// The limits of every run.
    pub(crate) limits: Limits,
    /// How many runs there may be.
    pub(crate) queue: QueueLimits,
    /// How long one server may take to start.
    pub(crate) start_timeout: Duration,
    /// Which servers are started before a call asks for them: the command's to say.
    pub(crate) starts: Starts,
    /// Servers that are played from a file in place of the configured ones: the command's to say.
    pub(crate) played: Option<PlayedServers>,
    /// Whether runs that other processes left are gone on with: the command's to say, too.
    pub(crate) takes_up: bool,
    /// The folder for workspaces, skills and what is remembered. Not made yet.
    pub(crate) data_dir: PathBuf,
    /// How many runner processes.
    pub(crate) runners: usize,
    /// What stands between a script and this machine.
    pub(crate) sandbox: Sandbox,
    /// Where runs are kept.
    pub(crate) store: StoreConfig,
    /// Patterns a script is refused for.
    pub(crate) refuse: Vec<SuspectKind>,
    /// Which calls may be made.
    pub(crate) rules: Arc<Rules>,
    /// What personal data is hidden.
    pub(crate) privacy: PrivacySettings,
    /// How long a person may take to decide about one.
    pub(crate) approvals_within: Duration,
    /// Whose definitions are taken as they are.
    pub(crate) trust: Trust,
    /// The budget of model tokens for signatures in the server's instructions.
    pub(crate) inline_tokens: usize,
    /// The HTTP face.
    pub(crate) http: Http,
    /// What a person should know and nothing fails for.
    pub(crate) warnings: Vec<String>,
    /// What it does that its person should know before.
    pub(crate) effects: Vec<Effect>,
}

/// The servers of a recording.
#[derive(Clone)]
pub(crate) struct PlayedServers {
    /// The file.
    pub(crate) file: PathBuf,
    /// What it holds.
    pub(crate) recording: Arc<Recording>,
}

/// A configuration with the file it was read from.
pub(crate) struct Loaded {
    /// What the file says.
    pub(crate) config: Config,
    /// The file as it was read.
    pub(crate) written: Written,
    /// How it was come by.
    pub(crate) origin: Origin,
}

/// The HTTP face.
#[derive(Default)]
pub(crate) struct Http {
    /// Where to listen when the command line does not say.
    pub(crate) address: Option<String>,
    /// What clients must send.
    pub(crate) token: Option<SecretString>,
    /// Further values of `Host`.
    pub(crate) hosts: Vec<String>,
    /// Allowed values of `Origin`.
    pub(crate) origins: Vec<String>,
    /// Requests answered at once.
    pub(crate) requests: usize,
    /// How long requests may go on once the server is to stop.
    pub(crate) drain: Duration,
}

/// The keys at the top of a file that mean something here. All others are other programs'.
const TOP: [&str; 6] = ["narrows", "mcpServers", "servers", "mcp", "context_servers", "mcp_servers"];

/// The variable that holds the HTTP face's credential when the file does not.
const TOKEN_VARIABLE: &str = "NARROWS_TOKEN";

/// One package download on a slow line; see `upstream::Settings`.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// What to do where no folder for data is known.
const NO_DATA_DIR: &str = "set one of them to a folder that can be written, or write `narrows.data_dir` here";

/// Measured: below this, signatures in the instructions cost less than one search and its answer.
const INLINE_TOKENS: usize = 2_000;

/// With the connections beside them and the pipes of workers and servers, half of the 1,024 descriptors a process often has.
const HTTP_REQUESTS: usize = 448;

/// Most requests end within this, and who stops the server by hand waits no longer.
const HTTP_DRAIN: Duration = Duration::from_secs(5);

/// One runner keeps a 2-core machine busy: it has a thread per core of its own.
const RUNNERS: usize = 1;

impl Config {
    /// Reads the file given, or the first one found.
    pub(crate) fn load(given: Option<&Path>, around: &Surroundings) -> Result<Loaded, ConfigError> {
        let (source, origin) = find::find(given, around)?;
        loaded(&source, origin, around)
    }

    /// Whether one is there that would be found.
    pub(crate) fn is_found(around: &Surroundings) -> bool {
        find::is_any(around)
    }

    /// Reads the person's own file, where there is one, whatever lies in the current folder.
    pub(crate) fn load_own(around: &Surroundings) -> Result<Option<Loaded>, ConfigError> {
        let source = find::own(around)?;
        source.map(|source| loaded(&source, Origin::Own, around)).transpose()
    }

    /// Reads a text as if it stood in a person's own file: what is going to be written there.
    pub(crate) fn of_text(file: &Path, text: &str, around: &Surroundings) -> Result<Loaded, ConfigError> {
        loaded(&Source::new(file, text.strip_prefix('\u{feff}').unwrap_or(text)), Origin::Own, around)
    }

    /// Adds a rule to a file, a line of JSON, and reads the file again. Nothing is written that could not be read.
    pub(crate) fn add_rule(file: &Path, rule: &str, around: &Surroundings) -> Result<Loaded, ConfigError> {
        let (mut source, origin) = find::find(Some(file), around)?;
        source.text = added::with_rule(&source, rule)?;
        let loaded = loaded(&source, origin, around)?;
        files::rewrite(&source.path, source.text.as_bytes()).map_err(|error| {
            ConfigError::with_hint(
                format!("the rule cannot be added to `{}`: {error}", source.path.display()),
                format!("add it yourself, to `narrows.rules`: {rule}"),
            )
        })?;
        Ok(loaded)
    }

    /// No servers and nothing configured: what the demo starts from.
    pub(crate) fn bare(data_dir: PathBuf, around: &Surroundings) -> Self {
        let nothing = RawNarrows::default();
        Self {
            file: None,
            not_agreed: None,
            servers: Vec::new(),
            disabled: Vec::new(),
            limits: Limits::default(),
            queue: QueueLimits::default(),
            start_timeout: START_TIMEOUT,
            starts: Starts::All,
            played: None,
            takes_up: false,
            store: StoreConfig::usual(&data_dir),
            data_dir,
            runners: RUNNERS,
            sandbox: Sandbox::default(),
            refuse: Vec::new(),
            rules: Arc::default(),
            privacy: PrivacySettings::new(PrivacyMode::Off),
            approvals_within: APPROVALS_WITHIN,
            trust: Trust::default(),
            inline_tokens: INLINE_TOKENS,
            http: http(&nothing, around),
            warnings: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// The limits in force, by their keys.
    pub(crate) fn limit_rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        RawLimits::rows(Some(&RawLimits::of(&self.limits)), "limits", "", &mut rows);
        RawRuns::rows(Some(&RawRuns::of(&self.queue)), "runs", "", &mut rows);
        rows
    }
}

fn loaded(source: &Source, origin: Origin, around: &Surroundings) -> Result<Loaded, ConfigError> {
    itself::refuse_again(&source.path, around)?;
    let mut config = read_source(source, around)?;
    config.warnings.extend(exposed::warnings(&source.path, &config.data_dir));
    Ok(Loaded { config, written: Written::new(&source.path, &source.text, source.masked()), origin })
}

fn read_source(source: &Source, around: &Surroundings) -> Result<Config, ConfigError> {
    read(source, around)
        .map_err(|problem| syntax::other_language(source).unwrap_or_else(|| source.error(problem)))
}

fn read(source: &Source, around: &Surroundings) -> Result<Config, Problem> {
    let root = syntax::parse(&source.text)?;
    let Value::Object(top) = &root else { return Err(syntax::wrong_top(&root)) };
    keys::none_twice(&top.properties, |name| TOP.contains(&name), str::to_owned)?;
    keys::no_slip(&top.properties, "narrows")?;
    let mut warnings = misplaced::check(top, source)?;
    let mut raw = match top.get("narrows") {
        Some(property) => RawNarrows::read(&property.value, "narrows")?,
        None => RawNarrows::default(),
    };
    let sandbox = raw.sandbox.take();
    let lookup = |name: &str| match name.starts_with(variables::FILE) {
        true => variables::of_file(name, source, around),
        false => variables::of_editor(name, source, around).or_else(|| (around.variable)(name)),
    };
    let env_pass = plain(raw.env_pass.as_ref());
    let reader = Reader { source, lookup: &lookup, around, env_pass, credentials: RefCell::default() };
    let lists = shapes::lists(top, source, &around.cwd)?;
    warnings.extend(lists.warnings);
    let mut entries = Entries { warnings, ..Entries::default() };
    lists.objects.iter().for_each(|list| reader.read(list, &mut entries));
    let data_dir = data_dir(raw.data_dir.as_ref(), source, around)?;
    let mut config = Config {
        file: Some(source.path.clone()),
        not_agreed: None,
        warnings: entries.all_warnings(),
        servers: entries.servers,
        disabled: entries.disabled,
        limits: raw.limits.as_ref().map_or_else(Limits::default, RawLimits::resolve),
        queue: raw.runs.as_ref().map_or_else(QueueLimits::default, RawRuns::resolve),
        start_timeout: raw.start_timeout_seconds.map_or(START_TIMEOUT, duration),
        starts: Starts::All,
        played: None,
        takes_up: false,
        store: raw.store.take().unwrap_or_default().resolve(&data_dir, &lookup)?,
        data_dir,
        runners: raw.runners.map_or(RUNNERS, |Processes(count)| count as usize),
        refuse: refused(raw.script.as_ref().and_then(|script| script.refuse.as_ref()))?,
        rules: Arc::new(rules::rules(raw.rules.as_ref(), raw.default_rule, entries.rules, source)?),
        privacy: raw.privacy.take().unwrap_or_default().resolve(source, &lookup)?,
        approvals_within: raw
            .approvals
            .as_ref()
            .and_then(|approvals| approvals.wait_seconds)
            .map_or(APPROVALS_WITHIN, |seconds| Duration::from_secs(seconds.0)),
        trust: raw.trust.map_or(Trust::default(), |rules::TrustWord(trust)| trust),
        inline_tokens: raw.inline_tokens.map_or(INLINE_TOKENS, |Tokens(tokens)| tokens as usize),
        http: checked_http(&raw, around, &lookup)?,
        sandbox: sandbox.unwrap_or_default().resolve(source, around)?,
        effects: Vec::new(),
    };
    config.warnings.extend(rules::warnings(raw.rules.as_ref(), &config.servers, source));
    config.effects = effects::effects(&config, &raw);
    Ok(config)
}

fn data_dir(given: Option<&keys::Text>, source: &Source, around: &Surroundings) -> Result<PathBuf, Problem> {
    let Some(text) = given else {
        let missing =
            |error: ConfigError| Problem::new(Range::new(0, 1), error.to_string()).hint(NO_DATA_DIR);
        return around.data_dir().map_err(missing);
    };
    check_path_at(text.at, &text.raw, "narrows.data_dir", source)?;
    let path = put_in(text, &around.variable)?;
    if path.is_empty() {
        return Err(Problem::new(text.at, "`narrows.data_dir` is empty"));
    }
    Ok(absolute(&path, source, around.home().as_deref()))
}

fn put_in(text: &keys::Text, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, Problem> {
    variables::expand(&text.raw, lookup).map_err(|missing| Problem::new(text.at, missing))
}

fn duration(seconds: Seconds) -> Duration {
    Duration::from_millis(seconds.ms())
}

fn refused(texts: Option<&Texts>) -> Result<Vec<SuspectKind>, Problem> {
    let texts = texts.map(|texts| texts.0.as_slice()).unwrap_or_default();
    let each = texts.iter().map(|text| {
        let found = SuspectKind::ALL.into_iter().find(|kind| kind.name() == text.raw);
        found.ok_or_else(|| {
            let known = ::text::named(SuspectKind::ALL.map(SuspectKind::name));
            Problem::new(text.at, format!("unknown pattern `{}` in `narrows.script.refuse`", text.raw))
                .hint(format!("known are {known}"))
        })
    });
    each.collect()
}

fn plain(texts: Option<&Texts>) -> Vec<String> {
    texts.map(|texts| texts.0.iter().map(|text| text.raw.clone()).collect()).unwrap_or_default()
}

fn http(raw: &RawNarrows, around: &Surroundings) -> Http {
    let token = (around.variable)(TOKEN_VARIABLE).filter(|token| !token.is_empty()).map(SecretString::from);
    let usual = Http { token, requests: HTTP_REQUESTS, drain: HTTP_DRAIN, ..Http::default() };
    let Some(raw) = &raw.http else { return usual };
    Http {
        address: raw.address.as_ref().map(|text| text.raw.clone()),
        hosts: plain(raw.hosts.as_ref()),
        origins: plain(raw.origins.as_ref()),
        requests: raw.requests.map_or(usual.requests, Count::as_usize),
        drain: raw.drain_seconds.map_or(usual.drain, |seconds| Duration::from_millis(seconds.ms())),
        ..usual
    }
}

fn checked_http(
    raw: &RawNarrows,
    around: &Surroundings,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Http, Problem> {
    let mut http = http(raw, around);
    let section = raw.http.as_ref();
    if let Some(address) = section.and_then(|section| section.address.as_ref()) {
        let text = put_in(address, lookup)?;
        let checked = listen::address(&text);
        http.address =
            Some(checked.map_err(|why| Problem::new(address.at, format!("`narrows.http.address`: {why}")))?);
    }
    if let Some(token) = section.and_then(|section| section.token.as_ref()) {
        let text = variables::expand(token.text().expose_secret(), lookup)
            .map_err(|missing| Problem::new(token.at, format!("`narrows.http.token`: {missing}")))?;
        if text.is_empty() {
            return Err(Problem::new(token.at, "`narrows.http.token` is empty"));
        }
        http.token = Some(text.into());
    }
    Ok(http)
}
