//! Scripts nobody would write, put together from pieces of ones people do. A net: what it catches gets a case of its own.

use proptest::prelude::*;
use sandbox::script::parse;
use wire::Position;

/// Pieces of TypeScript, the odd ones among them.
const PIECES: [&str; 64] = [
    "import ",
    "{ a }",
    " from ",
    "'./servers/x'",
    "\"narrows\"",
    "export ",
    "default ",
    "async ",
    "function ",
    "f",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "=>",
    "=",
    ";",
    ",",
    ":",
    "?",
    "?.",
    "...",
    "`",
    "${",
    "return ",
    "await ",
    "yield ",
    "class ",
    "enum ",
    "type T = ",
    "interface I ",
    " as const",
    "<T>",
    "<",
    ">",
    "let a",
    "const b = 1",
    "import('x')",
    "import.meta",
    "eval(a)",
    "new Function",
    "//",
    "/*",
    "*/",
    "```ts\n",
    "```",
    "\n",
    "\r\n",
    "\u{2028}",
    "\u{feff}",
    "\u{0}",
    "\\u{61}",
    "é",
    "𝒳",
    "/a(?<n>b)/u",
    "0x",
    "1_000n",
    "1e999",
    "#p",
    "@d",
    "declare ",
    "satisfies T",
];

/// What the parser says of a script stands in the script.
fn check(source: &str) {
    let is_inside = |at: Position| {
        let lines = source.split(['\n', '\u{2028}', '\u{2029}']).count();
        assert!(
            at.line >= 1 && at.column >= 1 && at.line as usize <= lines,
            "{at:?} of {lines} lines: {source:?}"
        );
    };
    match parse(source) {
        Ok(parsed) => {
            parsed.positions.entries.iter().for_each(|(_, at)| is_inside(*at));
            assert!(parsed.positions.entries.is_sorted_by_key(|(at, _)| *at), "{source:?}");
            parsed.facts.calls.iter().for_each(|call| is_inside(call.at));
        }
        Err(errors) => {
            assert!(!errors.is_empty(), "{source:?}");
            errors.iter().for_each(|error| is_inside(error.at));
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(source in "\\PC{0,80}") {
        check(&source);
    }

    #[test]
    fn any_pieces_are_parsed_or_refused(pieces in proptest::collection::vec(0..PIECES.len(), 0..40)) {
        check(&pieces.into_iter().map(|piece| PIECES[piece]).collect::<String>());
    }
}
