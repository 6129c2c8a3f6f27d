//! Writes `docs/config.md` from the sections, and fails when the page was stale.

use std::{fmt::Write, path::Path};

use host::{APPROVALS_WITHIN, QueueLimits};
use wire::Limits;

use super::{
    HTTP_DRAIN, HTTP_REQUESTS, INLINE_TOKENS, RUNNERS, START_TIMEOUT, find,
    keys::{Count, PersonSeconds, Processes, Row, Seconds, Setting, Tokens},
    raw::{RawApprovals, RawHttp, RawLimits, RawNarrows, RawRuns},
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
        runs: Some(RawRuns::of(&QueueLimits::default())),
        start_timeout_seconds: Some(Seconds(START_TIMEOUT.as_secs_f64())),
        runners: Some(Processes(RUNNERS as u64)),
        default_rule: Some(Word(host::Action::Allow)),
        approvals: Some(RawApprovals { wait_seconds: Some(PersonSeconds(APPROVALS_WITHIN.as_secs())) }),
        trust: Some(TrustWord(Trust::default())),
        inline_tokens: Some(Tokens(INLINE_TOKENS as u64)),
        sandbox: Some(RawSandbox::usual()),
        http: Some(RawHttp {
            requests: Some(Count(HTTP_REQUESTS as u64)),
            drain_seconds: Some(Seconds(HTTP_DRAIN.as_secs_f64())),
            ..RawHttp::default()
        }),
        ..RawNarrows::default()
    };
    let mut rows = Vec::new();
    RawNarrows::rows(Some(&defaults), "", "", &mut rows);
    let mut page = HEAD.replace("{example}", find::EXAMPLE).replace("{inherited}", &inherited());
    page.push_str("| key | takes | default | meaning |\n|---|---|---|---|\n");
    for Row { key, kind, value, about } in rows {
        let value = value.map(|value| format!("`{value}`")).unwrap_or_default();
        let about = about.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(page, "| `{key}` | {kind} | {value} | {about} |").expect("a String takes everything");
    }
    page
}

fn inherited() -> String {
    let row = |(topic, names): &(&str, &[&str])| {
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        format!("| {topic} | {} |\n", names.join(", "))
    };
    let rows: String = upstream::INHERITED.iter().map(row).collect();
    format!("| for | variables |\n|---|---|\n{}", rows.trim_end())
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

Every entry under `mcpServers` is a server. Its key is the name agents see. The files of other programs are read too:

| written by | where its servers stand |
|---|---|
| Claude Code, Claude Desktop, Cursor, Windsurf, Cline, Gemini CLI and most others | `mcpServers`; of `projects` in `~/.claude.json` those of the current folder too |
| VS Code | `servers` of `mcp.json`, `mcp.servers` of the settings |
| Zed | `context_servers`, its `command` also as an object |
| opencode | `mcp`, `command` as a list, `type` `local` or `remote`, `environment` |
| Amp | `amp.mcpServers` |

Of several such keys in one file the first of `mcpServers`, `servers`, … counts, and a warning names the others. TOML (Codex) and YAML (goose)
are not read, but `narrows init` and `narrows import` take the servers of TOML in ([clients.md](clients.md)). A file without servers is an error that says what was found instead, unless it has a `narrows` key.

| key | meaning |
|---|---|
| `command`, `args`, `env`, `cwd` | a program that speaks MCP on its standard streams. Never run through a shell: `command` is one program, and each argument stands alone in `args`. It starts in the folder of the file (or the one around `.vscode`, `.cursor` and `.kiro`), and relative paths in `command`, `args` and `cwd` count from there. Servers of your own file, the last of the places above, start where Narrows does. `~/` at the beginning is your home |
| `envFile` | a file of variables, one `NAME=value` a line, at most 1 MB; those of `env` win |
| `env_pass` | names of variables that this server gets of Narrows' own environment; see [below](#what-a-server-gets-of-the-environment) |
| `url`, `serverUrl` | an endpoint: streamable HTTP is tried first, then HTTP+SSE |
| `httpUrl` | an endpoint that speaks streamable HTTP |
| `headers` | sent with every request |
| `oauth` (also `auth`) | how a remote server is signed in to, or `false`; see [sign-in.md](sign-in.md) |
| `type` or `transport` | `stdio`, `http`, `streamable-http` or `sse`: says it outright |
| `disabled: true`, `enabled: false` | the server is left out |
| `disabledTools`, `excludeTools`, `disabled_tools`, `disallowedTools` and their like | these tools are refused, as by a rule of [rules.md](rules.md) with the name `disabledTools of SERVER`; `*` stands for any text |
| `includeTools`, `enabledTools`, `enabled_tools`, `allowedTools` and their like | all other tools of the server are refused |

Keys that do something elsewhere and nothing here (`autoApprove`, `alwaysAllow`, `trust`, `timeout`, `headersHelper`, …) are named in a warning with
what to write instead. A key that misses one of these by a letter is named too. Other keys belong to other programs and are left alone.

A backslash in JSON text is written twice: `"C:\\Projects"`, or `"C:/Projects"`. An escape that JSON does not know is an error, and so is a path with a line
break or a tab that a single backslash made (`"C:\new"`). What is wrong with one entry fails that server, with its line
in `narrows doctor`, and no other. An entry that starts Narrows itself with this same configuration is left out, and where
that does not show in the entry, Narrows refuses to start: servers are started with the files they are behind in `NARROWS_BEHIND`.

Addresses of this machine (`localhost`, names that end with `.localhost`, 127.0.0.0/8, `::1`) are never asked through a proxy. For others `HTTP_PROXY`,
`HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` hold, and a failure through a proxy names it.

## What a server gets of the environment

A stdio server gets the variables of its `env` and these of Narrows' own environment:

{inherited}

They say where things are and how text and time are written. Nothing that unlocks something is among them: the environment of an agent often holds keys
of many services, and a server needs its own at most, which belongs into its `env`. So none of these is passed on when its name says that it is a credential,
or when its value is an address with a user name or a password; a server that fails then says so. `SSH_AUTH_SOCK` is not among them because a program
that has the socket can use your keys.

`env_pass` names what else is passed on, in an entry for one server, and below `narrows` for all: `"env_pass": ["SSH_AUTH_SOCK", "HTTPS_PROXY"]`.

## Variables

`${VAR}`, `${VAR:-default}` and `${env:VAR}` are put in where they stand in `command`, `args`, `env`, `cwd`, `url`, `headers`
and `oauth`, and in `narrows.data_dir`, `narrows.http.address` and `narrows.http.token`. A server whose variable is not set
and has no default, or with a `${` that is not closed, is listed as failed; the others start. `${workspaceFolder}` is the folder of the file, or the one around
`.vscode`, `.cursor` and `.kiro`; `${userHome}` is your home. `${file:PATH}` is what a file holds, without
the line break at its end: for credentials that another program puts there. A relative path counts from the folder of the configuration.

Values of `headers` are never printed. Of a variable in `env`, `narrows allow` prints the name, and the value only where it is clearly no credential (a path,
an option, a number, a short plain word); of any other it prints `[credential]` or `[not shown]`. Excerpts in errors, what `narrows allow` says of changes, and what it
keeps have stars for all of them. In arguments and addresses, `[credential]` stands wherever a name says that a value is secret (`--api-key K`,
`TOKEN=K`, `Authorization: K`, `user:password@`, `-u user:K`, `mysql -pK`), for every value of a header and what is no plain word in the query or the
fragment of an address, wherever a value of `env` is repeated, and wherever a value looks like a key (`ghp_…`, long and random); also within a text for a shell.

## The `narrows` key

Everything of our own stands below one more key, `narrows`. An unknown key or a value of the wrong kind there is an error
that names its line, and so is a key of `narrows` that stands beside `mcpServers` instead, where it would have no effect. `sandbox` and `approvals` there
may be other programs': they are named in a warning.

"#;
