//! Misbehaving servers as files: every file under `tests/hostile/servers` is played as a server beside a healthy one.
//! Its first line says how that ends: what `doctor` says of the server, then what a script gets that calls its tool
//! `work`. `UPDATE_CASES=1 cargo test hostile_servers` writes these lines anew, for review.
//!
//! Whatever the server does: the healthy one answers in the same run, the next run works, and neither processes nor
//! files are left behind.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::{
    agent::Agent,
    leftovers::{assert_nothing_runs, open_files, running_in},
    narrows::{Narrows, finish},
    servers::{config, demo},
};

/// Each case starts a gateway; more at once only wait for each other.
const AT_ONCE: usize = 3;
/// A longer text is told by its beginning and its size.
const SHOWN_BYTES: usize = 200;
/// In every configuration, as an environment variable or a header; never to be seen again.
const CREDENTIAL: &str = "hunter2-hunter2";

/// Calls the misbehaving server's tool, catches the error, then calls the healthy one.
const SCRIPT: &str = "
import { callMCPTool } from 'narrows';
import { listChannels } from './servers/slack';
const work = ['bad', 'work'].join('__');
let bad;
try { bad = { value: await callMCPTool(work, {}) }; }
catch (e: any) { bad = { code: e.code ?? e.name, message: e.message }; }
return { bad, good: (await listChannels()).length };
";

#[test]
fn hostile_servers() {
    let files = files();
    assert!(files.len() >= 40, "{} files", files.len());
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(difference) = check(file) {
                        wrong.lock().push(difference);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner();
    assert!(wrong.is_empty(), "{} of {} files:\n{}", wrong.len(), files.len(), wrong.join("\n"));
}

/// All of them behind one gateway, which serves an agent run after run and keeps neither descriptors nor processes.
#[test]
fn a_gateway_outlives_all_hostile_servers_at_once() {
    let plays: Vec<_> = files().iter().map(|file| Play::start(file)).collect();
    let mut all = config([("slack", demo("slack"))]);
    for (at, play) in plays.iter().enumerate() {
        all["mcpServers"][format!("bad-{at}")] = play.entry.clone();
    }
    all["narrows"] = json!({"start_timeout_seconds": 5, "limits": {"call_seconds": 2}});
    let narrows = Narrows::configured(&all);
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let script = "import { listChannels } from './servers/slack';\nreturn (await listChannels()).length;";
    let bad = format!(
        "import {{ callMCPTool }} from 'narrows';\n\
         const all = Array.from({{length: {}}}, (_, at) => callMCPTool(`bad-${{at}}__work`, {{}}));\n\
         return (await Promise.allSettled(all)).length;",
        plays.len()
    );
    assert!(agent.run(script).contains("Result:\n6"));
    let mut held = Vec::new();
    for _ in 0..4 {
        let answer = agent.run(&bad);
        assert!(answer.contains(&format!("Result:\n{}", plays.len())), "{answer}");
        let answer = agent.run(script);
        assert!(answer.contains("Result:\n6"), "{answer}");
        held.push((open_files(agent.pid()), running_in(narrows.home()).len()));
    }
    // Servers come and go all the time; something left behind by each call would be hundreds by now.
    let (first, last) = (held[0], held[3]);
    assert!(last.0 <= first.0 + 50 && last.1 <= first.1 + 50, "descriptors and processes: {held:?}");
    drop(agent);
    assert_nothing_runs(narrows.home());
}

/// Nobody is there to end anything; still nothing stays.
#[test]
fn servers_do_not_outlive_a_gateway_that_was_killed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/servers");
    let names = ["ignores_the_end", "leaves_a_session", "leaves_children"];
    let plays = names.map(|name| Play::start(&folder.join(name).with_extension("server")));
    let entries = plays.each_ref().map(|play| play.entry.clone());
    let [ignores, session, children] = entries;
    let narrows =
        Narrows::configured(&config([("ignores", ignores), ("session", session), ("children", children)]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let all = ["ignores", "session", "children"].map(|server| format!("callMCPTool('{server}__work', {{}})"));
    let script = format!(
        "import {{ callMCPTool }} from 'narrows';\nreturn (await Promise.all([{}])).length;",
        all.join(", ")
    );
    assert!(agent.run(&script).contains("Result:\n3"));
    assert!(running_in(narrows.home()).len() > 6);
    agent.kill();
    assert_nothing_runs(narrows.home());
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/servers");
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("the entry can be read").path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "server"));
    files.sort();
    files
}

fn check(file: &Path) -> Result<(), String> {
    let text = fs::read_to_string(file).expect("the file can be read");
    let (first, rest) = text.split_once('\n').expect("the file has lines");
    let name = file.file_name().unwrap_or_default().display();
    let got = format!("# {}", ending(file, &text).map_err(|wrong| format!("{name}: {wrong}"))?);
    if env::var_os("UPDATE_CASES").is_some() {
        fs::write(file, format!("{got}\n{rest}")).expect("the file is written");
        return Ok(());
    }
    if got == first { Ok(()) } else { Err(format!("{name}\n  expected {first}\n  got      {got}")) }
}

/// Plays the file and says how it ended; an error when something else suffered.
fn ending(file: &Path, text: &str) -> Result<String, String> {
    let play = Play::start(file);
    let mut servers = config([("bad", play.entry.clone()), ("slack", demo("slack"))]);
    servers["narrows"] = settings(text);
    let narrows = Narrows::configured(&servers);
    fs::create_dir(narrows.home().join("tmp")).expect("the folder is made");
    narrows.write("script.ts", SCRIPT);
    narrows.write("next.ts", "return 1 + 1;");
    let json = |arguments: &[&str]| {
        let temporary = narrows.home().join("tmp");
        let output = finish(narrows.command(arguments).env("TMPDIR", temporary).stdin(Stdio::null()));
        let all = format!("{}{}", output.stdout, output.stderr);
        if all.contains(CREDENTIAL) {
            return Err(format!("the credential is shown: {all}"));
        }
        serde_json::from_str::<Value>(&output.stdout).map_err(|error| format!("no JSON ({error}): {all}"))
    };
    let doctor = json(&["doctor", "--json"])?;
    let record = json(&["run", "--json", "script.ts"])?;
    if record["value"]["good"] != 6 {
        return Err(format!("the healthy server suffered: {record}"));
    }
    let next = json(&["run", "--json", "next.ts"])?;
    if next["value"] != 2 {
        return Err(format!("the next run suffered: {next}"));
    }
    if let Some(file) = file_with(CREDENTIAL, &narrows.home().join("data")) {
        return Err(format!("the credential is kept in {}", file.display()));
    }
    assert_nothing_runs(narrows.home());
    let left = fs::read_dir(narrows.home().join("tmp")).expect("the folder can be read").count();
    if left > 0 {
        return Err(format!("{left} temporary files are left"));
    }
    let server = doctor["servers"].as_array().into_iter().flatten().find(|one| one["server"] == "bad");
    let server = server.ok_or("doctor does not know the server")?;
    let told = format!("{}; {}", state(server), call(&record["value"]["bad"]));
    Ok(play.without_places(&told, narrows.home()))
}

/// A file under the folder in which the text stands.
fn file_with(text: &str, folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    entries.map(|entry| entry.expect("the entry can be read").path()).find_map(|path| {
        if path.is_dir() {
            return file_with(text, &path);
        }
        let bytes = fs::read(&path).expect("the file can be read");
        String::from_utf8_lossy(&bytes).contains(text).then_some(path)
    })
}

fn state(server: &Value) -> String {
    let mut told = server["state"].as_str().unwrap_or_default().to_owned();
    match server["tools"].as_u64().unwrap_or(0) {
        0 => {}
        1 => told.push_str(", 1 tool"),
        many => told.push_str(&format!(", {many} tools")),
    }
    if let Some(reason) = server["reason"].as_str() {
        told.push_str(&format!(" ({})", shortened(reason)));
    }
    let dropped = server["dropped"].as_array().map_or(&[][..], Vec::as_slice);
    for tool in dropped.iter().take(3) {
        let (name, reason) = (tool["name"].as_str(), tool["reason"].as_str());
        told.push_str(&format!(", without {} ({})", name.unwrap_or_default(), reason.unwrap_or_default()));
    }
    if dropped.len() > 3 {
        told.push_str(&format!(" and {} more", dropped.len() - 3));
    }
    told
}

fn call(outcome: &Value) -> String {
    match outcome["code"].as_str() {
        Some(code) => format!("{code}: {}", shortened(outcome["message"].as_str().unwrap_or_default())),
        None => format!("answers {}", shortened(&outcome["value"].to_string())),
    }
}

fn shortened(text: &str) -> String {
    let one_line = text.replace('\n', "\\n");
    if one_line.len() <= SHOWN_BYTES {
        return one_line;
    }
    let end = one_line.floor_char_boundary(SHOWN_BYTES);
    format!("{}… {} bytes", &one_line[..end], text.len())
}

/// `with KEY VALUE` in a file, as settings.
fn settings(text: &str) -> Value {
    let mut settings = json!({"limits": {"call_seconds": 20}});
    for (key, value) in directives(text, "with").filter_map(|rest| rest.split_once(' ')) {
        let value = serde_json::from_str(value).expect("a setting is JSON");
        match key.split_once('.') {
            Some((section, key)) => settings[section][key] = value,
            None => settings[key] = value,
        }
    }
    settings
}

fn directives<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter_map(move |line| line.strip_prefix(word)?.strip_prefix(' '))
}

/// A file being played.
struct Play {
    /// Its entry in a configuration.
    entry: Value,
    listening: Option<(Child, String)>,
}

impl Play {
    fn start(file: &Path) -> Self {
        let text = fs::read_to_string(file).expect("the file can be read");
        let program = Path::new(env!("CARGO_BIN_EXE_narrows")).with_file_name("examples/hostile-server");
        assert!(program.exists(), "build it: `cargo build -p narrows --examples`");
        let over = directives(&text, "over").next();
        let Some(over) = over else {
            let first: Vec<_> = directives(&text, "first").collect();
            let command = format!("{}\nexec \"$0\" \"$1\"", first.join("\n"));
            let entry = json!({
                "command": "sh", "args": ["-c", command, program, file], "env": {"API_KEY": CREDENTIAL},
            });
            return Self { entry, listening: None };
        };
        let mut process =
            Command::new(program).arg(file).stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut port = String::new();
        let output = process.stdout.take().expect("stdout is a pipe");
        BufReader::new(output).read_line(&mut port).expect("it says its port");
        let port = port.trim().to_owned();
        let entry = json!({
            "type": over, "url": format!("http://127.0.0.1:{port}/mcp?key={CREDENTIAL}"),
            "headers": {"Authorization": format!("Bearer {CREDENTIAL}")},
        });
        Self { entry, listening: Some((process, port)) }
    }

    /// The text without what differs from run to run.
    fn without_places(&self, text: &str, home: &Path) -> String {
        let text = text.replace(&home.display().to_string(), "HOME");
        match &self.listening {
            Some((_, port)) => text.replace(&format!(":{port}"), ":PORT"),
            None => text,
        }
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        if let Some((process, _)) = &mut self.listening {
            // It may have ended by itself.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
