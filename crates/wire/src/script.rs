//! What the parser is asked and what it answers.

use std::cell::Cell;

use serde::{Deserialize, Deserializer, Serialize, de::Error};

use crate::WallState;

/// The path of a script in the engine.
pub const MAIN: &str = "/main.js";

/// A question to the parser.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ToParser {
    /// Parse and transform this TypeScript.
    Parse {
        /// Comes back with the answer.
        id: u64,
        /// The script as it was submitted, at most [`crate::Limits::source_bytes`].
        source: String,
        /// The path that its module has in the engine: its dynamic imports are relative to it.
        path: String,
    },
}

/// An answer of the parser.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum FromParser {
    /// First frame of a worker's life.
    Ready {
        /// [`crate::WIRE_VERSION`] as the worker knows it.
        version: u32,
        /// The walls it has raised around itself, and those it could not.
        walls: Vec<WallState>,
    },
    /// The answer to [`ToParser::Parse`].
    Parsed {
        /// The question's id.
        id: u64,
        /// The script, or every syntax error found, first in the file first.
        result: Result<Box<Parsed>, Vec<ScriptError>>,
    },
}

/// A script that parsed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Parsed {
    /// An ES module. Its default export, where there is one, is a function without parameters whose result is
    /// the run's value.
    pub javascript: String,
    /// From places in `javascript` to places in the script as submitted.
    pub positions: PositionMap,
    /// What is literally known of the script.
    pub facts: ScriptFacts,
    /// What was mended to make it run, in words for the model: fences removed, a lone function called.
    pub repairs: Vec<String>,
    /// What was mended to give the run a value it would not have had. Said only of a run that has one: what a script
    /// does at its end may well have none.
    pub value_repair: Option<String>,
}

/// A place in a script: both 1-based, columns in UTF-16 code units as JavaScript counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// A sorted table from places in generated code to places in the script. Columns of generated code count bytes of
/// UTF-8, as the engine does; those of the script UTF-16, as everywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PositionMap {
    /// Pairs of (place in the generated code, place in the script), sorted by the first.
    pub entries: Vec<(Position, Position)>,
}

impl PositionMap {
    /// The place in the script that the generated place comes from: that of the nearest entry before it on the
    /// same line.
    pub fn original(&self, generated: Position) -> Option<Position> {
        let after = self.entries.partition_point(|(at, _)| *at <= generated);
        let (at, original) = self.entries.get(after.checked_sub(1)?)?;
        (at.line == generated.line).then_some(*original)
    }

    /// The place of the nearest entry after a generated place.
    pub fn original_after(&self, generated: Position) -> Option<Position> {
        let after = self.entries.partition_point(|(at, _)| *at <= generated);
        self.entries.get(after).map(|(_, original)| *original)
    }
}

/// Why a script cannot be run as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptError {
    /// What is wrong.
    pub message: String,
    /// Where, in the script as submitted.
    pub at: Position,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
}

/// What a script literally says it will do. Advice for checks and the plan a person reads: code can always do
/// more than it says, so nothing is allowed because of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScriptFacts {
    /// Static imports and re-exports, in order.
    pub imports: Vec<Import>,
    /// Imports of which nothing is used, or only some names: what is not used is left out of the JavaScript, as types are.
    pub unused: Vec<Import>,
    /// The names the script exports; `None` where it also hands on all of another module.
    pub exports: Option<Vec<String>>,
    /// What the script exports of its own, with types as written, in order.
    pub signatures: Vec<Export>,
    /// Literal specifiers of dynamic `import("…")`, in order.
    pub dynamic_imports: Vec<(String, Position)>,
    /// Calls of imported functions, of `callMCPTool`, in order.
    pub calls: Vec<Call>,
    /// Uses of names that rules may forbid.
    pub suspects: Vec<Suspect>,
    /// What is read of the results of [`ScriptFacts::calls`], in order.
    pub reads: Vec<Read>,
    /// Calls of `fs.readFile` without an encoding, as written: they give bytes.
    pub bytes: Vec<(String, Position)>,
    /// Names that neither the script declares nor the language has, in order, each once.
    pub globals: Vec<Global>,
    /// What the script may reach without naming it.
    pub reach: Reach,
    /// Whether it says `return` anywhere at its top.
    pub returns: bool,
    /// The name it declares last at its top, as a variable.
    pub last_name: Option<String>,
}

/// What a script may reach without naming it in an import or a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Any tool: it reads the tree of servers, or calls by a name that it makes up.
    pub tools: bool,
    /// The search, which finds what is there.
    pub search: bool,
    /// `toolRegistry`, by its name or by one that is computed.
    pub registry: bool,
    /// Calls of tools whose names are not written out: `callMCPTool` of something computed, `toolRegistry.load`, code made of text.
    pub computed: bool,
}

/// Something that is read of a call's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Where the call stands: the place of one of [`ScriptFacts::calls`], or of [`ScriptFacts::bytes`].
    pub call: Position,
    /// The way from the result to what is read of.
    pub steps: Vec<Step>,
    /// What is read.
    pub what: ReadKind,
    /// What it is read of, as the script writes it.
    pub subject: String,
    /// Where it is read.
    pub at: Position,
}

/// A step into a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Into a property.
    Field(String),
    /// Into any element of a list.
    Element,
}

/// What is read of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadKind {
    /// A property.
    Property(String),
    /// A method, which is called.
    Method(String),
    /// All elements in turn: `for … of`, a spread.
    Elements,
    /// The whole, by `JSON.parse`.
    Parsed,
    /// A property of the promise: the call was not waited for.
    OfPromise(String),
    /// A method that texts have, of the bytes of a file.
    OfBytes(String),
    /// The whole, which is handed to another call.
    Passed {
        /// Where that call stands: the place of one of [`ScriptFacts::calls`].
        to: Position,
        /// The parameter.
        parameter: String,
    },
}

/// A use of a name that nothing declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Global {
    /// The name with the members that are read of it: `tools.slack.postMessage`.
    pub name: String,
    /// The tool that is named literally where it is called, as in `call_tool('slack', 'post_message', …)`.
    pub names: Option<Callee>,
    /// Where it stands.
    pub at: Position,
}

/// One value that a module exports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// The exported name; `default` for a default export.
    pub name: String,
    /// On one line, as written: `report(since: string): Promise<number>`.
    pub signature: String,
}

/// One import statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// As written.
    pub specifier: String,
    /// The names taken; empty for a bare `import "x"`.
    pub names: Vec<ImportedName>,
    /// Where the specifier stands.
    pub at: Position,
}

/// One name of an import statement. `import type` is left out: it does not exist at run time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportedName {
    /// The exported name; `*` for a namespace, `default` for a default import.
    pub imported: String,
    /// The name in the script.
    pub local: String,
    /// Where it stands.
    pub at: Position,
}

/// A call whose target is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// What is called.
    pub callee: Callee,
    /// The first argument (for `callMCPTool` the second): a tool's arguments. `None` when it is not given.
    pub arguments: Option<Literal>,
    /// Where the call stands.
    pub at: Position,
}

/// The target of a known call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Callee {
    /// A function imported from a module, directly or as a member of a namespace import.
    Imported {
        /// The specifier as written.
        specifier: String,
        /// The exported name.
        name: String,
    },
    /// `callMCPTool("name", …)` or `callMCPTool("server", "tool", …)` with literal names.
    Named {
        /// The server, where it is named apart.
        server: Option<String>,
        /// The tool, with its server's name where that is not named apart.
        tool: String,
    },
}

/// How deep a [`Literal`] nests at most: twice what the parser describes. More is not decoded, since that and all who
/// look at it go down by recursion.
pub const LITERAL_DEPTH_MAX: usize = 64;

/// As much of a value as stands literally in the script.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// Something computed.
    Unknown,
    /// `undefined` literally.
    Undefined,
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A string, or a template without expressions.
    String(String),
    /// Some text that is not known: a template with expressions, a concatenation with a string literal.
    SomeString,
    /// An array. `None` stands for a spread.
    Array(#[serde(deserialize_with = "one_deeper")] Vec<Option<Literal>>),
    /// An object.
    Object {
        /// The fields, in order.
        #[serde(deserialize_with = "one_deeper")]
        fields: Vec<Field>,
        /// Whether it may have more fields than these (a spread or a computed key).
        open: bool,
    },
    /// An integer of these digits that JavaScript rounds to another one.
    Rounded(String),
}

/// Reads the inside of a literal, if that is not too deep inside others.
fn one_deeper<'de, D: Deserializer<'de>, T: Deserialize<'de>>(inside: D) -> Result<T, D::Error> {
    thread_local! {
        static DEPTH: Cell<usize> = const { Cell::new(0) };
    }
    /// Goes up again however the reading ends.
    struct Up(usize);
    impl Drop for Up {
        fn drop(&mut self) {
            DEPTH.set(self.0);
        }
    }
    let _up = Up(DEPTH.get());
    DEPTH.set(DEPTH.get() + 1);
    if DEPTH.get() > LITERAL_DEPTH_MAX {
        return Err(D::Error::custom("a literal nests too deeply"));
    }
    T::deserialize(inside)
}

/// A field of an object literal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The key.
    pub name: String,
    /// The value.
    pub value: Literal,
    /// Where the key stands.
    pub at: Position,
}

/// A use of something that rules may forbid, or that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspect {
    /// What it is.
    pub kind: SuspectKind,
    /// Where it stands.
    pub at: Position,
}

/// The kinds of suspects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SuspectKind {
    /// `eval(…)`, direct or indirect by name.
    Eval,
    /// `Function(…)` or `new Function(…)`.
    Function,
    /// `.constructor`: that of a function is `Function`.
    Constructor,
    /// `import(…)` of something computed.
    ComputedImport,
    /// `require(…)`.
    Require,
    /// `process`, which does not exist here.
    Process,
    /// `fetch`, `XMLHttpRequest` or `WebSocket`, which exist only to say what to use instead.
    Network,
}

impl SuspectKind {
    /// Every kind that has a name of its own.
    pub const ALL: [Self; 6] =
        [Self::Eval, Self::Function, Self::ComputedImport, Self::Require, Self::Process, Self::Network];

    /// The name in a configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Eval => "eval",
            Self::Function | Self::Constructor => "function",
            Self::ComputedImport => "computed-import",
            Self::Require => "require",
            Self::Process => "process",
            Self::Network => "network",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, column: u32) -> Position {
        Position { line, column }
    }

    #[test]
    fn a_literal_nests_so_deep_and_no_deeper() {
        // In an array of one element: what a parser that was taken over would send to end the host's stack.
        let nested = |depth: usize| [[7, 1, 1].repeat(depth), vec![2]].concat();
        let decoded = crate::decode::<Literal>(&nested(2)).expect("two arrays around null");
        assert_eq!(decoded, Literal::Array(vec![Some(Literal::Array(vec![Some(Literal::Null)]))]));
        for (depth, is_read) in
            [(LITERAL_DEPTH_MAX, true), (LITERAL_DEPTH_MAX + 1, false), (10_000_000, false)]
        {
            assert_eq!(crate::decode::<Literal>(&nested(depth)).is_ok(), is_read, "{depth}");
        }
        // A failure is forgotten: the next message begins at no depth.
        assert!(crate::decode::<Literal>(&nested(LITERAL_DEPTH_MAX)).is_ok());
    }

    #[test]
    fn objects_count_as_arrays_do() {
        // One field without a name, at 1:1, closed.
        let nested = |depth: usize| [[8, 1, 0].repeat(depth), vec![2], [1, 1, 0].repeat(depth)].concat();
        assert!(crate::decode::<Literal>(&nested(LITERAL_DEPTH_MAX)).is_ok());
        assert!(crate::decode::<Literal>(&nested(LITERAL_DEPTH_MAX + 1)).is_err());
    }

    #[test]
    fn a_place_maps_to_the_nearest_entry_before_it_on_its_line() {
        let map =
            PositionMap { entries: vec![(at(1, 1), at(3, 1)), (at(1, 9), at(4, 5)), (at(3, 1), at(9, 1))] };
        assert_eq!(map.original(at(1, 12)), Some(at(4, 5)));
        assert_eq!(map.original(at(1, 8)), Some(at(3, 1)));
        assert_eq!(map.original(at(2, 1)), None);
        assert_eq!(PositionMap::default().original(at(1, 1)), None);
    }
}
