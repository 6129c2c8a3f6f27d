//! Which line of a program's log says why it failed. Pure.
//!
//! The last one seldom does: Node ends with its version, npm with the place of a longer log, Docker with a hint, and
//! traces of calls stand behind the error in most languages.

/// Lines that begin so say nothing by themselves.
const NOISE: [&str; 24] = [
    "at ",
    "File \"",
    "^",
    "{",
    "}",
    "]",
    "Node.js v",
    "code:",
    "requireStack",
    "syscall:",
    "errno:",
    "path:",
    "note: run with",
    "See '",
    "Run '",
    "goroutine ",
    "exit status",
    "throw ",
    "npm warn",
    "npm notice",
    "npm WARN",
    "node:internal",
    "... ",
    "Emitted 'error' event",
];
/// Of npm's lines, without what they all begin with.
const NPM_NOISE: [&str; 8] = [
    "code ",
    "errno ",
    "syscall ",
    "path ",
    "command ",
    "A complete log",
    "enoent This is related",
    "Note that",
];
/// How npm's lines begin.
const NPM: [&str; 2] = ["npm error", "npm ERR!"];
/// How uv begins its reason, which goes on over several lines.
const UV_REASON: &str = "╰─▶";
/// An error by its form.
const STRONG: [&str; 9] = [
    "error: ",
    "error [",
    "error response",
    "exception: ",
    "exception in",
    "panic: ",
    "fatal: ",
    "error[",
    "fatal error",
];
/// An error by its words.
const WEAK: [&str; 14] = [
    "cannot",
    "can't",
    "could not",
    "not found",
    "no such",
    "is not in",
    "failed",
    "denied",
    "unable",
    "missing",
    "required",
    "invalid",
    "refused",
    "not installed",
];

/// The line, or lines made one, that tells most; nothing of an empty log.
pub(super) fn cause(lines: &[String]) -> Option<String> {
    npm(lines).or_else(|| uv(lines)).or_else(|| by_form_or_words(lines)).or_else(|| lines.last().cloned())
}

fn npm(lines: &[String]) -> Option<String> {
    let said = lines.iter().filter_map(|line| NPM.iter().find_map(|start| line.strip_prefix(start)));
    let said: Vec<_> = said.map(str::trim).filter(|text| !begins(text, &NPM_NOISE)).collect();
    let telling = said.iter().find(|text| holds(text, &WEAK)).or_else(|| said.first())?;
    Some(format!("npm error {telling}"))
}

fn uv(lines: &[String]) -> Option<String> {
    let at = lines.iter().position(|line| line.starts_with(UV_REASON))?;
    let reason = lines[at].trim_start_matches(UV_REASON).trim();
    let rest = lines[at + 1..].iter().take_while(|line| !line.starts_with("hint:"));
    Some(std::iter::once(reason).chain(rest.map(String::as_str)).collect::<Vec<_>>().join(" "))
}

fn by_form_or_words(lines: &[String]) -> Option<String> {
    let telling: Vec<_> = lines.iter().filter(|line| !begins(line, &NOISE)).collect();
    let last_with = |words: &[&str]| telling.iter().rev().find(|line| holds(line, words));
    last_with(&STRONG).or_else(|| last_with(&WEAK)).or(telling.last()).map(|line| (*line).clone())
}

fn begins(line: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| line.starts_with(start))
}

fn holds(line: &str, words: &[&str]) -> bool {
    let line = line.to_lowercase();
    words.iter().any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(log: &str, expect: &str) {
        let lines: Vec<_> =
            log.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
        assert_eq!(cause(&lines).unwrap_or_default(), expect);
    }

    #[test]
    fn node_and_deno_say_it_before_the_trace() {
        check(
            "node:internal/modules/cjs/loader:1247\n  throw err;\n  ^\n\nError: Cannot find module '/a/server.mjs'\n    \
             at Module._resolveFilename (node:internal/modules/cjs/loader:1244:15) {\n  code: 'MODULE_NOT_FOUND',\n  \
             requireStack: []\n}\n\nNode.js v20.20.2",
            "Error: Cannot find module '/a/server.mjs'",
        );
        check(
            "file:///a.mjs:3\nthrow new TypeError('boom');\n      ^\n\nTypeError: boom\n    at file:///a.mjs:3:7\n\nNode.js v22.1.0",
            "TypeError: boom",
        );
        check("error: Module not found \"file:///a/b.ts\".", "error: Module not found \"file:///a/b.ts\".");
    }

    #[test]
    fn package_runners_say_it_among_hints() {
        check(
            "npm warn exec x\nnpm error code E404\nnpm error 404 Not Found - GET https://r.example/nope - Not found\nnpm error 404\n\
             npm error 404  'nope@*' is not in this registry.\nnpm error 404\nnpm error 404 Note that you can also install from a\n\
             npm error A complete log of this run can be found in: /home/me/.npm/_logs/x.log",
            "npm error 404 Not Found - GET https://r.example/nope - Not found",
        );
        check(
            "npm ERR! code ENOTFOUND\nnpm ERR! syscall getaddrinfo\nnpm ERR! errno ENOTFOUND\n\
             npm ERR! network request to https://r.example/x failed, reason: getaddrinfo ENOTFOUND r.example\n\
             npm ERR! network In most cases you are behind a proxy or have bad network settings.\n\
             npm ERR! A complete log of this run can be found in: /x",
            "npm error network request to https://r.example/x failed, reason: getaddrinfo ENOTFOUND r.example",
        );
        check(
            "× No solution found when resolving tool dependencies:\n╰─▶ Because nope was not found in the package registry and you\n\
             require nope, we can conclude that your requirements are\nunsatisfiable.",
            "Because nope was not found in the package registry and you require nope, we can conclude that your requirements are unsatisfiable.",
        );
        check(
            "Unable to find image 'nope:latest' locally\ndocker: Error response from daemon: pull access denied for nope\nSee 'docker run --help'.",
            "docker: Error response from daemon: pull access denied for nope",
        );
        check(
            "docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.\nRun 'docker run --help' for more information",
            "docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.",
        );
    }

    #[test]
    fn other_programs_say_it_where_their_languages_do() {
        check(
            "Traceback (most recent call last):\n  File \"/a.py\", line 1, in <module>\nModuleNotFoundError: No module named 'mcp'",
            "ModuleNotFoundError: No module named 'mcp'",
        );
        check(
            "thread 'main' panicked at src/main.rs:2:5:\nthe key is wrong\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
            "the key is wrong",
        );
        check(
            "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/a/main.go:4 +0x1\nexit status 2",
            "panic: boom",
        );
        check(
            "usage: srv [-h] --db DB\nsrv: error: the following arguments are required: --db",
            "srv: error: the following arguments are required: --db",
        );
        check("starting\nbye", "bye");
        check("", "");
    }
}
