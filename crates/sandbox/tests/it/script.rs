//! From a script as submitted to what the engine is given: one file a case under `cases/script`, and beside it what is
//! made of it. `NARROWS_BLESS=1` writes what is found; read the difference before committing it.

use std::{fmt::Write, fs, path::PathBuf};

use sandbox::script::parse;
use wire::{Call, Callee, Literal, Parsed, Position, Read, ScriptError, Step};

#[test]
fn scripts_become_what_their_cases_say() {
    let bless = std::env::var_os("NARROWS_BLESS").is_some();
    let mut failed = Vec::new();
    for path in cases() {
        let source = fs::read_to_string(&path).expect("a case");
        let found = shown(parse(&source));
        let expected = path.with_extension("out");
        if bless {
            fs::write(&expected, &found).expect("written");
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        if expected != found {
            failed.push(format!("{}\n--- expected\n{expected}--- found\n{found}", path.display()));
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

#[test]
fn places_in_generated_code_lead_back_to_the_script() {
    let source = "```ts\nimport { a } from './a';\n\ntype T = { x: string };\nconst é: T = a('ü', b());\n\nreturn c;\n```";
    let parsed = parse(source).expect("a script");
    let back = |text: &str| {
        let line = parsed.javascript.lines().position(|line| line.contains(text)).expect("a line");
        let column = parsed.javascript.lines().nth(line).and_then(|line| line.find(text)).expect("a column");
        parsed.positions.original(Position { line: line as u32 + 1, column: column as u32 + 1 })
    };
    assert_eq!(back("a(\""), Some(Position { line: 5, column: 14 }));
    assert_eq!(back("b()"), Some(Position { line: 5, column: 21 }));
    assert_eq!(back("return c"), Some(Position { line: 7, column: 1 }));
}

#[test]
fn at_most_twenty_errors_are_returned() {
    let source = "const a = 1; const a = 2;\n".repeat(40);
    assert_eq!(parse(&source).expect_err("errors").len(), 20);
}

/// The parser's stack; the sizes are those of no script that people write.
#[test]
fn what_nests_deep_fits_the_stack() {
    const STACK_BYTES: usize = 256 * 1024 * 1024;
    let chains = [
        ("return ", "a + ", "a"),
        ("return ", "!", "a"),
        ("return ", "typeof ", "a"),
        ("return ", "await ", "a"),
        ("return ", "new ", "a"),
        ("return a", ".b", ""),
        ("return a", "()", ""),
        ("return a", "``", ""),
        ("return a", " as b", ""),
        ("a", " = a", ""),
        ("type A = ", "keyof ", "b"),
    ];
    let halves = [
        ("return ", "a => ", "b"),
        ("return ", "a ** ", "b"),
        ("return ", "a ? b : ", "c"),
        ("", "if (a) ", "b"),
        ("", "for (;;) ", "b"),
        ("", "if (a) b; else ", "c"),
    ];
    let check = move || {
        for (before, link, after) in chains {
            let _ = parse(&format!("{before}{}{after}", link.repeat(20_000)));
        }
        for (before, link, after) in halves {
            let _ = parse(&format!("{before}{}{after}", link.repeat(10_000)));
        }
        for (open, close) in [("[", "]"), ("({ a: ", "})"), ("(() => { if (a) { ", "} })"), ("`${", "}`")] {
            let depth = 1_900 / open.matches(['(', '[', '{']).count();
            let _ = parse(&format!("return {}1{}", open.repeat(depth), close.repeat(depth)));
        }
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(check).expect("a thread");
    thread.join().expect("no panic");
}

/// Long is not deep: what programs make and people paste is parsed.
#[test]
fn plain_programs_are_never_refused() {
    let lines = |line: fn(usize) -> String, count: usize| (0..count).map(line).collect::<String>();
    let programs = [
        lines(|at| format!("function f{at}(x) {{ return x + {at}; }}\n"), 6_000),
        lines(|at| format!("const v{at} = g({at})\n"), 6_000) + "function g(x) { return x }\n",
        lines(|at| format!("if (v === {at}) {{ w({at}) }}\n"), 6_000) + "var v, w\n",
        lines(|at| format!("class C{at} {{ m() {{ return this.x * {at} }} }}\n"), 6_000),
        format!("const t = {}''\n", lines(|at| format!("'line {at}' +\n"), 12_000)),
        format!("const t = [{}]\n", lines(|at| format!("[{at}, -{at}], "), 12_000)),
        format!("const o = a{}\nvar a\n", lines(|at| format!("\n  .m{at}(x => x)"), 12_000)),
        format!("{}\n", lines(|at| format!("if (k === {at}) r = {at}; else "), 12_000)) + "r = 0\nvar k, r\n",
    ];
    let check = move || {
        for program in &programs {
            assert!(parse(program).is_ok(), "{:?}: {program:.80}", parse(program).err());
        }
    };
    let thread = std::thread::Builder::new().stack_size(256 * 1024 * 1024).spawn(check).expect("a thread");
    thread.join().expect("all of them parse");
}

fn cases() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/script");
    let entries = fs::read_dir(folder).expect("the cases").map(|entry| entry.expect("an entry").path());
    let mut cases: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "ts")).collect();
    cases.sort();
    cases
}

fn shown(parsed: Result<Parsed, Vec<ScriptError>>) -> String {
    match parsed {
        Ok(parsed) => shown_script(&parsed),
        Err(errors) => errors.iter().map(shown_error).collect(),
    }
}

fn shown_error(error: &ScriptError) -> String {
    let hint = error.hint.as_deref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    format!("error {} {}{hint}\n", place(error.at), error.message)
}

fn shown_script(parsed: &Parsed) -> String {
    let mut out = parsed.javascript.clone();
    let facts = &parsed.facts;
    let lines = parsed
        .repairs
        .iter()
        .map(|repair| format!("repair {repair}"))
        .chain(parsed.value_repair.iter().map(|repair| format!("with a value: {repair}")))
        .chain(facts.imports.iter().map(|import| {
            let names = import
                .names
                .iter()
                .map(|name| format!(" {}={}@{}", name.local, name.imported, place(name.at)));
            format!("import {} {}{}", place(import.at), import.specifier, names.collect::<String>())
        }))
        .chain(
            facts.dynamic_imports.iter().map(|(specifier, at)| format!("dynamic {} {specifier}", place(*at))),
        )
        .chain(facts.unused.iter().map(|import| {
            let names: String = import.names.iter().map(|name| format!(" {}", name.imported)).collect();
            format!("unused {} {}{names}", place(import.at), import.specifier)
        }))
        .chain(facts.bytes.iter().map(|(call, at)| format!("bytes {} {call}", place(*at))))
        .chain(facts.calls.iter().map(shown_call))
        .chain(
            facts.suspects.iter().map(|suspect| format!("suspect {} {:?}", place(suspect.at), suspect.kind)),
        )
        .chain(facts.reads.iter().map(shown_read))
        .chain(facts.globals.iter().map(|global| {
            let names = match &global.names {
                Some(Callee::Named { server: Some(server), tool }) => format!(" of {server} {tool}"),
                Some(Callee::Named { server: None, tool }) => format!(" of {tool}"),
                _ => String::new(),
            };
            format!("global {} {}{names}", place(global.at), global.name)
        }))
        .chain(facts.reach.tools.then(|| "reaches any tool".to_owned()))
        .chain(facts.reach.search.then(|| "reaches the search".to_owned()))
        .chain(facts.reach.registry.then(|| "reaches the registry".to_owned()))
        .chain(facts.reach.computed.then(|| "calls what it does not name".to_owned()));
    let exports = match &facts.exports {
        // A script that is no module.
        Some(names) if names.is_empty() => None,
        Some(names) => Some(format!("exports {}", names.join(", "))),
        None => Some("exports what another module does".to_owned()),
    };
    let own = facts.signatures.iter().filter(|export| export.name != "default");
    let signatures = own.map(|export| format!("signature {}", export.signature));
    for line in lines.chain(exports).chain(signatures) {
        let _ = writeln!(out, "// {line}");
    }
    out
}

fn shown_read(read: &Read) -> String {
    let steps = read.steps.iter().map(|step| match step {
        Step::Field(name) => format!(".{name}"),
        Step::Element => "[]".to_owned(),
    });
    let (at, call, subject) = (place(read.at), place(read.call), &read.subject);
    format!("read {at} {:?} of `{subject}`: result of {call}{}", read.what, steps.collect::<String>())
}

fn shown_call(call: &Call) -> String {
    let callee = match &call.callee {
        Callee::Imported { specifier, name } => format!("{specifier}#{name}"),
        Callee::Named { server: None, tool } => format!("\"{tool}\""),
        Callee::Named { server: Some(server), tool } => format!("\"{server}\", \"{tool}\""),
    };
    let arguments = call.arguments.as_ref().map_or_else(|| "nothing".to_owned(), literal);
    format!("call {} {callee} with {arguments}", place(call.at))
}

fn literal(value: &Literal) -> String {
    match value {
        Literal::Unknown => "?".to_owned(),
        Literal::Undefined => "undefined".to_owned(),
        Literal::Null => "null".to_owned(),
        Literal::Rounded(digits) => format!("rounded {digits}"),
        Literal::Bool(value) => value.to_string(),
        Literal::Number(value) => value.to_string(),
        Literal::String(value) => format!("{value:?}"),
        Literal::SomeString => "text".to_owned(),
        Literal::Array(elements) => {
            let elements = elements.iter().map(|one| one.as_ref().map_or_else(|| "...".to_owned(), literal));
            format!("[{}]", elements.collect::<Vec<_>>().join(", "))
        }
        Literal::Object { fields, open } => {
            let fields = fields
                .iter()
                .map(|field| format!("{}@{}: {}", field.name, place(field.at), literal(&field.value)));
            let open = open.then(|| "...".to_owned());
            format!("{{{}}}", fields.chain(open).collect::<Vec<_>>().join(", "))
        }
    }
}

fn place(at: Position) -> String {
    format!("{}:{}", at.line, at.column)
}
