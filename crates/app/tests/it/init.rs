//! Set-up: the servers of every client come to Narrows, and back byte for byte. The clients are those of `docs/clients.md`, which is
//! made of the program's own table.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    narrows::{Narrows, Output, finish},
};

const PAGE: &str = include_str!("../../../../docs/clients.md");

/// A row of the page.
struct Client {
    name: &'static str,
    scope: &'static str,
    place: &'static str,
    key: Vec<&'static str>,
}

fn clients() -> Vec<Client> {
    let rows = PAGE.lines().filter(|line| line.starts_with("| `"));
    let client = |row: &'static str| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let code = |cell: &'static str| cell.split('`').skip(1).step_by(2).collect::<Vec<_>>();
        Client { name: code(cells[1])[0], scope: cells[3], place: code(cells[4])[0], key: code(cells[5]) }
    };
    rows.map(client).collect()
}

impl Client {
    fn is_edited(&self) -> bool {
        !self.place.ends_with(".yaml")
    }

    fn is_toml(&self) -> bool {
        self.place.ends_with(".toml")
    }

    fn path(&self, narrows: &Narrows) -> PathBuf {
        let (variable, default) = match self.place.strip_prefix("${").and_then(|rest| rest.split_once(":-")) {
            Some((variable, rest)) => (variable, rest.replace('}', "")),
            None => ("", self.place.to_owned()),
        };
        let place = match variable {
            "XDG_CONFIG_HOME" => default.replace("~/.config", "~/config"),
            _ => default,
        };
        match place.strip_prefix("./") {
            Some(below) => narrows.folder().join(below),
            None => narrows.home().join(place.trim_start_matches("~/")),
        }
    }

    /// The entry of a server, as this client writes it.
    fn entry(&self, words: &[&str]) -> Value {
        match self.name {
            "opencode" | "opencode-project" | "kilo" | "fx" => {
                json!({"type": "local", "command": words, "enabled": true})
            }
            _ => json!({"command": words[0], "args": &words[1..]}),
        }
    }

    /// A file with comments, odd spaces, keys of the client's own and one server.
    fn file(&self, words: &[&str]) -> String {
        let (key, name, entry) = (self.key[0], self.name, self.entry(words));
        if self.is_toml() {
            return format!(
                "# top\nmodel = 'x'   # odd\n\n# above\n[{key}.s-{name}]\ncommand = {}\nargs = {}\n\n[other]\nlast = [ 1,2 ]\n",
                entry["command"], entry["args"]
            );
        }
        format!(
            "// top\n{{\n  \"model\" :  \"x\", /* odd */\n  \"{key}\": {{\n    // above\n    \"s-{name}\": {entry} // beside\n  }},\n  \"last\": [1,2 ]\n}}\n"
        )
    }

    /// The servers that its file names now.
    fn servers(&self, narrows: &Narrows) -> Value {
        let text = fs::read_to_string(self.path(narrows)).expect(self.name);
        let text = text.trim_start_matches('\u{feff}');
        if self.is_toml() {
            let document: toml_edit::DocumentMut = text.parse().expect(self.name);
            let servers = document.get(self.key[0]).and_then(|item| item.as_table_like()).expect(self.name);
            let word = |item: &toml_edit::Item| item.as_str().map(str::to_owned);
            let of = |item: &toml_edit::Item| {
                let args = item.get("args").and_then(|args| args.as_array());
                let args: Vec<_> = args.into_iter().flatten().filter_map(|arg| arg.as_str()).collect();
                json!({"command": item.get("command").and_then(word), "args": args})
            };
            return servers.iter().map(|(name, item)| (name.to_owned(), of(item))).collect();
        }
        let value: Value = jsonc_parser::parse_to_serde_value(text, &Default::default()).expect(self.name);
        value[self.key[0]].clone()
    }
}

/// The words that an entry starts.
fn words(entry: &Value) -> Vec<&str> {
    let command = match &entry["command"] {
        Value::Array(words) => words.iter().collect(),
        word => vec![word],
    };
    let args = entry["args"].as_array().into_iter().flatten();
    command.into_iter().chain(args).filter_map(Value::as_str).collect()
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("it has a folder")).expect("the folder is made");
    fs::write(path, text).expect("the file is written");
}

/// Runs a command without what clients of this machine's user have set.
fn run(narrows: &Narrows, arguments: &[&str]) -> Output {
    let mut command = narrows.command(arguments);
    for part in PAGE.split("${").skip(1) {
        let variable = part.split([':', '}']).next().unwrap_or_default();
        if variable != "XDG_CONFIG_HOME" {
            command.env_remove(variable);
        }
    }
    finish(command.stdin(Stdio::null()))
}

fn own(narrows: &Narrows) -> PathBuf {
    narrows.home().join("config/narrows/narrows.json")
}

fn own_servers(narrows: &Narrows) -> Value {
    let text = fs::read_to_string(own(narrows)).expect("the configuration is there");
    serde_json::from_str::<Value>(&text).expect("JSON")["mcpServers"].clone()
}

const SLACK: [&str; 3] = [env!("CARGO_BIN_EXE_narrows"), "demo-server", "slack"];

/// Changes of a file that a client reads as before.
const SPELLINGS: [fn(String) -> String; 6] = [
    |text| text,
    |text| format!("\u{feff}{}", text.replace('\n', "\r\n")),
    |text| text.trim_end().to_owned(),
    |text| text.replace("  ", "\t"),
    |_| String::new(),
    |_| "{}".to_owned(),
];

#[test]
fn every_client_comes_and_goes_byte_for_byte() {
    let all = clients();
    let edited = || all.iter().filter(|client| client.is_edited() && client.scope != "you, in one folder");
    assert!(edited().count() > 40 && all.iter().any(|client| client.name == "goose"));
    let names: Vec<_> = edited().map(|client| client.name).collect();
    for (at, spelling) in SPELLINGS.iter().enumerate() {
        let narrows = Narrows::in_project();
        let spelt = |client: &Client| match spelling(client.file(&SLACK)) {
            text if text == "{}" && client.is_toml() => String::new(),
            text => text,
        };
        edited().for_each(|client| write(&client.path(&narrows), &spelt(client)));
        let done = run(&narrows, &[&["init", "--yes", "--json", "--client"], &names[..]].concat());
        if at > 3 {
            // Nothing there to move, and so nothing to point at.
            assert_eq!(done.code, Some(2), "{}{}", done.stdout, done.stderr);
            continue;
        }
        assert_eq!(done.code, Some(0), "{}{}", done.stdout, done.stderr);
        let mut starts = Vec::new();
        for client in edited() {
            let text = fs::read_to_string(client.path(&narrows)).expect(client.name);
            let comments = if client.is_toml() {
                ["# top", "# odd", "# above"]
            } else {
                ["// top", "/* odd */", "// above"]
            };
            for kept in comments.into_iter().chain(["model", "last"]) {
                assert!(text.contains(kept), "{}: {kept} is gone: {text}", client.name);
            }
            assert_eq!(text.contains("\r\n"), at == 1, "{}: {text:?}", client.name);
            assert_eq!(
                text.matches('\n').count() == text.matches("\r\n").count(),
                at == 1,
                "{}",
                client.name
            );
            let servers = client.servers(&narrows);
            assert_eq!(servers.as_object().map(serde_json::Map::len), Some(1), "{}: {servers}", client.name);
            starts.push(words(&servers["narrows"]).join(" "));
            let moved = &own_servers(&narrows)[format!("s-{}", client.name)];
            assert_eq!(words(moved), SLACK, "{}", client.name);
        }
        starts.dedup();
        let expect = format!("{} serve --config {}", env!("CARGO_BIN_EXE_narrows"), own(&narrows).display());
        assert_eq!(starts, [expect]);
        let again = run(&narrows, &[&["init", "--yes", "--json", "--client"], &names[..]].concat());
        assert_eq!((again.code, &again.json()["changes"]), (Some(0), &json!([])), "{}", again.stderr);
        let undone = run(&narrows, &["init", "--undo"]);
        assert_eq!(undone.code, Some(0), "{}{}", undone.stdout, undone.stderr);
        for client in edited() {
            let text = fs::read_to_string(client.path(&narrows)).expect(client.name);
            assert_eq!(text, spelt(client), "{}", client.name);
        }
        assert!(!own(&narrows).exists());
    }
}

#[test]
fn an_agent_started_as_a_client_starts_it_has_the_servers() {
    let narrows = Narrows::in_project();
    let all = clients();
    let client = |name: &str| all.iter().find(|client| client.name == name).expect("it is on the page");
    for name in ["cursor", "codex", "opencode"] {
        write(&client(name).path(&narrows), &client(name).file(&SLACK).replace("s-", "slack-of-"));
    }
    let shown = run(&narrows, &["init"]);
    assert_eq!(shown.code, Some(1), "{}", shown.stderr);
    assert!(shown.stdout.contains("demo-server slack (slack-of-cursor)"), "{}", shown.stdout);
    assert!(!own(&narrows).exists(), "nothing is written before its person agreed");
    assert_eq!(run(&narrows, &["init", "--yes"]).code, Some(0));
    let doctor = run(&narrows, &["doctor", "--json"]).json();
    assert_eq!(doctor["servers"].as_array().map(Vec::len), Some(3), "{doctor}");
    for name in ["cursor", "codex", "opencode"] {
        let servers = client(name).servers(&narrows);
        let words = words(&servers["narrows"]);
        assert_eq!(words[..2], [env!("CARGO_BIN_EXE_narrows"), "serve"], "{name}");
        let (mut agent, _) = Agent::legacy(&narrows, &words[2..]);
        let tools = agent.ask("tools/list", json!({}));
        assert_eq!(tools["tools"][0]["name"], "search_tools", "{name}: {tools}");
        agent.search_until("send a message", |text| text.contains("servers/slack-of-cursor/sendMessage"));
    }
}

#[test]
fn servers_of_one_name_are_told_apart_and_one_server_stays_one() {
    let narrows = Narrows::in_project();
    let home = narrows.home();
    write(
        &home.join(".cursor/mcp.json"),
        r#"{"mcpServers": {
            "same": {"command": "x", "args": ["a"]},
            "other": {"command": "x", "env": {"KEY": "${env:KEY}"}},
            "off": {"command": "x", "disabled": true},
            "here": {"command": "x", "args": ["${workspaceFolder}"]},
            "broken": {"cmd": "x"},
            "own": {"command": "/usr/bin/narrows", "args": ["serve"]}
        }}"#,
    );
    write(
        &home.join("config/Code/User/mcp.json"),
        r#"{"inputs": [], "servers": {
            "same": {"type": "stdio", "command": "x", "args": ["a"], "sandboxEnabled": true},
            "other": {"type": "http", "url": "https://e.example/mcp", "headers": {"Authorization": "Bearer ${input:e-key}"}}
        }}"#,
    );
    write(
        &home.join(".codex/config.toml"),
        "[mcp_servers.remote]\nurl = \"https://r.example/mcp\"\nbearer_token_env_var = \"R_KEY\"\nenabled_tools = [\"a\"]\n",
    );
    let local = json!({"projects": {narrows.folder().display().to_string(): {"mcpServers": {"local": {"command": "./l", "args": ["b"]}}}}});
    write(&home.join(".claude.json"), &local.to_string());
    write(
        &own(&narrows),
        "{\n  // mine\n  \"mcpServers\": {\n    \"mine\": { \"command\": \"m\" }\n  },\n  \"narrows\": {}\n}\n",
    );
    let done = run(&narrows, &["init", "--yes"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    for note in [
        "`off` stays with cursor: it is disabled",
        "`here` stays with cursor: `${workspaceFolder}` is a variable that only its client knows",
        "`broken` stays with cursor: it has neither a `command` nor a `url`",
        "`other` of vscode becomes `other-vscode`: another `other` is there already",
        "`other` of vscode needs the variable `E_KEY`, which its client asked for: set it in your environment",
        "left out of `same` of vscode, for Narrows has no such key: `sandboxEnabled`",
    ] {
        assert!(done.stderr.contains(note), "{note}: {}", done.stderr);
    }
    let text = fs::read_to_string(own(&narrows)).expect("it is there");
    assert!(
        text.starts_with("{\n  // mine\n  \"mcpServers\": {\n    \"mine\": { \"command\": \"m\" },\n"),
        "{text}"
    );
    let servers: Value = jsonc_parser::parse_to_serde_value(&text, &Default::default()).expect("JSON");
    assert_eq!(
        servers["mcpServers"],
        json!({
            "mine": {"command": "m"},
            "local": {"command": narrows.folder().join("l"), "args": ["b"], "cwd": narrows.folder()},
            "same": {"command": "x", "args": ["a"]},
            "other": {"command": "x", "env": {"KEY": "${KEY}"}},
            "other-vscode": {
                "type": "http",
                "url": "https://e.example/mcp",
                "headers": {"Authorization": "Bearer ${E_KEY}"},
            },
            "remote": {
                "url": "https://r.example/mcp",
                "headers": {"Authorization": "Bearer ${R_KEY}"},
                "enabled_tools": ["a"],
            },
        })
    );
    let cursor: Value =
        serde_json::from_str(&fs::read_to_string(home.join(".cursor/mcp.json")).expect("there"))
            .expect("JSON");
    let left: Vec<_> = cursor["mcpServers"].as_object().expect("servers").keys().collect();
    assert_eq!(left, ["off", "here", "broken", "narrows"]);
}

#[test]
fn what_cannot_be_used_is_told_and_left() {
    let narrows = Narrows::in_project();
    let home = narrows.home();
    let good = r#"{"mcpServers": {"a": {"command": "a"}}}"#;
    write(&home.join(".cursor/mcp.json"), good);
    write(&home.join(".codex/config.toml"), "[mcp_servers.a]\ncommand = \n");
    write(&home.join("config/Code/User/mcp.json"), "{\n  \"servers\": {\n    \"a\" {}\n  }\n}");
    write(&home.join(".junie/mcp/mcp.json"), r#"{"mcpServers": []}"#);
    write(&home.join(".kiro/settings/mcp.json"), good);
    fs::set_permissions(home.join(".kiro/settings/mcp.json"), fs::Permissions::from_mode(0o400))
        .expect("set");
    write(
        &home.join(".gemini/settings.json"),
        r#"{"mcpServers": {"narrows": {"command": "another", "disabled": true}, "g": {"command": "g"}}}"#,
    );
    write(&home.join("elsewhere.json"), good);
    fs::create_dir_all(home.join(".factory")).expect("made");
    symlink(home.join("elsewhere.json"), home.join(".factory/mcp.json")).expect("linked");
    fs::create_dir_all(narrows.folder().join(".cursor")).expect("made");
    symlink(home.join("elsewhere.json"), narrows.folder().join(".cursor/mcp.json")).expect("linked");
    fs::create_dir_all(home.join(".warp")).expect("made");
    assert!(
        Command::new("mkfifo").arg(home.join(".warp/.mcp.json")).status().expect("mkfifo starts").success()
    );
    fs::write(home.join(".claude.json"), b"\xff\xfe{}").expect("written");
    let before = fs::read(home.join("config/Code/User/mcp.json")).expect("read");
    let done = run(&narrows, &["init", "--yes", "--json"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let answer = done.json();
    let why = |name: &str| {
        let clients = answer["clients"].as_array().expect("clients");
        let client = clients
            .iter()
            .find(|client| client["client"] == name)
            .unwrap_or_else(|| panic!("{name}: {answer}"));
        (
            client["end"].as_str().unwrap_or_default().to_owned(),
            client["why"].as_str().unwrap_or_default().to_owned(),
        )
    };
    for (name, says) in [
        ("codex", "line 2: this is not TOML: string values must be quoted, expected literal string"),
        (
            "vscode",
            "line 3, column 9: this is not JSON: expected colon after the string or word in object property",
        ),
        ("junie", "`mcpServers` in it is not an object"),
        ("kiro", "is read-only"),
        ("gemini", "has another server named `narrows`"),
        ("cursor-project", "is a link that leads out of this folder, which is not followed"),
        ("warp", "cannot be read: it is a named pipe, not a regular file"),
        ("claude-code", "cannot be read: it is not UTF-8 text"),
    ] {
        assert_eq!(why(name), ("unusable".to_owned(), says.to_owned()), "{name}");
    }
    assert_eq!(own_servers(&narrows), json!({"a": {"command": "a"}}), "nothing comes from what is left");
    assert_eq!((why("cursor").0, why("droid").0), ("connected".to_owned(), "connected".to_owned()));
    assert!(home.join(".factory/mcp.json").is_symlink(), "a link to a file of one's own stays one");
    assert!(fs::read_to_string(home.join("elsewhere.json")).expect("read").contains("\"narrows\""));
    assert_eq!(fs::read(home.join("config/Code/User/mcp.json")).expect("read"), before);
    let undone = run(&narrows, &["init", "--undo"]);
    assert_eq!(undone.code, Some(0), "{}", undone.stderr);
    assert_eq!(fs::read_to_string(home.join("elsewhere.json")).expect("read"), good);
}

#[test]
fn a_file_that_was_changed_since_keeps_its_changes() {
    let narrows = Narrows::in_project();
    let file = narrows.home().join(".cursor/mcp.json");
    write(
        &file,
        "{\n  \"mcpServers\": {\n    \"a\": {\"command\": \"a\"},\n    \"b\": {\"command\": \"b\"}\n  }\n}\n",
    );
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("set");
    assert_eq!(run(&narrows, &["init", "--yes"]).code, Some(0));
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o640);
    let changed =
        fs::read_to_string(&file).expect("read").replace("{\n  \"mcp", "{\n  // new\n  \"x\": 1,\n  \"mcp");
    let changed = changed.replace("\"narrows\": {", "\"b\": {\"command\": \"mine\"},\n    \"narrows\": {");
    write(&file, &changed);
    write(&own(&narrows), "{\"mcpServers\": {}, \"narrows\": {\"runners\": 2}}");
    let undone = run(&narrows, &["init", "--undo"]);
    let lines = format!(
        "put the servers back into {}, which was changed since\nleft {}, which was changed since\n",
        file.display(),
        own(&narrows).display()
    );
    assert_eq!((undone.code, undone.stdout), (Some(0), lines), "{}", undone.stderr);
    assert_eq!(
        fs::read_to_string(&file).expect("read"),
        "{\n  // new\n  \"x\": 1,\n  \"mcpServers\": {\n    \"b\": {\"command\": \"mine\"},\n    \"a\": {\n      \"command\": \"a\"\n    }\n  }\n}\n"
    );
    let nothing = run(&narrows, &["init", "--undo"]);
    assert_eq!(
        (nothing.code, nothing.stderr.starts_with("error: there is nothing to take back")),
        (Some(2), true)
    );
}

#[test]
fn what_was_interrupted_can_be_repeated_and_taken_back() {
    let narrows = Narrows::in_project();
    let files = [".cursor/mcp.json", ".kiro/settings/mcp.json", ".junie/mcp/mcp.json"]
        .map(|file| narrows.home().join(file));
    let texts = ["a", "b", "c"]
        .map(|name| format!("{{\"mcpServers\": {{\"{name}\": {{\"command\": \"{name}\"}}}}}}"));
    let lay = || files.iter().zip(&texts).for_each(|(file, text)| write(file, text));
    let are_as_before =
        || files.iter().zip(&texts).all(|(file, text)| fs::read_to_string(file).expect("read") == *text);
    lay();
    assert_eq!(run(&narrows, &["init", "--yes"]).code, Some(0));
    // As if it had been killed before the last file was written.
    write(&files[2], &texts[2]);
    assert_eq!(run(&narrows, &["init", "--yes"]).code, Some(0));
    assert!(fs::read_to_string(&files[2]).expect("read").contains("\"narrows\""));
    assert_eq!(own_servers(&narrows).as_object().map(serde_json::Map::len), Some(3));
    for code in [Some(0), Some(0), Some(2)] {
        assert_eq!(run(&narrows, &["init", "--undo"]).code, code);
    }
    assert!(are_as_before() && !own(&narrows).exists());
    // And taken back right away.
    assert_eq!(run(&narrows, &["init", "--yes"]).code, Some(0));
    write(&files[1], &texts[1]);
    write(&files[2], &texts[2]);
    assert_eq!(run(&narrows, &["init", "--undo"]).code, Some(0));
    assert!(are_as_before() && !own(&narrows).exists());
    // One that cannot be taken back does not keep the others, and is taken back once it can be read.
    assert_eq!(run(&narrows, &["init", "--yes"]).code, Some(0));
    write(&files[0], "{ oops");
    let undone = run(&narrows, &["init", "--undo"]);
    assert_eq!(undone.code, Some(1), "{}", undone.stderr);
    assert!(undone.stdout.contains("line 1, column 3: this is not JSON"), "{}", undone.stdout);
    write(&files[0], "{}");
    assert_eq!(run(&narrows, &["init", "--undo"]).code, Some(0));
    assert!(fs::read_to_string(&files[0]).expect("read").contains("\"a\""));
}

#[test]
fn two_at_once_do_it_once() {
    let narrows = Narrows::in_project();
    let file = narrows.home().join(".cursor/mcp.json");
    let text = "{\"mcpServers\": {\"a\": {\"command\": \"a\"}}}";
    write(&file, text);
    thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| run(&narrows, &["init", "--yes"])));
        for done in both.map(|thread| thread.join().expect("it ends")) {
            let is_late =
                done.stderr.contains("the files changed since they were shown, and nothing was done");
            assert!(done.code == Some(0) || is_late, "{:?} {}", done.code, done.stderr);
        }
    });
    assert_eq!(own_servers(&narrows), json!({"a": {"command": "a"}}));
    assert_eq!(run(&narrows, &["init", "--undo"]).code, Some(0));
    assert_eq!(fs::read_to_string(&file).expect("read"), text);
    assert_eq!(run(&narrows, &["init", "--undo"]).code, Some(2), "it was done once");
}

#[test]
fn credentials_are_not_shown() {
    let narrows = Narrows::in_project();
    let entry = json!({"mcpServers": {
        "a": {"command": "x", "args": ["--api-key", "K3Y-ARG"], "env": {"A_TOKEN": "K3Y-ENV"}},
        "b": {"url": "https://u:K3Y-USER@e.example/mcp?key=K3Y-QUERY", "headers": {"Authorization": "Bearer K3Y-HEADER"}},
    }});
    write(&narrows.home().join(".cursor/mcp.json"), &entry.to_string());
    for arguments in
        [&["init", "--dry-run"][..], &["init", "--json"], &["init", "--yes"], &["init"], &["init", "--undo"]]
    {
        let shown = run(&narrows, arguments);
        assert!(
            !shown.stdout.contains("K3Y") && !shown.stderr.contains("K3Y"),
            "{}{}",
            shown.stdout,
            shown.stderr
        );
    }
}

#[test]
fn one_client_is_connected_and_disconnected() {
    let narrows = Narrows::in_project();
    let file = narrows.home().join(".cursor/mcp.json");
    let names = || {
        let text = fs::read_to_string(&file).expect("read");
        let value: Value = serde_json::from_str(&text).expect("JSON");
        value["mcpServers"].as_object().expect("servers").keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(run(&narrows, &["connect", "cursor"]).code, Some(0));
    assert_eq!(names(), ["narrows"], "a file that is not there is made");
    assert_eq!(run(&narrows, &["init", "--undo"]).code, Some(0));
    assert!(!file.exists());
    write(&file, "{\"mcpServers\": {\"a\": {\"command\": \"a\"}}}");
    assert_eq!(run(&narrows, &["connect", "cursor"]).code, Some(0));
    assert_eq!(names(), ["a", "narrows"]);
    assert_eq!(run(&narrows, &["disconnect", "cursor"]).code, Some(0));
    assert_eq!(names(), ["a"]);
    assert_eq!(run(&narrows, &["init", "--yes"]).code, Some(0));
    assert_eq!(names(), ["narrows"]);
    assert_eq!(run(&narrows, &["disconnect", "cursor"]).code, Some(0));
    assert_eq!(names(), ["a"]);
    let goose = run(&narrows, &["connect", "goose"]);
    let add = format!(
        "extensions:\n  narrows:\n    name: narrows\n    type: stdio\n    cmd: \"{}\"\n",
        env!("CARGO_BIN_EXE_narrows")
    );
    assert_eq!((goose.code, goose.stderr.contains(&add)), (Some(64), true), "{}", goose.stderr);
    let wrong = run(&narrows, &["connect", "curser"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("did you mean `cursor`?"), "{}", wrong.stderr);
}

#[test]
fn of_servers_that_are_added_at_once_none_is_lost() {
    let narrows = Narrows::in_project();
    thread::scope(|scope| {
        for number in 0..8 {
            let narrows = &narrows;
            scope.spawn(move || {
                let added = run(narrows, &["add", &format!("s{number}"), "--", "true"]);
                assert_eq!(added.code, Some(0), "{}", added.stderr);
            });
        }
    });
    let written = fs::read_to_string(own(&narrows)).expect("read");
    let config: Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!(config["mcpServers"].as_object().map(serde_json::Map::len), Some(8), "{written}");
}

#[test]
fn a_server_without_a_name_stays_with_its_client() {
    let narrows = Narrows::in_project();
    let servers = r#"{"mcpServers": {"": {"command": "x"}, "ok": {"command": "y"}}}"#;
    let cursor = narrows.home().join(".cursor/mcp.json");
    write(&cursor, servers);
    let output = run(&narrows, &["init", "--yes"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(output.stderr.contains("`narrows doctor --config "), "{}", output.stderr);
    let left: Value = serde_json::from_str(&fs::read_to_string(&cursor).expect("read")).expect("JSON");
    assert_eq!(left["mcpServers"][""], json!({"command": "x"}), "{left}");
    let taken: Value = serde_json::from_str(&fs::read_to_string(own(&narrows)).expect("read")).expect("JSON");
    assert_eq!(taken["mcpServers"], json!({"ok": {"command": "y"}}));
}

#[test]
fn servers_are_added_removed_and_imported() {
    let narrows = Narrows::in_project();
    let said = |arguments: &[&str]| {
        let output = run(&narrows, arguments);
        (output.code, output.stdout + &output.stderr)
    };
    let (code, text) = said(&["add", "files", "--", "npx", "-y", "server-filesystem", "--token=K3Y"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("starts npx -y server-filesystem --token=[credential] (files)"), "{text}");
    assert!(text.contains("a word of its command line or its address looks like a credential"), "{text}");
    write(
        &own(&narrows),
        "{\n  // mine\n  \"mcpServers\": {\n    // files\n    \"files\": { \"command\": \"x\" }\n  }\n}\n",
    );
    let (code, text) =
        said(&["add", "docs", "https://e.example/mcp", "--header", "Authorization: Bearer ${DOCS_TOKEN}"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(!text.contains("looks like a credential"), "{text}");
    let (code, text) = said(&["add", "docs", "https://e.example/mcp"]);
    assert_eq!((code, text.contains("there is a server `docs` already")), (Some(2), true), "{text}");
    write(&narrows.folder().join("more.toml"), "[mcp_servers.more]\ncommand = \"m\"\n");
    let (code, text) = said(&["import", "more.toml", "--yes"]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(said(&["remove", "files"]).0, Some(0));
    let (code, text) = said(&["remove", "doccs"]);
    assert_eq!((code, text.contains("did you mean `docs`?")), (Some(2), true), "{text}");
    assert_eq!(
        fs::read_to_string(own(&narrows)).expect("read"),
        "{\n  // mine\n  \"mcpServers\": {\n    // files\n    \"docs\": {\n      \"url\": \"https://e.example/mcp\",\n      \"headers\": {\n        \"Authorization\": \"Bearer ${DOCS_TOKEN}\"\n      }\n    },\n    \"more\": {\n      \"command\": \"m\"\n    }\n  }\n}\n"
    );
}
