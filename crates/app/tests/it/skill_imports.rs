//! What skills get that import others, and what skills may call that they do not write out: through skills they import, by names that are
//! computed, by code made of text.

use serde_json::json;

use crate::{
    narrows::Narrows,
    skills::{COUNT, accept, problem, slack, writing},
};

/// Calls any tool, and says so.
const ANY: &str =
    "// allowed-tools: *\nexport const call = (tool: string, args: object) => callMCPTool(tool, args);\n";

fn add(narrows: &Narrows, name: &str, source: &str) {
    narrows.write("skill.ts", source);
    let added = narrows.output(&["skill", "add", name, "skill.ts"]);
    assert_eq!(added.code, Some(0), "{}", added.stderr);
}

#[test]
fn what_a_skill_may_call_through_another_is_held_against_what_it_declares() {
    let narrows = slack();
    add(&narrows, "counting", COUNT);
    add(&narrows, "any", ANY);
    add(
        &narrows,
        "between",
        "import { countChannels } from './counting';\nexport const between = () => countChannels();",
    );
    let through = |skill: &str| {
        format!(
            "the skill was not saved: 2:23: `slack/list_channels`, which the skill `{skill}` may call, is not allowed: the skill does not declare it (add `slack/list_channels` to its `allowed-tools`, or do not import `{skill}`)"
        )
    };
    for (source, says) in [
        ("import { countChannels } from './skills/counting';\nexport const f = () => countChannels();", through("counting")),
        ("import { between } from './between';\nexport const f = () => between();", through("between")),
        ("export const f = async () => (await import('./counting')).countChannels();", through("counting")),
        (
            "import { call } from './any';\nexport const f = call;",
            "the skill was not saved: 2:22: the skill may call any tool through the skill `any`, which it does not declare (do not import `any`, or declare `allowed-tools: *`)".to_owned(),
        ),
    ] {
        let source = format!("// allowed-tools: slack/send_message\n{source}");
        let record = narrows.record(&writing("./skills/outer.ts", &source), &[]);
        let place = |text: &str| text.split(": ").skip(2).collect::<Vec<_>>().join(": ");
        let message = record["error"]["message"].as_str().unwrap_or_default();
        assert_eq!(place(message), place(&says), "{source}: {record}");
    }
    let undeclared = narrows
        .record(&writing("./skills/outer.ts", "import { call } from './any';\nexport const f = call;"), &[]);
    let message = undeclared["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("may call any tool through the skill `any`"), "{undeclared}");

    let declared = "// allowed-tools: slack/list_channels\nimport { between } from './between';\nexport const f = () => between();";
    assert_eq!(narrows.record(&writing("./skills/outer.ts", declared), &[])["value"], "saved");
    let shown = narrows.output(&["skill", "accept", "outer"]).stdout;
    assert!(shown.contains(", may call slack/list_channels\n"), "{shown}");
    assert_eq!(accept(&narrows, "outer").code, Some(0));
    let shown = narrows.output(&["skill", "show", "outer"]).stderr;
    assert!(shown.contains(", may call slack/list_channels"), "{shown}");
    assert_eq!(narrows.record("import { f } from './skills/outer';\nreturn await f();", &[])["value"], 6);
}

#[test]
fn a_skill_that_may_call_more_through_another_than_was_accepted_is_refused() {
    let narrows = slack();
    add(&narrows, "inner", "export const inner = () => 1;");
    add(&narrows, "outer", "import { inner } from './inner';\nexport const f = () => inner();");
    let shown = narrows.output(&["skill", "show", "outer"]).stderr;
    assert!(shown.contains(", its source names no tools"), "{shown}");
    let run = "import { f } from './skills/outer';\nreturn await f();";
    assert_eq!(narrows.record(run, &[])["value"], 1);
    let more = COUNT.replace("countChannels", "inner");
    add(&narrows, "inner", &more);
    let says = "`slack/list_channels` is not allowed: the skill `outer` does not declare it";
    assert_eq!(problem(&narrows.record(run, &[])), says);
    add(&narrows, "outer", "import { inner } from './inner';\nexport const f = () => inner();");
    assert_eq!(narrows.record(run, &[])["value"], 6);
}

#[test]
fn skills_that_import_each_other_may_call_what_either_does() {
    let narrows = slack();
    add(&narrows, "one", COUNT);
    add(&narrows, "two", "import { countChannels } from './one';\nexport const two = () => countChannels();");
    add(
        &narrows,
        "one",
        &format!("import {{ two }} from './two';\nexport const three = () => two();\n{COUNT}"),
    );
    let one = narrows.output(&["skill", "show", "one", "--json"]).json();
    assert_eq!(one["saved"]["tools"], json!(["slack/list_channels"]), "{one}");
    let run = "import { three } from './skills/one';\nreturn await three();";
    assert_eq!(narrows.record(run, &[])["value"], 6);
    // What only went in a circle is gone with its cause.
    add(
        &narrows,
        "one",
        "import { two } from './two';\nexport const three = () => two();\nexport const countChannels = () => 5;",
    );
    let one = narrows.output(&["skill", "show", "one", "--json"]).json();
    assert_eq!(one["saved"]["tools"], json!([]), "{one}");
    assert_eq!(narrows.record(run, &[])["value"], 5);
}

#[test]
fn a_skill_that_takes_the_constructor_of_a_function_may_call_any_tool() {
    let narrows = slack();
    let make = "export const f = () => (() => {}).constructor('return callMCPTool')();";
    let declared = format!("// allowed-tools: slack/list_channels\n{make}");
    for (source, place) in [(make, "1:35"), (declared.as_str(), "2:35")] {
        let record = narrows.record(&writing("./skills/made.ts", source), &[]);
        let says = format!(
            "the skill was not saved: {place}: the skill may call any tool, which it does not declare"
        );
        assert!(record["error"]["message"].as_str().unwrap_or_default().starts_with(&says), "{record}");
    }
    let named = "export class A { name() { return this.constructor.name; } }";
    assert_eq!(narrows.record(&writing("./skills/named.ts", named), &[])["value"], "saved");
}

#[test]
fn a_tool_of_a_named_server_is_called_by_a_computed_name() {
    let narrows = slack();
    let count = "let count = 0;\nfor (const tool of ['list_channels']) count += (await callMCPTool('slack', tool, {})).length;\n\
        count += (await callMCPTool('slack', 'list_' + 'channels', {})).length;\n\
        const name = ['list_channels'][0];\ncount += (await callMCPTool('slack', name)).length;\nreturn count;";
    let record = narrows.record(count, &[]);
    assert_eq!(record["value"], 18, "{record}");
    let call = |declared: &str| {
        let source = format!(
            "// allowed-tools: {declared}\nexport const f = (tool: string) => callMCPTool('slack', tool);"
        );
        narrows.record(&writing("./skills/by-name.ts", &source), &[])
    };
    assert_eq!(call("slack/*")["value"], "saved");
    let refused = call("slack/list_channels");
    let says = "the skill was not saved: 2:36: `slack/*` is not allowed: the skill does not declare it";
    assert!(refused["error"]["message"].as_str().unwrap_or_default().starts_with(says), "{refused}");
}

#[test]
fn an_accepted_skill_imports_accepted_ones_whatever_a_script_saves() {
    let narrows = slack();
    add(&narrows, "inner", "export const inner = () => 'accepted';\nexport default inner;");
    let outer = "import { inner } from './inner';\nimport again from './skills/inner';\n\
        export const f = async () => [inner(), again()];";
    add(&narrows, "outer", outer);
    add(&narrows, "absolute", "import { inner } from '/skills/inner';\nexport const f = () => inner();");
    add(
        &narrows,
        "late",
        "export const f = async () => [(await import('./inner')).inner(), (await import('./skills/inner')).default()];",
    );
    let absolute = "import { f } from './skills/absolute';\nreturn f();";
    assert_eq!(narrows.record(absolute, &[])["value"], "accepted");
    let theirs = "export const inner = () => 'saved by a script';\nexport default inner;";
    assert_eq!(narrows.record(&writing("./skills/inner.ts", theirs), &[])["value"], "saved");
    let mut own = json!("saved by a script");
    for _ in 0..2 {
        for run in [
            "import { inner } from './skills/inner';\nimport { f } from './skills/outer';\nreturn [inner(), ...await f()];",
            "import { f } from './skills/outer';\nimport inner from './skills/inner';\nreturn [inner(), ...await f()];",
        ] {
            let record = narrows.record(run, &[]);
            assert_eq!(record["value"], json!([own, "accepted", "accepted"]), "{record}");
        }
        let late = "import { f } from './skills/late';\nreturn [(await import('./skills/inner')).inner(), ...await f()];";
        let late = narrows.record(late, &[]);
        assert_eq!(late["value"], json!([own, "accepted", "accepted"]), "{late}");
        if own == "accepted" {
            break;
        }
        let says =
            "`/skills/inner`, which `/skills/absolute.ts` imports, is hidden by a skill of the workspace";
        assert_eq!(problem(&narrows.record(absolute, &[])), says);
        // A skill of the workspace gets those of the workspace.
        let saved = narrows.record(&writing("./skills/near.ts", "export { inner } from './inner';"), &[]);
        assert_eq!(saved["value"], "saved", "{saved}");
        let near = narrows.record("import { inner } from './skills/near';\nreturn inner();", &[]);
        assert_eq!(near["value"], own, "{near}");
        narrows.record("await fs.rm('./skills/inner.ts');", &[]);
        own = json!("accepted");
    }
}
