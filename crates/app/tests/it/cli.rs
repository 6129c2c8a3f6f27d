//! The commands, as a person types them: what they print, and their exit codes.

use std::{
    fs,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    narrows::{CONFIG, Narrows, finish, wait_until},
    servers::{config, demo, fetched, fetched_path, misbehave},
};

fn slack() -> Narrows {
    Narrows::configured(&config([("slack", demo("slack"))]))
}

#[test]
fn a_script_prints_its_value_alone_on_stdout() {
    let narrows = Narrows::new();
    narrows.write("a.ts", "console.log('on the way');\nconsole.error('careful');\nreturn { done: true };");
    narrows.write("narrows.json", "{\"mcpServers\": {}}");
    let output = narrows.output(&["run", "a.ts", "--quiet"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert_eq!(output.stdout, "on the way\n{\n  \"done\": true\n}\n");
    assert_eq!(output.stderr, "careful\n");
}

#[test]
fn a_script_that_throws_shows_its_line() {
    let narrows = Narrows::configured(&config([]));
    narrows.write("a.ts", "const a: any = null;\na.x;\n");
    let output = narrows.output(&["run", "a.ts", "--quiet"]);
    assert_eq!(output.code, Some(1));
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("--> a.ts:2:"), "{}", output.stderr);
}

#[test]
fn no_script_speaks_to_the_terminal() {
    let narrows = Narrows::configured(&config([]));
    narrows.write("returns.ts", r#"return "\u009b2J\u202e\u{e0041} ok";"#);
    for arguments in [&["run", "returns.ts", "--quiet"][..], &["run", "returns.ts", "--json"]] {
        let output = narrows.output(arguments);
        assert!(
            output.stdout.contains(r"\u009b2J\u202e\udb40\udc41 ok"),
            "{}",
            output.stdout.escape_unicode()
        );
        assert_eq!(output.stdout.chars().find(|c| *c != '\n' && c.is_control()), None);
    }
    let throws = r#"const evil = { ["\u001b[2Jf"]() { throw Object.assign(new Error("no"), { name: "\u009b2J" }); } };
        evil["\u001b[2Jf"]();"#;
    narrows.write("throws.ts", throws);
    let output = narrows.output(&["run", "throws.ts"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("error: \u{fffd}2J: no"), "{}", output.stderr.escape_debug());
    assert_eq!(output.stderr.chars().find(|c| *c != '\n' && c.is_control()), None, "{:?}", output.stderr);
}

#[test]
#[cfg(unix)]
fn what_is_kept_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let narrows = slack();
    let folder = narrows.home().join("data/narrows");
    fs::create_dir_all(&folder).expect("the folder is made");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("it may be changed");
    narrows.record("await fs.writeFile('/workspace/a', 'b');", &[]);
    for entry in fs::read_dir(&folder).expect("the folder can be read") {
        let path = entry.expect("the entry can be read").path();
        let mode = path.metadata().expect("it is there").permissions().mode() & 0o777;
        assert!(mode & 0o077 == 0, "{} has mode {mode:o}", path.display());
    }
}

#[test]
fn a_script_can_come_from_stdin() {
    let narrows = Narrows::configured(&config([]));
    let script = narrows.write("a.ts", "return 1 + 1");
    let stdin = fs::File::open(script).expect("the script is there");
    let output = finish(narrows.command(&["run", "-", "--quiet"]).stdin(stdin));
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), "2\n"), "{}", output.stderr);
}

#[test]
fn mistakes_have_their_own_exit_codes() {
    let narrows = slack();
    narrows.write(
        "bad.json",
        "{\"mcpServers\": {\"a\": {\"command\": \"x\"}}, \"narrows\": {\"limits\": {\"cpu\": 1}}}",
    );
    narrows.write("torn.json", "{\"mcpServers\": {");
    narrows.write("throws.ts", "throw new Error('no')");
    narrows.write("torn.ts", "return (");
    for (arguments, code, says) in [
        (&["run", "no-such-file.ts"][..], 2, "no-such-file.ts"),
        (&["run", "throws.ts"], 1, "Error: no"),
        (&["run", "torn.ts"], 1, "torn.ts:1:"),
        (&["frobnicate"], 2, "frobnicate"),
        (&["tools", "slak"], 2, "error: there is no server `slak`\nhint: did you mean `slack`?\n"),
        (
            &["tools", "frobnicate"],
            2,
            "error: there is no server `frobnicate`\nhint: the configured servers are `slack`\n",
        ),
        (
            &["trust", "slack", "send_mesage"],
            2,
            "error: server `slack` has no tool `send_mesage` now\nhint: did you mean `send_message`?\n",
        ),
        (&["trust", "slak"], 2, "error: there is no server `slak`\nhint: did you mean `slack`?\n"),
        (
            &["search", "--server", "slak", "x"],
            2,
            "error: there is no server `slak`; did you mean `slack`?\n",
        ),
        (&["search", ""], 2, "QUERIES"),
        (&["search", "x", "--limit", "0"], 2, "error: `limit` must be from 1 to 100, not 0\n"),
        (
            &["search", "x", "--detail", "much"],
            2,
            "there is no detail level `much`; use `names`, `signatures` or `full`",
        ),
        (
            &["call", "slack", "send_mesage"],
            2,
            "error: there is no tool `slack/send_mesage`; did you mean `slack/sendMessage`?\n",
        ),
        (
            &["call", "slak", "list_channels"],
            2,
            "error: there is no server `slak`\nhint: did you mean `slack`?\n",
        ),
        (&["skill", "show", "no such"], 2, "`no such` is not a name for a skill"),
        (&["skill", "save", "a", "no-such-file.ts"], 2, "no-such-file.ts"),
        (&["eval", "search", "--tools", "none", "--queries", "none"], 2, "none cannot be opened"),
        (&["types", "torn.ts"], 2, "--schema torn.ts --name NAME"),
        (&["types", "out", "--name", "Foo"], 2, "--name"),
        (&["run", "throws.ts", "--demo", "--config", "x"], 2, "`--demo` uses no configuration"),
        (&["serve", "--http", "x"], 2, "`x` is not an address and a port, as in `127.0.0.1:7227`"),
        (&["help", "run"], 0, ""),
        (&["call", "slack", "send_message", "{\"channel\": \"#a\"}"], 1, "text"),
        (&["call", "slack", "send_message", "[1]"], 2, "JSON object"),
        (&["--config", "missing.json", "tools"], 64, "missing.json"),
        (&["--config", "torn.json", "tools"], 64, "torn.json"),
        (&["--config", "bad.json", "tools"], 64, "cpu_seconds"),
    ] {
        let output = narrows.output(arguments);
        assert_eq!(output.code, Some(code), "{arguments:?}: {} {}", output.stdout, output.stderr);
        assert!(output.stderr.contains(says), "{arguments:?}: {}", output.stderr);
    }
}

#[test]
fn without_a_configuration_a_person_is_told_what_to_do() {
    let output = Narrows::new().output(&["tools"]);
    assert_eq!(output.code, Some(64));
    assert!(output.stderr.contains("mcpServers"), "{}", output.stderr);
}

#[test]
fn a_tool_is_called_by_either_name() {
    let narrows = slack();
    for tool in ["send_message", "sendMessage"] {
        let output =
            narrows.output(&["call", "slack", tool, "{\"channel\": \"#a\", \"text\": \"hi\"}", "--json"]);
        assert_eq!(output.json()["value"]["ok"], true, "{}", output.stderr);
    }
    let gone = Narrows::configured(&config([("gone", json!({"command": "no-such-program-anywhere"}))]));
    for arguments in [&["tools", "gone"][..], &["call", "gone", "x"]] {
        let output = gone.output(arguments);
        assert_eq!(output.code, Some(69), "{arguments:?}: {}", output.stderr);
        assert!(output.stderr.starts_with("error: server `gone` is not available"), "{}", output.stderr);
    }
    let output = gone.output(&["tools"]);
    assert!(output.stdout.contains("not found in PATH"), "{}", output.stdout);
    assert_eq!(output.stderr, "", "the list says it");
}

#[test]
fn servers_and_tools_are_listed() {
    let narrows = Narrows::new();
    let servers = narrows.output(&["tools", "--demo", "--json"]).json();
    let ready: Vec<_> =
        servers.as_array().expect("a list").iter().filter(|server| server["state"] == "ready").collect();
    assert_eq!(ready.len(), 8, "{servers}");
    let tools = narrows.output(&["tools", "zendesk", "--demo", "--json"]).json();
    let names: Vec<_> = tools.as_array().expect("a list").iter().map(|tool| tool["name"].as_str()).collect();
    assert_eq!(names.len(), 3, "{tools}");
}

#[test]
fn a_disabled_server_is_said_to_be_disabled() {
    let narrows = Narrows::configured(&config([("off", json!({"command": "x", "disabled": true}))]));
    let listed = narrows.output(&["tools"]);
    assert!(listed.stdout.contains("off     disabled         by the configuration"), "{}", listed.stdout);
    assert_eq!(narrows.output(&["tools", "--json"]).json(), json!([{"server": "off", "state": "disabled"}]));
    let called = narrows.output(&["call", "off", "x"]);
    let hint = "hint: the configuration has no servers, or all of them are disabled\n";
    assert_eq!(called.stderr, format!("error: there is no server `off`\n{hint}"));
}

#[test]
fn a_search_finds_the_tool_for_the_task() {
    let output =
        Narrows::new().output(&["search", "send a mail to a customer", "--demo", "--json", "--limit", "3"]);
    let hits = output.json();
    assert_eq!(hits[0]["tool"], "send_email", "{hits}");
    assert!(hits.as_array().is_some_and(|hits| hits.len() <= 3), "{hits}");
}

#[test]
fn errors_say_what_is_behind_them() {
    let narrows = slack();
    let several =
        narrows.record("await Promise.any([Promise.reject(new TypeError('a')), Promise.reject('b')]);", &[]);
    assert_eq!(several["error"]["message"], "TypeError: a; b", "{several}");
    let caused = narrows.record("throw new Error('no', { cause: new TypeError('null') });", &[]);
    assert_eq!(caused["error"]["message"], "no (caused by TypeError: null)", "{caused}");
    let forgotten = narrows.record(
        "import { listChannels } from './servers/slack';\nreturn listChannels().map((channel) => channel.name);",
        &[],
    );
    let hint = forgotten["error"]["hint"].as_str().unwrap_or_default();
    assert!(hint == "`listChannels()` is a promise; write `(await listChannels()).map`", "{forgotten}");
    let warning = &forgotten["warnings"][0];
    assert_eq!(warning, "1 call was not awaited; write `await`, or `await Promise.all(…)` for several");
}

#[test]
fn skills_are_kept_and_imported() {
    let narrows = slack();
    narrows.write(
        "skill.ts",
        "import { listChannels } from './servers/slack';\n\
         /** How many channels there are. */\n\
         export async function countChannels() { return (await listChannels()).length; }",
    );
    assert_eq!(narrows.output(&["skill", "save", "channels", "skill.ts"]).code, Some(0));
    for list in [["skill", "list"], ["skill", "ls"], ["skills", "ls"]] {
        assert!(narrows.output(&list).stdout.contains("channels"), "{list:?}");
    }
    for (command, name, hint) in [
        ("show", "chanels", "did you mean `channels`?"),
        ("remove", "frobnicate", "the skills are `channels`"),
    ] {
        let unknown = narrows.output(&["skill", command, name]);
        assert_eq!(unknown.stderr, format!("error: there is no skill `{name}`\nhint: {hint}\n"));
    }
    let record = narrows
        .record("import { countChannels } from './skills/channels';\nreturn await countChannels();", &[]);
    assert_eq!(record["value"], 6, "{record}");
    let misspelt = narrows
        .record("import { countChanels } from './skills/channels';\nreturn await countChanels();", &[]);
    let problem = &misspelt["error"]["problems"][0];
    assert_eq!(problem["message"], "`./skills/channels` does not export `countChanels`", "{misspelt}");
    assert_eq!((&problem["line"], &problem["column"]), (&1.into(), &10.into()));
    assert_eq!(problem["hint"], "did you mean `countChannels`?");
    assert_eq!(
        narrows.output(&["skill", "save", "channels", "skill.ts"]).stdout,
        "replaced /skills/channels.ts\n"
    );
    let shown = narrows.output(&["skill", "show", "channels", "--json"]).json();
    assert!(shown["source"].as_str().is_some_and(|source| source.contains("countChannels")), "{shown}");
    let skill = json!({
        "skill": "channels", "path": "skills/channels", "description": "",
        "exports": ["countChannels"], "signature": "countChannels()",
    });
    let hits = narrows.output(&["search", "how many channels", "--json"]).json();
    assert_eq!(hits.as_array().and_then(|hits| hits.last()), Some(&skill), "{hits}");
    let found = narrows.output(&["search", "how many channels"]).stdout;
    let block = "Skills:\nimport { countChannels } from './skills/channels'\ncountChannels()\n";
    assert!(found.ends_with(block), "{found}");
    let record = narrows.record("return (await searchTools('how many channels')).at(-1);", &[]);
    assert_eq!(record["value"], skill, "{record}");
    let removed = narrows.output(&["skill", "remove", "channels", "--json"]).json();
    assert_eq!(removed, json!({"removed": "channels"}));
    assert_eq!(narrows.output(&["skill", "show", "channels"]).code, Some(2));
}

#[test]
fn what_is_wrong_with_a_skill_is_said_once() {
    let narrows = slack();
    narrows.write(
        "skill.ts",
        "import { listChanels } from './servers/slack';\nimport './servers/slak';\nexport const list = listChanels;",
    );
    let refused = narrows.output(&["skill", "save", "channels", "skill.ts"]);
    assert_eq!(
        refused.stderr,
        "error: the skill was not saved: 1:10: `./servers/slack` does not export `listChanels`; 2:8: there is no server \
         `slak`\nhint: did you mean `listChannels`?\n"
    );
}

#[test]
fn a_workspace_is_kept_between_runs_and_apart_from_others() {
    let narrows = Narrows::configured(&config([]));
    narrows.record("import { fs } from 'narrows';\nawait fs.writeFile('/workspace/a.txt', 'kept');", &[]);
    let read = "import { fs } from 'narrows';\nreturn await fs.exists('/workspace/a.txt');";
    assert_eq!(narrows.record(read, &[])["value"], true);
    assert_eq!(narrows.record(read, &["--workspace", "other"])["value"], false);
}

#[test]
fn what_the_demo_company_is_told_can_be_checked_later() {
    let narrows = Narrows::new();
    let state = narrows.home().join("state").display().to_string();
    let printed = narrows.output(&["demo", "config", "--state", &state]);
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    narrows.write("narrows.json", &printed.stdout);
    let script = "import { updateRecord } from './servers/salesforce';\n\
                  await updateRecord({ id: 'opp-456', field: 'summary', value: 'short' });";
    assert_eq!(narrows.record(script, &[])["outcome"], "returned");
    let query = "{\"object\": \"Opportunity\", \"fields\": [\"summary\"], \"where\": \"Id = 'opp-456'\"}";
    let found = narrows.output(&["call", "salesforce", "query_records", query, "--json"]).json();
    assert_eq!(found["value"][0]["summary"], "short", "{found}");
}

#[test]
fn the_demo_runs() {
    let output = Narrows::new().output(&["demo"]);
    assert_eq!(output.code, Some(0), "{}\n{}", output.stdout, output.stderr);
    for title in ["Meeting notes", "Qualified leads", "Weekly report", "Ticket triage"] {
        assert!(output.stdout.contains(title), "{title}: {}", output.stdout);
    }
}

#[test]
fn the_doctor_says_what_is_wrong() {
    let healthy = slack().output(&["doctor"]);
    assert_eq!(healthy.code, Some(0), "{}\n{}", healthy.stdout, healthy.stderr);
    let servers = config([("slack", demo("slack")), ("bad", json!({"command": "no-such-program-anywhere"}))]);
    let ill = Narrows::configured(&servers).output(&["doctor", "--json"]);
    assert_ne!(ill.code, Some(0));
    assert!(ill.json().to_string().contains("no-such-program-anywhere"));
}

#[test]
fn a_run_that_is_interrupted_leaves_its_record() {
    let servers = config([("slack", demo("slack")), ("bad", misbehave("mute"))]);
    let narrows = Narrows::configured(&servers);
    narrows.write(
        "a.ts",
        "import { listChannels } from './servers/slack';\nimport { work } from './servers/bad';\n\
         import { fs } from 'narrows';\n\
         console.log((await listChannels()).length);\nawait fs.writeFile('/workspace/here', '');\nawait work();",
    );
    let here = narrows.home().join("data/narrows/workspaces/default/workspace/here");
    let mut command = narrows.command(&["run", "a.ts", "--json"]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the binary starts");
    wait_until("the script waits", || here.exists() || child.try_wait().is_ok_and(|ended| ended.is_some()));
    let signalled = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(signalled.is_ok_and(|status| status.success()));
    let output = child.wait_with_output().expect("it ends");
    let record: Value = serde_json::from_slice(&output.stdout).expect("one object");
    assert_eq!((output.status.code(), &record["outcome"]), (Some(130), &json!("cancelled")), "{record}");
    assert_eq!(record["printed"][0]["text"], "6", "{record}");
    // Whether the second call was begun when the signal came is chance.
    assert_eq!(record["calls"][0]["tool"], "list_channels", "{record}");
}

#[test]
fn narrows_among_its_own_servers_is_told_so() {
    let narrows = Narrows::new();
    let program = env!("CARGO_BIN_EXE_narrows");
    let file = narrows.write(CONFIG, "").display().to_string();
    let servers = config([
        ("slack", demo("slack")),
        ("self", json!({"command": program, "args": ["--config", file, "serve"]})),
        ("hidden", json!({"command": "sh", "args": ["-c", format!("exec {program} --config {file} serve")]})),
    ]);
    narrows.write(CONFIG, &servers.to_string());
    let doctor = narrows.output(&["doctor", "--json"]).json();
    assert_eq!(
        doctor["warnings"],
        json!(["`self` is Narrows itself with this same configuration; it is left out"])
    );
    assert_eq!(doctor["servers"][1]["state"], "failed", "{doctor}");
    let said = doctor["servers"][1]["stderr"].to_string();
    assert!(said.contains("starts Narrows with this same configuration again"), "{said}");
}

#[test]
fn every_command_has_json() {
    let narrows = slack();
    let completions = narrows.output(&["completions", "zsh", "--json"]).json();
    let script = completions["script"].as_str().unwrap_or_default();
    assert!(script.contains("doctor") && !script.contains("demo-server"), "{script}");
    let doctor = narrows.output(&["doctor", "--json"]).json();
    assert_eq!(doctor["limits"]["cpu_seconds"], 10);
}

#[test]
fn what_is_quoted_cannot_command_a_terminal() {
    let narrows = Narrows::configured(&config([]));
    narrows.write("a.ts", &format!("/* {} */ const \u{1b}[31m = 1", "long ".repeat(1000)));
    let output = narrows.output(&["run", "a.ts"]);
    assert!(!output.stderr.contains('\u{1b}'), "{:?}", output.stderr);
    assert!(output.stderr.lines().all(|line| line.chars().count() < 200), "{}", output.stderr);
}

#[test]
fn a_credential_is_never_printed() {
    const SECRET: &str = "hunter2-hunter2";
    let mut server = misbehave("dies");
    server["env"] = json!({"API_KEY": SECRET});
    let narrows = Narrows::configured(&config([("bad", server)]));
    narrows.write("a.ts", "import { work } from './servers/bad';\nreturn await work();");
    for arguments in
        [&["doctor"][..], &["doctor", "--json"], &["tools"], &["run", "a.ts"], &["run", "a.ts", "--json"]]
    {
        let mut command = narrows.command(arguments);
        let output = finish(command.env("NARROWS_LOG", "trace").stdin(Stdio::null()));
        assert!(!output.stdout.contains(SECRET) && !output.stderr.contains(SECRET), "{arguments:?}");
    }
}

#[test]
fn the_generated_tree_compiles() {
    let Some(tsc) = fetched("tsc") else { return };
    let narrows = Narrows::new();
    let output = narrows.output(&["types", "tree", "--demo"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    narrows.write(
        "tree/use.ts",
        "import { getTickets } from './servers/zendesk/index.ts';\n\
         const tickets = await getTickets({ status: 'new', assignee: null });\n\
         export const subjects: string[] = tickets.map(ticket => ticket.subject);\n",
    );
    let arguments = ["--noEmit", "--strict", "--target", "es2023", "--module", "esnext"];
    let more = ["--moduleResolution", "bundler", "--allowImportingTsExtensions", "tree/use.ts"];
    let mut command = std::process::Command::new(tsc);
    command.args(arguments).args(more).current_dir(narrows.home()).env("PATH", fetched_path());
    let output = finish(&mut command);
    assert_eq!(output.code, Some(0), "{}{}", output.stdout, output.stderr);
}
