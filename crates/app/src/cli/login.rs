//! `narrows login`: connects to a server as a gateway would, with a person who can sign in.
//!
//! So there is one way to sign in, from the server's own challenge to its list of tools, and what is said to have worked has.

use std::{
    io::{self, BufRead, IsTerminal, Read},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use ::tools::ServerState;
use serde_json::json;
use tokio::sync::oneshot;
use upstream::{Settings, Upstream};

use super::{Context, Servers, auth::login_of};
use crate::{
    args::LoginArgs,
    auth::{self, Loopback, Person, PersonFuture, state_of},
    config::{Config, ConfiguredServer},
    exit::{Failed, Status},
    print,
};

/// What a person may take at a provider: a password, a second factor, reading what is asked.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// A pasted address is one line.
const PASTED_BYTES_MAX: u64 = 64 << 10;

/// `narrows login`.
pub(super) async fn login(args: &LoginArgs, context: &Context<'_>) -> Result<(), Failed> {
    let config = context.config(Servers::Configured)?;
    let all = config.servers.iter();
    let chosen: Vec<_> = match &args.server {
        Some(name) => {
            login_of(name, &config)?;
            all.filter(|server| server.name.as_str() == name).collect()
        }
        None => all.filter(|server| auth::login(server, &config.data_dir).is_some()).collect(),
    };
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for server in chosen {
        match one(server, args, &config, context).await {
            Ok(one) => done.push(one),
            Err(error) => failed.push((server.name.as_str(), error)),
        }
    }
    if context.common.json {
        let failed = failed.iter().map(|(server, error)| json!({"server": server, "error": error.json()}));
        print::json(&done.iter().map(Done::json).chain(failed).collect::<Vec<_>>());
    } else {
        done.iter().for_each(|done| print::out(done.in_words()));
    }
    let mut failed: Vec<_> = failed.into_iter().map(|(_, error)| error.in_result()).collect();
    let last = failed.pop();
    for earlier in failed {
        // The exit code is that of the last.
        let _ = earlier.report();
    }
    last.map_or(Ok(()), Err)
}

/// What became of one sign-in.
struct Done {
    server: String,
    /// A person was asked; else the server did not want that.
    signed_in: bool,
    tools: usize,
}

impl Done {
    fn json(&self) -> serde_json::Value {
        json!({"server": self.server, "signed_in": self.signed_in, "tools": self.tools})
    }

    fn in_words(&self) -> String {
        let tools = text::counted(self.tools, "tool");
        match self.signed_in {
            true => format!("signed in to `{}`: {tools}", self.server),
            false => format!("`{}` wants no sign-in now: {tools}", self.server),
        }
    }
}

async fn one(
    server: &ConfiguredServer,
    args: &LoginArgs,
    config: &Config,
    context: &Context<'_>,
) -> Result<Done, Failed> {
    let name = server.name.as_str();
    let port = server.oauth.as_ref().and_then(|oauth| oauth.callback_port);
    let loopback = Loopback::bind(port).await.map_err(|error| {
        let port = port.map_or_else(|| "any port".to_owned(), |port| format!("port {port}"));
        Failed::new(Status::Unavailable, format!("cannot listen on {port} of this machine: {error}"))
    })?;
    let person = Arc::new(AtTerminal {
        server: name.to_owned(),
        loopback,
        opens: args.open,
        only_pastes: args.paste,
        was_asked: AtomicBool::new(false),
    });
    let login = login_of(name, config)?.with(person.clone());
    let entry = server.entry(Some(Arc::new(login)));
    let state = connected(entry.into_iter().collect(), context).await?;
    let why = match state {
        Some((ServerState::Ready, tools)) => {
            let signed_in = person.was_asked.load(Ordering::Relaxed);
            return Ok(Done { server: name.to_owned(), signed_in, tools });
        }
        Some((ServerState::Failed { reason } | ServerState::Stale { reason }, _)) => reason,
        _ => "it did not answer".to_owned(),
    };
    let message = format!("cannot sign in to `{name}`: {}", print::printable(&why));
    Err(Failed::new(Status::Unavailable, message))
}

/// What became of the one server that is connected to, and how many tools it has.
async fn connected(
    entries: Vec<upstream::ServerEntry>,
    context: &Context<'_>,
) -> Result<Option<(ServerState, usize)>, Failed> {
    // Nothing is remembered of this connection, and a server that waits for its person is not slow.
    let settings = Settings { start_timeout: PATIENCE, probe_timeout: PATIENCE, ..Settings::default() };
    let upstream = Upstream::start(entries, settings);
    let interrupted = tokio::select! {
        () = upstream.settled() => false,
        () = context.stop.cancelled() => true,
    };
    let catalog = upstream.catalog().borrow().clone();
    upstream.shutdown().await;
    match interrupted {
        true => Err(Failed::new(Status::Interrupted, "interrupted")),
        false => Ok(catalog.servers().first().map(|server| (server.state.clone(), server.tools.len()))),
    }
}

/// The person at this terminal, whose browser may be on another machine.
struct AtTerminal {
    server: String,
    loopback: Loopback,
    opens: bool,
    only_pastes: bool,
    was_asked: AtomicBool,
}

impl Person for AtTerminal {
    fn redirect_uri(&self) -> String {
        self.loopback.redirect_uri().to_owned()
    }

    fn sign_in<'a>(&'a self, address: &'a str) -> PersonFuture<'a> {
        self.was_asked.store(true, Ordering::Relaxed);
        Box::pin(async move {
            print::note(format_args!("to sign in to `{}`, open this address:", self.server));
            print::note(print::one_line(address));
            if self.opens {
                open(address);
            }
            let pastes = self.only_pastes || io::stdin().is_terminal();
            if pastes {
                print::note("where your browser is on another machine, paste the address that it ends at:");
            }
            tokio::select! {
                back = self.loopback.back_from(address), if !self.only_pastes => {
                    back.map_err(|error| format!("the browser could not be waited for: {error}"))
                }
                pasted = pasted(address), if pastes => pasted,
            }
        })
    }
}

/// The address that is pasted. One of another sign-in is refused here, before its code is used.
async fn pasted(address: &str) -> Result<String, String> {
    let (sender, line) = oneshot::channel();
    // Nobody waits for this thread when the browser comes first.
    thread::spawn(move || {
        let mut line = String::new();
        let _ = io::stdin().lock().take(PASTED_BYTES_MAX).read_line(&mut line);
        sender.send(line)
    });
    let line = line.await.unwrap_or_default();
    let back = line.trim();
    match (back.is_empty(), state_of(back)) {
        (true, _) => Err("no address was pasted".to_owned()),
        (_, None) => Err("what was pasted is no address with a `state`".to_owned()),
        (_, state) if state != state_of(address) => {
            Err("the address that was pasted is of another sign-in".to_owned())
        }
        _ => Ok(back.to_owned()),
    }
}

/// Opens an address in the person's browser. It is a provider's: only one of the web is opened, and no shell sees it.
fn open(address: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let is_of_web = address.starts_with("https://") || address.starts_with("http://");
    let mut command = Command::new(program);
    command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if !is_of_web || command.spawn().is_err() {
        print::warning("no browser could be opened; open the address yourself");
    }
}
