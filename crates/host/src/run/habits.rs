//! Names that scripts elsewhere have: what to write here instead.

use surface::Surface;

/// What a script is told about a name that does not exist: the line to write.
pub(super) fn instead_of(name: &str, surface: &Surface) -> Option<String> {
    let root = name.split('.').next().unwrap_or(name);
    known(root, name).map(str::to_owned).or_else(|| tool(name, surface)).or_else(|| caller(name))
}

fn known(root: &str, name: &str) -> Option<&'static str> {
    Some(match root {
        "process" if name.starts_with("process.exit") => "write `return` to end the script",
        "process" => {
            "there is no environment: write the value into the script, or read it with `await fs.readFile('/workspace/…', 'utf-8')`"
        }
        "Buffer" => {
            "write `new TextEncoder().encode(text)` for bytes, and `btoa(text)` or `atob(text)` for base64"
        }
        "Deno" | "Bun" => {
            "write `await fs.readFile('/workspace/a.txt', 'utf-8')`; files of the machine are reached through tools"
        }
        "__dirname" | "__filename" => "write `/workspace`: that is where a script's files are",
        "module" | "exports" => "write `return value;` at the end of the script",
        "axios" | "XMLHttpRequest" | "request" => {
            "there is no network: call a tool, `await searchTools('…')` finds one"
        }
        "lt" | "gt" | "amp" | "quot" => {
            "the script was escaped for HTML: send `<`, `>`, `&` and quotes as they are"
        }
        "print" => "write `console.log(…)`",
        "len" => "write `.length`",
        "None" => "write `null`",
        "True" => "write `true`",
        "False" => "write `false`",
        "str" => "write `String(…)`",
        "int" | "float" => "write `Number(…)`",
        "json" if name.starts_with("json.dumps") => "write `JSON.stringify(…)`",
        "json" => "write `JSON.parse(…)`",
        "asyncio" => "write `await Promise.all([…])`",
        "range" | "enumerate" | "zip" | "sorted" | "sum" | "dict" | "list" | "tuple" | "isinstance" => {
            "this is Python: scripts are TypeScript"
        }
        _ => return None,
    })
}

/// The import of the tool that a made-up name means: `tools.slack.post`, `codemode.post`, `mcp__slack__post`, `post`.
fn tool(name: &str, surface: &Surface) -> Option<String> {
    let name = name.strip_prefix("mcp__").unwrap_or(name);
    let below = name.split_once('.').map(|(_, below)| below);
    let id = [Some(name), below].into_iter().flatten().find_map(|name| surface.tool_named(name).ok())?;
    let (identifier, path) = (surface.identifier_of(id)?, surface.path_of(id)?);
    let (folder, _) = path.rsplit_once('/')?;
    Some(format!("write `import {{ {identifier} }} from './{folder}';` and `await {identifier}({{ … }})`"))
}

/// Ways other code modes have of calling a tool.
fn caller(name: &str) -> Option<String> {
    let calls = ["callTool", "call_tool", "callMCPTool", "invoke", "execute", "call"];
    let last = name.rsplit('.').next().unwrap_or(name);
    if calls.contains(&last) {
        return Some("write `await callMCPTool('server__tool', { … })`".to_owned());
    }
    if ["readResource", "read_resource", "readMcpResource"].contains(&last) {
        return Some("write `await readResource('server', link.uri)`".to_owned());
    }
    let roots = ["tools", "servers", "codemode", "mcp", "client", "mcpClient", "functions", "default_api"];
    let root = name.split('.').next().unwrap_or(name);
    roots.contains(&root).then(|| {
        "write `import { tool } from './servers/server';` and `await tool({ … })`; `await searchTools('…')` finds tools".to_owned()
    })
}
