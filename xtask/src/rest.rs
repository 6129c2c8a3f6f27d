//! The REST face, tried by schemathesis: requests made up from its document, right and wrong ones and sequences of them, and every
//! check of that program on the answers. None may be a failure of the server, and none may be one that the document does not
//! describe.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use clap::Args;

use crate::{
    face::Server,
    fetch,
    process::{build_narrows, root, run, target},
};

/// What the requests carry.
const TOKEN: &str = "made-up";

/// Long enough for workers of a debug build on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// How much is tried.
#[derive(Args)]
pub(crate) struct Rest {
    /// Requests of each kind: CI does so many
    #[arg(long, default_value_t = 20)]
    examples: u32,
    /// What the requests are made up from; the same number makes up the same requests
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Tries everything that the document describes.
pub(crate) fn check(rest: &Rest) -> Result<()> {
    fetch::servers()?;
    let mut server = Server::start_for(&build_narrows("dev")?, TOKEN)?;
    until_ready(server.port)?;
    let tried = run(Command::new(fetch::programs().join("st"))
        .arg("--config-file")
        .arg(root().join("xtask/schemathesis.toml"))
        .args(["run", &format!("http://127.0.0.1:{}/openapi.json", server.port)])
        .args(["--header", &format!("Authorization: Bearer {TOKEN}")])
        .args(["--checks", "all", "--no-color"])
        .args(["--max-examples", &rest.examples.to_string(), "--seed", &rest.seed.to_string()])
        // It leaves what it has found where it runs.
        .current_dir(target().join("tmp")));
    server.stop();
    tried
}

/// Waits until scripts can be run.
fn until_ready(port: u16) -> Result<()> {
    let until = Instant::now() + READY_WITHIN;
    while !is_ready(port)? {
        if Instant::now() > until {
            bail!("the server on port {port} is never ready");
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn is_ready(port: u16) -> Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}
