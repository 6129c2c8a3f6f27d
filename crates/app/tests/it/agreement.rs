//! A configuration that lies in the current folder starts nothing until its person has agreed to it.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    narrows::{CONFIG, Narrows, finish},
    servers::{config, demo},
};

/// What a stranger may have put into a folder.
const PROJECT: &str = ".mcp.json";

/// A program that leaves a mark when it is started.
fn marking(mark: &Path) -> Value {
    json!({"command": "sh", "args": ["-c", format!("touch {}", mark.display())]})
}

fn stranger() -> (Narrows, PathBuf) {
    let narrows = Narrows::in_project();
    let mark = narrows.folder().join("started");
    narrows.write(
        PROJECT,
        &config([("evil", marking(&mark)), ("docs", json!({"url": "https://e.example/mcp"}))]).to_string(),
    );
    narrows.write("a.ts", "return 1");
    (narrows, mark)
}

#[test]
fn no_command_starts_what_nobody_agreed_to() {
    let (narrows, mark) = stranger();
    let file = narrows.folder().join(PROJECT);
    let says = format!(
        "error: `{}` lies in the current folder, and you have not agreed to what it does\nhint: `narrows allow` shows what it does, \
         `narrows allow --yes` agrees to it; a file named by `--config` needs no agreement\n",
        file.display()
    );
    for arguments in [
        &["tools"][..],
        &["run", "a.ts"],
        &["call", "evil", "x"],
        &["search", "x"],
        &["types", "out"],
        &["trust"],
        &["doctor"],
        &["skill", "list"],
        &["skill", "save", "a", "a.ts"],
    ] {
        let output = narrows.output(arguments);
        assert_eq!((output.code, &*output.stdout, &*output.stderr), (Some(64), "", &*says), "{arguments:?}");
    }
    let error = &narrows.output(&["tools", "--json"]).json()["error"];
    assert_eq!((&error["code"], &error["exit_code"]), (&json!("configuration"), &json!(64)));
    for arguments in
        [&["help"][..], &["completions", "bash"], &["demo", "config"], &["run", "--demo", "a.ts"]]
    {
        assert_eq!(narrows.output(arguments).code, Some(0), "{arguments:?}");
    }
    assert!(!mark.exists());
}

/// What an agent and its person are told where a configuration is not used.
fn not_started(narrows: &Narrows) -> String {
    format!(
        "The servers of `{}` are not started, because the user has not agreed to what this file does. If they are needed, \
         ask the user to type `narrows allow` in the folder `{}` and then to start this MCP server again.",
        narrows.folder().join(PROJECT).display(),
        narrows.folder().display()
    )
}

#[test]
fn an_agent_keeps_its_persons_own_servers_beside_a_file_nobody_agreed_to() {
    let (narrows, mark) = stranger();
    let own = narrows.write(CONFIG, &config([("slack", demo("slack"))]).to_string());
    let served = narrows.output(&["serve"]);
    let expect = format!(
        "warning: `{}` lies in the current folder, and you have not agreed to what it does; `{}` is used instead until you \
         type `narrows allow` there and start this again\n",
        narrows.folder().join(PROJECT).display(),
        own.display()
    );
    assert_eq!((served.code, served.stderr), (Some(0), expect));

    let (mut agent, greeting) = Agent::legacy(&narrows, &[]);
    let instructions = greeting["instructions"].as_str().expect("instructions").to_owned();
    assert!(instructions.contains(&not_started(&narrows)), "{instructions}");
    let found = agent.search_until("post message", |text| text.contains("./servers/slack"));
    assert!(!found.contains("evil"), "{found}");
    assert_eq!(agent.leave(), Some(0));
    assert!(!mark.exists());

    assert_eq!(narrows.output(&["tools"]).code, Some(64), "a person is there to agree");
    // That a server of it cannot be reached may be said by then.
    let warns = |arguments: &[&str]| narrows.output(arguments).stderr.contains("warning: ");
    assert!(!warns(&["serve", "--config", PROJECT]));
    assert_eq!(narrows.output(&["allow", "--yes"]).code, Some(0));
    assert!(!warns(&["serve"]));
}

#[test]
fn an_agent_without_any_agreed_configuration_can_say_what_is_missing() {
    let (narrows, mark) = stranger();
    let served = narrows.output(&["serve"]);
    assert_eq!(served.code, Some(0));
    assert!(
        served.stderr.contains("; no server is started until you type `narrows allow`"),
        "{}",
        served.stderr
    );

    let (mut agent, greeting) = Agent::legacy(&narrows, &[]);
    let instructions = greeting["instructions"].as_str().expect("instructions").to_owned();
    assert!(instructions.contains(&not_started(&narrows)), "{instructions}");
    assert_eq!(agent.call("search_tools", json!({})).0, not_started(&narrows));
    let (found, _) = agent.call("search_tools", json!({"query": "read a file"}));
    assert_eq!(found, format!("No tool found. Servers:\n{}", not_started(&narrows)));
    assert_eq!(agent.run("return 1 + 1"), "Result:\n2");
    assert_eq!(agent.leave(), Some(0));
    assert!(!mark.exists());
}

#[test]
fn programs_beside_the_servers_need_agreement_too() {
    for (key, sandbox) in [
        (
            "narrows.sandbox.launcher",
            json!({"launcher": {"command": "./evil", "run": ["go"], "delete": ["it"]}}),
        ),
        ("narrows.sandbox.deno", json!({"engine": "deno", "deno": "./evil"})),
        ("narrows.sandbox.require", json!({"require": "none"})),
    ] {
        let narrows = Narrows::in_project();
        narrows.write("evil", "#!/bin/sh\ntouch started\n");
        narrows.write("a.ts", "return 1");
        narrows.write(PROJECT, &json!({"mcpServers": {}, "narrows": {"sandbox": sandbox}}).to_string());
        assert_eq!(narrows.output(&["run", "a.ts"]).code, Some(64), "{key}");
        let shown = narrows.output(&["allow"]).stdout;
        assert!(shown.contains(&format!("({key})")), "{shown}");
        assert_eq!(shown.contains("      run: go\n      delete: it\n"), key.ends_with("launcher"), "{shown}");
        assert!(!narrows.folder().join("started").exists());
    }
}

#[test]
fn what_is_agreed_to_is_shown_used_listed_and_taken_back() {
    let narrows = Narrows::in_project();
    let mut slack = demo("slack");
    slack["env"] = json!({"API_KEY": "K3Y", "NODE_OPTIONS": "--require ./x.js"});
    let file = narrows.write(PROJECT, &config([("slack", slack)]).to_string());
    let file = file.display();
    let program = env!("CARGO_BIN_EXE_narrows");

    let shown = narrows.output(&["allow"]);
    let expect = format!(
        "`{file}`\n  starts {program} demo-server slack (slack)\n      env API_KEY=[credential]\n      env NODE_OPTIONS=--require ./x.js\n"
    );
    assert_eq!((shown.code, shown.stdout), (Some(1), expect.clone()));
    assert_eq!(
        shown.stderr,
        format!(
            "error: `{file}` is not agreed to\nhint: look at what is shown, and agree to it with `narrows allow --yes`\n"
        )
    );
    let json = narrows.output(&["allow", "--json"]).json();
    assert_eq!((&json["agreed"], &json["does"][0]["does"]), (&json!(false), &json!("starts")));
    assert_eq!(narrows.output(&["tools"]).code, Some(64));

    let agreed = narrows.output(&["allow", "--yes"]);
    assert_eq!((agreed.code, agreed.stdout), (Some(0), expect), "{}", agreed.stderr);
    assert_eq!(narrows.output(&["tools"]).code, Some(0));
    assert_eq!(narrows.output(&["allow"]).code, Some(0), "it is agreed to");
    assert_eq!(narrows.output(&["allow", "--list"]).stdout, format!("{file}\n"));

    assert_eq!(narrows.output(&["allow", "--revoke"]).stdout, format!("revoked {file}\n"));
    assert_eq!(narrows.output(&["allow", "--revoke", PROJECT]).code, Some(2));
    assert_eq!(narrows.output(&["allow", "--list", "--json"]).json(), json!([]));
    assert_eq!(narrows.output(&["tools"]).code, Some(64));
}

#[test]
fn what_needs_no_agreement_is_said_to_need_none() {
    let narrows = Narrows::in_project();
    let own = narrows.write(CONFIG, &config([("slack", demo("slack"))]).to_string());
    let output = narrows.output(&["allow"]);
    let expect = format!(
        "`{}` is your own file and needs no agreement; this folder has no configuration\n",
        own.display()
    );
    assert_eq!((output.code, output.stderr), (Some(0), expect));
    assert!(output.stdout.contains("demo-server slack (slack)"), "{}", output.stdout);
    let json = narrows.output(&["allow", "--json"]);
    assert_eq!(
        (json.code, &json.json()["needed"], &json.json()["agreed"]),
        (Some(0), &json!(false), &json!(false))
    );

    let empty = narrows.write(PROJECT, "{\"mcpServers\": {}}");
    let output = narrows.output(&["allow"]);
    assert_eq!(
        (output.code, output.stderr),
        (Some(0), format!("`{}` needs no agreement\n", empty.display()))
    );
    assert_eq!(narrows.output(&["allow", "--list", "--json"]).json(), json!([]));
}

#[test]
fn a_changed_file_is_asked_for_again_and_shows_what_changed() {
    let narrows = Narrows::in_project();
    let text = |program: &str| {
        format!(
            "{{\n  \"mcpServers\": {{\n    \"a\": {{ \"command\": \"{program}\", \"env\": {{ \"TOKEN\": \"abc\" }} }}\n  }}\n}}\n"
        )
    };
    let file = narrows.write(PROJECT, &text("true"));
    assert_eq!(narrows.output(&["allow", "--yes"]).code, Some(0));
    narrows.write(PROJECT, &text("false"));
    let refused = narrows.output(&["tools"]);
    assert_eq!(refused.code, Some(64));
    let file = file.display();
    assert!(
        refused.stderr.starts_with(&format!("error: `{file}` changed since you agreed to it\n")),
        "{}",
        refused.stderr
    );
    let shown = narrows.output(&["allow"]);
    let expect = format!(
        "`{file}` changed since you agreed to it:\n     {{\n       \"mcpServers\": {{\n    -    \"a\": {{ \"command\": \"true\", \"env\": {{ \"TOKEN\": \"***\" }} }}\n    \
         +    \"a\": {{ \"command\": \"false\", \"env\": {{ \"TOKEN\": \"***\" }} }}\n       }}\n     }}\n`{file}`\n  starts false (a)\n      env TOKEN=[credential]\n"
    );
    assert_eq!((shown.code, shown.stdout), (Some(1), expect));
    narrows.write(PROJECT, &text("true"));
    assert_ne!(narrows.output(&["tools"]).code, Some(64), "this is what was agreed to");
}

#[test]
fn a_persons_own_configuration_needs_no_agreement() {
    let narrows = Narrows::in_project();
    let servers = config([("slack", demo("slack"))]).to_string();
    narrows.write("own.json", &servers);
    assert_eq!(narrows.output(&["tools", "--config", "own.json"]).code, Some(0));
    narrows.write(CONFIG, &servers);
    assert_eq!(narrows.output(&["tools"]).code, Some(0), "in the XDG folder");
    narrows.write(PROJECT, r#"{"mcpServers": {}, "narrows": {"limits": {"calls": 7}}}"#);
    assert_eq!(narrows.output(&["tools"]).code, Some(0), "it does nothing a person should know before");
    let narrows = Narrows::new();
    narrows.write(PROJECT, &servers);
    assert_eq!(narrows.output(&["tools"]).code, Some(0), "in the home folder");
}

#[test]
fn several_processes_agree_at_once() {
    let narrows = Narrows::in_project();
    thread::scope(|scope| {
        for at in 0..8 {
            let folder = narrows.home().join(format!("p{at}"));
            fs::create_dir(&folder).expect("made");
            fs::write(folder.join(PROJECT), config([("a", json!({"command": "true"}))]).to_string())
                .expect("written");
            let mut command = narrows.command(&["allow", "--yes"]);
            command.current_dir(folder).stdin(Stdio::null());
            scope.spawn(move || assert_eq!(finish(&mut command).code, Some(0)));
        }
    });
    let listed = narrows.output(&["allow", "--list"]).stdout;
    assert_eq!(listed.lines().count(), 8, "{listed}");
}

#[test]
fn on_a_terminal_it_asks() {
    for (answer, code, agreed) in [("y\n", 0, 1), ("n\n", 64, 0), ("\n", 64, 0)] {
        let narrows = Narrows::in_project();
        narrows.write(PROJECT, &config([("slack", demo("slack"))]).to_string());
        let output = on_a_terminal(&narrows, "tools", answer);
        assert_eq!(output.0, Some(code), "{answer:?}: {}", output.1);
        assert!(output.1.contains("demo-server slack (slack)\r\nAgree to this? [y/N]"), "{}", output.1);
        let list = narrows.output(&["allow", "--list", "--json"]).json();
        assert_eq!(list.as_array().map(Vec::len), Some(agreed), "{answer:?}");
    }
}

/// Runs a command with a terminal at all its ends, and gives its exit code and what stood on the screen.
fn on_a_terminal(narrows: &Narrows, command: &str, typed: &str) -> (Option<i32>, String) {
    let plain = narrows.command(&[]);
    let line = format!("{} {command}", env!("CARGO_BIN_EXE_narrows"));
    let mut script = Command::new("script");
    script.args(["-qefc", &line, "/dev/null"]).current_dir(narrows.folder());
    script.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = script
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("`script` starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(typed.as_bytes()).expect("typed");
    let output = child.wait_with_output().expect("it ends");
    drop(stdin);
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_configuration_is_a_regular_file_of_a_bounded_size() {
    let narrows = Narrows::in_project();
    let path = narrows.folder().join("narrows.json");
    let cannot = |why: &str| format!("error: cannot read `{}`: {why}\n", path.display());
    let says = |why: &str| {
        let output = narrows.output(&["tools"]);
        assert_eq!((output.code, output.stderr), (Some(64), cannot(why)));
        fs::remove_file(&path).expect("removed");
    };
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo starts").success());
    says("it is a named pipe, not a regular file");
    std::os::unix::fs::symlink("/dev/zero", &path).expect("linked");
    says("it is a device, not a regular file");
    std::os::unix::fs::symlink("nowhere", &path).expect("linked");
    says("No such file or directory (os error 2)");
    fs::File::create(&path).and_then(|file| file.set_len(1 << 40)).expect("made");
    says("it has more than 67108864 bytes");
    narrows.write("dotfiles.json", r#"{"mcpServers": {}}"#);
    std::os::unix::fs::symlink("dotfiles.json", &path).expect("linked");
    assert_eq!(narrows.output(&["tools"]).code, Some(0), "dotfile managers link");
}

#[test]
fn without_a_home_nothing_is_made_in_the_current_folder() {
    let narrows = Narrows::in_project();
    narrows.write("own.json", r#"{"mcpServers": {}}"#);
    narrows.write("a.ts", "return 1");
    let run = |arguments: &[&str]| {
        let mut command = narrows.command(arguments);
        command.env_remove("HOME").env_remove("XDG_DATA_HOME").stdin(Stdio::null());
        finish(&mut command)
    };
    let says = "there is no folder for data: neither `XDG_DATA_HOME` nor `HOME` is set to an absolute path";
    for arguments in
        [&["run", "a.ts", "--config", "own.json"][..], &["run", "a.ts", "--demo"], &["allow", "--list"]]
    {
        let output = run(arguments);
        assert_eq!(output.code, Some(64), "{arguments:?}");
        assert!(output.stderr.contains(says), "{}", output.stderr);
    }
    narrows.write("own.json", r#"{"mcpServers": {}, "narrows": {"data_dir": "kept"}}"#);
    assert_eq!(run(&["run", "a.ts", "--config", "own.json"]).code, Some(0));
    assert!(!narrows.folder().join(".narrows").exists());
}

#[test]
fn nothing_is_written_through_a_link_in_the_data_folder() {
    let narrows = Narrows::configured(&config([]));
    let outside = narrows.home().join("outside");
    let data = narrows.home().join("data/narrows");
    fs::create_dir_all(data.join("workspaces")).expect("made");
    fs::create_dir(&outside).expect("made");
    std::os::unix::fs::symlink(&outside, data.join("workspaces/default")).expect("linked");
    narrows.write("a.ts", "await fs.writeFile('/workspace/a', 'b');");
    assert_eq!(narrows.output(&["run", "a.ts"]).code, Some(1));
    std::os::unix::fs::symlink(&outside, data.join("skills.new")).expect("linked");
    fs::remove_dir_all(data.join("skills")).expect("removed");
    fs::rename(data.join("skills.new"), data.join("skills")).expect("moved");
    let output = narrows.output(&["run", "a.ts"]);
    assert_eq!(output.code, Some(70));
    assert!(output.stderr.contains("skills` is a link, which is not followed"), "{}", output.stderr);
    assert_eq!(fs::read_dir(&outside).expect("listed").count(), 0);
}

#[test]
fn the_readme_of_types_names_a_command_that_works() {
    let narrows = Narrows::in_project();
    let readme =
        |folder: &str| fs::read_to_string(narrows.folder().join(folder).join("README.md")).expect("a README");
    narrows.write(CONFIG, &config([("slack", demo("slack"))]).to_string());
    assert_eq!(narrows.output(&["types", "own"]).code, Some(0));
    assert!(readme("own").contains("run them from here, `narrows run report.ts`."), "{}", readme("own"));

    narrows.write("narrows.json.new", &config([("mail", demo("mail"))]).to_string());
    fs::rename(narrows.folder().join("narrows.json.new"), narrows.folder().join("narrows.json"))
        .expect("moved");
    assert_eq!(narrows.output(&["allow", "--yes"]).code, Some(0));
    assert_eq!(narrows.output(&["types", "gen"]).code, Some(0));
    let named = "run them from here, `narrows run --config ../narrows.json report.ts`.";
    assert!(readme("gen").contains(named), "{}", readme("gen"));
    narrows.write("gen/report.ts", "1 + 1");
    let mut command = narrows.command(&["run", "--config", "../narrows.json", "report.ts"]);
    let ran = finish(command.current_dir(narrows.folder().join("gen")).stdin(Stdio::null()));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "2\n"), "{}", ran.stderr);

    assert_eq!(narrows.output(&["types", "company", "--demo"]).code, Some(0));
    assert!(readme("company").contains("`narrows run --demo report.ts`"), "{}", readme("company"));
}

#[test]
fn no_credential_is_shown_or_kept_wherever_it_stands() {
    let narrows = Narrows::in_project();
    let text = |mark: &str| {
        format!(
            "{{\n\"mcpServers\": {{\"a\": {{\n\"command\": \"true\",\n\"args\": [\n\"--db-password\",\n\"hunter{mark}secret\",\n\"a\\\"b\", \"--token\", \
             \"hunter{mark}secret\",\n\"--config={{\\\"apiKey\\\":\\\"hunter{mark}secret\\\"}}\"\n],\n\"env\": {{\n\"FOO_PASS\":\n\"hunter{mark}secret\",\n\
             \"PLAIN\": /* c */ \"hunter{mark}secret\"\n}}\n}}}}\n}}\n"
        )
    };
    narrows.write(PROJECT, &text("1"));
    let agreed = narrows.output(&["allow", "--yes"]);
    assert_eq!(agreed.code, Some(0));
    let holds = |text: &str| text.contains("hunter");
    assert!(!holds(&agreed.stdout), "{}", agreed.stdout);
    let files = fs::read_dir(narrows.home().join("data/narrows/agreements")).expect("kept");
    let kept: String =
        files.map(|file| fs::read_to_string(file.expect("listed").path()).expect("read")).collect();
    assert!(kept.contains("--db-password") && !holds(&kept), "{kept}");
    narrows.write(PROJECT, &text("2"));
    let (shown, json) = (narrows.output(&["allow"]), narrows.output(&["allow", "--json"]));
    assert!(!holds(&shown.stdout) && !holds(&json.stdout), "{}{}", shown.stdout, json.stdout);
    for line in
        ["+\"***\", (value changed)", "+\"PLAIN\": /* c */ \"***\" (value changed)", "env PLAIN=[not shown]"]
    {
        assert!(shown.stdout.contains(line), "{line}: {}", shown.stdout);
    }
}
