//! A PostgreSQL for the tests: a cluster of its own on a free port of loopback, from Debian's packages.

use std::{
    env,
    fs::{self, File},
    net::{TcpListener, TcpStream},
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::process::output;

/// Where Debian keeps the server's programs, by version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The user the server runs as when we are root, which it refuses to be. Debian's package makes it.
const USER: &str = "postgres";

/// How long it may take to start, and how often that is looked for.
const STARTS_WITHIN: Duration = Duration::from_secs(60);
const LOOKS_EVERY: Duration = Duration::from_millis(50);

/// A running server. It ends, and its files go, with this.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    user: Option<User>,
    port: u16,
    server: Option<Child>,
}

struct User {
    uid: u32,
    gid: u32,
}

impl Cluster {
    /// Makes a cluster and starts it.
    pub(crate) fn start() -> Result<Self> {
        let programs = programs()?;
        let user = if fs::metadata("/proc/self")?.uid() == 0 { Some(User::find(USER)?) } else { None };
        let folder = env::temp_dir().join(format!("narrows-postgres-{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        if let Some(User { uid, gid }) = &user {
            chown(&folder, Some(*uid), Some(*gid))?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut cluster = Self { programs, folder, user, port, server: None };
        let mut made = cluster.program("initdb");
        made.args(["--username=narrows", "--auth=trust", "--no-sync", "--encoding=UTF8"]);
        let (succeeded, _, stderr) = output(&mut made)?;
        if !succeeded {
            bail!("{made:?} failed: {stderr}");
        }
        // A test server loses nothing that is missed.
        let settings = [
            format!("-p{port}"),
            format!("-k{}", cluster.folder.display()),
            "-clisten_addresses=127.0.0.1".to_owned(),
            "-cfsync=off".to_owned(),
            "-cmax_connections=300".to_owned(),
        ];
        let log = File::create(cluster.folder.join("log"))?;
        let mut server = cluster.program("postgres");
        cluster.server = Some(server.args(settings).stderr(log).spawn().context("cannot start `postgres`")?);
        cluster.is_ready()?;
        Ok(cluster)
    }

    /// Waits until it takes connections.
    fn is_ready(&mut self) -> Result<()> {
        for _ in 0..STARTS_WITHIN.as_millis() / LOOKS_EVERY.as_millis() {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(());
            }
            thread::sleep(LOOKS_EVERY);
        }
        bail!("PostgreSQL does not start: {}", fs::read_to_string(self.folder.join("log"))?)
    }

    /// How a test reaches it.
    pub(crate) fn url(&self) -> String {
        format!("postgres://narrows@127.0.0.1:{}/postgres", self.port)
    }

    /// A program of the server's on this cluster, as the user it may be.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = match &self.user {
            Some(User { uid, gid }) => {
                let mut command = Command::new("setpriv");
                command.args([
                    format!("--reuid={uid}"),
                    format!("--regid={gid}"),
                    "--clear-groups".to_owned(),
                ]);
                command.arg(program);
                command
            }
            None => Command::new(program),
        };
        command.current_dir(&self.folder).arg("-D").arg(self.folder.join("data"));
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Its other processes go with the first.
        if let Some(server) = &mut self.server {
            let _ = server.kill();
            let _ = server.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl User {
    fn find(name: &str) -> Result<Self> {
        let number = |flag| -> Result<u32> {
            let (_, id, _) = output(Command::new("id").args([flag, name]))?;
            id.trim()
                .parse()
                .with_context(|| format!("there is no user `{name}`: install Debian's `postgresql`"))
        };
        Ok(Self { uid: number("-u")?, gid: number("-g")? })
    }
}

/// The folder with the server's programs, of the newest version.
fn programs() -> Result<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut found: Vec<_> =
        versions.map(|version| version.path().join("bin")).filter(|bin| has_server(bin)).collect();
    found.sort();
    let path = env::var_os("PATH").unwrap_or_default();
    let elsewhere = env::split_paths(&path).find(|folder| has_server(folder));
    found.pop().or(elsewhere).context("there is no PostgreSQL: install Debian's `postgresql`")
}

fn has_server(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| folder.join(program).exists())
}
