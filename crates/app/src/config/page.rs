//! Writes `docs/config.md` from the sections, and fails when the page was stale.

use std::{fmt::Write, path::Path};

use wire::Limits;

use super::{
    INLINE_TOKENS, RUNNERS, START_TIMEOUT, find,
    keys::{Processes, Row, Seconds, Setting, Tokens},
    raw::{RawHttp, RawLimits, RawNarrows},
    rules::{TrustWord, Word},
    sandbox::RawSandbox,
};
use crate::trust::Trust;

#[test]
fn the_manual_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/config.md");
    let page = page();
    let was = std::fs::read_to_string(&path).unwrap_or_default();
    if was != page {
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("the folder can be made");
        std::fs::write(&path, page).expect("the page can be written");
        panic!("docs/config.md was stale; it has been written anew: look at it and commit it");
    }
}

fn page() -> String {
    let defaults = RawNarrows {
        limits: Some(RawLimits::of(&Limits::default())),
        start_timeout_seconds: Some(Seconds(START_TIMEOUT.as_secs_f64())),
        runners: Some(Processes(RUNNERS as u64)),
        default_rule: Some(Word(host::Action::Allow)),
        trust: Some(TrustWord(Trust::default())),
        inline_tokens: Some(Tokens(INLINE_TOKENS as u64)),
        sandbox: Some(RawSandbox::usual()),
        http: Some(RawHttp::default()),
        ..RawNarrows::default()
    };
    let mut rows = Vec::new();
    RawNarrows::rows(Some(&defaults), "", "", &mut rows);
    let mut page = HEAD.replace("{example}", find::EXAMPLE);
    page.push_str("| key | takes | default | meaning |\n|---|---|---|---|\n");
    for Row { key, kind, value, about } in rows {
        let value = value.map(|value| format!("`{value}`")).unwrap_or_default();
        let about = about.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(page, "| `{key}` | {kind} | {value} | {about} |").expect("a String takes everything");
    }
    page
}

const HEAD: &str = r#"<!-- Written by the test `config::page::the_manual_is_fresh` from crates/app/src/config: do not edit. -->

# Configuration

Narrows reads the `mcpServers` JSON that other MCP programs write. Comments and trailing commas are allowed.

```jsonc
{example}
```

## Where it is looked for

1. the file named with `--config`, and no other;
2. `./narrows.json`;
3. `./.mcp.json`;
4. `$XDG_CONFIG_HOME/narrows/narrows.json` (usually `~/.config/narrows/narrows.json`).

The first that exists is used. `narrows doctor` says which one that was.

## Servers

Every entry under `mcpServers` (or `servers`, as VS Code writes it) is a server. Its key is the name agents see.

| key | meaning |
|---|---|
| `command`, `args`, `env`, `cwd` | a program that speaks MCP on its standard streams. Never run through a shell. A relative `cwd` counts from the folder of the file; `~/` is your home |
| `url`, `serverUrl` | an endpoint: streamable HTTP is tried first, then HTTP+SSE |
| `httpUrl` | an endpoint that speaks streamable HTTP |
| `headers` | sent with every request |
| `type` or `transport` | `stdio`, `http`, `streamable-http` or `sse`: says it outright |
| `disabled: true`, `enabled: false` | the server is left out |

Other keys belong to other programs and are left alone. What is wrong with one entry fails that server, with its line
in `narrows doctor`, and no other. An entry that starts Narrows itself with this same configuration is left out, and where
that does not show in the entry, Narrows refuses to start: servers are started with the files they are behind in `NARROWS_BEHIND`.

## Variables

`${VAR}`, `${VAR:-default}` and `${env:VAR}` are put in where they stand in `command`, `args`, `env`, `cwd`, `url` and
`headers`, and in `narrows.data_dir`, `narrows.http.address` and `narrows.http.token`. A server whose variable is not set
and has no default, or with a `${` that is not closed, is listed as failed; the others start. Values of `env` and `headers` are never printed.

## The `narrows` key

Everything of our own stands below one more key, `narrows`. An unknown key or a value of the wrong kind there is an error
that names its line.

"#;
