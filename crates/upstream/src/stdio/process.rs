//! A server's process and everything it starts: begun without a shell, ended as a whole.
//!
//! Package runners (`npx`, `uvx`) start the real server as a child, so ending only the first process would leave it
//! behind. Where there is a keeper (see `keeper`), it is between us and the server and ends everything the server
//! started, also what left its group, and also when we are killed. Elsewhere every server leads a process group of
//! its own that is ended as a whole; what leaves the group on purpose (`setsid`) is not followed.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    net::unix::pipe,
    process::{Child, Command},
    sync::watch,
    time::{Instant, sleep, timeout},
};

use crate::{entry::Keeper, secrets::Secrets, stdio::tail::Tail, text::clean_line};

/// What a server inherits of our environment: what programs need to find themselves, and nothing that might
/// be a credential. The first six are what the official SDKs pass; the others decide text, time and places.
const INHERITED: [&str; 14] = [
    "HOME",
    "LOGNAME",
    "PATH",
    "SHELL",
    "TERM",
    "USER", // as the official SDKs
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
];
/// How often a group is asked whether someone is left in it while it is being ended.
const POLL: Duration = Duration::from_millis(10);
/// How long a dead leader's pipes may stay open. Its last words are read; a child that holds them is ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How long a keeper may take to end everything before it is ended itself. It gives up after 5 s.
const KEEPER_ENDS_WITHIN: Duration = Duration::from_secs(8);

/// What to start.
pub(crate) struct Program<'a> {
    pub(crate) keeper: Option<&'a Keeper>,
    pub(crate) command: &'a str,
    pub(crate) args: &'a [String],
    pub(crate) env: &'a [(String, SecretString)],
    pub(crate) cwd: Option<&'a PathBuf>,
    /// What must not be seen of what it says.
    pub(crate) secrets: Arc<Secrets>,
}

/// A running server.
pub(crate) struct Process {
    group: Arc<Group>,
    exit: watch::Receiver<Option<String>>,
    /// The last lines of its standard error.
    pub(crate) tail: Arc<Tail>,
}

/// Our ends of its pipes.
pub(crate) struct Pipes {
    pub(crate) input: pipe::Sender,
    pub(crate) output: pipe::Receiver,
}

impl Process {
    /// Starts it. The error is a whole sentence for a person.
    pub(crate) fn start(program: &Program<'_>) -> Result<(Self, Pipes), String> {
        let (mut child, pipes) = spawn(program).map_err(|error| why_not_started(program, &error))?;
        let leader = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let Some(leader) = leader else { return Err(format!("`{}` ended at once", program.command)) };
        let kept = program.keeper.is_some();
        let group = Arc::new(Group { leader, kept, ended: AtomicBool::new(false) });
        let tail = Tail::new(Arc::clone(&program.secrets));
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(Arc::clone(&tail).follow(stderr));
        }
        let (exited, exit) = watch::channel(None);
        tokio::spawn(watch_over(child, Arc::clone(&group), exited));
        Ok((Self { group, exit, tail }, pipes))
    }

    /// How it ended, in words, once its output has ended: with the last line of its standard error.
    pub(crate) async fn last_words(&self) -> String {
        let mut exit = self.exit.clone();
        let how = match timeout(LAST_WORDS, exit.wait_for(Option::is_some)).await {
            Ok(Ok(status)) => status.clone().unwrap_or_default(),
            _ => "closed its output".to_owned(),
        };
        // Its last line may still be in the pipe when the process is already gone.
        for _ in 0..5 {
            if self.tail.last().is_some() {
                break;
            }
            sleep(POLL).await;
        }
        match self.tail.last() {
            Some(line) => format!("the server {how}; its last line was: {}", clean_line(&line, 300)),
            None => format!("the server {how}"),
        }
    }

    /// Ends it and all its group. Its input must have been closed; it has `grace` to end by itself, and the
    /// same again after TERM.
    pub(crate) async fn end(&self, grace: Duration) {
        let mut exit = self.exit.clone();
        let _ = timeout(grace, exit.wait_for(Option::is_some)).await;
        self.group.signal(Signal::TERM);
        let deadline = Instant::now() + grace;
        while self.group.is_alive() && Instant::now() < deadline {
            sleep(POLL).await;
        }
        self.group.end();
        if timeout(KEEPER_ENDS_WITHIN, exit.wait_for(Option::is_some)).await.is_err() {
            self.group.kill_leader();
        }
        let _ = exit.wait_for(Option::is_some).await;
    }

    /// Kills it and all its group at once.
    pub(crate) fn kill(&self) {
        self.group.end();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.group.end();
    }
}

/// A process group by its leader, or a keeper and everything under it.
struct Group {
    leader: Pid,
    kept: bool,
    ended: AtomicBool,
}

impl Group {
    // An error means that nobody is left, which is what the signals are for.
    fn signal(&self, signal: Signal) {
        if self.ended.load(Ordering::Acquire) {
            return;
        }
        let _ = match self.kept {
            true => kill_process(self.leader, signal),
            false => kill_process_group(self.leader, signal),
        };
    }

    fn is_alive(&self) -> bool {
        match self.kept {
            true => !self.ended.load(Ordering::Acquire),
            false => test_kill_process_group(self.leader).is_ok(),
        }
    }

    /// Ends whoever is left, once: later the number may belong to others.
    fn end(&self) {
        let signal = if self.kept { Signal::INT } else { Signal::KILL };
        self.signal(signal);
        // A keeper is there until it has ended all others.
        if !self.kept {
            self.ended.store(true, Ordering::Release);
        }
    }

    /// Ends a keeper that does not end.
    fn kill_leader(&self) {
        self.signal(Signal::KILL);
    }
}

/// Waits for the leader, and ends those it leaves behind.
async fn watch_over(mut child: Child, group: Arc<Group>, exited: watch::Sender<Option<String>>) {
    let how = match child.wait().await {
        Ok(status) => describe(status),
        Err(error) => format!("cannot be waited for ({error})"),
    };
    // A keeper that has ended has left nobody.
    if group.kept {
        group.ended.store(true, Ordering::Release);
    }
    exited.send_replace(Some(how));
    if group.is_alive() {
        sleep(LAST_WORDS).await;
        group.end();
    }
    group.ended.store(true, Ordering::Release);
}

fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with exit code {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}

fn spawn(program: &Program<'_>) -> io::Result<(Child, Pipes)> {
    let (input, their_input) = pipe::pipe()?;
    let (their_output, output) = pipe::pipe()?;
    let mut command = match program.keeper {
        None => Command::new(program.command),
        Some(keeper) => {
            find(program)?;
            let mut command = Command::new(&keeper.program);
            command.args(&keeper.args).arg("--").arg(program.command);
            command
        }
    };
    command
        .args(program.args)
        .env_clear()
        .envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .envs(program.env.iter().map(|(name, value)| (name, value.expose_secret())))
        .stdin(Stdio::from(their_input.into_blocking_fd()?))
        .stdout(Stdio::from(their_output.into_blocking_fd()?))
        .stderr(Stdio::piped())
        .process_group(0)
        // A keeper hears of our end by itself, and must not be ended before those it keeps.
        .kill_on_drop(program.keeper.is_none());
    if let Some(cwd) = program.cwd {
        command.current_dir(cwd);
    }
    Ok((command.spawn()?, Pipes { input, output }))
}

/// Fails as starting the program would: what a keeper finds out is too late for a clear reason.
fn find(program: &Program<'_>) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let is_program = |path: &Path| {
        let path = program.cwd.map_or_else(|| path.to_owned(), |cwd| cwd.join(path));
        let found = path.metadata()?;
        let may_run = found.is_file() && found.permissions().mode() & 0o111 != 0;
        if may_run { Ok(()) } else { Err(io::Error::from(io::ErrorKind::PermissionDenied)) }
    };
    if program.command.contains('/') {
        return is_program(Path::new(program.command));
    }
    let own = program.env.iter().rev().find(|(name, _)| name == "PATH");
    let own = own.map(|(_, path)| OsString::from(path.expose_secret()));
    let folders = own.or_else(|| std::env::var_os("PATH")).unwrap_or_default();
    let found: Vec<_> =
        std::env::split_paths(&folders).map(|folder| is_program(&folder.join(program.command))).collect();
    let denied = |outcome: &io::Result<()>| {
        outcome.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
    };
    match found.iter().any(Result::is_ok) {
        true => Ok(()),
        false if found.iter().any(denied) => Err(io::ErrorKind::PermissionDenied.into()),
        false => Err(io::ErrorKind::NotFound.into()),
    }
}

fn why_not_started(program: &Program<'_>, error: &io::Error) -> String {
    let command = program.command;
    if let Some(cwd) = program.cwd.filter(|cwd| !cwd.is_dir()) {
        return format!("its working directory `{}` does not exist", cwd.display());
    }
    match error.kind() {
        io::ErrorKind::NotFound if command.contains('/') => format!("command `{command}` does not exist"),
        io::ErrorKind::NotFound => format!("command `{command}` not found in PATH"),
        io::ErrorKind::PermissionDenied => format!("command `{command}` is not executable"),
        _ => format!("command `{command}` cannot be started: {error}"),
    }
}
