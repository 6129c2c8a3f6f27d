//! What it can cost to hold a value against a schema.
//!
//! A schema is a stranger's program: references multiply, loops never end. So before one is compiled, its
//! graph is measured: how many of its parts may be visited for a value of a given depth. Only plain local
//! references are followed; anything cleverer is not measured and so not used.

use std::collections::HashMap;

use serde_json::Value;

/// Parts of a schema. The largest real tool schema has about 2,000.
const PARTS_MAX: usize = 20_000;

/// Visits to parts per place of the value. Real schemas need at most a few hundred.
const VISITS_MAX: u64 = 100_000;

/// No value is deeper than this when it is decoded.
const DEPTH_MAX: usize = 128;

/// Keywords that hold one schema for the same place.
const HERE: [&str; 4] = ["not", "if", "then", "else"];
/// Keywords that hold a list of schemas for the same place.
const HERE_LISTS: [&str; 3] = ["allOf", "anyOf", "oneOf"];
/// Keywords that hold schemas for the same place by name.
const HERE_MAPS: [&str; 2] = ["dependentSchemas", "dependencies"];
/// Keywords that hold one schema, or a list, for places below.
const BELOW: [&str; 9] = [
    "additionalProperties",
    "unevaluatedProperties",
    "propertyNames",
    "items",
    "prefixItems",
    "additionalItems",
    "contains",
    "unevaluatedItems",
    "contentSchema",
];
/// Keywords that hold schemas for places below by name.
const BELOW_MAPS: [&str; 2] = ["properties", "patternProperties"];
/// Keywords that look once more at what the schemas for the same place hold, as those within them may do again.
const AGAIN: [&str; 2] = ["unevaluatedProperties", "unevaluatedItems"];
/// How often the schemas for the same place are visited then, at most.
const TIMES_AGAIN: u64 = 3;
/// Keywords whose references cannot be followed by looking.
const UNMEASURED: [&str; 5] =
    ["$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor", "$recursiveAnchor"];

/// The measure of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    /// How deep a value may be for [`Self::visits`] to hold.
    pub(super) depth_max: usize,
    /// Visits to parts of the schema per place of such a value, at most.
    pub(super) visits: u64,
}

/// Measures a schema, or says why it is not to be used.
pub(super) fn measure(schema: &Value) -> Result<Cost, &'static str> {
    let graph = Graph::of(schema)?;
    let order = graph.inner_first()?;
    let mut visits = vec![0; graph.parts.len()];
    let mut cost = None;
    for depth in 0..=DEPTH_MAX {
        let deeper = graph.visits(&order, &visits);
        if deeper[0] > VISITS_MAX {
            return cost.ok_or("it has too many branches");
        }
        if deeper == visits {
            return Ok(Cost { depth_max: usize::MAX, visits: visits[0] });
        }
        cost = Some(Cost { depth_max: depth, visits: deeper[0] });
        visits = deeper;
    }
    cost.ok_or("it has too many branches")
}

#[derive(Default)]
struct Part {
    here: Vec<usize>,
    /// How often each of these is visited.
    times: u64,
    below: Vec<usize>,
}

struct Graph {
    /// The first is the root.
    parts: Vec<Part>,
}

impl Graph {
    fn of(root: &Value) -> Result<Self, &'static str> {
        if is_dynamic(root) {
            return Err("its references are dynamic");
        }
        let mut builder = Builder { root, parts: Vec::new(), numbers: HashMap::new(), queue: Vec::new() };
        builder.number(root)?;
        while let Some((at, schema)) = builder.queue.pop() {
            builder.look_at(at, schema)?;
        }
        Ok(Self { parts: builder.parts })
    }

    /// Parts so ordered that those for the same place come before the parts that hold them. A loop among them
    /// would never end.
    fn inner_first(&self) -> Result<Vec<usize>, &'static str> {
        #[derive(Clone, Copy, PartialEq)]
        enum Mark {
            New,
            Open,
            Done,
        }
        let mut marks = vec![Mark::New; self.parts.len()];
        let mut order = Vec::with_capacity(self.parts.len());
        for start in 0..self.parts.len() {
            let mut stack = vec![(start, 0)];
            while let Some((at, next)) = stack.pop() {
                if next == 0 {
                    match marks[at] {
                        Mark::Done => continue,
                        Mark::Open => return Err("it refers to itself without end"),
                        Mark::New => marks[at] = Mark::Open,
                    }
                }
                match self.parts[at].here.get(next) {
                    Some(&inner) => {
                        stack.push((at, next + 1));
                        stack.push((inner, 0));
                    }
                    None => {
                        marks[at] = Mark::Done;
                        order.push(at);
                    }
                }
            }
        }
        Ok(order)
    }

    /// Visits each part causes for a value one deeper than `shallower` was computed for.
    fn visits(&self, order: &[usize], shallower: &[u64]) -> Vec<u64> {
        let mut visits = vec![0_u64; self.parts.len()];
        for &at in order {
            let part = &self.parts[at];
            let here = part.here.iter().map(|&inner| visits[inner].saturating_mul(part.times));
            let below = part.below.iter().map(|&inner| shallower[inner]);
            visits[at] = here.chain(below).fold(1, u64::saturating_add);
        }
        visits
    }
}

struct Builder<'a> {
    root: &'a Value,
    parts: Vec<Part>,
    /// Parts by where they stand in memory: the schema does not move while it is measured.
    numbers: HashMap<*const Value, usize>,
    queue: Vec<(usize, &'a Value)>,
}

impl<'a> Builder<'a> {
    fn number(&mut self, schema: &'a Value) -> Result<usize, &'static str> {
        if let Some(&known) = self.numbers.get(&std::ptr::from_ref(schema)) {
            return Ok(known);
        }
        let number = self.parts.len();
        if number == PARTS_MAX {
            return Err("it is too large");
        }
        self.parts.push(Part::default());
        self.numbers.insert(schema, number);
        self.queue.push((number, schema));
        Ok(number)
    }

    fn look_at(&mut self, at: usize, schema: &'a Value) -> Result<(), &'static str> {
        let Some(fields) = schema.as_object() else { return Ok(()) };
        self.parts[at].times =
            if AGAIN.iter().any(|key| fields.contains_key(*key)) { TIMES_AGAIN } else { 1 };
        if let Some(reference) = fields.get("$ref") {
            // The validator decodes escapes of a URL before it looks, which a pointer by itself does not.
            let plain = reference.as_str().filter(|text| !text.contains('%'));
            let target = plain.and_then(|text| self.root.pointer(text.strip_prefix('#')?));
            let target = self.number(target.ok_or("it refers to something outside of it")?)?;
            self.parts[at].here.push(target);
        }
        for (key, value) in fields {
            let key = key.as_str();
            if HERE.contains(&key) || HERE_LISTS.contains(&key) || HERE_MAPS.contains(&key) {
                for inner in schemas_in(value, HERE_MAPS.contains(&key)) {
                    let inner = self.number(inner)?;
                    self.parts[at].here.push(inner);
                }
            } else if BELOW.contains(&key) || BELOW_MAPS.contains(&key) {
                for inner in schemas_in(value, BELOW_MAPS.contains(&key)) {
                    let inner = self.number(inner)?;
                    self.parts[at].below.push(inner);
                }
            }
        }
        Ok(())
    }
}

/// Whether references may lead elsewhere than they seem to. The whole text is looked through: a reference may lead
/// through what is no schema.
fn is_dynamic(root: &Value) -> bool {
    // In draft 4 and only there `id` is a keyword, and not only at the root can a schema say that it is of draft 4.
    let (mut has_id, mut is_draft_4) = (false, false);
    let mut queue = vec![root];
    while let Some(value) = queue.pop() {
        match value {
            Value::Array(items) => queue.extend(items),
            Value::Object(fields) => {
                let is_root = std::ptr::eq(value, root);
                for (key, value) in fields {
                    match (key.as_str(), value) {
                        (_, Value::Array(_) | Value::Object(_)) => queue.push(value),
                        ("$schema", Value::String(draft)) => is_draft_4 |= draft.contains("draft-04"),
                        ("id", _) => has_id |= !is_root,
                        ("$id", _) if !is_root => return true,
                        (key, _) if UNMEASURED.contains(&key) => return true,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    has_id && is_draft_4
}

fn schemas_in(value: &Value, by_name: bool) -> Vec<&Value> {
    match value {
        Value::Object(named) if by_name => named.values().collect(),
        Value::Array(several) => several.iter().collect(),
        one => vec![one],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_schemas_hold_for_every_depth() {
        let schema = json!({"properties": {"a": {"type": "string"}, "b": {"anyOf": [{}, {}]}}});
        assert_eq!(measure(&schema), Ok(Cost { depth_max: usize::MAX, visits: 5 }));
    }

    #[test]
    fn a_recursive_schema_is_measured_by_depth() {
        let tree = json!({"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}});
        let cost = measure(&tree).expect("measured");
        assert!(cost.visits <= VISITS_MAX && (5..40).contains(&cost.depth_max), "{cost:?}");
        let list = json!({"properties": {"next": {"$ref": "#"}}});
        assert!(measure(&list).expect("measured").depth_max >= 100);
    }

    /// Each level looks twice at those within it.
    fn evaluating_again(levels: usize) -> Value {
        (0..levels).fold(json!({}), |inner, _| json!({"anyOf": [inner], "unevaluatedProperties": false}))
    }

    #[test]
    fn names_that_are_no_keywords_are_not_taken_for_them() {
        let schema = json!({
            "$id": "https://example.com/root.json",
            "properties": {"$anchor": {"type": "string"}, "id": {"default": {"id": "a"}}},
        });
        assert!(measure(&schema).is_ok());
    }

    #[test]
    fn what_cannot_be_bounded_is_not_used() {
        let mut doubling = json!({"$ref": "#/$defs/d0", "$defs": {}});
        for i in 0..40 {
            let next = format!("#/$defs/d{}", i + 1);
            doubling["$defs"][format!("d{i}")] = json!({"allOf": [{"$ref": next}, {"$ref": next}]});
        }
        doubling["$defs"]["d40"] = json!({});
        let cases = [
            (doubling, "it has too many branches"),
            (json!({"$ref": "#"}), "it refers to itself without end"),
            (
                json!({"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"not": {"$ref": "#"}}}}),
                "it refers to itself without end",
            ),
            (json!({"$ref": "https://example.com/a.json"}), "it refers to something outside of it"),
            (json!({"$ref": "#/nowhere"}), "it refers to something outside of it"),
            (
                json!({"$ref": "#/$defs/%61", "$defs": {"%61": {}, "a": {}}}),
                "it refers to something outside of it",
            ),
            (json!({"items": {"$dynamicRef": "#x"}}), "its references are dynamic"),
            (
                // What `b` refers to is beside it.
                json!({"$ref": "#/x/a/$defs/b", "x": {"a": {"$id": "a", "$defs": {"b": {"$ref": "#/$defs/c"}, "c": {}}}}, "$defs": {"c": {}}}),
                "its references are dynamic",
            ),
            (
                json!({"$schema": "http://json-schema.org/draft-04/schema#", "allOf": [{"id": "a"}]}),
                "its references are dynamic",
            ),
            (evaluating_again(30), "it has too many branches"),
        ];
        for (schema, expect) in cases {
            assert_eq!(measure(&schema), Err(expect), "{schema}");
        }
    }
}
