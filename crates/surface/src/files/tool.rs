//! A tool as TypeScript: its whole file, and its signature on one line.

use std::collections::HashSet;

use tools::{Annotations, Catalog, ObservedResult, Tool};

use super::example;
use crate::{
    deprecated::is_deprecated,
    names,
    tree::Place,
    types::{
        self, Openness, Rest, Ty, Types,
        brief::{Extent, brief},
        comment,
    },
};

/// Characters of a tool's description. Clients cut theirs at 2 to 4 KB; longer ones are manuals.
const DESCRIPTION_CHARS_MAX: usize = 8_000;

/// Characters of a signature's argument: what a line can hold beside the name and the result.
const ARGUMENT_CHARS_MAX: usize = 240;

/// What is said of a result without a declared type.
const UNDECLARED: &str = "The server does not declare what it returns. JSON arrives parsed; several content blocks are an array, \
     and `contentOf(result)` always gives the blocks as they were sent.";

/// Characters of a signature's result.
const RESULT_CHARS_MAX: usize = 120;

/// How a signature shows that its result is not what a server declares.
const OBSERVED: &str = " /* observed */";

/// A tool, with what its results were seen to be where its server does not declare it.
#[derive(Clone, Copy)]
pub(crate) struct Described<'c> {
    pub(crate) tool: &'c Tool,
    pub(crate) observed: Option<&'c ObservedResult>,
}

impl<'c> Described<'c> {
    /// The tool at a place of the tree that is made of this catalog.
    pub(crate) fn at(place: &Place, catalog: &'c Catalog) -> Option<Self> {
        Some(Self { tool: catalog.tool(&place.id)?, observed: catalog.observed(&place.id) })
    }
}

/// A tool's module as a model reads it.
pub(crate) fn tool_file(place: &Place, described: Described<'_>) -> String {
    let tool = described.tool;
    let (input, output) = (names::input_type(&place.identifier), names::output_type(&place.identifier));
    let mut taken = types::taken_names();
    taken.extend([input.clone(), output.clone()]);
    let argument = types::convert(&tool.input_schema, &input, &mut taken);
    let mark = if may_be_left_out(&argument) { "?" } else { "" };
    let mut text = String::new();
    comment::block(&about(place, tool), "", &mut text);
    text.push_str(&format!(
        "export declare function {}(input{mark}: {input}): Promise<{output}>;\n\n",
        place.identifier
    ));
    text.push_str(&types::declarations(&argument, Openness::Declared));
    text.push('\n');
    text.push_str(&result_type(described, &output, &mut taken));
    text
}

/// `getDocument(input: { documentId: string; format?: "md" | "txt" }): Promise<{ content: string }>`
pub(crate) fn signature(place: &Place, described: Described<'_>) -> String {
    let argument = types::convert(&described.tool.input_schema, "Input", &mut types::taken_names());
    let argument = match &argument.declarations[0].ty {
        ty if is_nothing(ty) => String::new(),
        _ => {
            let mark = if may_be_left_out(&argument) { "?" } else { "" };
            format!("input{mark}: {}", fitting(&argument, ARGUMENT_CHARS_MAX))
        }
    };
    format!("{}({argument}): {}", place.identifier, result(described))
}

/// A server that declares no result type may return anything: what it was seen to return, or `any`, so that a script can
/// use it without telling the compiler what nobody told the author.
fn result_type(described: Described<'_>, name: &str, taken: &mut HashSet<String>) -> String {
    let mut declared = |schema| types::declarations(&types::convert(schema, name, taken), Openness::Declared);
    match described {
        Described { tool: Tool { output_schema: Some(schema), .. }, .. } => declared(schema),
        Described { observed: Some(observed), .. } => {
            let mut schema = observed.schema.clone();
            schema["description"] = about_observed(observed.results).into();
            declared(&schema)
        }
        Described { observed: None, .. } => format!("/** {UNDECLARED} */\nexport type {name} = any;\n"),
    }
}

fn about_observed(results: u64) -> String {
    let results = if results == 1 { "one result".to_owned() } else { format!("{results} results") };
    format!("Observed in {results}. The server does not declare what it returns.")
}

fn result(Described { tool, observed }: Described<'_>) -> String {
    let (schema, mark) = match (&tool.output_schema, observed) {
        (Some(schema), _) => (schema, ""),
        (None, Some(observed)) => (&observed.schema, OBSERVED),
        (None, None) => return "Promise<any>".to_owned(),
    };
    let types = types::convert(schema, "Output", &mut types::taken_names());
    format!("Promise<{}>{mark}", fitting(&types, RESULT_CHARS_MAX))
}

/// As much of a type as fits into this many characters: first all of it, then fewer levels, then fewer of
/// the optional properties.
fn fitting(types: &Types, chars_max: usize) -> String {
    const ALL: usize = usize::MAX;
    let extents = [(3, ALL), (2, ALL), (1, ALL), (1, 8), (1, 5), (1, 3), (1, 1), (1, 0)];
    let bytes_max = chars_max * 4;
    let mut texts =
        extents.into_iter().map(|(levels, optional)| brief(types, Extent { levels, optional }, bytes_max));
    let short = |text: &String| text.chars().count() <= chars_max;
    // What has to be given is worth more than the limit: only a list beyond any reader's patience is cut.
    let needed = || text::cut(&brief(types, Extent { levels: 1, optional: 0 }, bytes_max), chars_max * 2);
    texts.find(short).unwrap_or_else(needed)
}

fn may_be_left_out(types: &Types) -> bool {
    let ty = match &types.declarations[0].ty {
        Ty::Ref(at) => &types.declarations[*at].ty,
        ty => ty,
    };
    ty.members().iter().any(|ty| match ty {
        Ty::Object(object) => object.properties.iter().all(|property| property.optional),
        ty => matches!(ty, Ty::Unknown(_)),
    })
}

fn is_nothing(ty: &Ty) -> bool {
    match ty {
        Ty::Object(object) => {
            object.properties.is_empty() && matches!(object.rest, Rest::Closed | Rest::Unsaid)
        }
        _ => false,
    }
}

fn about(place: &Place, tool: &Tool) -> Vec<String> {
    let mut lines = Vec::new();
    let title = tool.title.as_deref().unwrap_or("").trim();
    if !title.is_empty()
        && text::loose(title) != text::loose(&tool.name)
        && !tool.description.starts_with(title)
    {
        lines.push(text::cut(title, 200));
        lines.push(String::new());
    }
    let description = text::cut(tool.description.trim(), DESCRIPTION_CHARS_MAX);
    lines.extend(description.lines().map(str::to_owned));
    let hints = hints(tool.annotations);
    if !hints.is_empty() {
        lines.push(format!("(the server says: {})", hints.join(", ")));
    }
    if is_deprecated(&tool.name, title, &tool.description) && !tool.description.contains("@deprecated") {
        lines.push("@deprecated".to_owned());
    }
    if let Some(argument) = example::argument(&tool.input_schema) {
        lines.push(format!("@example await {}({argument});", place.identifier));
    }
    lines
}

fn hints(annotations: Annotations) -> Vec<&'static str> {
    let Annotations { read_only, destructive, idempotent, open_world: _ } = annotations;
    let said = [(read_only, "read-only"), (destructive, "destructive"), (idempotent, "idempotent")];
    said.into_iter().filter(|(hint, _)| *hint == Some(true)).map(|(_, word)| word).collect()
}
