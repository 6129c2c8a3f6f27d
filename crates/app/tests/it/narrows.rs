//! The binary in a home of its own: nothing of this machine's user is read or changed.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde_json::Value;

/// No command takes this long unless it hangs. A net, not a measurement: the slowest machine is far below it.
const HANGS_AFTER: Duration = Duration::from_secs(180);

/// The configuration: it lies where a person's own does, and so needs no agreement.
pub(crate) const CONFIG: &str = "narrows.json";

/// A home folder with its own configuration, data and workspaces.
pub(crate) struct Narrows {
    home: tempfile::TempDir,
    /// Where the commands run.
    folder: PathBuf,
}

/// What a command left.
pub(crate) struct Output {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    /// What was printed on stdout, as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}\nstderr: {}", self.stdout, self.stderr))
    }
}

impl Narrows {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        Self { folder: home.path().to_owned(), home }
    }

    /// With commands that run in a folder that another person may have filled.
    pub(crate) fn in_project() -> Self {
        let narrows = Self::new();
        let folder = narrows.home().join("project");
        fs::create_dir(&folder).expect("the folder is made");
        Self { folder, ..narrows }
    }

    /// With this configuration.
    pub(crate) fn configured(config: &Value) -> Self {
        let narrows = Self::new();
        narrows.write(CONFIG, &config.to_string());
        narrows
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where the commands run.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes the configuration, or a file into the folder the commands run in.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let folder = if name == CONFIG { self.home().join("config/narrows") } else { self.folder.clone() };
        fs::create_dir_all(&folder).expect("the folder is made");
        let path = folder.join(name);
        fs::write(&path, text).expect("the file is written");
        path
    }

    /// The command, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_narrows"));
        command.args(arguments).current_dir(&self.folder);
        for name in ["NARROWS_TOKEN", "NARROWS_LOG", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"] {
            command.env_remove(name);
        }
        command
            .env("HOME", self.home())
            .env("XDG_CONFIG_HOME", self.home().join("config"))
            .env("XDG_DATA_HOME", self.home().join("data"))
            .env("NO_COLOR", "1");
        command
    }

    /// Runs a command to its end.
    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        finish(self.command(arguments).stdin(Stdio::null()))
    }

    /// Runs a script with `run --json` and gives its record.
    pub(crate) fn record(&self, script: &str, more: &[&str]) -> Value {
        self.write("script.ts", script);
        self.output(&[&["run", "--json", "script.ts"], more].concat()).json()
    }
}

/// Runs a command to its end and gives what it left.
pub(crate) fn finish(command: &mut Command) -> Output {
    let mut process =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let stdout = collect(process.stdout.take());
    let stderr = collect(process.stderr.take());
    let code = wait(&mut process);
    let text = |reader: JoinHandle<String>| reader.join().expect("the reader ends");
    Output { code, stdout: text(stdout), stderr: text(stderr) }
}

fn collect(stream: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            // What was read before it broke is what there is.
            let _ = stream.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(process: &mut Child) -> Option<i32> {
    let until = Instant::now() + HANGS_AFTER;
    loop {
        match process.try_wait().expect("the process can be waited for") {
            Some(status) => return status.code(),
            None if Instant::now() > until => {
                process.kill().expect("the process is killed");
                panic!("the command hangs");
            }
            None => thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// Waits until something is so.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + HANGS_AFTER;
    while !is_so() {
        assert!(Instant::now() < until, "{what}: never");
        thread::sleep(Duration::from_millis(10));
    }
}
