use serde_json::{Value, json};
use wire::Settlement;

use super::*;

/// One server with one tool, one skill.
struct Trees;

impl ReadOnly for Trees {
    fn read_file(&self, path: &str) -> Option<String> {
        match path {
            "/servers/github/createIssue.ts" => Some("export const createIssue".into()),
            "/skills/report.ts" => Some("export {}".into()),
            _ => None,
        }
    }

    fn read_dir(&self, path: &str) -> Option<Vec<String>> {
        let names: &[&str] = match path {
            "/servers" => &["github"],
            "/servers/github" => &["createIssue.ts"],
            "/skills" => &["report.ts"],
            _ => return None,
        };
        Some(names.iter().map(|name| (*name).to_owned()).collect())
    }
}

struct Fixture {
    folder: tempfile::TempDir,
    workspace: Arc<Workspace>,
    limits: Limits,
}

impl Fixture {
    fn new(limits: Limits) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let workspace = Workspaces::new(folder.path().into()).open("default").expect("a name");
        Self { folder, workspace, limits }
    }

    /// The answer in words: JSON, `"text"`, `bytes […]`, `undefined`, or `Name code: message`.
    fn ask(&self, name: &str, arguments: &Value) -> String {
        ask(&self.workspace, &self.limits, name, arguments)
    }

    #[track_caller]
    fn check(&self, cases: &[(&str, Value, &str)]) {
        for (name, arguments, expect) in cases {
            assert_eq!(self.ask(name, arguments), *expect, "{name} {arguments}");
        }
    }
}

fn ask(workspace: &Workspace, limits: &Limits, name: &str, arguments: &Value) -> String {
    let request = Request::decode(name, arguments.to_string().as_bytes()).expect("a known name");
    match request.and_then(|request| request.answer(workspace, &Trees, limits)) {
        Ok(Settlement::Json(json)) => String::from_utf8(json).expect("UTF-8"),
        Ok(Settlement::Text(text)) => format!("{text:?}"),
        Ok(Settlement::Bytes(bytes)) => format!("bytes {bytes:?}"),
        Ok(Settlement::Undefined) => "undefined".to_owned(),
        Ok(other) => format!("{other:?}"),
        Err(error) => {
            let fields = error.to_json(limits);
            let text = |key: &str| fields[key].as_str().unwrap_or_default().to_owned();
            format!("{} {}: {}", text("name"), text("code"), text("message"))
        }
    }
}

#[test]
fn files_can_be_written_read_moved_and_removed() {
    Fixture::new(Limits::default()).check(&[
        ("fs/readdir", json!({"path": "/workspace"}), "[]"),
        ("fs/writeFile", json!({"path": "/tmp/execution/result.json", "text": "{}"}), "undefined"),
        ("fs/appendFile", json!({"path": "/tmp/execution/result.json", "text": "\n"}), "undefined"),
        ("fs/readFile", json!({"path": "/tmp/execution/result.json", "encoding": "utf-8"}), r#""{}\n""#),
        (
            "fs/readFile",
            json!({"path": "/tmp/execution/result.json", "encoding": null}),
            "bytes [123, 125, 10]",
        ),
        ("fs/writeFile", json!({"path": "/workspace/b", "base64": "AP8="}), "undefined"),
        ("fs/readFile", json!({"path": "/workspace/b"}), "bytes [0, 255]"),
        ("fs/readFile", json!({"path": "/workspace/b", "encoding": "utf-8"}), "\"\\0\u{fffd}\""),
        ("fs/mkdir", json!({"path": "/workspace/x/y", "recursive": true}), "undefined"),
        ("fs/mkdir", json!({"path": "/workspace/x/y", "recursive": true}), "undefined"),
        (
            "fs/mkdir",
            json!({"path": "/workspace/x"}),
            "Error EEXIST: EEXIST: file already exists, '/workspace/x'",
        ),
        (
            "fs/mkdir",
            json!({"path": "/workspace/p/q"}),
            "Error ENOENT: ENOENT: no such file or directory, '/workspace/p/q'",
        ),
        ("fs/copyFile", json!({"from": "/workspace/b", "to": "/workspace/x/y/c"}), "undefined"),
        ("fs/copyFile", json!({"from": "/skills/report.ts", "to": "/workspace/report.ts"}), "undefined"),
        (
            "fs/readdir",
            json!({"path": "/workspace", "recursive": true}),
            r#"["b","report.ts","x","x/y","x/y/c"]"#,
        ),
        ("fs/rename", json!({"from": "/workspace/x/y/c", "to": "/tmp/c"}), "undefined"),
        ("fs/exists", json!({"path": "/workspace/x/y/c"}), "false"),
        ("fs/exists", json!({"path": "/tmp/c"}), "true"),
        (
            "fs/rm",
            json!({"path": "/workspace/x"}),
            "Error EISDIR: EISDIR: '/workspace/x' is a directory; remove it with `recursive: true`",
        ),
        ("fs/rm", json!({"path": "/workspace/x", "recursive": true}), "undefined"),
        (
            "fs/rm",
            json!({"path": "/workspace/x"}),
            "Error ENOENT: ENOENT: no such file or directory, '/workspace/x'",
        ),
        ("fs/rm", json!({"path": "/workspace/x", "force": true}), "undefined"),
        (
            "fs/readFile",
            json!({"path": "/workspace"}),
            "Error EISDIR: EISDIR: illegal operation on a directory, '/workspace'",
        ),
        (
            "fs/writeFile",
            json!({"path": "/workspace/b/c", "text": ""}),
            "Error ENOTDIR: ENOTDIR: not a directory, '/workspace/b/c'",
        ),
        (
            "fs/readdir",
            json!({"path": "/workspace/b"}),
            "Error ENOTDIR: ENOTDIR: not a directory, '/workspace/b'",
        ),
        (
            "fs/rm",
            json!({"path": "/tmp", "recursive": true}),
            "PermissionError EACCES: '/tmp' itself cannot be moved or removed",
        ),
        (
            "fs/writeFile",
            json!({"path": "/workspace/n"}),
            "TypeError EINVAL: a file is written from a string or a Uint8Array",
        ),
    ]);
}

#[test]
fn outside_is_refused_and_the_trees_can_only_be_read() {
    let only_read = "PermissionError EACCES: '/servers/github/createIssue.ts' can only be read; write to /workspace or /tmp";
    Fixture::new(Limits::default()).check(&[
        (
            "fs/readFile",
            json!({"path": "/etc/passwd"}),
            "PermissionError EACCES: '/etc/passwd' is outside of what a script can reach; files live in /workspace and /tmp; files of the machine are reached through tools",
        ),
        (
            "fs/writeFile",
            json!({"path": "/report.txt", "text": ""}),
            "PermissionError EACCES: '/report.txt' is outside of what a script can reach; files live in /workspace and /tmp; did you mean /workspace/report.txt?",
        ),
        (
            "fs/copyFile",
            json!({"from": "/data/a.csv", "to": "/tmp/a.csv"}),
            "PermissionError EACCES: '/data/a.csv' is outside of what a script can reach; files live in /workspace and /tmp; did you mean /workspace/data/a.csv?",
        ),
        (
            "fs/writeFile",
            json!({"path": "/workspace/../../x", "text": ""}),
            "PermissionError EACCES: '/workspace/../../x' is outside of what a script can reach; files live in /workspace and /tmp",
        ),
        ("fs/exists", json!({"path": "/etc/passwd"}), "false"),
        ("fs/readdir", json!({"path": "/"}), r#"["servers","skills","tmp","workspace"]"#),
        ("fs/readdir", json!({"path": "/servers/"}), r#"["github"]"#),
        ("fs/readdir", json!({"path": "/servers", "recursive": true}), r#"["github","github/createIssue.ts"]"#),
        ("fs/readdir", json!({"path": "/servers/nope"}), "Error ENOENT: ENOENT: no such file or directory, '/servers/nope'"),
        ("fs/readFile", json!({"path": "/servers/github/createIssue.ts", "encoding": "utf-8"}), r#""export const createIssue""#),
        ("fs/readFile", json!({"path": "/servers/github"}), "Error EISDIR: EISDIR: illegal operation on a directory, '/servers/github'"),
        ("fs/stat", json!({"path": "/skills/report.ts"}), r#"{"size":9,"isFile":true,"isDirectory":false,"mtimeMs":0.0}"#),
        ("fs/writeFile", json!({"path": "/servers/github/createIssue.ts", "text": ""}), only_read),
        ("fs/rm", json!({"path": "/servers/github/createIssue.ts"}), only_read),
        ("fs/rename", json!({"from": "/tmp/x", "to": "/servers/github/createIssue.ts"}), only_read),
    ]);
}

#[test]
fn quotas_are_exact() {
    let limits = Limits { workspace_bytes: 10, workspace_files: 4, file_bytes: 8, ..Limits::default() };
    Fixture::new(limits).check(&[
        ("fs/writeFile", json!({"path": "/tmp/a", "text": "123456789"}), "LimitError limits.file_mb: the file size limit of 0 MB was reached (`limits.file_mb`)"),
        ("fs/writeFile", json!({"path": "/tmp/a", "text": "12345678"}), "undefined"),
        ("fs/appendFile", json!({"path": "/tmp/a", "text": "9"}), "LimitError limits.file_mb: the file size limit of 0 MB was reached (`limits.file_mb`)"),
        ("fs/writeFile", json!({"path": "/workspace/b", "text": "123"}), "LimitError limits.workspace_mb: the workspace size limit of 0 MB was reached (`limits.workspace_mb`)"),
        ("fs/writeFile", json!({"path": "/workspace/b", "text": "12"}), "undefined"),
        ("fs/writeFile", json!({"path": "/tmp/a", "text": "1234567"}), "undefined"),
        ("fs/appendFile", json!({"path": "/workspace/b", "text": "3"}), "undefined"),
        ("fs/mkdir", json!({"path": "/workspace/d/e", "recursive": true}), "undefined"),
        ("fs/mkdir", json!({"path": "/workspace/f"}), "LimitError limits.workspace_files: the limit of files in the workspace of 4 was reached (`limits.workspace_files`)"),
        ("fs/rm", json!({"path": "/workspace/d", "recursive": true}), "undefined"),
        ("fs/mkdir", json!({"path": "/workspace/f"}), "undefined"),
        ("fs/rename", json!({"from": "/tmp/a", "to": "/workspace/b"}), "undefined"),
        ("fs/writeFile", json!({"path": "/workspace/c", "text": "1"}), "undefined"),
        ("checkpoint/set", json!({"key": "k", "value": 1}), "LimitError limits.workspace_files: the limit of files in the workspace of 4 was reached (`limits.workspace_files`)"),
    ]);
}

#[test]
fn quotas_hold_when_many_write_at_once() {
    let limits = Limits { workspace_bytes: 100, ..Limits::default() };
    let fixture = Fixture::new(limits);
    let written: usize = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let fixture = &fixture;
                scope.spawn(move || {
                    (0..50)
                        .filter(|file| {
                            let path = format!("/tmp/{writer}-{file}");
                            fixture.ask("fs/writeFile", &json!({"path": path, "text": "7 bytes"}))
                                == "undefined"
                        })
                        .count()
                })
            })
            .collect();
        writers.into_iter().map(|writer| writer.join().expect("no panic")).sum()
    });
    assert_eq!(written, 14);
    let counted = fixture.workspace.with(&fixture.limits, super::disk::Disk::usage).expect("counted");
    assert_eq!((counted.bytes, counted.files), (98, 14));
}

#[test]
fn the_account_is_taken_anew_when_a_workspace_is_opened_again() {
    let fixture = Fixture::new(Limits::default());
    fixture.ask("fs/writeFile", &json!({"path": "/tmp/a/b", "text": "123"}));
    fixture.ask("results/save", &json!({"name": "r", "value": [1]}));
    let kept = fixture.workspace.with(&fixture.limits, super::disk::Disk::usage).expect("counted");
    let again = Workspaces::new(fixture.folder.path().into()).open("default").expect("a name");
    let counted = again.with(&fixture.limits, super::disk::Disk::usage).expect("counted");
    assert_eq!((kept.bytes, kept.files), (6, 4));
    assert_eq!(kept, counted);
}

#[cfg(unix)]
#[test]
fn links_and_special_files_put_there_by_hand_are_refused() {
    let fixture = Fixture::new(Limits::default());
    fixture.ask("fs/readdir", &json!({"path": "/workspace"}));
    let own = fixture.folder.path().join("default/workspace");
    std::os::unix::fs::symlink("/etc", own.join("out")).expect("linked");
    std::os::unix::fs::symlink("b", own.join("in")).expect("linked");
    std::fs::write(own.join("b"), "b").expect("written");
    let outside = fixture.folder.path().join("outside");
    std::fs::write(&outside, "secret").expect("written");
    std::fs::hard_link(&outside, own.join("hard")).expect("linked");
    let _listener = std::os::unix::net::UnixListener::bind(own.join("socket")).expect("bound");
    let pipe = std::process::Command::new("mkfifo").arg(own.join("pipe")).status().expect("mkfifo starts");
    assert!(pipe.success());
    let refused = |path: &str| {
        format!("PermissionError EACCES: '{path}' is a link or a special file, which a script cannot use")
    };
    fixture.check(&[
        ("fs/readFile", json!({"path": "/workspace/out/passwd"}), &refused("/workspace/out")),
        ("fs/readFile", json!({"path": "/workspace/in"}), &refused("/workspace/in")),
        ("fs/writeFile", json!({"path": "/workspace/in", "text": ""}), &refused("/workspace/in")),
        ("fs/writeFile", json!({"path": "/workspace/out/x", "text": ""}), &refused("/workspace/out")),
        ("fs/readFile", json!({"path": "/workspace/hard"}), &refused("/workspace/hard")),
        ("fs/appendFile", json!({"path": "/workspace/hard", "text": "x"}), &refused("/workspace/hard")),
        ("fs/rename", json!({"from": "/workspace/hard", "to": "/tmp/soft"}), &refused("/workspace/hard")),
        (
            "fs/copyFile",
            json!({"from": "/workspace/b", "to": "/workspace/hard"}),
            &refused("/workspace/hard"),
        ),
        ("fs/readFile", json!({"path": "/workspace/pipe"}), &refused("/workspace/pipe")),
        ("fs/writeFile", json!({"path": "/workspace/pipe", "text": "x"}), &refused("/workspace/pipe")),
        ("fs/readFile", json!({"path": "/workspace/socket"}), &refused("/workspace/socket")),
        ("fs/exists", json!({"path": "/workspace/out/passwd"}), "false"),
        (
            "fs/readdir",
            json!({"path": "/workspace", "recursive": true}),
            r#"["b","hard","in","out","pipe","socket"]"#,
        ),
        ("fs/readFile", json!({"path": "/workspace/b", "encoding": "utf-8"}), r#""b""#),
    ]);
}

#[test]
fn a_workspace_that_is_held_is_nobody_elses_until_it_is_let_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = || WorkspaceStore::new(folder.path(), &Limits::default());
    let files = Workspaces::new(super::folder(folder.path())).open("w").expect("a name");
    ask(&files, &Limits::default(), "fs/writeFile", &json!({"path": "/workspace/a", "text": "x"}));
    assert!(matches!(store().hold("w"), Err(WorkspaceError::Open(_))), "a run has it open");
    drop(files);
    let (first, second) = (store(), store());
    let held = first.hold("w").expect("it is closed").expect("it is there");
    // Nobody opens it while the runs that need it are looked for.
    let opens = std::thread::spawn(move || second.files("w").map(|files| files.len()));
    assert_eq!(first.files("w").expect("its holder looks").len(), 1);
    held.remove().expect("removed");
    // It waited, and found none or a new one.
    assert!(matches!(opens.join().expect("no panic"), Ok(0) | Err(WorkspaceError::Unknown(_))));
    assert!(matches!(store().hold("w"), Ok(Some(_)) | Err(WorkspaceError::Unknown(_))));
}

#[test]
fn checkpoints_and_results_are_kept_by_name() {
    let fixture = Fixture::new(Limits::default());
    fixture.check(&[
        ("checkpoint/get", json!({"key": "sync/1"}), "null"),
        ("checkpoint/set", json!({"key": "sync/1", "value": {"done": [1, 2]}}), "undefined"),
        ("checkpoint/get", json!({"key": "sync/1"}), r#"{"done":[1,2]}"#),
        ("results/get", json!({"name": "sync/1"}), "null"),
        ("results/save", json!({"name": "report", "value": 5}), "undefined"),
        (
            "results/save",
            json!({"name": "run_0123456789abcdef", "value": 5}),
            "TypeError EINVAL: `run_0123456789abcdef` has the shape of a run's id, and would hide what that run returned: choose another name",
        ),
        ("results/save", json!({"name": "run_0123456789abcdef"}), "undefined"),
        ("checkpoint/set", json!({"name": "run_0123456789abcdef", "value": 1}), "undefined"),
        ("checkpoint/set", json!({"name": "run_0123456789abcdef"}), "undefined"),
        ("results/list", json!({}), r#"["report"]"#),
        ("checkpoint/set", json!({"key": "sync/1"}), "undefined"),
        ("checkpoint/get", json!({"key": "sync/1"}), "null"),
        (
            "checkpoint/get",
            json!({"key": ""}),
            "TypeError EINVAL: a key must be a text of 1 to 80 characters",
        ),
    ]);
}
