//! What the user configured: where each server is, and the limits all of them share.
//!
//! Values of environment variables and headers are secrets: nothing here prints them. A URL is printed
//! without user info and query, because both carry keys in practice.

use std::{collections::HashMap, fmt, path::PathBuf, sync::Arc, time::Duration};

use privacy::Finder;
use secrecy::SecretString;
use tools::ServerName;

use crate::{
    credentials::{masked, masked_address},
    sign_in::SignIn,
};

/// One configured server.
#[derive(Clone)]
pub struct ServerEntry {
    /// The key in the configuration; its tools are found under this name.
    pub name: ServerName,
    /// How it is reached.
    pub transport: Transport,
    /// Values that are known to be credentials, wherever in the entry they stand.
    pub credentials: Vec<SecretString>,
    /// Who signs its requests; nobody where it is no remote server, or its entry has a credential for that.
    pub sign_in: Option<Arc<dyn SignIn>>,
}

impl fmt::Debug for ServerEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerEntry").field("name", &self.name).field("transport", &self.transport).finish()
    }
}

/// How a server is reached.
#[derive(Clone)]
pub enum Transport {
    /// A process of our own that speaks JSON lines on its standard streams. Never run through a shell.
    Stdio {
        /// The program: a path, or a name looked up in `PATH`.
        command: String,
        /// Its arguments, passed as they are.
        args: Vec<String>,
        /// Variables added to the small inherited environment.
        env: Vec<(String, SecretString)>,
        /// Its working directory; ours when `None`.
        cwd: Option<PathBuf>,
    },
    /// Streamable HTTP.
    Http {
        /// The endpoint.
        url: String,
        /// Headers sent with every request.
        headers: Vec<(String, SecretString)>,
    },
    /// The older HTTP+SSE of 2024-11-05: a GET stream that names a POST endpoint.
    Sse {
        /// The endpoint of the stream.
        url: String,
        /// Headers sent with every request.
        headers: Vec<(String, SecretString)>,
    },
    /// A URL of which the user did not say what it speaks: streamable HTTP, and HTTP+SSE when it does not answer
    /// as such.
    Auto {
        /// The endpoint.
        url: String,
        /// Headers sent with every request.
        headers: Vec<(String, SecretString)>,
    },
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, url, headers) = match self {
            Self::Stdio { command, args, env, cwd } => {
                return f
                    .debug_struct("Stdio")
                    .field("command", &masked(command))
                    .field("args", &args.len())
                    .field("env", &names(env))
                    .field("cwd", cwd)
                    .finish();
            }
            Self::Http { url, headers } => ("Http", url, headers),
            Self::Sse { url, headers } => ("Sse", url, headers),
            Self::Auto { url, headers } => ("Auto", url, headers),
        };
        f.debug_struct(kind).field("url", &printable_url(url)).field("headers", &names(headers)).finish()
    }
}

fn names(pairs: &[(String, SecretString)]) -> Vec<&str> {
    pairs.iter().map(|(name, _)| name.as_str()).collect()
}

/// The URL without what may be secret: user info, query, fragment, and parts of the path that look like keys.
pub(crate) fn printable_url(url: &str) -> String {
    masked_address(&plain_url(url))
}

/// The URL without user info, query and fragment.
pub(crate) fn plain_url(url: &str) -> String {
    let Ok(mut url) = reqwest::Url::parse(url) else { return "(not a URL)".to_owned() };
    // Both fail only for URLs that cannot have user info, which then have none to hide.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// Limits and places all servers share.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long one server may take from its start to its list of tools. Package runners that download on
    /// first use need more than a few seconds.
    pub start_timeout: Duration,
    /// How long a stdio server may take to answer the modern probe (`server/discover`) before the older
    /// handshake is tried. Servers that ignore unknown methods cost this once; the outcome is remembered.
    pub probe_timeout: Duration,
    /// The largest message taken from a server, in bytes after decompression.
    pub answer_bytes_max: usize,
    /// Where last known tools and eras are kept; nothing is remembered when `None`.
    pub state_dir: Option<PathBuf>,
    /// How many servers start at the same time.
    pub parallel_starts: usize,
    /// How long a closing stdio server may take to end by itself, and again after TERM.
    pub close_grace: Duration,
    /// Which servers are started before a call asks for them.
    pub starts: Starts,
    /// What finds the personal data that is taken out of what a server says beside its answers: standard error, what it logs, what it
    /// asks. Of servers that are not named nothing is.
    pub personal: HashMap<ServerName, Arc<Finder>>,
    /// Starts the processes that end whatever a stdio server leaves behind. Without one only the server's own
    /// process group is ended.
    pub reaper: Option<Reaper>,
}

/// Which servers are started at once. The others are shown with the tools of their last start, and started by the first
/// call of one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Starts {
    /// All.
    #[default]
    All,
    /// Those of which nothing is remembered.
    Unknown,
    /// These, and no others.
    Only(Vec<ServerName>),
}

/// A program that calls [`crate::keep`] with the arguments that follow its own and a `--`.
#[derive(Debug, Clone)]
pub struct Reaper {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            start_timeout: Duration::from_secs(60),
            probe_timeout: Duration::from_secs(3),
            // The largest honest answers seen are a few MB (documents, screenshots); 64 MiB leaves room
            // and keeps 32 hostile servers within a small machine's memory.
            answer_bytes_max: 64 << 20,
            state_dir: None,
            parallel_starts: 32,
            close_grace: Duration::from_secs(2),
            starts: Starts::All,
            personal: HashMap::new(),
            reaper: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print() {
        let entry = ServerEntry {
            credentials: Vec::new(),
            sign_in: None,
            name: ServerName::new("crm"),
            transport: Transport::Http {
                url: "https://user:hunter2@example.com/mcp?key=hunter2#hunter2".to_owned(),
                headers: vec![("Authorization".to_owned(), SecretString::from("Bearer hunter2"))],
            },
        };
        let text = format!("{entry:?}");
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("https://example.com/mcp"), "{text}");
        let stdio = Transport::Stdio {
            command: "npx".to_owned(),
            args: vec!["--token=hunter2".to_owned()],
            env: vec![("API_KEY".to_owned(), SecretString::from("hunter2"))],
            cwd: None,
        };
        let text = format!("{stdio:?}");
        assert!(!text.contains("hunter2"), "{text}");
        assert!(text.contains("API_KEY"), "{text}");
    }
}
