//! Servers other people wrote, as published: their results reach a script as plain values, their errors as
//! exceptions. Fetched by `cargo xtask test`.

use std::process::Command;

use serde_json::{Value, json};

use crate::{
    narrows::Narrows,
    servers::{config, fetched, fetched_path},
};

/// A configuration entry for a fetched program.
fn server(program: &str, arguments: &[&str]) -> Option<Value> {
    let path = fetched(program)?;
    Some(json!({"command": path, "args": arguments, "env": {"PATH": fetched_path()}}))
}

/// Runs a script against one server in a folder of its own, and gives the value.
#[track_caller]
fn value(narrows: &Narrows, name: &str, server: Value, script: &str) -> Value {
    narrows.write("narrows.json", &config([(name, server)]).to_string());
    let record = narrows.record(script, &[]);
    assert_eq!(record["outcome"], "returned", "{}", record["error"]);
    record["value"].clone()
}

#[test]
fn filesystem() {
    let narrows = Narrows::new();
    let folder = narrows.home().canonicalize().expect("the folder is there").join("files");
    std::fs::create_dir(&folder).expect("the folder is made");
    let shown = folder.display().to_string();
    let Some(server) = server("mcp-server-filesystem", &[&shown]) else { return };
    let script = format!(
        "import {{ writeFile, readTextFile, listDirectory }} from './servers/filesystem';\n\
         await writeFile({{ path: '{shown}/a.txt', content: 'one\\ntwo' }});\n\
         const file: any = await readTextFile({{ path: '{shown}/a.txt' }});\n\
         let refused = '';\n\
         try {{ await readTextFile({{ path: '/etc/hostname' }}); }} catch (e: any) {{ refused = `${{e.name}} ${{e.code}}`; }}\n\
         return {{ text: file.content ?? file, list: JSON.stringify(await listDirectory({{ path: '{shown}' }})), refused }};"
    );
    let value = value(&narrows, "filesystem", server, &script);
    assert_eq!(value["text"], "one\ntwo");
    assert!(value["list"].as_str().is_some_and(|list| list.contains("a.txt")), "{value}");
    assert_eq!(value["refused"], "ToolError tool_error");
}

#[test]
fn memory() {
    let narrows = Narrows::new();
    let Some(mut server) = server("mcp-server-memory", &[]) else { return };
    server["env"]["MEMORY_FILE_PATH"] = json!(narrows.home().join("memory.jsonl"));
    let script = "
        import { createEntities, searchNodes } from './servers/memory';
        await createEntities({ entities: [{ name: 'Ada', entityType: 'person', observations: ['likes tea'] }] });
        const found: any = await searchNodes({ query: 'tea' });
        return found.entities.map((entity: any) => entity.name);";
    assert_eq!(value(&narrows, "memory", server, script), json!(["Ada"]));
}

#[test]
fn everything() {
    let Some(server) = server("mcp-server-everything", &[]) else { return };
    let script = "
        import { echo, getSum, getTinyImage } from './servers/everything';
        const [said, sum, image] = await Promise.all([
          echo({ message: 'hello' }), getSum({ a: 2, b: 40 }), getTinyImage(),
        ]) as any[];
        const picture = image.find((part: any) => part.type === 'image');
        return { said, sum, kind: picture.mimeType, bytes: picture.data.length > 100 };";
    let value = value(&Narrows::new(), "everything", server, script);
    assert!(value["said"].as_str().is_some_and(|said| said.contains("hello")), "{value}");
    assert!(value["sum"].as_str().is_some_and(|sum| sum.contains("42")), "{value}");
    assert_eq!((&value["kind"], &value["bytes"]), (&json!("image/png"), &json!(true)), "{value}");
}

#[test]
fn git() {
    let narrows = Narrows::new();
    let repository = narrows.home().join("repository");
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=T", "-c", "user.email=t@example.com"]).args(arguments);
        let done = command.env("GIT_CONFIG_GLOBAL", "/dev/null").current_dir(&repository).status();
        assert!(done.expect("git starts").success(), "git {arguments:?}");
    };
    std::fs::create_dir(&repository).expect("the folder is made");
    git(&["init", "-q", "-b", "main"]);
    git(&["commit", "-q", "--allow-empty", "-m", "The first commit"]);
    let shown = repository.display().to_string();
    let Some(server) = server("mcp-server-git", &["--repository", &shown]) else { return };
    let script = format!(
        "import {{ gitLog }} from './servers/git';\nreturn String(await gitLog({{ repo_path: '{shown}' }}));"
    );
    let log = value(&narrows, "git", server, &script);
    assert!(log.as_str().is_some_and(|log| log.contains("The first commit")), "{log}");
}

#[test]
fn time() {
    let Some(server) = server("mcp-server-time", &["--local-timezone", "UTC"]) else { return };
    let script = "
        import { convertTime } from './servers/time';
        const converted: any = await convertTime({
          source_timezone: 'UTC', time: '12:00', target_timezone: 'Asia/Tokyo',
        });
        return converted.target.datetime.slice(11, 16);";
    assert_eq!(value(&Narrows::new(), "time", server, script), "21:00");
}

#[test]
fn sqlite() {
    let narrows = Narrows::new();
    let file = narrows.home().join("data.db").display().to_string();
    let Some(server) = server("mcp-server-sqlite", &["--db-path", &file]) else { return };
    let script = "
        import { createTable, readQuery, writeQuery } from './servers/sqlite';
        await createTable({ query: 'CREATE TABLE t (a INTEGER)' });
        await writeQuery({ query: 'INSERT INTO t VALUES (1), (2)' });
        return await readQuery({ query: 'SELECT a FROM t' });";
    // Python's own notation is no JSON, and stays the text it is.
    assert_eq!(value(&narrows, "sqlite", server, script), "[{'a': 1}, {'a': 2}]");
}
