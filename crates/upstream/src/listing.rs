//! Decoding a list of tools, tool by tool: what can be understood is kept, what cannot is reported. Pure.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Map, Value, value::RawValue};
use tools::{Annotations, DroppedTool, Tool};

use crate::{
    array,
    paging::Page,
    text::{clean, clean_line},
};

/// Tools of one server. The largest real ones have some hundred; aggregators have had 3,000.
const TOOLS_MAX: usize = 20_000;
/// One definition. The largest seen in 14,000 real ones is about 60 KB.
const TOOL_BYTES_MAX: usize = 512 << 10;
/// The protocol recommends at most 128 characters; longer ones are real, unbounded ones are an attack.
const NAME_BYTES_MAX: usize = 512;
/// A title is one line of a list.
const TITLE_BYTES_MAX: usize = 200;
/// Agents cut descriptions at 2–4 KB themselves; beyond this nobody reads.
const DESCRIPTION_BYTES_MAX: usize = 16 << 10;
/// How many dropped tools are reported one by one; the rest is counted.
const DROPPED_MAX: usize = 100;

/// A server's list while its pages arrive.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// The tools understood so far.
    pub(crate) tools: Vec<Arc<Tool>>,
    /// What was left out.
    pub(crate) dropped: Vec<DroppedTool>,
    seen: usize,
    places: HashMap<Arc<str>, usize>,
    not_reported: usize,
}

impl Listing {
    /// Adds one page: the `tools` member of a result.
    pub(crate) fn add_page(&mut self, page: &RawValue) -> Result<Page, String> {
        let room = TOOLS_MAX.saturating_sub(self.seen);
        let page = array::items(page.get().as_bytes(), room)
            .map_err(|error| format!("its list of tools is not an array: {error}"))?;
        let before = self.tools.len();
        for raw in &page.items {
            self.seen += 1;
            match decode(raw, self.seen) {
                Ok(tool) => self.add(tool),
                Err(dropped) => self.drop_tool(dropped),
            }
        }
        if page.more > 0 {
            let name = format!("{} more", page.more);
            self.drop_tool(DroppedTool {
                name,
                reason: format!("the server lists more than {TOOLS_MAX} tools"),
            });
        }
        if self.seen >= TOOLS_MAX {
            return Ok(Page::Full);
        }
        Ok(if self.tools.len() > before { Page::New } else { Page::Known })
    }

    /// Notes that further pages could not be had.
    pub(crate) fn cut_off(&mut self, reason: String) {
        self.drop_tool(DroppedTool { name: "further pages".to_owned(), reason });
    }

    /// A definition that comes again as it was loses nothing: servers repeat pages.
    fn add(&mut self, tool: Tool) {
        match self.places.get(&tool.name).map(|&place| &*self.tools[place]) {
            None => {
                self.places.insert(Arc::clone(&tool.name), self.tools.len());
                self.tools.push(Arc::new(tool));
            }
            Some(first) if *first == tool => {}
            Some(_) => self.drop_tool(DroppedTool {
                name: tool.name.to_string(),
                reason: "the server lists this name twice; the first definition is kept".to_owned(),
            }),
        }
    }

    /// Takes a tool out again, with the reason.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Tool) -> Result<(), String>) {
        let tools = std::mem::take(&mut self.tools);
        self.places.clear();
        for tool in tools {
            match keep(&tool) {
                Ok(()) => self.tools.push(tool),
                Err(reason) => self.drop_tool(DroppedTool { name: tool.name.to_string(), reason }),
            }
        }
    }

    fn drop_tool(&mut self, dropped: DroppedTool) {
        if self.dropped.len() < DROPPED_MAX {
            return self.dropped.push(dropped);
        }
        self.not_reported += 1;
        self.dropped.truncate(DROPPED_MAX);
        let name = format!("{} more", self.not_reported);
        self.dropped.push(DroppedTool { name, reason: "too many odd tools to name each".to_owned() });
    }
}

fn decode(raw: &RawValue, place: usize) -> Result<Tool, DroppedTool> {
    let nameless = |reason: String| DroppedTool { name: format!("#{place}"), reason };
    if raw.get().len() > TOOL_BYTES_MAX {
        return Err(nameless(format!("its definition is larger than {} KiB", TOOL_BYTES_MAX >> 10)));
    }
    let mut tool = match serde_json::from_str(raw.get()) {
        Ok(Value::Object(tool)) => tool,
        Ok(_) => return Err(nameless("it is not an object".to_owned())),
        Err(error) => return Err(nameless(format!("it cannot be read: {error}"))),
    };
    let name = name_of(&tool).map_err(nameless)?;
    let input_schema = input_schema(tool.shift_remove("inputSchema"))
        .map_err(|reason| DroppedTool { name: name.clone(), reason })?;
    let output_schema = output_schema(tool.shift_remove("outputSchema"));
    let annotations = tool.get("annotations");
    let titles = [tool.get("title"), annotations.and_then(|hints| hints.get("title"))];
    Ok(Tool {
        title: titles.into_iter().flatten().filter_map(Value::as_str).find_map(line),
        description: clean(
            tool.get("description").and_then(Value::as_str).unwrap_or_default(),
            DESCRIPTION_BYTES_MAX,
        ),
        annotations: annotations.map(hints).unwrap_or_default(),
        output_schema,
        name: name.into(),
        input_schema,
    })
}

fn name_of(tool: &Map<String, Value>) -> Result<String, String> {
    let Some(name) = tool.get("name") else { return Err("it has no name".to_owned()) };
    let Some(name) = name.as_str() else { return Err("its name is not a string".to_owned()) };
    if name.is_empty() {
        return Err("its name is empty".to_owned());
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(format!("its name is longer than {NAME_BYTES_MAX} bytes"));
    }
    // The name is sent back as it is, so it cannot be cleaned; a name that shows otherwise than it is spelt
    // could pass for another tool's.
    if clean(name, NAME_BYTES_MAX) != name || name.contains(['\n', '\t']) {
        return Err("its name has control or invisible characters".to_owned());
    }
    Ok(name.to_owned())
}

/// Missing, `null` and `true` mean "any arguments"; `false` and everything else cannot be called.
fn input_schema(schema: Option<Value>) -> Result<Value, String> {
    match schema {
        None | Some(Value::Null | Value::Bool(true)) => Ok(serde_json::json!({"type": "object"})),
        Some(Value::Object(schema)) => {
            let mut schema = Value::Object(schema);
            clean_texts(&mut schema);
            Ok(schema)
        }
        Some(_) => Err("its inputSchema is not an object".to_owned()),
    }
}

fn output_schema(schema: Option<Value>) -> Option<Value> {
    let mut schema = schema.filter(Value::is_object)?;
    clean_texts(&mut schema);
    Some(schema)
}

/// Cleans the descriptions and titles in a value, as in a schema. Depth is bounded by the parser (128).
pub(crate) fn clean_texts(schema: &mut Value) {
    match schema {
        Value::Object(members) => members.iter_mut().for_each(|(key, value)| match value {
            Value::String(text) if key == "description" => *text = clean(text, DESCRIPTION_BYTES_MAX),
            Value::String(text) if key == "title" => *text = clean_line(text, TITLE_BYTES_MAX),
            Value::Object(_) | Value::Array(_) => clean_texts(value),
            _ => {}
        }),
        Value::Array(items) => items.iter_mut().for_each(clean_texts),
        _ => {}
    }
}

fn hints(annotations: &Value) -> Annotations {
    let hint = |name: &str| annotations.get(name).and_then(Value::as_bool);
    Annotations {
        read_only: hint("readOnlyHint"),
        destructive: hint("destructiveHint"),
        idempotent: hint("idempotentHint"),
        open_world: hint("openWorldHint"),
    }
}

fn line(text: &str) -> Option<String> {
    Some(clean_line(text, TITLE_BYTES_MAX)).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(json: &str) -> Listing {
        let mut listing = Listing::default();
        let page = RawValue::from_string(json.to_owned()).expect("JSON");
        listing.add_page(&page).expect("an array");
        listing
    }

    fn check_dropped(tool: &str, name: &str, reason: &str) {
        let listing = list(&format!(r#"[{{"name":"good","inputSchema":{{"type":"object"}}}},{tool}]"#));
        assert_eq!(listing.tools.len(), 1, "{tool}");
        assert_eq!(listing.dropped, [DroppedTool { name: name.to_owned(), reason: reason.to_owned() }]);
    }

    #[test]
    fn an_odd_tool_costs_only_itself() {
        check_dropped("5", "#2", "it is not an object");
        check_dropped("{}", "#2", "it has no name");
        check_dropped(r#"{"name":""}"#, "#2", "its name is empty");
        check_dropped(r#"{"name":7}"#, "#2", "its name is not a string");
        check_dropped("{\"name\":\"a\\u202eb\"}", "#2", "its name has control or invisible characters");
        check_dropped(r#"{"name":"x","inputSchema":false}"#, "x", "its inputSchema is not an object");
        check_dropped(r#"{"name":"x","inputSchema":"object"}"#, "x", "its inputSchema is not an object");
        let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(513));
        check_dropped(&long, "#2", "its name is longer than 512 bytes");
        let deep = format!(r#"{{"name":"x","inputSchema":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
        check_dropped(&deep, "#2", "it cannot be read: recursion limit exceeded at line 1 column 153");
        let large = format!(r#"{{"name":"x","description":"{}"}}"#, "x".repeat(600_000));
        check_dropped(&large, "#2", "its definition is larger than 512 KiB");
    }

    #[test]
    fn odd_parts_of_a_tool_are_left_out() {
        let listing = list(
            r#"[{"name":"a","inputSchema":true,"outputSchema":"x","title":"","description":7,
                "annotations":{"readOnlyHint":"yes","destructiveHint":false,"title":"From\nhints"}}]"#,
        );
        let tool = &listing.tools[0];
        assert_eq!(tool.input_schema, serde_json::json!({"type": "object"}));
        assert_eq!(tool.output_schema, None);
        assert_eq!(tool.title.as_deref(), Some("From hints"));
        assert_eq!(tool.description, "");
        assert_eq!(tool.annotations, Annotations { destructive: Some(false), ..Annotations::default() });
    }

    #[test]
    fn hidden_text_is_removed_also_inside_schemas() {
        let listing = list(
            "[{\"name\":\"a\",\"description\":\"say\\u200b it\",\"inputSchema\":{\"properties\":{\"p\":{\"description\":\"x\\u202ey\",\"enum\":[\"\\u200b\"]}}}}]",
        );
        assert_eq!(listing.tools[0].description, "say it");
        let property = &listing.tools[0].input_schema["properties"]["p"];
        assert_eq!(property["description"], "xy");
        assert_eq!(property["enum"][0], "\u{200b}", "values are sent back, so they stay");
    }

    #[test]
    fn a_name_that_comes_again_is_told_where_something_is_lost() {
        let same = list(r#"[{"name":"a"},{"name":"a"}]"#);
        assert_eq!((same.tools.len(), same.dropped.len()), (1, 0));
        let reason = "the server lists this name twice; the first definition is kept";
        check_dropped(r#"{"name":"good","description":"another"}"#, "good", reason);
    }

    #[test]
    fn many_odd_tools_are_counted() {
        let listing = list(&format!("[{}1]", "1,".repeat(299)));
        assert_eq!(listing.dropped.len(), DROPPED_MAX + 1);
        assert_eq!(listing.dropped[DROPPED_MAX].name, "200 more");
    }

    #[test]
    fn what_is_no_list_is_said() {
        let page = RawValue::from_string("{}".to_owned()).expect("JSON");
        assert!(Listing::default().add_page(&page).is_err());
    }
}
