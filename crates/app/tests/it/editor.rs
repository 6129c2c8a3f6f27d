//! The folder of `narrows types`, as an editor sees it: what the engine has is declared, and what is declared is there.

use serde_json::Value;

use crate::{
    narrows::{Narrows, Output, finish},
    servers::{company, config, fetched, fetched_path},
};

/// One use of everything that scripts have, held by its type; it also runs.
const USES: &str = r#"
import { getTickets } from './servers/zendesk';
import * as zendesk from '/servers/zendesk/index.ts';
import { subjects } from './skills/subjects';
import narrows, { fs as files, ToolError as Refused } from 'narrows';
import { results as kept } from '@anthropic/code-execution';
import nodeFs, { readFile } from 'node:fs/promises';

interface Point { x: number }

export default async function () {
  const text: string = args.join();
  const tickets = await getTickets({ status: 'new', assignee: null });
  const same: number = (await zendesk.getTickets({ status: 'new', assignee: null })).length - tickets.length;
  const names: string[] = await subjects();
  const found = await searchTools(['read a ticket'], { detail: 'full', server: 'zendesk', limit: 3 });
  const path: string | undefined = found[0]?.typescript ?? found[0]?.skill;
  const listed: number = toolRegistry.list().length;
  const load = await toolRegistry.load(toolRegistry.search('tickets')[0] ?? { name: 'zendesk/getTickets' });
  const loaded: unknown = await load({ status: 'new', assignee: null });
  const called: unknown = await callMCPTool('zendesk', 'get_tickets', { status: 'new', assignee: null });
  const part: string | undefined = (await readResource('zendesk', 'ticket://1').catch(() => []))[0]?.text;
  await kept.save('names', [...names, `${part}`]);
  await results.set('point', { x: 1 });
  await checkpoint.set('point', { x: 1 });
  const point: Point | undefined = await checkpoint.load('point');
  await fs.mkdir('/workspace/a', { recursive: true });
  await files.writeFile('/workspace/a/b.txt', 'text');
  await nodeFs.appendFile('/workspace/a/b.txt', new TextEncoder().encode('!'));
  const bytes: Uint8Array = await narrows.fs.readFile('/workspace/a/b.txt');
  const content: string = await readFile('/workspace/a/b.txt', 'utf-8');
  const entries = await fs.readdir('/workspace', { withFileTypes: true });
  const folders: string[] = entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
  const size: number = (await fs.stat('/workspace/a/b.txt')).size;
  const codes: unknown[] = [];
  try {
    await callMCPTool(['zendesk', 'nothing'].join('/'));
  } catch (error) {
    if (!(error instanceof ToolError) || !(error instanceof Refused)) throw error;
    const refused: ToolError = error;
    codes.push(refused.code, refused.server, refused.tool);
  }
  for (const error of [new LimitError('a', { code: 'b' }), new PermissionError('a', { path: 'b' })]) {
    codes.push(error.code ?? (error instanceof PermissionError ? error.path : ''));
  }
  codes.push(new NetworkError('a').message, new UnknownOutcomeError('a', { server: 'b' }).server);
  console.log('%s', text, bytes.length);
  console.table([{ size }]);
  const timer: number = setTimeout(() => {}, 1);
  clearTimeout(timer);
  await new Promise<void>(resolve => setTimeout(resolve, 1));
  queueMicrotask(() => {});
  const url = new URL('/a?b=c', 'https://example.org');
  url.searchParams.append('d', crypto.randomUUID());
  const parts: [string, string][] = [...url.searchParams, ...new URLSearchParams({ e: 'f' })];
  const digest: ArrayBuffer = await crypto.subtle.digest('SHA-256', crypto.getRandomValues(new Uint8Array(4)));
  const copy: Point = structuredClone({ x: performance.now() });
  const decoded: string = new TextDecoder('utf-8', { fatal: true }).decode(digest.slice(0, 0)) + atob(btoa('a'));
  const controller = new AbortController();
  controller.signal.addEventListener('abort', event => codes.push(event.type), { once: true });
  controller.abort(new DOMException('a', 'AbortError'));
  const long: string = new Intl.NumberFormat('de').format(1234.5);
  const groups = Object.groupBy([1, 2, 3].values().map(value => value * 2), value => `${value}`);
  const together: Set<number> = new Set([1]).union(new Set([2]));
  return {
    same, names, path: typeof path, listed: listed > 0, loaded: loaded !== null, called: called !== null, point, content,
    folders, size, codes, parts: parts.length, copy: typeof copy.x, decoded, long, groups, together,
  };
}
"#;

/// What the engine has that a script should not use: doors that only say what to use instead, and what is no standard.
const UNDECLARED: [&str; 8] = [
    "fetch",
    "XMLHttpRequest",
    "WebSocket",
    "EventSource",
    "require",
    "__narrows",
    "InternalError",
    "Float16Array",
];

/// Writes a script that names every global of the engine, and every member of those that are not the language's own.
const NAMES: &str = r"
const objects = ['fs', 'console', 'crypto', 'performance', 'toolRegistry', 'results', 'checkpoint'];
const errors = ['ToolError', 'PermissionError', 'NetworkError', 'UnknownOutcomeError', 'LimitError', 'DOMException'];
const events = ['Event', 'CustomEvent', 'EventTarget', 'AbortSignal', 'AbortController'];
const classes = [...errors, ...events, 'TextEncoder', 'TextDecoder', 'URL', 'URLSearchParams'];
const global: any = globalThis;
const names = Object.getOwnPropertyNames(global).filter(name => !JSON.parse(args[0]).includes(name));
const members = (of: object) => Object.getOwnPropertyNames(of).filter(name => name !== 'constructor');
return [
  ...names.map(name => `void ${name};`),
  ...objects.flatMap(name => Object.keys(global[name]).map(key => `void ${name}.${key};`)),
  ...classes.flatMap(name => members(global[name].prototype).map(key => `void (null! as ${name}).${key};`)),
].join('\n');
";

/// Writes the one-line signatures of these servers' tools as declarations, where they leave out nothing.
const SIGNATURES: &str = r"
const found = await Promise.all(args.map(server => searchTools([], { server, limit: 100 })));
const whole = found.flat().map(tool => tool.signature).filter(signature => !signature.includes('…'));
return whole.map(signature => `export declare function ${signature};`).join('\n');
";

/// Which of the names a script has not.
const MISSING: &str = "return args.filter(name => !(name in globalThis));";

fn company_with_a_skill() -> Narrows {
    let narrows = Narrows::configured(&company());
    narrows.write(
        "subjects.ts",
        "import { getTickets } from './servers/zendesk';\n\
         /** The subjects of new tickets. */\n\
         export async function subjects(): Promise<string[]> {\n\
         \x20 return (await getTickets({ status: 'new', assignee: null })).map(ticket => ticket.subject);\n}\n",
    );
    let saved = narrows.output(&["skill", "save", "subjects", "subjects.ts"]);
    assert_eq!(saved.code, Some(0), "{}", saved.stderr);
    written(&narrows);
    narrows
}

fn written(narrows: &Narrows) {
    let output = narrows.output(&["types", "tree"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
}

fn checked(tsc: &std::path::Path, narrows: &Narrows) -> Output {
    let mut command = std::process::Command::new(tsc);
    command.current_dir(narrows.home().join("tree")).env("PATH", fetched_path());
    finish(&mut command)
}

#[test]
fn what_an_editor_is_shown_is_what_scripts_have() {
    let narrows = company_with_a_skill();
    let uses = narrows.write("tree/uses.ts", USES);
    let output = narrows.output(&["run", "--json", &uses.display().to_string(), "--", "a"]);
    assert_eq!(output.code, Some(0), "{}{}", output.stdout, output.stderr);
    let value = &output.json()["value"];
    assert_eq!((&value["content"], &value["same"]), (&"text!".into(), &0.into()), "{value}");
    assert!(value["names"].as_array().is_some_and(|names| !names.is_empty()), "{value}");

    let Some(tsc) = fetched("tsc") else { return };
    let undeclared = serde_json::json!(UNDECLARED).to_string();
    let names = narrows.output(&["run", "--json", "-e", NAMES, "--", &undeclared]).json();
    let names = names["value"].as_str().unwrap_or_default().to_owned();
    assert!(names.contains("void fs.readFile;") && names.contains("as URL).pathname;"), "{names}");
    narrows.write("tree/names.ts", &names);
    let signatures =
        narrows.output(&[&["run", "--json", "-e", SIGNATURES, "--"][..], &demo::SERVERS].concat());
    let signatures = signatures.json()["value"].as_str().unwrap_or_default().to_owned();
    assert!(signatures.lines().count() > 10, "{signatures}");
    narrows.write("tree/signatures.ts", &signatures);
    let output = checked(&tsc, &narrows);
    assert_eq!(output.code, Some(0), "{}{}", output.stdout, output.stderr);

    for (script, error) in [("export const a: number = args[0];", "TS2322"), ("void fetch('a');", "TS2304")] {
        narrows.write("tree/wrong.ts", script);
        let output = checked(&tsc, &narrows);
        assert!(output.stdout.contains(error), "{script}: {}", output.stdout);
    }
}

#[test]
fn scripts_have_every_declared_global() {
    let narrows = Narrows::configured(&config([]));
    written(&narrows);
    let globals = std::fs::read_to_string(narrows.home().join("tree/globals.d.ts")).expect("it is written");
    let declared = globals.lines().filter_map(|line| line.strip_prefix("declare ")?.split_once(' '));
    let names: Vec<&str> =
        declared.filter_map(|(_, rest)| rest.split(|c: char| !c.is_alphanumeric()).next()).collect();
    assert!(names.len() > 30 && names.contains(&"structuredClone"), "{names:?}");
    let output = narrows.output(&[&["run", "--json", "-e", MISSING, "--"][..], &names].concat());
    assert_eq!(output.json()["value"], Value::Array(Vec::new()), "{}", output.stderr);
}

#[test]
fn a_folder_for_an_editor_is_written_anew_but_for_what_is_the_persons() {
    let narrows = company_with_a_skill();
    let read =
        |name: &str| std::fs::read_to_string(narrows.home().join("tree").join(name)).unwrap_or_default();
    assert!(read("skills/subjects.ts").contains("export async function subjects"));
    narrows.write("tree/tsconfig.json", "{}");
    narrows.write("tree/report.ts", "1");
    narrows.write("tree/globals.d.ts", "");
    assert_eq!(narrows.output(&["skill", "remove", "subjects"]).code, Some(0));
    written(&narrows);
    assert_eq!((read("tsconfig.json").as_str(), read("report.ts").as_str()), ("{}", "1"));
    assert!(read("globals.d.ts").contains("declare var args"));
    assert_eq!(read("skills/subjects.ts"), "");
}
