//! Personal data, from servers to models: whatever a script does, models, files and records have placeholders.

use std::{collections::BTreeSet, fs};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{
    agent::Agent,
    leftovers::files_below,
    narrows::Narrows,
    servers::{company, config, misbehave},
};

fn company_in(mode: &str) -> Value {
    let mut all = company();
    all["narrows"]["privacy"] = json!({"mode": mode});
    all
}

/// Everything personal of the company's customers.
fn values() -> Vec<String> {
    let narrows = Narrows::configured(&company());
    let record = narrows.record(
        "import { getCustomers } from './servers/salesforce/getCustomers';\nreturn await getCustomers({})",
        &[],
    );
    let customers = record["value"].as_array().unwrap_or_else(|| panic!("no customers: {record}"));
    let fields = ["email", "ssn", "phone", "card"];
    let values = customers.iter().flat_map(|customer| fields.map(|field| customer[field].as_str()));
    values.flatten().map(str::to_owned).collect()
}

/// A value, and how it is written in the usual codings.
fn spellings(value: &str) -> BTreeSet<String> {
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let base64 = BASE64_STANDARD.encode(value);
    let spaced: Vec<_> = value.chars().map(String::from).collect();
    [
        value.to_owned(),
        value.to_uppercase(),
        value.chars().rev().collect(),
        hex.to_uppercase(),
        hex,
        base64.trim_end_matches('=').to_owned(),
        value.replace('@', "%40"),
        spaced.join(" "),
    ]
    .into()
}

/// The values that stand in a text, in any coding.
fn found_in(text: &[u8], values: &[String]) -> Vec<String> {
    let stands = |spelling: &String| memchr::memmem::find(text, spelling.as_bytes()).is_some();
    values.iter().flat_map(|value| spellings(value)).filter(stands).collect()
}

#[track_caller]
fn assert_none(what: &str, text: &[u8], values: &[String]) {
    let found = found_in(text, values);
    assert!(found.is_empty(), "{what}: {found:?}");
}

/// The seed's own words, with what else a script may do with the data.
const NOTIFY: &str = r#"
import { getCustomers } from './servers/salesforce/getCustomers';
import { sendEmail } from './servers/sendgrid/sendEmail';
const customers = await getCustomers({ status: 'active' });
for (const customer of customers) {
  await sendEmail({
    to: customer.email,
    subject: 'Important Update',
    body: `Hi ${customer.name}, your account ending in ${customer.ssn.slice(-4)} has been updated.`,
  });
}
console.log(customers[0], customers[1].email.toUpperCase());
await fs.writeFile('/workspace/customers.csv', customers.map((one) => `${one.name},${one.email},${one.phone}`).join('\n'));
await fs.appendFile('/workspace/customers.csv', new TextEncoder().encode(customers[3].email));
await checkpoint('last', customers.at(-1));
await results.save('all', Object.fromEntries(customers.map((one) => [one.email, one])));
const again = (await fs.readFile('/workspace/customers.csv', 'utf-8')).includes(customers[2].email);
return { sent: customers.length, again, customers };
"#;

#[test]
fn every_mail_reaches_its_address_and_no_other_place_has_a_value() {
    let values = values();
    assert!(values.len() > 100, "{values:?}");
    let narrows = Narrows::configured(&company_in("boundary"));
    let sent = narrows.home().join("sent");
    let mut all = company_in("boundary");
    all["mcpServers"]["sendgrid"]["args"] = json!(["demo-server", "sendgrid", "--state", sent]);
    narrows.write(crate::narrows::CONFIG, &all.to_string());
    let record = narrows.record(NOTIFY, &[]);
    assert_eq!(record["outcome"], "returned", "{record}");
    assert_eq!(record["value"]["again"], true, "the script reads what it wrote");
    let count = record["value"]["sent"].as_u64().expect("a number");
    assert!(count > 20);
    assert_eq!(record["value"]["customers"][0]["email"], "[EMAIL_1]");
    // The server has them, as it should.
    let mails: Vec<Value> = fs::read_to_string(&sent)
        .or_else(|_| fs::read_to_string(sent.join("sendgrid.jsonl")))
        .expect("the mails that were sent")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(mails.len() as u64, count);
    let is_real = |mail: &Value| values.iter().any(|value| mail["arguments"]["to"] == **value);
    assert!(mails.iter().all(is_real), "{mails:?}");

    assert_none("the record", record.to_string().as_bytes(), &values);
    let id = record["id"].as_str().expect("a run");
    for arguments in [
        vec!["runs", "show", id],
        vec!["runs", "show", id, "--json"],
        vec!["runs", "export", id],
        vec!["runs", "export", id, "--mock"],
        vec!["runs", "replay", id, "--json"],
        vec!["workspace", "cat", "default", "customers.csv"],
        vec!["audit", "ls", "--json", "--limit", "1000"],
        vec!["doctor"],
    ] {
        let output = narrows.output(&arguments);
        assert_none(&arguments.join(" "), output.stdout.as_bytes(), &values);
        assert_none(&arguments.join(" "), output.stderr.as_bytes(), &values);
    }
    let audited = narrows.output(&["audit", "ls", "--json", "--limit", "1000"]).json();
    assert!(audited.as_array().is_some_and(|audited| audited.len() as u64 >= count), "{audited}");
    for file in files_below(narrows.home()).into_iter().filter(|file| !file.starts_with(&sent)) {
        assert_none(&file.display().to_string(), &fs::read(&file).expect("a file"), &values);
    }
}

#[test]
fn what_an_agent_is_told_has_no_value_and_its_placeholders_are_good_for_calls() {
    let values = values();
    let narrows = Narrows::configured(&company_in("boundary"));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    let text = agent.run(NOTIFY);
    assert!(text.contains("[EMAIL_1]"), "{text}");
    assert_none("the answer", text.as_bytes(), &values);
    let sent = "import { sendEmail } from './servers/sendgrid/sendEmail';\n\
                return await sendEmail({ to: '[EMAIL_1]', subject: 's', body: 'b' })";
    let text = agent.run(sent);
    assert_none("the answer", text.as_bytes(), &values);
    for throwing in [
        "throw new Error(c.email)",
        "throw { mail: c.email }",
        "null[c.email]",
        "throw Object.assign(new Error('x'), { data: c })",
    ] {
        let text = agent.run(&format!(
            "import {{ getCustomers }} from './servers/salesforce/getCustomers';\nconst [c] = await getCustomers({{}});\n{throwing}"
        ));
        assert_none(throwing, text.as_bytes(), &values);
    }
}

#[test]
fn a_rule_looks_at_what_a_placeholder_stands_for() {
    let mut all = company_in("boundary");
    all["narrows"]["rules"] = json!([
        {"name": "own", "action": "allow", "server": "sendgrid", "arguments": {"to": {"matches": "@example\\.com$"}}},
        {"name": "reads", "action": "allow", "server": "salesforce"},
    ]);
    all["narrows"]["default_rule"] = json!("refuse");
    let narrows = Narrows::configured(&all);
    narrows
        .record("import { getCustomers } from './servers/salesforce';\nreturn await getCustomers({})", &[]);
    let send = |to: &str| {
        narrows.record(
            &format!("import {{ sendEmail }} from './servers/sendgrid';\nreturn await sendEmail({{ to: '{to}', subject: 's', body: 'b' }})"),
            &[],
        )
    };
    let sent = send("[EMAIL_1]");
    assert_eq!(sent["outcome"], "returned", "{sent}");
    // One that stands for nothing is what it is.
    let refused = send("[EMAIL_99999]");
    assert_eq!(refused["outcome"], "threw", "{refused}");
}

/// Ways to get at the first customer's mail address.
const WAYS: [&str; 24] = [
    "return c",
    "return JSON.stringify(c)",
    "console.log(c.email)",
    "throw new Error(c.email)",
    "return c.email.toUpperCase()",
    "return [...c.email]",
    "return btoa(c.email)",
    "return [...c.email].reverse().join('')",
    "return new TextEncoder().encode(c.email)",
    "return encodeURIComponent(c.email)",
    "await fs.writeFile('/workspace/x', c.email); return await fs.readFile('/workspace/x', 'utf-8')",
    "await results.save('x', c); return await results.get('x')",
    "return await checkpoint('x', c.email).then(() => checkpoint('x'))",
    "return await callMCPTool('slack__post_message', { channel: '#a', text: c.email })",
    "return await sendEmail({ to: c.email, subject: 's', body: 'b' })",
    "return await sendEmail({ to: 'a@example.com', subject: c.email, body: 'b' })",
    "return await privacy.equals(c.email, 'hana.moreau1@example.com')",
    "return await privacy.last4(c.email)",
    "return await privacy.domain(c.ssn)",
    "return { [c.email]: c.email.length, code: [...c.email].map((x) => x.charCodeAt(0)) }",
    "const e = new Error('x'); e.stack = c.email; throw e",
    "return await searchTools(c.email)",
    "return await import('./skills/' + c.email)",
    "return c.email.replace('[EMAIL_', '').replace(']', '') + c.email.split('_')",
];

#[test]
fn no_way_out_of_a_sealed_script_has_a_value() {
    let values = values();
    let narrows = Narrows::configured(&company_in("sealed"));
    let (mut agent, _) = Agent::legacy(&narrows, &[]);
    for way in WAYS {
        let text = agent.run(&format!(
            "import {{ getCustomers }} from './servers/salesforce/getCustomers';\n\
             import {{ sendEmail }} from './servers/sendgrid/sendEmail';\n\
             const [c] = await getCustomers({{}});\n{way}"
        ));
        assert_none(way, text.as_bytes(), &values);
        // Its length and its characters say nothing either.
        assert!(!text.contains("104,97,110,97") && !text.contains("104, 97, 110, 97"), "{way}: {text}");
    }
    drop(agent);
    for file in files_below(&narrows.home().join("data")) {
        let mut content = fs::read(&file).expect("a file");
        // The guess of the script is its author's own.
        let guess = b"hana.moreau1@example.com";
        while let Some(at) = memchr::memmem::find(&content, guess) {
            content.drain(at..at + guess.len());
        }
        assert_none(&file.display().to_string(), &content, &values);
    }
}

#[test]
fn whatever_a_server_sends_its_values_are_hidden() {
    let mail = "maria.lopez@example.com";
    let base64 = BASE64_STANDARD.encode(format!("to {mail}, thanks"));
    let text = |text: &str| json!({"result": {"content": [{"type": "text", "text": text}]}});
    let log = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "error", "data": mail}});
    let progress = json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": 1, "progress": 1, "message": mail}});
    let told = json!({
        "text": text(&format!("write to {mail}")),
        "json_in_text": text(&json!({"mail": mail, "inner": json!({"mail": mail}).to_string()}).to_string()),
        "escaped": text(&format!("{{\"mail\": \"{}\"}}", mail.replace('@', "\\u0040"))),
        "structured": {"result": {"content": [], "structuredContent": {"mail": mail, mail: 1}}},
        "embedded": {"result": {"content": [{"type": "resource", "resource": {"uri": format!("mail://{mail}"), "text": mail}}]}},
        "blob": {"result": {"content": [{"type": "resource", "resource": {"uri": "a://b", "blob": base64, "mimeType": "text/plain"}}]}},
        "link": {"result": {"content": [{"type": "resource_link", "uri": format!("mailto:{mail}"), "name": mail, "description": mail}]}},
        "tool_error": {"result": {"isError": true, "content": [{"type": "text", "text": format!("no {mail}")}]}},
        "error": {"error": {"code": -32000, "message": format!("no {mail}"), "data": {"mail": mail}}},
        "noisy": {"log": format!("failed for {mail}"), "notices": [log, progress], "result": {"content": [{"type": "text", "text": "done"}]}},
        "resource": {"result": {"contents": [{"uri": "a://b", "text": mail}, {"uri": "a://c", "blob": base64}]}},
    });
    let narrows = Narrows::new();
    let file = narrows.write("told.json", &told.to_string());
    let mut server = misbehave("telling");
    server["args"] = json!(["telling", file]);
    let values = [mail.to_owned(), mail.replace('@', "\\u0040"), format!("to {mail}, thanks")];
    for mode in ["boundary", "sealed"] {
        let mut all = config([("teller", server.clone())]);
        all["narrows"] = json!({"privacy": {"mode": mode}});
        narrows.write(crate::narrows::CONFIG, &all.to_string());
        let (mut agent, _) = Agent::legacy(&narrows, &[]);
        let names = told.as_object().expect("tools").keys().filter(|name| *name != "resource");
        for name in names {
            let script = format!(
                "try {{ const r = await callMCPTool('teller__{name}', {{}}); console.log(r, contentOf(r)); return r }} \
                 catch (error) {{ console.log(error, error.data); throw error }}"
            );
            let text = agent.run(&script);
            assert_none(&format!("{mode} {name}"), text.as_bytes(), &values);
            assert!(name == "noisy" || text.contains("[EMAIL_"), "{mode} {name}: {text}");
        }
        let text = agent.run("return await readResource('teller', 'a://b')");
        assert_none(&format!("{mode} resource"), text.as_bytes(), &values);
        assert!(text.contains("[EMAIL_"), "{text}");
        drop(agent);
        let output = narrows.output(&["doctor"]);
        assert_none(mode, format!("{}{}", output.stdout, output.stderr).as_bytes(), &values);
        for file in files_below(&narrows.home().join("data")) {
            assert_none(&file.display().to_string(), &fs::read(&file).expect("a file"), &values);
        }
    }
}

#[test]
fn the_last_words_of_a_server_have_no_value() {
    let mail = "maria.lopez@example.com";
    let script = format!("echo failed for {mail} >&2; exit 3");
    let mut all = config([("teller", json!({"command": "sh", "args": ["-c", script]}))]);
    for (mode, is_shown) in [("off", true), ("boundary", false), ("sealed", false)] {
        all["narrows"] = json!({"privacy": {"mode": mode}});
        let narrows = Narrows::configured(&all);
        for arguments in [vec!["doctor"], vec!["call", "teller", "x"], vec!["tools", "teller"]] {
            let output = narrows.output(&arguments);
            // The command line itself is the configuration's.
            let said = format!("{}{}", output.stdout, output.stderr).replace(&script, "");
            assert_eq!(said.contains(mail), is_shown, "{mode} {arguments:?}: {said}");
        }
    }
}

#[test]
fn a_value_that_is_forgotten_is_nowhere_any_more() {
    let narrows = Narrows::configured(&company());
    // From a time when nothing was hidden.
    let script = "import { getCustomers } from './servers/salesforce/getCustomers';\n\
                  const customers = await getCustomers({});\n\
                  await fs.writeFile('/workspace/one.txt', customers[0].email); return customers[0]";
    let before = narrows.record(script, &[]);
    let mail = before["value"]["email"].as_str().expect("a mail address").to_owned();
    narrows.write(crate::narrows::CONFIG, &company_in("boundary").to_string());
    let after = narrows.record(script, &["--workspace", "another"]);
    assert_eq!(after["value"]["email"], "[EMAIL_1]");
    let looked = narrows.output(&["forget", &mail, "--dry-run", "--json"]).json();
    let expect = json!({
        "placeholders": 1, "runs": [before["id"]], "files": ["default:/workspace/one.txt"], "left": [],
    });
    assert_eq!(looked, expect);
    assert_eq!(narrows.output(&["forget", &mail, "--json"]).json(), expect);
    let again = narrows.output(&["forget", &mail, "--json"]).json();
    assert_eq!(again, json!({"placeholders": 0, "runs": [], "files": [], "left": []}));
    assert_eq!(narrows.output(&["workspace", "cat", "default", "one.txt"]).stdout.trim(), "[FORGOTTEN]");
    for file in files_below(&narrows.home().join("data")) {
        assert_none(
            &file.display().to_string(),
            &fs::read(&file).expect("a file"),
            std::slice::from_ref(&mail),
        );
    }
    // What stood for it stands for nothing, and is given to nothing else.
    let seen = narrows.record(script, &["--workspace", "another"]);
    assert_ne!(seen["value"]["email"], "[EMAIL_1]");
    let output = narrows.output(&["forget", "a.b"]);
    assert_eq!(output.code, Some(2), "{}", output.stderr);
}
