//! Narrows' HTTP face, started for what drives it from outside.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::process::target;

/// Long enough for a debug build on a busy machine.
const START_WITHIN: Duration = Duration::from_secs(30);

/// Narrows' HTTP face in front of the demo company.
pub(crate) struct Server {
    process: Child,
    pub(crate) port: u16,
}

impl Server {
    /// Starts it on a free port and waits until it listens.
    pub(crate) fn start(narrows: &Path) -> Result<Self> {
        Self::started(narrows, |_| {})
    }

    /// The same for clients that carry a credential.
    pub(crate) fn start_for(narrows: &Path, token: &str) -> Result<Self> {
        Self::started(narrows, |command| {
            command.env("NARROWS_TOKEN", token);
        })
    }

    fn started(narrows: &Path, change: impl FnOnce(&mut Command)) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let folder = target().join("tmp/http-face");
        fs::create_dir_all(&folder)?;
        let config = folder.join("narrows.json");
        let servers = serde_json::json!({"mcpServers": {
            "slack": {"command": narrows, "args": ["demo-server", "slack"]},
            "zendesk": {"command": narrows, "args": ["demo-server", "zendesk"]},
        }});
        fs::write(&config, servers.to_string())?;
        let mut command = Command::new(narrows);
        command
            .arg("--config")
            .arg(&config)
            .args(["serve", "--http", &format!("127.0.0.1:{port}")])
            .env("XDG_DATA_HOME", folder.join("data"))
            .env("XDG_STATE_HOME", folder.join("state"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        change(&mut command);
        let process = command.spawn().context("cannot start the HTTP face")?;
        let server = Self { process, port };
        let until = Instant::now() + START_WITHIN;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if Instant::now() > until {
                bail!("the HTTP face does not listen on port {port}");
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends it.
    pub(crate) fn stop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
