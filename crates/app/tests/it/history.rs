//! The runs that were: listed, shown, found again after a restart, and forgotten.

use std::fs;

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    narrows::Narrows,
    servers::{config, demo},
};

fn slack() -> Narrows {
    Narrows::configured(&config([("slack", demo("slack"))]))
}

fn runs(narrows: &Narrows, arguments: &[&str]) -> Vec<Value> {
    let listed = narrows.output(&[&["runs", "ls", "--json"], arguments].concat()).json();
    listed.as_array().expect("a list").clone()
}

#[test]
fn every_run_is_kept_with_how_it_ended() {
    let narrows = slack();
    let script = "import { listChannels } from './servers/slack';\nreturn (await listChannels()).length > 0;";
    let returned = narrows.record(script, &["--workspace", "mine"]);
    let threw = narrows.record("\n  throw new Error('no such luck');", &[]);
    let refused = narrows.record("const = 1;", &[]);

    let listed = runs(&narrows, &[]);
    let ids: Vec<_> = listed.iter().map(|run| &run["id"]).collect();
    assert_eq!(ids, [&refused["id"], &threw["id"], &returned["id"]], "the youngest first");
    let about = |at: usize| {
        let run = &listed[at];
        json!([run["outcome"], run["title"], run["workspace"], run["calls"], run["error"]])
    };
    assert_eq!(
        about(2),
        json!(["returned", "import { listChannels } from './servers/slack';", "mine", 1, null])
    );
    assert_eq!(
        about(1),
        json!(["threw", "throw new Error('no such luck');", "default", 0, "Error: no such luck"])
    );
    assert_eq!(about(0)[0], "refused");
    assert_eq!(runs(&narrows, &["--outcome", "threw"]).len(), 1);
    assert_eq!(runs(&narrows, &["--limit", "2"]).len(), 2);

    let id = returned["id"].as_str().expect("an id");
    let shown = narrows.output(&["runs", "show", id, "--json"]).json();
    assert_eq!(shown["code"], script);
    assert_eq!(shown["record"], returned, "what `run --json` printed, byte for byte");
    let shown = narrows.output(&["runs", "show", id]);
    assert!(shown.stdout.starts_with(script), "{}", shown.stdout);
    assert!(shown.stdout.contains("slack/list_channels"), "{}", shown.stdout);
    assert!(shown.stdout.ends_with("true\n"), "{}", shown.stdout);
}

#[test]
fn an_agent_finds_its_runs_after_a_restart() {
    let narrows = Narrows::configured(&config([]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let code = "console.log('on the way');\nreturn 'ä'.repeat(60_000) + 'end';";
    let answer = agent.execute(code);
    let id = answer["_meta"]["narrows/run"]["id"].as_str().expect("an id").to_owned();
    let before = agent.call("get_run", json!({"run_id": id}));
    assert_eq!(agent.leave(), Some(0));

    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    assert_eq!(agent.call("get_run", json!({"run_id": id})), before);
    let (page, failed) = agent.call("get_run", json!({"handle": id, "offset": 119_998}));
    assert!(page.contains("äend") && !failed, "{page}");
    let (unknown, failed) = agent.call("get_run", json!({"run_id": "run_0000000000000000"}));
    assert!(failed, "{unknown}");
}

#[test]
fn a_large_result_is_read_by_later_scripts_after_a_restart() {
    let narrows = Narrows::configured(&config([]));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let code =
        "return { rows: Array.from({ length: 20_000 }, (_, id) => ({ id, name: `row ${id}` })), next: null }";
    let answer = agent.run(code);
    let (beginning, about) = answer.split_once("\nShape: ").expect("a shape");
    let (shape, handle) = about.split_once("\nIn a script: await results.get('").expect("a handle");
    assert_eq!(shape, "{ rows: { id: number, name: string }[] /* 20000 */, next: null }");
    assert!(beginning.len() < 2_200, "{beginning}");
    let id = handle.trim_end_matches("')").to_owned();
    assert_eq!(agent.leave(), Some(0));

    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let reads = format!("const {{ rows }} = await results.get('{id}'); return rows.at(-1);");
    assert_eq!(agent.run(&reads), "Result:\n{\"id\":19999,\"name\":\"row 19999\"}");
    let (page, failed) = agent.call("get_run", json!({"handle": id, "offset": 17}));
    assert!(!failed && page.starts_with("Result:\n\"name\":\"row 0\"},"), "{page}");
    let elsewhere = json!({"code": reads, "workspace": "other"});
    let (said, failed) = agent.call("execute_code", elsewhere);
    let expect = format!("no value of a run `{id}` is kept in the workspace `other`");
    assert!(failed && said.contains(&expect), "{said}");
    let shown = narrows.output(&["runs", "show", &id, "--json"]).json();
    assert_eq!(shown["record"]["value"]["rows"].as_array().map(Vec::len), Some(20_000));
    let replayed = narrows.output(&["runs", "replay", &id, "--json"]).json();
    assert_eq!(replayed["same"], true, "{replayed}");
}

#[test]
fn what_is_not_to_be_kept_is_forgotten() {
    let narrows = Narrows::configured(&config([]));
    narrows.record("return 1", &[]);
    let kept = narrows.output(&["runs", "prune"]);
    assert_eq!(kept.stdout, "forgot 0 runs, 0 bytes\n");
    let forgotten = narrows.output(&["runs", "prune", "--days", "0", "--json"]).json();
    assert_eq!(forgotten["runs"], 1);
    assert_eq!(runs(&narrows, &[]), Vec::<Value>::new());
    let gone = narrows.output(&["runs", "show", "run_0000000000000000"]);
    assert_eq!(gone.code, Some(2), "{}", gone.stderr);
}

#[test]
fn nothing_is_written_where_no_run_is_to_be_kept() {
    let mut config = config([]);
    config["narrows"] = json!({"store": {"keep_days": 0}});
    let narrows = Narrows::configured(&config);
    narrows.record("return 1", &[]);
    assert!(!narrows.home().join("data/narrows/narrows.db").exists());
    let listed = narrows.output(&["runs", "ls"]);
    assert_eq!(listed.code, Some(2));
    assert!(listed.stderr.contains("`narrows.store.keep_days` is 0"), "{}", listed.stderr);
}

#[test]
fn a_store_that_cannot_be_used_is_said_and_stops_nobody() {
    let narrows = Narrows::configured(&config([]));
    let database = narrows.home().join("data/narrows/narrows.db");
    fs::create_dir_all(database.parent().expect("a folder")).expect("the folder is made");
    let letter = "this is a letter and no database\n".repeat(100);
    fs::write(&database, &letter).expect("a file");
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let said = "Note: this run is kept no longer than Narrows runs: the database is damaged";
    let is_said =
        |result: &Value| result["content"][0]["text"].as_str().is_some_and(|text| text.contains(said));
    let answer = agent.execute_until("return 1", is_said);
    assert_eq!(answer["isError"], false, "{answer}");
    assert_eq!(fs::read_to_string(&database).expect("the file"), letter, "it is left alone");
    let listed = narrows.output(&["runs", "ls"]);
    assert_eq!(listed.code, Some(70));
    assert!(listed.stderr.contains("the database is damaged"), "{}", listed.stderr);
}
