//! MCP servers to configure: the demo company's, one that misbehaves, and real ones.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use serde_json::{Value, json};

/// A configuration with these servers.
pub(crate) fn config<const N: usize>(servers: [(&str, Value); N]) -> Value {
    let servers: serde_json::Map<_, _> =
        servers.into_iter().map(|(name, server)| (name.to_owned(), server)).collect();
    json!({ "mcpServers": servers })
}

/// One server of the demo company.
pub(crate) fn demo(name: &str) -> Value {
    json!({"command": env!("CARGO_BIN_EXE_narrows"), "args": ["demo-server", name]})
}

/// The whole demo company, and little computing time, so that what never ends does not take long.
pub(crate) fn company() -> Value {
    let mut all = config(demo::SERVERS.map(|name| (name, self::demo(name))));
    all["narrows"] = json!({"limits": {"cpu_seconds": 2}});
    all
}

/// The same with Deno as the engine, where that is fetched.
pub(crate) fn company_in_deno() -> Option<Value> {
    let mut all = company();
    all["narrows"]["sandbox"] = json!({"engine": "deno", "deno": fetched("deno")?});
    Some(all)
}

/// The server that misbehaves in this way.
pub(crate) fn misbehave(kind: &str) -> Value {
    json!({"command": *MISBEHAVE, "args": [kind]})
}

/// The server that has all that one can have beside tools, of this era.
pub(crate) fn offers(era: &str) -> Value {
    json!({"command": *OFFERS, "args": [era]})
}

/// A fetched server, or nothing with a word about how to fetch it. Where `CI` is set it must be there.
#[expect(clippy::print_stderr, reason = "a skipped test says why")]
pub(crate) fn fetched(program: &str) -> Option<PathBuf> {
    let path = target().join("test-servers/bin").join(program);
    if path.exists() {
        return Some(path);
    }
    let missing = format!("{program} is not fetched: run `cargo xtask test`, which needs npm and Python");
    assert!(env::var("CI").is_err(), "{missing}");
    eprintln!("skipped: {missing}");
    None
}

/// A search path with the fetched programs in front: their scripts start `node` from there.
pub(crate) fn fetched_path() -> String {
    let programs = target().join("test-servers/bin");
    format!("{}:{}", programs.display(), env::var("PATH").unwrap_or_default())
}

fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target folder")
}

static MISBEHAVE: LazyLock<String> = LazyLock::new(|| example("misbehave"));
static OFFERS: LazyLock<String> = LazyLock::new(|| example("offers"));

/// A program that is an example of the demo crate: tests of the whole workspace have built it, others build it here.
fn example(name: &str) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_narrows"));
    let path = binary.with_file_name("examples").join(name);
    if !path.exists() {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "--package", "narrows-demo", "--example", name])
            .status()
            .expect("cargo starts");
        assert!(built.success(), "the example `{name}` of narrows-demo is built");
    }
    path.display().to_string()
}
