//! Recorded runs whose servers are played in tests: no server is started and nothing is configured.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    narrows::{Narrows, Output},
    servers::{company, config, demo, misbehave},
};

/// A job of the demo, by the name of its script.
fn job(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/scripts").join(name);
    fs::read_to_string(path).expect("a script of the demo")
}

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap_or_else(|| panic!("no run: {record}"))
}

/// Records runs into a file of a home that has no configuration.
fn recorded(narrows: &Narrows, runs: &[&Value], bare: &Narrows) -> (String, Output) {
    let file = bare.home().join("recording.json").display().to_string();
    let ids: Vec<_> = runs.iter().map(|run| id(run)).collect();
    let output = narrows.output(&[&["runs", "export", "--mock", "--force", "-o", &file], &ids[..]].concat());
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    (file, output)
}

#[test]
fn the_jobs_of_the_demo_are_tests_without_servers() {
    let mut all = company();
    all["narrows"] = json!({});
    let (narrows, bare) = (Narrows::configured(&all), Narrows::new());
    let jobs = ["meeting-notes.ts", "ticket-triage.ts", "qualified-leads.ts", "weekly-report.ts"];
    let ran: Vec<_> = jobs.iter().map(|name| narrows.record(&job(name), &[])).collect();
    let (file, output) = recorded(&narrows, &ran.iter().collect::<Vec<_>>(), &bare);
    assert_eq!(
        output.stderr,
        "recorded 318 calls of 6 servers; what the servers answered stands in the recording, so treat it as that data\n"
    );
    let metadata = fs::metadata(&file).expect("the recording");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    assert!(metadata.len() > 2 << 20, "it holds answers of megabytes: {}", metadata.len());

    for (name, then) in jobs.iter().zip(&ran) {
        let now = bare.record(&job(name), &["--mock", &file]);
        for part in ["outcome", "value", "printed", "error"] {
            assert_eq!(now[part], then[part], "{name}");
        }
    }
    let (mut agent, _) = Agent::legacy(&bare, &["--mock", &file]);
    // Each run begins with the first answers.
    for _ in 0..2 {
        let text = agent.run(&job("weekly-report.ts"));
        assert!(text.starts_with(&format!("Result:\n{}\n", ran[3]["value"])), "{text}");
    }
    let changed = "import { getDocument } from './servers/google-drive';\n\
                   return await getDocument({ documentId: 'doc-notes-1' });";
    let text = agent.run(changed);
    let says = "no call of `google-drive/get_document` with these arguments is recorded; compared with the nearest one \
                that is, `documentId` is \"doc-notes-1\", not \"doc-notes-01\"; to record it, run the script with the real \
                servers and export that run too, with `narrows runs export RUN… --mock`";
    assert!(text.contains(says) && text.contains("not_recorded"), "{text}");
    assert_eq!(agent.leave(), Some(0));
}

/// Catches what fails, and gives what is beside values too.
const EVERYTHING: &str = r"
import * as bad from './servers/bad';
import { getDocument } from './servers/google-drive';
const tried = async (call: () => Promise<unknown>) => {
  try {
    return await call();
  } catch (error) {
    return [error.name, error.message, error.code, error.server, error.tool, error.data];
  }
};
const book: any = await bad.work();
return [
  book, book.content, await bad.picture(), await bad.number(), await tried(() => bad.refuse()),
  await readResource('bad', 'book://1/3'), await tried(() => getDocument({ documentId: 'none' })),
  await tried(() => bad.number({ n: 1 })),
];
";

#[test]
fn answers_of_every_kind_are_as_they_were() {
    let servers = [("bad", misbehave("linking")), ("google-drive", demo("google-drive"))];
    let (narrows, bare) = (Narrows::configured(&config(servers)), Narrows::new());
    let then = narrows.record(EVERYTHING, &[]);
    assert_eq!(then["outcome"], "returned", "{then}");
    assert_eq!(then["value"][6][2], "tool_error", "{then}");
    let (file, _) = recorded(&narrows, &[&then], &bare);
    let now = bare.record(EVERYTHING, &["--mock", &file]);
    for part in ["value", "warnings"] {
        assert_eq!(now[part], then[part]);
    }
    let ends = |record: &Value| -> Vec<_> {
        record["calls"].as_array().expect("calls").iter().map(|call| call["outcome"].clone()).collect()
    };
    assert_eq!(ends(&now), ends(&then));
}

#[test]
fn a_recording_has_what_a_run_imported_and_is_judged_by_rules() {
    let narrows = Narrows::configured(&config([("slack", demo("slack")), ("jira", demo("jira"))]));
    let script = "import { listChannels } from './servers/slack';\n\
                  import { searchIssues } from './servers/jira';\n\
                  if (args.includes('issues')) await searchIssues({ jql: 'x' });\n\
                  return (await listChannels()).length;";
    let then = narrows.record(script, &[]);
    let bare = Narrows::in_project();
    let (file, _) = recorded(&narrows, &[&then], &bare);
    assert_eq!(bare.record(script, &["--mock", &file])["value"], then["value"]);
    let listed = bare.output(&["tools", "--mock", &file, "--json"]).json();
    assert_eq!([&listed[0]["server"], &listed[1]["server"]], ["jira", "slack"]);

    // Which servers there are is a part of what these were given.
    for script in [
        "return (await searchTools('list channels')).map(tool => tool.tool);",
        "return toolRegistry.search('issue').map(tool => tool.name);",
        "return await fs.readdir('./servers');",
    ] {
        let then = narrows.record(script, &[]);
        let (file, _) = recorded(&narrows, &[&then], &bare);
        assert_eq!(bare.record(script, &["--mock", &file])["value"], then["value"], "{script}");
    }
    let (file, _) = recorded(&narrows, &[&then], &bare);

    let rules = json!({"mcpServers": {"slack": {"command": "none", "env": {"A": "${NOT_SET}"}}},
        "narrows": {"rules": [{"name": "quiet", "action": "refuse", "server": "slack"}]}});
    let beside = bare.write("narrows.json", &rules.to_string()).display().to_string();
    let beside = bare.write(".mcp.json", &fs::read_to_string(beside).expect("the rules"));
    assert_eq!(
        bare.record(script, &["--mock", &file])["outcome"],
        "returned",
        "what lies around is not used"
    );
    let given = bare.record(script, &["--mock", &file, "--config", &beside.display().to_string()]);
    assert_eq!((&given["outcome"], &given["calls"]), (&json!("refused"), &json!([])), "{given}");
}

/// A program that says this of its tool. With other variables it is not shown as it was remembered.
fn described(text: &str) -> Value {
    let mut server = misbehave("described");
    server["env"] = json!({"DESCRIPTION": text, format!("BYTES_{}", text.len()): ""});
    let mut all = config([("bad", server)]);
    all["narrows"] = json!({"trust": "always"});
    all
}

#[test]
fn a_definition_that_changed_between_two_runs_is_told() {
    let work = "import { work } from './servers/bad';\nreturn await work();";
    let (narrows, bare) = (Narrows::configured(&described("Does the work")), Narrows::new());
    let first = narrows.record(work, &[]);
    narrows.write(crate::narrows::CONFIG, &described("Does all of the work").to_string());
    let second = narrows.record(work, &[]);
    let (file, output) = recorded(&narrows, &[&first, &second], &bare);
    let said = format!(
        "warning: the definition of `bad/work` has changed since {}; the recording has it as it is now\n",
        id(&first)
    );
    assert!(output.stderr.starts_with(&said), "{}", output.stderr);
    assert!(!output.stderr.contains(id(&second)), "{}", output.stderr);
    let shown = bare.output(&["tools", "bad", "--mock", &file]);
    assert!(shown.stdout.contains("Does all of the work"), "{}", shown.stdout);

    narrows.write(crate::narrows::CONFIG, &config([]).to_string());
    let gone = narrows.output(&["runs", "export", id(&first), "--mock"]);
    assert_eq!(
        (gone.code, gone.stderr.as_str()),
        (
            Some(2),
            "error: cannot record: the tools of server `bad` are not known\nhint: it has to be in the configuration; \
             `narrows tools bad` starts it, and its tools are known from then on\n"
        )
    );
}

#[test]
fn runs_are_exported_whole_and_mistakes_are_told() {
    let (narrows, bare) = (Narrows::configured(&config([])), Narrows::new());
    let run = narrows.record("return 1;", &[]);
    let exported = narrows.output(&["runs", "export", id(&run), id(&run)]).json();
    assert_eq!((&exported[1]["code"], &exported[0]["record"]), (&json!("return 1;"), &run));
    let (file, output) = recorded(&narrows, &[&run], &bare);
    assert!(output.stderr.starts_with("recorded 0 calls of 0 servers; "), "{}", output.stderr);
    let mock = ["runs", "export", id(&run), "--mock", "-o", &file, "--json", "--force"];
    let json = narrows.output(&mock).json();
    assert_eq!(json, json!({"file": file, "servers": 0, "calls": 0}));
    let link = bare.home().join("link.json");
    std::os::unix::fs::symlink("nowhere.json", &link).expect("linked");
    let link = link.display().to_string();

    let text = fs::read_to_string(&file).expect("the recording");
    let torn = bare.write("torn.json", &text[..text.len() / 2]).display().to_string();
    let unusable = |file: &str, why: &str| {
        format!(
            "error: `{file}` cannot be used as a recording: {why}\nhint: `narrows runs export RUN --mock -o FILE` writes a recording\n"
        )
    };
    let there = |file: &str| {
        format!(
            "error: `{file}` is there already, and is not replaced\nhint: name another file, or add `--force`\n"
        )
    };
    for (arguments, code, says) in [
        (
            ["run", "-e", "1", "--mock", &torn],
            2,
            unusable(&torn, "it cannot be read: EOF while parsing an object at line 2 column 21"),
        ),
        (
            ["call", "a", "b", "--mock", "none"],
            2,
            unusable("none", "No such file or directory (os error 2)"),
        ),
        (
            ["runs", "export", id(&run), "-o", "/dev/null"],
            74,
            "error: `/dev/null` cannot be written: it is there and not a regular file\n".to_owned(),
        ),
        (["runs", "export", id(&run), "-o", &file], 2, there(&file)),
        (["runs", "export", id(&run), "-o", &link], 2, there(&link)),
        (
            ["runs", "export", "run_0", "--mock", "--quiet"],
            2,
            "error: there is no journal of a run `run_0`\nhint: `narrows runs ls` lists the runs that are kept\n".to_owned(),
        ),
    ] {
        let output = narrows.output(&arguments);
        assert_eq!((output.code, output.stderr), (Some(code), says), "{arguments:?}");
    }
    assert_eq!(fs::read_to_string(&file).expect("the recording"), text, "it is as it was");
    let both = bare.output(&["run", "-e", "1", "--demo", "--mock", &file]);
    assert_eq!(both.code, Some(2), "{}", both.stderr);
}
