//! The repository's rules that no compiler checks: who may use whom, what every file has, what the documents
//! must say. See ARCHITECTURE.md, "Invariants".

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A file longer than this has more than one reason to change.
const LINES_MAX: usize = 600;

/// What each crate may use of ours. Everything else is forbidden.
const ARROWS: [(&str, &[&str]); 13] = [
    ("crates/text", &[]),
    ("crates/privacy", &[]),
    ("crates/tools", &[]),
    ("crates/files", &[]),
    ("crates/wire", &[]),
    ("crates/demo", &[]),
    ("crates/surface", &["text", "tools"]),
    ("crates/store", &["files"]),
    ("crates/upstream", &["files", "privacy", "text", "tools"]),
    ("crates/sandbox", &["wire"]),
    ("crates/host", &["files", "privacy", "store", "surface", "text", "tools", "wire"]),
    (
        "crates/app",
        &["demo", "files", "host", "privacy", "sandbox", "surface", "text", "tools", "upstream", "wire"],
    ),
    ("xtask", &[]),
];
const OURS: [&str; 12] = [
    "demo", "files", "host", "privacy", "sandbox", "store", "surface", "text", "tools", "upstream", "wire",
    "xtask",
];

/// Dependencies that belong to one crate, by the beginning of their names.
const BELONGS: [(&str, &str); 8] = [
    ("rmcp", "crates/app"),
    ("axum", "crates/app"),
    ("clap_complete", "crates/app"),
    ("oxc_", "crates/sandbox"),
    ("wasmtime", "crates/sandbox"),
    ("bpe-openai", "crates/surface"),
    ("rusqlite", "crates/store"),
    ("tokio-postgres", "crates/store"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is in the repository")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

/// Every file that is, or will be, part of the repository.
fn files() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    let listed = String::from_utf8(listed.stdout).expect("names are UTF-8");
    listed.lines().map(PathBuf::from).filter(|path| root().join(path).exists()).collect()
}

fn rust_files() -> Vec<PathBuf> {
    files().into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs")).collect()
}

/// The names under a section of a manifest, such as `dependencies`.
fn section(manifest: &str, name: &str) -> Vec<String> {
    let header = format!("[{name}]");
    let lines = manifest.lines().skip_while(|line| line.trim() != header).skip(1);
    lines
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn all_dependencies(manifest: &str) -> Vec<String> {
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .iter()
        .flat_map(|s| section(manifest, s))
        .collect()
}

#[test]
fn crates_use_only_those_they_may() {
    for (folder, allowed) in ARROWS {
        let used = section(&read(format!("{folder}/Cargo.toml")), "dependencies");
        let wrong: Vec<_> = used
            .iter()
            .filter(|name| OURS.contains(&name.as_str()) && !allowed.contains(&name.as_str()))
            .collect();
        assert!(wrong.is_empty(), "{folder} must not use {wrong:?}");
    }
}

#[test]
fn every_crate_is_in_the_table_of_arrows() {
    let members = read("Cargo.toml");
    for (folder, _) in ARROWS {
        assert!(members.contains(&format!("\"{folder}\"")), "{folder} is no member");
    }
    let line = members.lines().find(|line| line.starts_with("members")).expect("the members are listed");
    assert_eq!(line.matches('"').count() / 2, ARROWS.len(), "a member is missing in the table: {line}");
}

#[test]
fn libraries_belong_to_one_crate() {
    for (folder, _) in ARROWS {
        let manifest = read(format!("{folder}/Cargo.toml"));
        for name in [section(&manifest, "dependencies"), section(&manifest, "build-dependencies")].concat() {
            for (begin, owner) in BELONGS {
                assert!(
                    !name.starts_with(begin) || folder == owner,
                    "{name} belongs to {owner}, not {folder}"
                );
            }
        }
    }
}

#[test]
fn surface_is_pure() {
    let used = all_dependencies(&read("crates/surface/Cargo.toml"));
    for name in ["tokio", "futures-util", "reqwest", "cap-std"] {
        assert!(!used.iter().any(|used| used == name), "surface must not use {name}");
    }
    for path in rust_files().iter().filter(|path| path.starts_with("crates/surface/src")) {
        let text = read(path);
        for word in
            ["std::fs", "std::net", "std::env", "std::process", "async fn", "SystemTime", "Instant::now"]
        {
            assert!(
                !text.contains(word),
                "{}: surface does no I/O and reads no clock: {word}",
                path.display()
            );
        }
    }
}

#[test]
fn the_compiler_is_not_in_the_binary() {
    let manifest = read("crates/sandbox/Cargo.toml");
    let parts: Vec<_> = manifest.split("[build-dependencies]").collect();
    assert_eq!(parts.len(), 2, "the sandbox compiles the engine while it is built");
    assert!(!parts[0].contains("cranelift"), "Cranelift must be a build dependency only");
    assert!(!read("crates/app/Cargo.toml").contains("cranelift"));
}

#[test]
fn a_call_leaves_the_host_in_one_place() {
    let makers: Vec<_> = rust_files()
        .into_iter()
        .filter(|path| path.starts_with("crates/host/src") && !path.ends_with("tests.rs"))
        .filter(|path| read(path).contains("tools.call("))
        .collect();
    assert_eq!(makers.len(), 1, "CallTool::call is named in {makers:?}");
    let doors: Vec<_> = rust_files()
        .into_iter()
        .filter(|path| path.starts_with("crates/app/src") && read(path).contains("tools::CallTool"))
        .collect();
    assert!(doors.is_empty(), "the faces call through the host, not past it: {doors:?}");
}

#[test]
fn workers_start_through_one_door() {
    let doors: Vec<_> = rust_files()
        .into_iter()
        .filter(|path| path.starts_with("crates/host/src"))
        .filter(|path| read(path).contains("process::start::<"))
        .collect();
    assert_eq!(
        doors,
        [Path::new("crates/host/src/pool/starter.rs")],
        "the walls of every worker are looked at"
    );
}

#[test]
fn files_that_processes_share_are_written_in_one_crate() {
    let ours = ["crates/app/src", "crates/host/src", "crates/upstream/src"];
    let writers: Vec<_> = rust_files()
        .into_iter()
        .filter(|path| ours.iter().any(|folder| path.starts_with(folder)) && !path.ends_with("tests.rs"))
        .filter(|path| read(path).contains("fs::rename"))
        .collect();
    assert!(writers.is_empty(), "write through `files` what replaces a file: {writers:?}");
}

#[test]
fn unsafe_code_is_where_it_may_be() {
    for path in rust_files().iter().filter(|path| !path.starts_with("crates/engine")) {
        // The second is one system call of the walls, the third two calls of the C library; the last is the attacker they are tested with, of which
        // nothing runs in a real worker.
        let may = path.starts_with("crates/sandbox/src/engine")
            || path.ends_with("sandbox/src/walls/code.rs")
            || path.ends_with("sandbox/src/reclaim.rs")
            || path.ends_with("sandbox/src/attack/native.rs");
        let text = read(path);
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let found = code.clone().any(|line| {
            ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"].iter().any(|word| {
                // Written in two halves, so that this list does not find itself.
                line.contains(word) && !line.contains('"')
            })
        });
        assert!(may || !found, "{} has unsafe code", path.display());
    }
    for (folder, _) in ARROWS.iter().filter(|(folder, _)| *folder != "crates/sandbox") {
        let manifest = read(format!("{folder}/Cargo.toml"));
        assert!(manifest.contains("[lints]\nworkspace = true"), "{folder} has no lints of the workspace");
    }
}

#[test]
fn every_file_says_what_it_is_and_is_short() {
    for path in rust_files() {
        let text = read(&path);
        let lines = text.lines().count();
        // The tests of a module are what their module says; a file that is also included elsewhere cannot have
        // inner documentation.
        let included = path.ends_with("sandbox/src/engine/settings.rs") && text.starts_with("// ");
        let says = text.starts_with("//!") || path.ends_with("tests.rs") || included;
        assert!(says, "{} does not begin with what it is", path.display());
        assert!(lines <= LINES_MAX, "{} has {lines} lines", path.display());
    }
}

#[test]
fn invariants_are_numbered() {
    let text = read("ARCHITECTURE.md");
    let section = text.split("## Invariants").nth(1).expect("the invariants are written down");
    let section = section.split("\n## ").next().expect("a section");
    let numbers: Vec<usize> =
        section.lines().filter_map(|line| line.split_once(". ")?.0.parse().ok()).collect();
    assert!(numbers.len() >= 10, "there are {} invariants", numbers.len());
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>());
}

#[test]
fn paths_in_documents_exist() {
    let documents = files().into_iter().filter(|path| path.extension().is_some_and(|end| end == "md"));
    for document in documents {
        let text = read(&document);
        let folder = document.parent().expect("it lies in a folder");
        let of_the_root = code_spans(&text).filter(|path| is_ours(path)).map(PathBuf::from);
        let missing: Vec<_> = of_the_root
            .chain(links(&text).map(|link| folder.join(link)))
            .filter(|path| !root().join(path).exists())
            .collect();
        assert!(missing.is_empty(), "{} names {missing:?}", document.display());
    }
}

/// What stands between backticks in one line.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// Whether it is the path of a file or folder of this repository; one with a pattern in it is none.
fn is_ours(path: &str) -> bool {
    let begins = ["crates/", "docs/", "xtask/", "examples/", "fuzz/", ".ci/", ".cargo/"];
    begins.iter().any(|begin| path.starts_with(begin))
        && path.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-'))
}

/// The targets of links to other files, without the place within them.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.map(|target| target.split('#').next().unwrap_or(target));
    files.filter(|target| !target.is_empty() && !target.contains(':'))
}

#[test]
fn every_limit_is_documented() {
    let source = read("crates/wire/src/limits.rs");
    let keys: BTreeSet<_> = source.split('"').filter(|text| text.starts_with("limits.")).collect();
    assert!(keys.len() >= 12, "the keys of the limits were found: {keys:?}");
    let text = read("docs/config.md");
    for key in keys {
        assert!(text.contains(key), "docs/config.md does not say `{key}`");
    }
}

#[test]
fn the_changelog_has_the_version() {
    let version = env!("CARGO_PKG_VERSION");
    assert!(read("CHANGELOG.md").contains(&format!("## [{version}]")), "CHANGELOG.md has no {version}");
}

#[test]
fn nothing_of_one_machine_is_in_the_repository() {
    // Written in two halves, so that this list does not find itself.
    let words = [
        concat!("/wo", "rk/"),
        concat!("registry.np", "mjs.org"),
        concat!("pyp", "i.org"),
        concat!("files.pythonh", "osted.org"),
        concat!("static.crates", ".io"),
        concat!("index.crates", ".io"),
        concat!("deb.deb", "ian.org"),
    ];
    for path in files() {
        // What is no text has no such words to read.
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        for word in words {
            assert!(!text.contains(word), "{} names {word}", path.display());
        }
    }
}
