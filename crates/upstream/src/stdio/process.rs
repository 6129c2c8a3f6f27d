//! A server's process and everything it starts: begun without a shell, ended as a whole.
//!
//! Package runners (`npx`, `uvx`) start the real server as a child, so ending only the first process would leave it
//! behind. Where there is a reaper (see `reaper`), it is between us and the server and ends everything the server
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

use crate::{
    entry::Reaper,
    message::quoted,
    secrets::Secrets,
    stdio::{
        environment::inherited,
        log::{Log, NotPassed},
    },
};

/// How often a group is asked whether someone is left in it while it is being ended.
const POLL: Duration = Duration::from_millis(10);
/// How long a dead leader's pipes may stay open. Its last words are read; a child that holds them is ended.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A process that ends closes its standard error a moment after its output; one that closes its output alone goes on.
const CLOSES_ALL_WITHIN: Duration = Duration::from_millis(100);
/// How long a reaper may take to end everything before it is ended itself. It gives up after 5 s.
const KEEPER_ENDS_WITHIN: Duration = Duration::from_secs(8);

/// What to start.
pub(crate) struct Program<'a> {
    pub(crate) reaper: Option<&'a Reaper>,
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
    /// What it says beside its messages.
    pub(crate) log: Arc<Log>,
}

/// Our ends of its pipes.
pub(crate) struct Pipes {
    pub(crate) input: pipe::Sender,
    pub(crate) output: pipe::Receiver,
}

impl Process {
    /// Starts it. The error is a whole sentence for a person.
    pub(crate) fn start(program: &Program<'_>) -> Result<(Self, Pipes), String> {
        let inherited = inherited(std::env::vars_os());
        let (mut child, pipes) =
            spawn(program, inherited.passed).map_err(|error| why_not_started(program, &error))?;
        let leader = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let Some(leader) = leader else { return Err(format!("`{}` ended at once", program.command)) };
        let has_reaper = program.reaper.is_some();
        let group = Arc::new(Group { leader, has_reaper, ended: AtomicBool::new(false) });
        let set = |name: &String| program.env.iter().any(|(given, _)| given == name);
        let withheld = inherited.withheld.into_iter().filter(|name| !set(name)).collect();
        let unlisted = inherited.unlisted.into_iter().filter(|name| !set(name)).collect();
        let log = Log::new(&program.secrets, NotPassed { withheld, unlisted });
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(Arc::clone(&log).follow(stderr));
        }
        let (exited, exit) = watch::channel(None);
        tokio::spawn(watch_over(child, Arc::clone(&group), exited));
        Ok((Self { group, exit, log }, pipes))
    }

    /// How it ended, in words, once its output has ended: with what its log says of it.
    pub(crate) async fn last_words(&self) -> String {
        let mut exit = self.exit.clone();
        let ends = async {
            tokio::select! {
                _ = exit.wait_for(Option::is_some) => {}
                () = self.log.errors_ended() => {}
            }
        };
        if timeout(CLOSES_ALL_WITHIN, ends).await.is_err() {
            return format!("the server closed its standard output{}", self.log.words());
        }
        let how = match timeout(LAST_WORDS, exit.wait_for(Option::is_some)).await {
            Ok(Ok(status)) => status.clone().unwrap_or_default(),
            _ => "closed its output".to_owned(),
        };
        // Its last lines may still be in the pipe when the process is already gone; its children may hold the pipe.
        let _ = timeout(CLOSES_ALL_WITHIN, self.log.errors_ended()).await;
        format!("the server {how}{}", self.log.words())
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

/// A process group by its leader, or a reaper and everything under it.
struct Group {
    leader: Pid,
    has_reaper: bool,
    ended: AtomicBool,
}

impl Group {
    // An error means that nobody is left, which is what the signals are for.
    fn signal(&self, signal: Signal) {
        if self.ended.load(Ordering::Acquire) {
            return;
        }
        let _ = match self.has_reaper {
            true => kill_process(self.leader, signal),
            false => kill_process_group(self.leader, signal),
        };
    }

    fn is_alive(&self) -> bool {
        match self.has_reaper {
            true => !self.ended.load(Ordering::Acquire),
            false => test_kill_process_group(self.leader).is_ok(),
        }
    }

    /// Ends the processes that are left, once: later the number may belong to others.
    fn end(&self) {
        let signal = if self.has_reaper { Signal::INT } else { Signal::KILL };
        self.signal(signal);
        // A reaper is there until it has ended all others.
        if !self.has_reaper {
            self.ended.store(true, Ordering::Release);
        }
    }

    /// Ends a reaper that does not end.
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
    // A reaper that has ended has left no process.
    if group.has_reaper {
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

fn spawn(program: &Program<'_>, inherited: Vec<(OsString, OsString)>) -> io::Result<(Child, Pipes)> {
    let (input, their_input) = pipe::pipe()?;
    let (their_output, output) = pipe::pipe()?;
    let mut command = match program.reaper {
        None => Command::new(program.command),
        Some(reaper) => {
            find(program, program.command)?;
            let mut command = Command::new(&reaper.program);
            command.args(&reaper.args).arg("--").arg(program.command);
            command
        }
    };
    command
        .args(program.args)
        .env_clear()
        .envs(inherited)
        .envs(program.env.iter().map(|(name, value)| (name, value.expose_secret())))
        .stdin(Stdio::from(their_input.into_blocking_fd()?))
        .stdout(Stdio::from(their_output.into_blocking_fd()?))
        .stderr(Stdio::piped())
        .process_group(0)
        // A reaper hears of our end by itself, and must not be ended before the processes below it.
        .kill_on_drop(program.reaper.is_none());
    if let Some(cwd) = program.cwd {
        command.current_dir(cwd);
    }
    Ok((command.spawn()?, Pipes { input, output }))
}

/// Fails as starting the program would: what a reaper finds out is too late for a clear reason.
fn find(program: &Program<'_>, command: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let is_program = |path: &Path| {
        let path = program.cwd.map_or_else(|| path.to_owned(), |cwd| cwd.join(path));
        let found = path.metadata()?;
        let may_run = found.is_file() && found.permissions().mode() & 0o111 != 0;
        if may_run { Ok(()) } else { Err(io::Error::from(io::ErrorKind::PermissionDenied)) }
    };
    if command.contains('/') {
        return is_program(Path::new(command));
    }
    let own = program.env.iter().rev().find(|(name, _)| name == "PATH");
    let own = own.map(|(_, path)| OsString::from(path.expose_secret()));
    let folders = own.or_else(|| std::env::var_os("PATH")).unwrap_or_default();
    let found: Vec<_> =
        std::env::split_paths(&folders).map(|folder| is_program(&folder.join(command))).collect();
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
    let advice = as_program_and_arguments(program);
    match error.kind() {
        io::ErrorKind::NotFound if command.contains('/') => {
            let folder = program.cwd.filter(|_| Path::new(command).is_relative());
            let folder = folder.map(|cwd| format!(" in `{}`", cwd.display())).unwrap_or_default();
            format!("command `{command}` does not exist{folder}{advice}")
        }
        io::ErrorKind::NotFound => format!("command `{command}` not found in PATH{advice}"),
        io::ErrorKind::PermissionDenied => format!("command `{command}` is not executable"),
        _ => format!("command `{command}` cannot be started: {error}"),
    }
}

/// What to write instead of a command that is a program and its arguments in one text; else nothing.
fn as_program_and_arguments(program: &Program<'_>) -> String {
    let words = words(program.command);
    let Some((first, args)) = words.split_first().filter(|(first, _)| *first != program.command) else {
        return String::new();
    };
    if find(program, first).is_err() {
        return String::new();
    }
    let args: Vec<_> = args.iter().map(|arg| quoted(arg)).collect();
    // Those of the entry may hold credentials, and stay as they are.
    let rest = if program.args.is_empty() { "" } else { ", ..." };
    format!("; write `\"command\": {}, \"args\": [{}{rest}]`", quoted(first), args.join(", "))
}

/// The words of a command line, as far as quotes alone say what a word is.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
