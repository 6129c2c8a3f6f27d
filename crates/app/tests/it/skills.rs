//! Skills that scripts and persons save: who sees them, what they may call, and what is not used before a person accepts it.

use std::fs;

use serde_json::{Value, json};

use crate::{
    narrows::{Narrows, Output},
    servers::{config, demo},
};

pub(crate) const COUNT: &str = "import { listChannels } from './servers/slack';\n\
    /** Counts the channels of the company. */\n\
    export async function countChannels(): Promise<number> { return (await listChannels()).length; }\n";

const USE: &str = "import { countChannels } from './skills/counting';\nreturn await countChannels();";

pub(crate) fn slack() -> Narrows {
    Narrows::configured(&config([("slack", demo("slack"))]))
}

pub(crate) fn writing(path: &str, text: &str) -> String {
    format!("await fs.writeFile({}, {});\nreturn 'saved';", json!(path), json!(text))
}

/// The folder of the skills that all see.
fn shared(narrows: &Narrows) -> std::path::PathBuf {
    narrows.home().join("data/narrows/skills")
}

/// What stands in the first problem of a run that was refused.
pub(crate) fn problem(record: &Value) -> &str {
    record["error"]["problems"][0]["message"].as_str().unwrap_or_default()
}

/// Accepts what waits under a name, as a person does that reads what is shown and types the hint.
pub(crate) fn accept(narrows: &Narrows, name: &str) -> Output {
    let shown = narrows.output(&["skill", "accept", name]);
    assert_eq!(shown.code, Some(1), "{}", shown.stderr);
    let version = shown.stderr.split("--version ").nth(1).and_then(|rest| rest.split('`').next());
    narrows.output(&["skill", "accept", name, "--version", version.expect("a hint with the version")])
}

#[test]
fn a_skill_that_a_run_saved_is_its_workspace_s_until_a_person_accepts_it() {
    let narrows = slack();
    let saved = narrows.record(&writing("./skills/counting.ts", COUNT), &[]);
    assert_eq!(saved["value"], "saved", "{saved}");
    let found = narrows.record("return (await searchTools('count the channels')).at(-1);", &[]);
    assert_eq!(found["value"]["signature"], "countChannels(): Promise<number>", "{found}");
    let by_export = narrows.output(&["search", "channels counted by countChannels"]).stdout;
    assert!(by_export.contains("import { countChannels } from './skills/counting'"), "{by_export}");
    assert_eq!(narrows.record(USE, &[])["value"], 6);
    let elsewhere = narrows.record(USE, &["--workspace", "other"]);
    assert_eq!(problem(&elsewhere), "there is no skill `counting` (`./skills/counting`)", "{elsewhere}");

    let waiting = narrows.output(&["skill", "accept", "--json"]);
    assert_eq!((waiting.code, &waiting.json()[0]["workspace"]), (Some(1), &json!("default")));
    let shown = narrows.output(&["skill", "accept", "counting"]).stdout;
    let run = saved["id"].as_str().expect("an id");
    for part in [
        "may call slack/list_channels",
        &format!("written by the run {run} in the workspace `default`"),
        "return (await listChannels()).length",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(accept(&narrows, "counting").stdout, "accepted /skills/counting.ts\n");
    assert_eq!(narrows.record(USE, &["--workspace", "other"])["value"], 6);
    let nothing = narrows.output(&["skill", "accept", "counting"]);
    let says = "the skill `counting` is what was saved: there is nothing to accept\n";
    assert!(nothing.code == Some(0) && nothing.stderr.ends_with(says), "{}", nothing.stderr);

    // What a script makes of it later is its workspace's again.
    let changed = COUNT.replace(".length", ".length + 100");
    assert_eq!(narrows.record(&writing("/skills/counting.ts", &changed), &[])["value"], "saved");
    assert_eq!(narrows.record(USE, &[])["value"], 106);
    assert_eq!(narrows.record(USE, &["--workspace", "other"])["value"], 6);
    let removed = narrows.record("await fs.rm('./skills/counting.ts'); return 'removed';", &[]);
    assert_eq!(removed["value"], "removed", "{removed}");
    assert_eq!(narrows.record(USE, &[])["value"], 6);
    let kept = narrows.record("await fs.rm('./skills/counting.ts');", &[]);
    let message = "'/skills/counting.ts' is a skill that all workspaces see: only a person removes it";
    assert_eq!(kept["error"]["message"], message, "{kept}");
}

#[test]
fn a_skill_that_changed_after_it_was_shown_is_not_accepted() {
    let narrows = slack();
    narrows.record(&writing("./skills/counting.ts", COUNT), &[]);
    let shown = narrows.output(&["skill", "accept", "counting", "--json"]).json();
    let changed = COUNT.replace(".length", ".length + 100");
    narrows.record(&writing("./skills/counting.ts", &changed), &[]);
    let version = shown["version"].as_str().expect("a version");
    let refused = narrows.output(&["skill", "accept", "counting", "--version", version]);
    let says = "error: the skill `counting` is not, or not any more, what you name\nhint: look at it again: `narrows skill accept counting`\n";
    assert_eq!((refused.code, &*refused.stderr), (Some(1), says));
}

#[test]
fn a_script_is_told_why_its_skill_is_not_saved() {
    let narrows = slack();
    let call = "export const f = (name: string) => callMCPTool(name);";
    for (path, text, says) in [
        ("./skills/a.ts", "export const = 1;", "the skill was not saved: 1:14: "),
        (
            "./skills/a.ts",
            "const a = 1;",
            "the skill exports nothing; write `export` before what others may import",
        ),
        (
            "./skills/a b.ts",
            COUNT,
            "`a b` is not a name for a skill; use 1 to 64 letters, digits, `_` and `-`",
        ),
        (
            "./skills/a.ts",
            "import { listChanels } from './servers/slack';\nexport const a = listChanels;",
            "the skill was not saved: 1:10: `./servers/slack` does not export `listChanels` (did you mean `listChannels`?)",
        ),
        (
            "./skills/a.ts",
            call,
            "the skill was not saved: 1:1: the skill may call any tool, which it does not declare (write the names of the tools \
             out, or declare `allowed-tools: *`)",
        ),
        (
            "./skills/a.ts",
            &format!("// allowed-tools: slack/send_message\n{COUNT}"),
            "the skill was not saved: 2:10: `slack/list_channels` is not allowed: the skill does not declare it (add \
             `slack/list_channels` to its `allowed-tools`, or do not call it)",
        ),
        (
            "./skills/a/SKILL.md",
            "# A",
            "`SKILL.md` cannot be used: it does not begin with `---`, `name: …`, `description: …`, `---`",
        ),
        (
            "./skills/a/data.json",
            "{}",
            "'/skills/a/data.json' is no place for a file: a skill is `./skills/NAME.ts`, or",
        ),
    ] {
        let script = format!("{}\n", writing(path, text));
        let record = narrows.record(&script, &[]);
        let message = record["error"]["message"].as_str().unwrap_or_default();
        assert!(message.starts_with(says), "{path} {text}: {record}");
    }
    assert_eq!(narrows.output(&["skill", "ls", "--json"]).json(), json!([]));
    let declared = format!("// allowed-tools: *\n{call}");
    assert_eq!(narrows.record(&writing("./skills/a.ts", &declared), &[])["value"], "saved");
}

#[test]
fn a_script_saves_a_skill_with_its_skill_md() {
    let narrows = slack();
    let about = "---\nname: counting\ndescription: Says how large the company is\nallowed-tools: slack/listChannels\n---\n# How\nCount.\n";
    let script = format!(
        "await fs.mkdir('./skills/counting', {{ recursive: true }});\n\
         await fs.writeFile('./skills/counting/SKILL.md', {});\n\
         await fs.writeFile('./skills/counting/index.ts', {});\n\
         return [await fs.readdir('./skills'), await fs.readdir('./skills/counting'), await fs.readFile('./skills/counting/SKILL.md', 'utf-8')];",
        json!(about),
        json!(COUNT)
    );
    let record = narrows.record(&script, &[]);
    assert_eq!(record["value"], json!([["counting"], ["SKILL.md", "index.ts"], about]), "{record}");
    assert_eq!(narrows.record(USE, &[])["value"], 6);
    let found = narrows.output(&["search", "how large is the company", "--detail", "full"]).stdout;
    assert!(
        found.contains("# How\nCount.") && found.contains("export async function countChannels"),
        "{found}"
    );
    assert_eq!(accept(&narrows, "counting").stdout, "accepted /skills/counting/index.ts\n");
    assert_eq!(fs::read_to_string(shared(&narrows).join("counting/SKILL.md")).expect("there"), about);
}

#[test]
fn a_skill_that_was_changed_by_hand_is_not_used_before_a_person_accepts_it() {
    let narrows = slack();
    narrows.write("counting.ts", COUNT);
    assert_eq!(narrows.output(&["skill", "add", "counting", "counting.ts"]).code, Some(0));
    let file = shared(&narrows).join("counting.ts");
    fs::write(&file, COUNT.replace(".length", ".length + 1")).expect("written");
    let refused = narrows.record(USE, &[]);
    let says =
        "the skill `counting` was changed since it was saved, and is not used before a person accepts it";
    assert_eq!(problem(&refused), says, "{refused}");
    let listed = narrows.output(&["skill", "ls", "--json"]).json();
    assert_eq!((&listed[0]["state"], &listed[0]["versions"]), (&json!("changed"), &json!(1)), "{listed}");
    assert_eq!(accept(&narrows, "counting").stdout, "accepted /skills/counting.ts\n");
    assert_eq!(narrows.record(USE, &[])["value"], 7);
    let shown = narrows.output(&["skill", "show", "counting", "--json"]).json();
    let first = shown["history"][0]["version"].as_str().expect("a version").to_owned();
    assert_eq!(narrows.output(&["skill", "show", "counting", "--version", &first[..10]]).stdout, COUNT);

    // Put there by hand, and written by a person in its place: what was there stays as a version.
    fs::write(shared(&narrows).join("other.ts"), "export const by = 'hand';").expect("written");
    let new = problem(&narrows.record("import { by } from './skills/other'; return by;", &[])).to_owned();
    assert_eq!(
        new,
        "the skill `other` was put into the folder by hand, and is not used before a person accepts it"
    );
    assert_eq!(narrows.output(&["skill", "add", "other", "counting.ts"]).code, Some(0));
    assert_eq!(narrows.output(&["skill", "show", "other", "--json"]).json()["versions"], 2);
}

#[test]
fn skills_of_an_earlier_narrows_are_used_as_they_are() {
    let narrows = slack();
    fs::create_dir_all(shared(&narrows)).expect("made");
    fs::write(shared(&narrows).join("counting.ts"), COUNT).expect("written");
    assert_eq!(narrows.record(USE, &[])["value"], 6);
    fs::write(shared(&narrows).join("counting.ts"), format!("{COUNT}\n")).expect("written");
    assert!(problem(&narrows.record(USE, &[])).starts_with("the skill `counting` was changed"));
}

#[test]
fn a_skill_is_made_of_a_folder_or_of_a_run_that_worked() {
    let narrows = slack();
    let run = narrows.record("export function six() { return 6; }", &[]);
    let id = run["id"].as_str().expect("an id");
    let saved = narrows.output(&["skill", "add", "six", "--run", id]);
    assert_eq!(saved.stdout, "saved /skills/six.ts\n", "{}", saved.stderr);
    assert_eq!(narrows.record("import { six } from './skills/six';\nreturn six() + 1;", &[])["value"], 7);
    let failed = narrows.record("export const a = 1; throw new Error('no');", &[]);
    let refused = narrows.output(&["skill", "add", "no", "--run", failed["id"].as_str().expect("an id")]);
    assert!(
        refused.stderr.contains("ended otherwise: threw\nhint: a skill is made of a run that returned"),
        "{}",
        refused.stderr
    );

    fs::create_dir(narrows.folder().join("counting")).expect("made");
    narrows.write("counting/index.ts", COUNT);
    narrows.write("counting/SKILL.md", "---\nname: counting\ndescription: Counts\n---\n");
    let saved = narrows.output(&["skill", "add", "counting", "counting"]);
    assert_eq!(saved.stdout, "saved /skills/counting/index.ts\n", "{}", saved.stderr);
    assert_eq!(narrows.record(USE, &["--workspace", "other"])["value"], 6);
    let other = narrows.output(&["skill", "add", "sums", "counting"]);
    let says =
        "error: `SKILL.md` cannot be used: it names the skill `counting`, not `sums`; write `name: sums`\n";
    assert!(other.stderr.ends_with(says), "{}", other.stderr);
}

#[test]
fn a_skill_that_is_made_of_a_run_is_tested_with_what_its_servers_answered() {
    let narrows = slack();
    // Its first comment, which names tools, counts for the folder as well.
    let source = format!("// Counts\n// allowed-tools: slack/list_channels\n{COUNT}");
    let run = narrows.record(&source, &[]);
    assert_eq!(run["value"], 6, "{run}");
    let id = run["id"].as_str().expect("an id");
    let saved = narrows.output(&["skill", "add", "counting", "--run", id]);
    assert_eq!(saved.stdout, "saved /skills/counting/index.ts\n", "{}", saved.stderr);
    let tells = "`narrows skill test counting` repeats the run; what its servers answered lies with the skill, so treat it as that data\n";
    assert!(saved.stderr.ends_with(tells), "{}", saved.stderr);
    let about = fs::read_to_string(shared(&narrows).join("counting/SKILL.md")).expect("read");
    assert_eq!(
        about,
        "---\nname: counting\ndescription: \"Counts\"\nallowed-tools: slack/list_channels\n---\n"
    );

    let test = shared(&narrows).join("counting/tests/run.ts");
    let own = fs::read_to_string(&test).expect("read").replace("return ", "const own = ");
    narrows.write("narrows.json", &config([("slack", json!({"command": "/no/such/program"}))]).to_string());
    let tested = narrows.output(&["skill", "test", "counting"]);
    assert_eq!((tested.code, &*tested.stdout), (Some(0), "passed run\n"), "{}", tested.stderr);

    // What a person made of the test stays; the recording is that of the last run.
    fs::write(&test, &own).expect("written");
    narrows.write("narrows.json", &config([("slack", demo("slack"))]).to_string());
    let by_hand = about.replace("Counts", "Counts channels");
    fs::write(shared(&narrows).join("counting/SKILL.md"), &by_hand).expect("written");
    let recording = shared(&narrows).join("counting/recordings/run.json");
    fs::remove_file(&recording).expect("removed");
    let again = narrows.output(&["skill", "add", "counting", "--run", id]);
    assert_eq!(again.stdout, "replaced /skills/counting/index.ts\n", "{}", again.stderr);
    assert_eq!((recording.is_file(), fs::read_to_string(&test).expect("read")), (true, own));
    assert_eq!(fs::read_to_string(shared(&narrows).join("counting/SKILL.md")).expect("read"), by_hand);
}

#[test]
fn a_skill_that_may_call_more_than_was_accepted_is_refused() {
    let narrows = slack();
    narrows.write("counting.ts", COUNT);
    assert_eq!(narrows.output(&["skill", "add", "counting", "counting.ts"]).code, Some(0));
    // As where a name that it hands to `callMCPTool` meant another tool when it was saved.
    let list = shared(&narrows).join(".versions/counting.json");
    let versions = fs::read_to_string(&list).expect("read");
    let fewer = versions.replace("slack/list_channels", "slack/send_message");
    assert_ne!(versions, fewer);
    fs::write(&list, fewer).expect("written");
    for script in
        [USE, "const { countChannels } = await import('./skills/counting');\nreturn await countChannels();"]
    {
        let record = narrows.record(script, &[]);
        let says = "`slack/list_channels` is not allowed: the skill `counting` does not declare it";
        assert!(record["error"].to_string().contains(says), "{record}");
    }
}

#[test]
fn a_workspace_keeps_so_many_skills_and_they_go_with_it() {
    let narrows = slack();
    let script = "for (let at = 0; at < 51; at += 1) await fs.writeFile(`./skills/s${at}.ts`, `export const at = ${at};`);";
    let full = narrows.record(script, &[]);
    let says = "a workspace keeps at most 50 skills; remove one with `fs.rm`";
    assert_eq!(full["error"]["message"], says, "{full}");
    assert_eq!(narrows.record("import { at } from './skills/s49'; return at;", &[])["value"], 49);
    assert_eq!(narrows.output(&["workspace", "rm", "default", "--yes"]).code, Some(0));
    assert_eq!(narrows.output(&["skill", "ls", "--json"]).json(), json!([]));
}

#[test]
fn a_plan_saves_no_skill() {
    let narrows = slack();
    let script = format!(
        "await fs.writeFile('./skills/counting.ts', {});\n\
         const {{ countChannels }} = await import('./skills/counting');\nreturn typeof countChannels;",
        json!(COUNT)
    );
    narrows.write("script.ts", &script);
    let planned = narrows.output(&["plan", "script.ts", "--json"]).json();
    assert_eq!(planned["value"], "function", "{planned}");
    assert_eq!(narrows.output(&["skill", "ls", "--json"]).json(), json!([]));
}

/// A folder with a skill, one test that passes, one that does not, and what the server of the first answered.
fn folder_with_tests(narrows: &Narrows) {
    let run =
        narrows.record("import { listChannels } from './servers/slack';\nreturn await listChannels();", &[]);
    for folder in ["counting", "counting/tests", "counting/recordings"] {
        fs::create_dir(narrows.folder().join(folder)).expect("made");
    }
    narrows.write("counting/index.ts", COUNT);
    narrows.write("counting/SKILL.md", "---\nname: counting\ndescription: Counts\n---\n");
    narrows.write("counting/tests/counts.ts", &USE.replace("return await", "const count = await"));
    narrows.write(
        "counting/tests/wrong.ts",
        &format!("{USE}\nthrow new Error('seven were expected');").replace("return ", ""),
    );
    narrows.write("counting/notes.txt", "left where it is");
    let id = run["id"].as_str().expect("an id");
    let recording = narrows.folder().join("counting/recordings/counts.json");
    let recording = recording.to_str().expect("a path");
    let written = narrows.output(&["runs", "export", id, "--mock", "-o", recording]);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
}

#[test]
fn a_skill_is_tested_against_its_recording_with_no_server() {
    let narrows = slack();
    folder_with_tests(&narrows);
    let imported = narrows.output(&["skill", "import", "counting"]);
    assert_eq!(imported.stdout, "saved /skills/counting/index.ts\n");
    let left = "not taken of the folder, because it is no part of a skill: `notes.txt`\n";
    assert!(imported.stderr.ends_with(left), "{}", imported.stderr);
    // Whatever the server was, it cannot be started any more.
    narrows.write(
        "narrows.json",
        &json!({"mcpServers": {"slack": {"command": "/no/such/program"}}}).to_string(),
    );
    let tested = narrows.output(&["skill", "test", "counting"]);
    assert_eq!(tested.stdout, "passed counts\nfailed wrong: seven were expected\n", "{}", tested.stderr);
    assert_eq!(tested.code, Some(1));
    let all = narrows.output(&["skill", "test", "counting", "--json"]).json();
    assert_eq!(
        (&all[0]["passed"], &all[0]["recording"]),
        (&json!(true), &json!("recordings/counts.json")),
        "{all}"
    );
    fs::remove_file(shared(&narrows).join("counting/tests/wrong.ts")).expect("removed");
    assert_eq!(narrows.output(&["skill", "test", "counting"]).code, Some(0));
    narrows.write("one.ts", "export const a = 1;");
    narrows.output(&["skill", "add", "one", "one.ts"]);
    let none = narrows.output(&["skill", "test", "one"]);
    assert!(none.stderr.starts_with("error: the skill `one` has no tests\n"), "{}", none.stderr);
}

#[test]
fn a_skill_is_exported_and_imported_as_a_folder() {
    let narrows = slack();
    folder_with_tests(&narrows);
    narrows.output(&["skill", "import", "counting"]);
    let exported = narrows.output(&["skill", "export", "counting", "out"]);
    assert_eq!(
        (exported.code, &*exported.stdout),
        (Some(0), "exported counting to out\n"),
        "{}",
        exported.stderr
    );
    for file in ["SKILL.md", "index.ts", "tests/counts.ts", "recordings/counts.json"] {
        let read = |folder: &str| fs::read(narrows.folder().join(folder).join(file)).expect(file);
        assert_eq!(read("out"), read("counting"), "{file}");
    }
    assert_eq!(fs::read_dir(narrows.folder().join("out")).expect("a list").count(), 4, "nothing else");
    let again = narrows.output(&["skill", "export", "counting", "out"]);
    assert!(again.code == Some(2) && again.stderr.contains("`out` cannot be written"), "{}", again.stderr);

    // A skill of one file is given what the format asks for.
    narrows.write("one.ts", "// Says \"one\"\nexport const one = 1;");
    narrows.output(&["skill", "add", "one", "one.ts"]);
    assert_eq!(narrows.output(&["skill", "export", "one", "one"]).code, Some(0));
    narrows.output(&["skill", "rm", "one"]);
    assert_eq!(narrows.output(&["skill", "import", "one"]).stdout, "saved /skills/one/index.ts\n");

    fs::remove_file(narrows.folder().join("one/index.ts")).expect("removed");
    std::os::unix::fs::symlink("/etc/passwd", narrows.folder().join("one/index.ts")).expect("linked");
    let link = narrows.output(&["skill", "import", "one"]);
    assert!(
        link.code == Some(2) && link.stderr.contains("is a link, which is not followed"),
        "{}",
        link.stderr
    );
}

#[test]
fn what_cannot_be_read_is_listed() {
    let narrows = slack();
    let script = "await fs.writeFile('./skills/one.ts', 'export const one = 1;');";
    assert_eq!(narrows.record(script, &[])["outcome"], "returned");
    fs::create_dir_all(shared(&narrows).join("empty")).expect("made");
    let listed = narrows.output(&["skill", "ls", "--json"]).json();
    let empty = json!({"name": "empty", "state": "unreadable", "problem": "its folder has no `index.ts`"});
    assert_eq!((&listed[0]["name"], &listed[1]), (&json!("one"), &empty), "{listed}");
    let table = narrows.output(&["skill", "ls"]).stdout;
    assert!(table.contains("unreadable") && table.contains("its folder has no `index.ts`"), "{table}");
}
