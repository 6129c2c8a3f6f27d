//! Load on the HTTP face: many clients that run scripts for a while, a few beside thousands that are idle or slow, and one
//! beside another that starts thousands of runs in the background.
//!
//! Times depend on the machine and on what else runs on it; what counts are errors, the drift of memory and the
//! ratio of the slowest to the usual.

use std::{
    env, fs,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::{
    face::Server,
    memory::Memory,
    process::{build_narrows, run},
};

/// What every client runs, again and again: one call and a little computing.
const SCRIPT: &str = "import { listChannels } from './servers/slack';\nreturn (await listChannels()).length;";
/// Clients beside the idle ones.
const HONEST: usize = 4;
/// Threads that keep idle clients connected.
const KEEPERS: usize = 8;
/// Descriptors needed beside those of clients.
const SPARE_FILES: usize = 200;
/// What the crowd runs: a little computing, a moment of waiting.
const CROWD_SCRIPT: &str = "let sum = 0;\nfor (let i = 0; i < 20_000; i += 1) sum += i;\nawait new Promise((done) => setTimeout(done, 50));\nreturn 7;";
/// No answer takes this long unless it never comes.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// How long, how many, and of which binary.
#[derive(clap::Args)]
pub(crate) struct Load {
    /// Seconds of each part
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Clients that run scripts
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// Clients that are idle or slow
    #[arg(long, default_value_t = 2000)]
    idle: usize,
    /// Runs one client starts in the background
    #[arg(long, default_value_t = 3000)]
    crowd: usize,
    /// A binary to measure, instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
}

/// Measures; errors of clients are an error, times are only printed.
pub(crate) fn measure(load: &Load) -> Result<()> {
    if open_files_max() < load.idle + load.clients + SPARE_FILES {
        return again_with_more_files(load.idle + load.clients + SPARE_FILES);
    }
    let narrows = match &load.binary {
        Some(binary) => binary.clone(),
        None => build_narrows("release")?,
    };
    busy(&narrows, load)?;
    crowded(&narrows, load)?;
    beside_a_crowd(&narrows, load)
}

/// One client that runs `return 1` again and again beside another's runs in the background, of which all must end right.
fn beside_a_crowd(narrows: &Path, load: &Load) -> Result<()> {
    let server = Server::start(narrows)?;
    let before = Memory::of(server.pid());
    let is_over = AtomicBool::new(false);
    let (crowd, times) = thread::scope(|scope| {
        let crowd = scope.spawn(|| {
            let ended = start_and_await(server.port, load.crowd);
            is_over.store(true, Ordering::Relaxed);
            ended
        });
        let times = until_over(server.port, &is_over);
        (crowd.join().unwrap_or_else(|_| bail!("the crowd failed")), times)
    });
    let took = crowd?;
    println!(
        "`return 1` of one client beside {} runs of another, which took {:.1} s",
        load.crowd,
        took.as_secs_f64()
    );
    report(&times?, took.as_secs().max(1));
    let after = Memory::of(server.pid());
    println!("memory {} MB then {} MB PSS", before.pss / 1024, after.pss / 1024);
    Ok(())
}

/// Starts runs in the background and waits for each; how long that took.
fn start_and_await(port: u16, runs: usize) -> Result<Duration> {
    let started = Instant::now();
    let mut client = Client::connect(port)?;
    let mut ids = Vec::with_capacity(runs);
    for _ in 0..runs {
        let body = client.call("execute_code", &json!({"code": CROWD_SCRIPT, "background": true}))?;
        let id = body
            .split("run_")
            .nth(1)
            .map(|rest| rest.chars().take_while(char::is_ascii_hexdigit).collect::<String>());
        ids.push(format!("run_{}", id.with_context(|| format!("no run was started: {body}"))?));
    }
    for id in ids {
        let body = client.call("get_run", &json!({"run_id": id, "wait_seconds": 50}))?;
        ensure!(body.contains("Result:\\n7"), "{id}: {body}");
    }
    Ok(started.elapsed())
}

/// Runs `return 1` until the crowd is over; how long each took, sorted.
fn until_over(port: u16, is_over: &AtomicBool) -> Result<Vec<Duration>> {
    let mut client = Client::connect(port)?;
    let mut times = Vec::new();
    while !is_over.load(Ordering::Relaxed) || times.is_empty() {
        let started = Instant::now();
        let body = client.call("execute_code", &json!({"code": "return 1"}))?;
        ensure!(body.contains("Result:\\n1"), "{body}");
        times.push(started.elapsed());
    }
    times.sort();
    Ok(times)
}

/// Many clients that each run one script after another.
fn busy(narrows: &Path, load: &Load) -> Result<()> {
    let server = Server::start(narrows)?;
    let warm = Duration::from_secs(load.seconds.div_ceil(6));
    let first = drive(server.port, load.clients, warm)?;
    let before = Memory::of(server.pid());
    let times = drive(server.port, load.clients, Duration::from_secs(load.seconds))?;
    let after = Memory::of(server.pid());
    let drift = 100.0 * (after.pss as f64 - before.pss as f64) / before.pss as f64;
    println!("{} clients for {} s, after {} runs to warm up", load.clients, load.seconds, first.len());
    report(&times, load.seconds);
    println!("memory {} MB then {} MB PSS: {drift:+.1} %", before.pss / 1024, after.pss / 1024);
    Ok(())
}

/// A few clients beside many that hold connections and do nothing with them.
fn crowded(narrows: &Path, load: &Load) -> Result<()> {
    let server = Server::start(narrows)?;
    drive(server.port, HONEST, Duration::from_secs(1))?;
    let (stop, connected) = (AtomicBool::new(false), AtomicUsize::new(0));
    let outcome = thread::scope(|scope| {
        for at in 0..KEEPERS {
            let share = load.idle / KEEPERS + usize::from(at < load.idle % KEEPERS);
            let (stop, connected, port) = (&stop, &connected, server.port);
            scope.spawn(move || loiter(port, share, stop, connected));
        }
        let outcome = drive(server.port, HONEST, Duration::from_secs(load.seconds));
        stop.store(true, Ordering::Relaxed);
        outcome
    });
    let connects = connected.into_inner();
    println!("{HONEST} clients beside {} idle or slow ones, which connected {connects} times", load.idle);
    report(&outcome?, load.seconds);
    Ok(())
}

/// Lets clients run scripts for a while; how long each took, sorted.
fn drive(port: u16, clients: usize, time: Duration) -> Result<Vec<Duration>> {
    let until = Instant::now() + time;
    let mut all = thread::scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|_| {
                scope.spawn(move || {
                    let mut client = Client::connect(port)?;
                    let mut times = Vec::new();
                    while Instant::now() < until {
                        let started = Instant::now();
                        client.run()?;
                        times.push(started.elapsed());
                    }
                    Ok(times)
                })
            })
            .collect();
        let one = |thread: thread::ScopedJoinHandle<'_, Result<Vec<Duration>>>| {
            thread.join().unwrap_or_else(|_| bail!("a client failed"))
        };
        threads.into_iter().map(one).collect::<Result<Vec<_>>>()
    })?
    .concat();
    all.sort();
    ensure!(!all.is_empty(), "no run ended in time");
    Ok(all)
}

fn report(times: &[Duration], seconds: u64) {
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    let (p50, p99) = (at(50), at(99));
    println!(
        "{} runs, no error, {:.0} a second; p50 {p50:.1} ms, p99 {p99:.1} ms ({:.1} x p50), worst {:.1} ms",
        times.len(),
        times.len() as f64 / seconds as f64,
        p99 / p50,
        at(100)
    );
}

/// A client of the stateless era with one connection.
struct Client {
    stream: BufReader<TcpStream>,
    port: u16,
}

impl Client {
    fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).context("cannot connect")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(HANGS_AFTER))?;
        Ok(Self { stream: BufReader::new(stream), port })
    }

    /// Runs the script once; an error unless it returned what it should.
    fn run(&mut self) -> Result<()> {
        let body = self.call("execute_code", &json!({"code": SCRIPT}))?;
        ensure!(body.contains("Result:\\n6"), "{body}");
        Ok(())
    }

    /// Calls a tool of ours: the answer as it came.
    fn call(&mut self, tool: &str, arguments: &Value) -> Result<String> {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "load", "version": "0"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let params = json!({"name": tool, "arguments": arguments, "_meta": meta});
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string();
        let head = format!(
            "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n\
             Mcp-Method: tools/call\r\nMcp-Name: {tool}\r\nContent-Length: {}\r\n\r\n",
            self.port,
            body.len()
        );
        self.stream
            .get_mut()
            .write_all([head, body].concat().as_bytes())
            .context("a request was not taken")?;
        let (mut line, mut length, mut status) = (String::new(), 0, String::new());
        loop {
            line.clear();
            ensure!(self.stream.read_line(&mut line)? > 0, "the connection was closed");
            let text = line.trim_end();
            if text.is_empty() {
                break;
            }
            match text.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse()?;
                }
                Some(_) => {}
                None => text.clone_into(&mut status),
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        ensure!(status.contains("200"), "{status}: {body}");
        Ok(body)
    }
}

/// Holds connections and connects again where one was closed: every other is idle, the rest send a head that
/// never ends, one byte at a time.
fn loiter(port: u16, share: usize, stop: &AtomicBool, connected: &AtomicUsize) {
    let mut held: Vec<Option<TcpStream>> = (0..share).map(|_| None).collect();
    while !stop.load(Ordering::Relaxed) {
        for (at, place) in held.iter_mut().enumerate() {
            let is_slow = at % 2 == 1;
            if place.as_ref().is_some_and(|stream| is_open(stream, is_slow)) {
                continue;
            }
            *place = TcpStream::connect(("127.0.0.1", port)).ok();
            if let Some(stream) = place {
                // What is not taken shows in the next round.
                let _ = stream.set_nonblocking(true);
                if is_slow {
                    let _ = stream.write_all(b"POST /mcp HTTP/1.1\r\nX-Slow: ");
                }
                connected.fetch_add(1, Ordering::Relaxed);
            }
        }
        thread::sleep(Duration::from_millis(500));
    }
}

fn is_open(mut stream: &TcpStream, is_slow: bool) -> bool {
    let reads = match stream.read(&mut [0; 64]) {
        Ok(read) => read > 0,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    };
    reads && (!is_slow || stream.write_all(b"x").is_ok())
}

/// The soft limit on open files.
fn open_files_max() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(usize::MAX)
}

fn again_with_more_files(files: usize) -> Result<()> {
    const RAISED: &str = "NARROWS_LOAD_FILES";
    ensure!(env::var_os(RAISED).is_none(), "{files} open files are needed: raise `ulimit -n`");
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -n {files} && exec \"$0\" \"$@\"")]);
    run(shell.arg(env::current_exe()?).args(env::args_os().skip(1)).env(RAISED, "1"))
}
