//! Names that scripts elsewhere have: what to write here instead.

use surface::Surface;
use tools::ToolId;
use wire::{Callee, Global};

use crate::waiting;

/// What scripts call and is here, for those who spell it otherwise.
const OWN: [&str; 8] = [
    "searchTools",
    "callMCPTool",
    "contentOf",
    "readResource",
    "toolRegistry",
    "checkpoint",
    "console",
    "Math",
];

/// What a script is told about a name that does not exist: the line to write.
pub(super) fn instead_of(global: &Global, code: &str, surface: &Surface) -> Option<String> {
    let name = global.name.as_str();
    let root = name.split('.').next().unwrap_or(name);
    let is_called = code.contains(&format!("{name}("));
    known(root, name)
        .map(str::to_owned)
        .or_else(|| tool(global, surface))
        .or_else(|| waiting::instead_of(name))
        .or_else(|| caller(name))
        .or_else(|| called(root).filter(|_| is_called).map(str::to_owned))
        .or_else(|| text::nearest(root, OWN).map(|own| format!("did you mean `{own}`?")))
}

/// The same for names that mean nothing but that.
pub(super) fn known(root: &str, name: &str) -> Option<&'static str> {
    of_javascript(root, name).or_else(|| of_python(root, name)).or_else(|| of_other_modes(root))
}

/// What Node, Deno, browsers and packages have.
fn of_javascript(root: &str, name: &str) -> Option<&'static str> {
    Some(match root {
        "process" if name.starts_with("process.exit") => "write `return` to end the script",
        "process" if name.starts_with("process.std") => "write `console.log(…)`",
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
        "axios" | "XMLHttpRequest" | "request" | "Headers" | "Request" | "FormData" => {
            "there is no network: call a tool, `await searchTools('…')` finds one"
        }
        "window" | "self" | "global" => "write `globalThis`",
        "document" | "navigator" | "location" => {
            "this is no browser: call a tool, `await searchTools('…')` finds one"
        }
        "localStorage" | "sessionStorage" => {
            "write `await fs.writeFile('/workspace/state.json', JSON.stringify(state))`: files of the workspace are kept"
        }
        "Temporal" | "moment" | "dayjs" => "write `new Date(…)`, and `Intl.DateTimeFormat` for a format",
        "_" | "lodash" | "z" => "there are no packages here: use what JavaScript itself has",
        "child_process" | "execSync" | "$" => "programs cannot be started from here: call a tool",
        "Worker" | "WebAssembly" => "a script is one program of JavaScript: write the code out",
        "lt" | "gt" | "amp" | "quot" => {
            "the script was escaped for HTML: send `<`, `>`, `&` and quotes as they are"
        }
        _ => return None,
    })
}

fn of_python(root: &str, name: &str) -> Option<&'static str> {
    Some(match root {
        "print" => "write `console.log(…)`",
        "len" => "write `.length`",
        "None" | "nil" => "write `null`",
        "True" => "write `true`",
        "False" => "write `false`",
        "str" => "write `String(…)`",
        "int" | "float" => "write `Number(…)`",
        "json" if name.starts_with("json.dumps") => "write `JSON.stringify(…)`",
        "json" => "write `JSON.parse(…)`",
        "asyncio" if name.starts_with("asyncio.sleep") => SLEEP,
        "asyncio" => "write `await Promise.all([…])`",
        "time" if name.starts_with("time.sleep") => SLEEP,
        "time" if name.starts_with("time.") => "write `Date.now()`",
        "datetime" => "write `new Date()`",
        "re" if name.starts_with("re.") => "write a regular expression: `/…/.test(text)`, `text.match(/…/)`",
        "math" => "write `Math.floor(…)`",
        "requests" | "urllib" | "httpx" => {
            "there is no network: call a tool, `await searchTools('…')` finds one"
        }
        "os" | "sys" => "there is no environment: write the value into the script",
        "subprocess" => "programs cannot be started from here: call a tool",
        "range" | "enumerate" | "zip" | "sorted" | "sum" | "dict" | "list" | "tuple" | "isinstance"
        | "pd" | "np" => "this is Python: scripts are TypeScript",
        _ => return None,
    })
}

/// What other code modes give a script.
fn of_other_modes(root: &str) -> Option<&'static str> {
    Some(match root {
        "args" | "argv" | "inputs" => "nothing is handed to a script: write the values into it",
        "ALL_TOOLS" | "listTools" | "list_tools" | "find_tools" | "findTools" | "describeTool"
        | "describe_tool" => "write `await searchTools('…')`: it finds tools, with their types",
        "final_answer" | "finalAnswer" | "setResult" => "write `return …;`",
        _ => return None,
    })
}

const SLEEP: &str = "write `await new Promise((done) => setTimeout(done, 1000))`";

/// Words that mean something else unless they are called.
fn called(root: &str) -> Option<&'static str> {
    Some(match root {
        "sleep" | "delay" | "wait" => SLEEP,
        "log" | "echo" | "alert" | "display" | "output" | "notify" | "text" | "puts" => {
            "write `console.log(…)`, or `return …;` for the value"
        }
        "respond" | "answer" | "finish" | "submit" | "done" | "emit" | "exit" | "result" => {
            "write `return …;`"
        }
        "image" => "return what holds the image: it is shown as one",
        "store" | "save" | "load" => {
            "write `await fs.writeFile('/workspace/state.json', …)` and `await fs.readFile(…)`: files of the workspace are kept"
        }
        "open" => "write `await fs.readFile('/workspace/a.txt', 'utf-8')`",
        "input" | "prompt" | "confirm" => {
            "a script cannot ask: write the value into it, or return the question"
        }
        "max" | "min" | "abs" | "round" | "floor" | "ceil" | "pow" => {
            "write `Math.max(…)`, `Math.round(…)` and so on"
        }
        "type" => "write `typeof value`",
        "help" | "dir" => "write `await searchTools('…')`: it finds tools, with their types",
        "exec" | "spawn" | "system" => "programs cannot be started from here: call a tool",
        _ => return None,
    })
}

/// The import of the tool that a made-up name means: `tools.slack.post`, `codemode.post`, `mcp__slack__post`, `post`; or that
/// it is told, where it is one by which tools are called: `call_tool('slack', 'post')`.
pub(super) fn tool(global: &Global, surface: &Surface) -> Option<String> {
    let told = global.names.as_ref().filter(|_| calls_tools(&global.name));
    told.and_then(|callee| of_callee(callee, surface))
        .or_else(|| of_name(&global.name, surface))
        .and_then(|id| import_of(id, surface))
}

fn of_callee<'s>(callee: &Callee, surface: &'s Surface) -> Option<&'s ToolId> {
    let Callee::Named { server, tool } = callee else { return None };
    // A second string may be an argument.
    let alone = || surface.tool_named(server.as_deref()?).ok();
    surface.tool_meant(server.as_deref(), tool).ok().or_else(alone)
}

fn of_name<'s>(name: &str, surface: &'s Surface) -> Option<&'s ToolId> {
    let name = name.strip_prefix("mcp__").unwrap_or(name);
    let below = name.split_once('.').map(|(_, below)| below);
    [Some(name), below].into_iter().flatten().find_map(|name| surface.tool_named(name).ok())
}

fn import_of(id: &ToolId, surface: &Surface) -> Option<String> {
    let (identifier, path) = (surface.identifier_of(id)?, surface.path_of(id)?);
    let (folder, _) = path.rsplit_once('/')?;
    Some(format!("write `import {{ {identifier} }} from './{folder}';` and `await {identifier}({{ … }})`"))
}

/// What other code modes call a function that calls a tool by its name.
const CALLERS: [&str; 14] = [
    "callTool",
    "call_tool",
    "callMCPTool",
    "call_mcp_tool",
    "useMcpTool",
    "use_mcp_tool",
    "runTool",
    "run_tool",
    "executeTool",
    "execute_tool",
    "invokeTool",
    "invoke",
    "execute",
    "call",
];

fn calls_tools(name: &str) -> bool {
    CALLERS.contains(&name.rsplit('.').next().unwrap_or(name))
}

/// Ways other code modes have of calling a tool.
fn caller(name: &str) -> Option<String> {
    let last = name.rsplit('.').next().unwrap_or(name);
    if calls_tools(name) {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tools::Catalog;
    use wire::Position;

    use super::*;

    #[test]
    fn names_of_elsewhere_are_answered_with_the_line_to_write() {
        let surface = Surface::new(Arc::new(Catalog::new([])));
        let find = "write `await searchTools('…')`: it finds tools, with their types";
        for (code, name, expect) in [
            ("process.stdout.write('x')", "process.stdout.write", Some("write `console.log(…)`")),
            ("window.x", "window.x", Some("write `globalThis`")),
            ("self", "self", Some("write `globalThis`")),
            ("time.sleep(1)", "time.sleep", Some(SLEEP)),
            ("await sleep(1)", "sleep", Some(SLEEP)),
            ("time.time()", "time.time", Some("write `Date.now()`")),
            ("math.floor(1)", "math.floor", Some("write `Math.floor(…)`")),
            ("listTools()", "listTools", Some(find)),
            ("help(x)", "help", Some(find)),
            ("text('x')", "text", Some("write `console.log(…)`, or `return …;` for the value")),
            ("final_answer(1)", "final_answer", Some("write `return …;`")),
            ("args[0]", "args", Some("nothing is handed to a script: write the values into it")),
            ("search_tools('x')", "search_tools", Some("did you mean `searchTools`?")),
            ("serchTools('x')", "serchTools", Some("did you mean `searchTools`?")),
            ("content_of(x)", "content_of", Some("did you mean `contentOf`?")),
            ("call_tool('x')", "call_tool", Some("write `await callMCPTool('server__tool', { … })`")),
            // Variables that somebody forgot.
            ("text.length", "text.length", None),
            ("return time", "time", None),
            ("return total", "total", None),
        ] {
            let global = Global { name: name.to_owned(), at: Position { line: 1, column: 1 }, names: None };
            assert_eq!(instead_of(&global, code, &surface).as_deref(), expect, "{code}");
        }
    }
}
