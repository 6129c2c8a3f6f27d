//! Which tool a call reaches where names of servers and tools resemble each other.

use serde_json::{Value, json};

use crate::{
    narrows::Narrows,
    servers::{config, fetched, misbehave},
};

fn named(server: &str, tools: &[&str]) -> Value {
    let mut entry = misbehave("named");
    entry["args"] = json!([&["named", server], tools].concat());
    entry
}

/// Servers of which some names begin with the names of others.
fn alike() -> Value {
    config([
        ("a", named("a", &["b__status", "b/status", "x"])),
        ("a/b", named("a/b", &["status"])),
        ("servers", named("servers", &["status", "get_it"])),
        ("mcp", named("mcp", &["a", "a.ts"])),
    ])
}

/// A server and the name of a tool, and what answers.
const APART: [[&str; 3]; 8] = [
    ["a", "b__status", "a: b__status"],
    ["a", "b/status", "a: b/status"],
    ["a", "x.ts", "a: x"],
    ["a/b", "status", "a/b: status"],
    ["servers", "status", "servers: status"],
    ["servers", "getIt", "servers: get_it"],
    ["mcp", "a", "mcp: a"],
    ["mcp", "a.ts", "mcp: a.ts"],
];

#[test]
fn a_server_named_on_the_command_line_is_the_one_that_is_called() {
    let narrows = Narrows::configured(&alike());
    for [server, tool, expect] in APART {
        let output = narrows.output(&["call", server, tool]);
        assert_eq!(
            (output.code, output.stdout.trim().trim_matches('"')),
            (Some(0), expect),
            "{server} {tool}: {}",
            output.stderr
        );
    }
    let output = narrows.output(&["call", "a", "status"]);
    assert_eq!(output.code, Some(2), "{}{}", output.stdout, output.stderr);
}

#[test]
fn a_server_named_in_a_script_is_the_one_that_is_called() {
    let mut engines = vec![json!({})];
    engines.extend(fetched("deno").map(|deno| json!({"engine": "deno", "deno": deno})));
    for sandbox in engines {
        let mut config = alike();
        config["narrows"] = json!({"sandbox": sandbox});
        let narrows = Narrows::configured(&config);
        for [server, tool, expect] in APART {
            // As literals, which are checked before the run, and as values.
            let script = format!(
                "const [server, name] = JSON.parse('[{server:?},{tool:?}]');
                 const load = await toolRegistry.load({{ server, name }});
                 return [
                   await callMCPTool({server:?}, {tool:?}, {{}}),
                   await callMCPTool(server, name, {{}}),
                   await callMCPTool({{ server: {server:?}, name: {tool:?} }}),
                   await callMCPTool({{ server, tool: name, arguments: {{}} }}),
                   await load({{}}),
                 ];"
            );
            let output = narrows.output(&["run", "--json", "-e", &script]);
            assert_eq!(output.json()["value"], json!(vec![expect; 5]), "{script}: {}", output.stdout);
        }
        let paths = "const all = toolRegistry.list();
            const said = await Promise.all(all.map(async (tool) => (await toolRegistry.load(tool))({})));
            return said.sort();";
        let output = narrows.output(&["run", "--json", "-e", paths]);
        let mut all = APART.map(|[_, _, said]| said);
        all.sort_unstable();
        assert_eq!(output.json()["value"], json!(all), "{}", output.stdout);
        let doubtful = "try { await callMCPTool(['a', 'b', 'status'].join('/'), {}); }
            catch (error) { return error.message; }";
        let output = narrows.output(&["run", "--json", "-e", doubtful]);
        let message = output.json()["value"].to_string();
        let expect = "`a/b/status` may mean `status` of the server `a/b` or `b/status` of the server `a`; \
            name the server apart from its tool";
        assert!(message.contains(expect), "{message}");
    }
}
