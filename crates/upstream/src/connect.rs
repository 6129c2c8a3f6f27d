//! From a configured server to a greeted one: one try.

use std::sync::Arc;

use crate::{
    connection::{Connection, Listed},
    entry::{Settings, Transport},
    failure::Failure,
    health::Era,
    http::{LegacySse, Remote},
    link::{self, Link},
    secrets::Secrets,
    sign_in::SignIn,
    stdio::{Log, Program, Stdio},
};

/// What an earlier connection taught about a server.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Known {
    pub(crate) era: Option<Era>,
    /// It answers as HTTP+SSE, though it could have been either.
    pub(crate) is_sse: bool,
}

/// A try that succeeded.
pub(crate) struct Connected {
    pub(crate) connection: Connection,
    pub(crate) listed: Listed,
    /// It was found to speak HTTP+SSE.
    pub(crate) is_sse: bool,
}

/// What a try is made with.
pub(crate) struct Target<'a> {
    pub(crate) transport: &'a Transport,
    /// Who signs the requests.
    pub(crate) sign_in: Option<Arc<dyn SignIn>>,
    /// What must not be seen of what the server says.
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) settings: &'a Settings,
    /// Takes note of where the log of a new process is.
    pub(crate) note_log: &'a (dyn Fn(Arc<Log>) + Sync),
}

/// Connects, greets and lists. Bounded in time by the caller; dropping the future ends what was started.
pub(crate) async fn connect(target: &Target<'_>, known: Known) -> Result<Connected, Failure> {
    let settings = target.settings;
    match target.transport {
        Transport::Stdio { command, args, env, cwd } => {
            let reaper = settings.reaper.as_ref();
            let secrets = Arc::clone(&target.secrets);
            let program = Program { reaper, command, args, env, cwd: cwd.as_ref(), secrets };
            connect_stdio(target, &program, known.era).await
        }
        Transport::Http { url, headers }
        | Transport::Sse { url, headers }
        | Transport::Auto { url, headers } => {
            let remote = Remote::new(url, headers, Arc::clone(&target.secrets), settings.answer_bytes_max)?
                .signed_by(target.sign_in.clone());
            let connected = match target.transport {
                Transport::Sse { .. } => connect_sse(remote.clone(), settings).await,
                Transport::Auto { .. } => connect_either(remote.clone(), settings, known).await,
                _ => connect_http(remote.clone(), settings, known.era).await,
            };
            connected.map_err(|failure| remote.in_context(failure))
        }
    }
}

/// Some servers end themselves when the first message is not `initialize`: those are started once more.
async fn connect_stdio(
    target: &Target<'_>,
    program: &Program<'_>,
    era: Option<Era>,
) -> Result<Connected, Failure> {
    match open(start(target, program)?, era, target.settings).await {
        Err(Failure::Lost(reason)) if era != Some(Era::Legacy) => {
            tracing::debug!(reason, "the server ended when it was asked what it is");
            open(start(target, program)?, Some(Era::Legacy), target.settings).await
        }
        outcome => outcome,
    }
}

fn start(target: &Target<'_>, program: &Program<'_>) -> Result<Link, Failure> {
    let link = Link::Stdio(Stdio::start(program, target.settings.answer_bytes_max)?);
    link.log().into_iter().for_each(target.note_log);
    Ok(link)
}

async fn open(link: Link, era: Option<Era>, settings: &Settings) -> Result<Connected, Failure> {
    let is_sse = matches!(link, Link::Sse(_));
    let (connection, listed) = Connection::open(link, era, settings.probe_timeout).await?;
    Ok(Connected { connection, listed, is_sse })
}

async fn connect_http(remote: Remote, settings: &Settings, era: Option<Era>) -> Result<Connected, Failure> {
    open(link::http(remote), era, settings).await
}

async fn connect_sse(remote: Remote, settings: &Settings) -> Result<Connected, Failure> {
    open(Link::Sse(LegacySse::open(remote).await?), Some(Era::Legacy), settings).await
}

/// Streamable HTTP first; a URL that does not answer as such may be the older transport.
async fn connect_either(remote: Remote, settings: &Settings, known: Known) -> Result<Connected, Failure> {
    if known.is_sse
        && let Ok(connected) = connect_sse(remote.clone(), settings).await
    {
        return Ok(connected);
    }
    match connect_http(remote.clone(), settings, known.era).await {
        Err(first) if first.is_refusal() => {
            connect_sse(remote, settings).await.map_err(|second| match (first, second) {
                // Who answers in JSON-RPC, and has no such stream, speaks streamable HTTP.
                (first @ Failure::Rpc { .. }, Failure::Status { .. }) => first,
                (first, second) => Failure::of_both(("streamable HTTP", &first), ("HTTP+SSE", second)),
            })
        }
        outcome => outcome,
    }
}
