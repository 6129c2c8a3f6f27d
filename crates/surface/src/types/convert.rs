//! From a schema to types, within a budget.
//!
//! The rule of every choice: each valid value stays allowed; what cannot be said of the rest is left out.
//! Named parts of a schema become declarations, converted from a list and not by recursion, so neither a
//! long chain of references nor a recursive one costs stack.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    rc::Rc,
};

use serde_json::{Map, Value};

use super::{
    doc,
    refs::{self, Document, Part, percent_decoded},
    ty::{Literal, Object, Property, Rest, Tuple, Ty},
};
use crate::names;

/// Converted schemas in one document. The largest real tool has about 3,000; a hostile one stops here.
const NODES_MAX: usize = 20_000;

/// Nesting that is followed. Real schemas end at 20; 40 levels need far less than a thread's stack.
const DEPTH_MAX: usize = 40;

/// Declared types of one document. The text of more would be cut anyway.
const DECLARATIONS_MAX: usize = 2_000;

/// A type with a name.
#[derive(Debug)]
pub(crate) struct Declaration {
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) doc: Rc<[String]>,
}

/// The types of one schema; the first declaration is the schema itself.
#[derive(Debug)]
pub(crate) struct Types {
    pub(crate) declarations: Vec<Declaration>,
}

/// Converts a schema. `name` is the first declaration's; the others find names that are not yet in `taken`.
pub(crate) fn convert(schema: &Value, name: &str, taken: &mut HashSet<String>) -> Types {
    let mut converter = Converter {
        document: Document::new(schema),
        base: schema,
        declared: HashMap::new(),
        declarations: Vec::new(),
        waiting: VecDeque::new(),
        taken,
        nodes: 0,
        depth: 0,
        height: 0,
    };
    converter.taken.insert(name.to_owned());
    converter.declare(Part { schema, base: schema }, name.to_owned());
    while let Some((at, part)) = converter.waiting.pop_front() {
        converter.settle(at, part);
    }
    let mut declarations: Vec<Declaration> = converter.declarations.into_iter().map(finished).collect();
    super::cycles::cut(&mut declarations);
    Types { declarations }
}

/// A declaration on its way.
struct Draft {
    name: String,
    state: State,
    /// Levels of its type.
    height: usize,
    doc: Rc<[String]>,
}

enum State {
    Waiting,
    /// Being converted now: a reference to it is a recursion.
    Open,
    Done(Ty),
}

fn finished(draft: Draft) -> Declaration {
    let ty = match draft.state {
        State::Done(ty) => ty,
        State::Waiting | State::Open => Ty::unknown(),
    };
    Declaration { name: draft.name, ty, doc: draft.doc }
}

pub(super) struct Converter<'a, 'n> {
    document: Document<'a>,
    /// The part with an `$id` that is being converted: references start there.
    base: &'a Value,
    /// Declarations by the address of their schema.
    declared: HashMap<*const Value, usize>,
    declarations: Vec<Draft>,
    waiting: VecDeque<(usize, Part<'a>)>,
    taken: &'n mut HashSet<String>,
    nodes: usize,
    depth: usize,
    /// The deepest level reached in the declaration that is being converted.
    height: usize,
}

impl<'a> Converter<'a, '_> {
    /// Counts work. False: the budget is used up.
    pub(super) fn charge(&mut self, nodes: usize) -> bool {
        self.nodes = self.nodes.saturating_add(nodes);
        self.nodes <= NODES_MAX
    }

    /// The type of a declaration to be copied here, converted now if it can be: not while it is being converted
    /// itself, and not where the copy would stack up levels without end.
    pub(super) fn copied(&mut self, at: usize) -> Option<Ty> {
        let ty = self.settled(at)?;
        let height = self.depth + self.declarations[at].height;
        if height > 2 * DEPTH_MAX {
            return None;
        }
        self.height = self.height.max(height);
        Some(ty)
    }

    fn settled(&mut self, at: usize) -> Option<Ty> {
        if let State::Waiting = self.declarations[at].state {
            let place = self.waiting.iter().position(|&(waiting, _)| waiting == at)?;
            let (_, part) = self.waiting.remove(place)?;
            self.settle(at, part);
        }
        match &self.declarations[at].state {
            State::Done(ty) => Some(ty.clone()),
            State::Waiting | State::Open => None,
        }
    }

    /// Runs a step one level deeper; too deep, the answer is unknown.
    pub(super) fn deeper(&mut self, step: impl FnOnce(&mut Self) -> Ty) -> Ty {
        if self.depth >= DEPTH_MAX {
            return Ty::unknown_because("nested too deeply");
        }
        self.depth += 1;
        self.height = self.height.max(self.depth);
        let ty = step(self);
        self.depth -= 1;
        ty
    }

    fn declare(&mut self, part: Part<'a>, name: String) -> usize {
        let at = self.declarations.len();
        self.declared.insert(part.schema, at);
        let doc = doc::of_schema(part.schema, &self.document).into();
        self.declarations.push(Draft { name, state: State::Waiting, height: 0, doc });
        self.waiting.push_back((at, part));
        at
    }

    fn settle(&mut self, at: usize, part: Part<'a>) {
        self.declarations[at].state = State::Open;
        let outer = std::mem::replace(&mut self.height, self.depth);
        let outer_base = std::mem::replace(&mut self.base, part.base);
        let ty = self.schema(part.schema);
        self.base = outer_base;
        self.declarations[at].height = self.height - self.depth;
        self.height = outer;
        self.declarations[at].state = State::Done(ty);
    }

    fn schema(&mut self, schema: &'a Value) -> Ty {
        if !self.charge(1) {
            return Ty::unknown_because("the schema is too large");
        }
        match schema {
            Value::Bool(true) => Ty::unknown(),
            Value::Bool(false) => Ty::Never,
            Value::Object(map) => self.deeper(|this| this.within(schema, map)),
            _ => Ty::unknown_because("not a schema"),
        }
    }

    /// A schema, with itself as the base of its references where it has an identifier.
    fn within(&mut self, schema: &'a Value, map: &'a Map<String, Value>) -> Ty {
        let hidden = self.document.ref_stands_alone() && map.contains_key("$ref");
        if hidden || refs::identifier(map).is_none() {
            return self.keywords(map);
        }
        let outer = std::mem::replace(&mut self.base, schema);
        let ty = self.keywords(map);
        self.base = outer;
        ty
    }

    /// Everything a schema says, one keyword after the other.
    fn keywords(&mut self, map: &'a Map<String, Value>) -> Ty {
        let Some(target) = self.target(map) else {
            let own = self.own(map);
            return self.applicators(map, own);
        };
        let target = self.reference(target);
        if self.document.ref_stands_alone() {
            return target;
        }
        let own = self.own(map);
        let ty = self.meet(&own, &target);
        self.applicators(map, ty)
    }

    /// Where a schema's reference leads, with the reference.
    fn target(&self, map: &'a Map<String, Value>) -> Option<(&'a str, Result<Part<'a>, String>)> {
        let reference = reference(map)?;
        let found = match map.get("$ref") {
            Some(Value::String(_)) => self.document.find(reference, self.base),
            _ => self.document.find_dynamic(reference, self.base),
        };
        Some((reference, found))
    }

    fn reference(&mut self, (reference, found): (&str, Result<Part<'a>, String>)) -> Ty {
        let part = match found {
            Ok(part) => part,
            Err(reason) => return Ty::unknown_because(&reason),
        };
        if let Some(&at) = self.declared.get(&std::ptr::from_ref(part.schema)) {
            return Ty::Ref(at);
        }
        if self.declarations.len() >= DECLARATIONS_MAX {
            return Ty::unknown_because("the schema is too large");
        }
        let name = self.free_name(&names::type_name_of_reference(&percent_decoded(reference)));
        Ty::Ref(self.declare(part, name))
    }

    fn free_name(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{wanted}{number}");
            number += 1;
        }
        name
    }

    /// What the keywords about the value itself say.
    fn own(&mut self, map: &'a Map<String, Value>) -> Ty {
        let kinds = Kinds::of(map);
        if let Some(value) = map.get("const") {
            return kinds.keep(vec![Ty::literal(value, LITERAL_LEVELS)]);
        }
        if let Some(Value::Array(values)) = map.get("enum") {
            if !self.charge(values.len()) {
                return Ty::unknown_because("the enumeration is too long");
            }
            return kinds.keep(values.iter().map(|value| Ty::literal(value, LITERAL_LEVELS)).collect());
        }
        let mut members: Vec<Ty> = Vec::new();
        for kind in &kinds.kinds {
            members.push(self.of_kind(*kind, map, kinds.implied));
        }
        let ty =
            if kinds.any { Ty::Unknown(kinds.reason.as_deref().map(Into::into)) } else { Ty::union(members) };
        match map.get("nullable") {
            Some(Value::Bool(true)) => Ty::union([ty, Ty::Null]),
            _ => ty,
        }
    }

    fn of_kind(&mut self, kind: Kind, map: &'a Map<String, Value>, implied: bool) -> Ty {
        match kind {
            Kind::Null => Ty::Null,
            Kind::Boolean => Ty::Boolean,
            Kind::Number => Ty::Number,
            Kind::String => Ty::String,
            Kind::Array => self.array(map),
            Kind::Object => self.object(map, implied),
        }
    }

    fn array(&mut self, map: &'a Map<String, Value>) -> Ty {
        let (first, rest) = match (map.get("prefixItems"), map.get("items")) {
            (Some(Value::Array(first)), rest) => (first, rest),
            (_, Some(Value::Array(first))) => (first, map.get("additionalItems")),
            (_, Some(items)) => return Ty::Array(Rc::new(self.schema(items))),
            (_, None) => return Ty::Array(Rc::new(Ty::unknown())),
        };
        let items: Vec<Ty> = first.iter().map(|item| self.schema(item)).collect();
        let rest = match rest.map(|rest| self.schema(rest)) {
            Some(Ty::Never) => None,
            Some(rest) => Some(rest),
            None => Some(Ty::unknown()),
        };
        let at_least = map.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        let required = usize::try_from(at_least).unwrap_or(usize::MAX).min(items.len());
        match (items.is_empty(), rest) {
            (true, rest) => Ty::Array(Rc::new(rest.unwrap_or(Ty::Never))),
            (false, rest) => Ty::Tuple(Rc::new(Tuple { items, required, rest })),
        }
    }

    fn object(&mut self, map: &'a Map<String, Value>, implied: bool) -> Ty {
        let rest = self.rest(map);
        let required = required(map);
        let mut properties = Vec::new();
        if let Some(Value::Object(declared)) = map.get("properties") {
            for (name, schema) in declared {
                let ty = self.schema(schema);
                let doc = doc::of_schema(schema, &self.document).into();
                let optional = !required.contains(name.as_str());
                properties.push(Property { name: name.as_str().into(), ty, optional, doc });
            }
        }
        self.undeclared(map, &rest, &mut properties);
        forbid_false_dependencies(map, &mut properties);
        Ty::Object(Rc::new(Object { properties, rest, implied }))
    }

    /// Required names without a declaration. In a closed object they cannot be there, so the author meant
    /// something else.
    fn undeclared(&mut self, map: &'a Map<String, Value>, rest: &Rest, properties: &mut Vec<Property>) {
        let Some(Value::Array(required)) = map.get("required") else { return };
        let ty = match rest {
            Rest::Closed => return,
            Rest::Unsaid => Ty::unknown(),
            Rest::Of(ty) => ty.clone(),
        };
        let mut known: HashSet<&str> = map
            .get("properties")
            .and_then(Value::as_object)
            .map(|map| map.keys().map(String::as_str).collect())
            .unwrap_or_default();
        for name in required.iter().filter_map(Value::as_str) {
            if known.insert(name) && self.charge(1) {
                let (name, ty) = (name.into(), ty.clone());
                properties.push(Property { name, ty, optional: false, doc: Rc::new([]) });
            }
        }
    }

    fn rest(&mut self, map: &'a Map<String, Value>) -> Rest {
        let mut patterns: Vec<Ty> = Vec::new();
        if let Some(Value::Object(map)) = map.get("patternProperties") {
            patterns.extend(map.values().map(|schema| self.schema(schema)));
        }
        match map.get("additionalProperties") {
            Some(Value::Bool(false)) if patterns.is_empty() => Rest::Closed,
            Some(Value::Bool(false)) => Rest::Of(Ty::union(patterns)),
            Some(schema) => {
                let others = self.schema(schema);
                Rest::Of(Ty::union(patterns.into_iter().chain([others])))
            }
            None if patterns.is_empty() => Rest::Unsaid,
            // Names that fit no pattern may have any value.
            None => Rest::Of(Ty::unknown()),
        }
    }

    /// What the keywords that combine schemas add.
    fn applicators(&mut self, map: &'a Map<String, Value>, mut ty: Ty) -> Ty {
        if let Some(Value::Array(all)) = map.get("allOf") {
            for schema in all {
                let other = self.schema(schema);
                ty = self.meet(&ty, &other);
            }
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(Value::Array(any)) =
                map.get(key).filter(|any| any.as_array().is_some_and(|any| !any.is_empty()))
            {
                let members: Vec<Ty> = any.iter().map(|schema| self.schema(schema)).collect();
                ty = self.meet(&ty, &Ty::union(members));
            }
        }
        if let Some(condition) = map.get("if") {
            let other = self.conditional(condition, map);
            ty = self.meet(&ty, &other);
        }
        if let Some(refused) = map.get("not") {
            ty = self.meet(&ty, &negated(refused));
        }
        match map.get("unevaluatedProperties") {
            Some(Value::Bool(false))
                if !has_conditional_properties(map, &self.document, CONDITION_LEVELS) =>
            {
                closed(&ty)
            }
            _ => ty,
        }
    }

    /// A value obeys `then` or obeys `else`; which of them is seldom sayable.
    fn conditional(&mut self, condition: &'a Value, map: &'a Map<String, Value>) -> Ty {
        let mut branch = |key: &str| map.get(key).map(|schema| self.schema(schema));
        match condition {
            Value::Bool(true) => branch("then").unwrap_or_else(Ty::unknown),
            Value::Bool(false) => branch("else").unwrap_or_else(Ty::unknown),
            _ => match (branch("then"), branch("else")) {
                (Some(then), Some(otherwise)) => Ty::union([then, otherwise]),
                _ => Ty::unknown(),
            },
        }
    }
}

/// Levels of a `const` or an `enum` value that are spelt out.
const LITERAL_LEVELS: usize = 8;

/// Levels of combined schemas that are searched for conditions.
const CONDITION_LEVELS: usize = 8;

/// The kinds of JSON values; integers are numbers here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

/// What a schema's `type` allows.
struct Kinds {
    kinds: Vec<Kind>,
    /// Any kind.
    any: bool,
    /// The kind was concluded from other keywords.
    implied: bool,
    reason: Option<String>,
}

impl Kinds {
    fn of(map: &Map<String, Value>) -> Self {
        match map.get("type") {
            Some(Value::String(name)) => Self::named([name.as_str()].into_iter()),
            Some(Value::Array(names)) if !names.is_empty() => {
                Self::named(names.iter().map(|name| name.as_str().unwrap_or("?")))
            }
            _ => Self::implied(map),
        }
    }

    fn named<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        let mut all = Self { kinds: Vec::new(), any: false, implied: false, reason: None };
        for name in names {
            match kind_named(name) {
                Some(kind) if all.kinds.contains(&kind) => {}
                Some(kind) => all.kinds.push(kind),
                None => {
                    all.any = true;
                    all.reason = (name != "any").then(|| format!("the schema's type is {name}"));
                }
            }
        }
        all
    }

    /// A schema without `type` that speaks of properties or items means an object or an array.
    fn implied(map: &Map<String, Value>) -> Self {
        let has = |keys: &[&str]| keys.iter().any(|key| map.contains_key(*key));
        let mut kinds = Vec::new();
        if has(&["properties", "additionalProperties", "patternProperties"])
            || map.get("required").is_some_and(Value::is_array)
        {
            kinds.push(Kind::Object);
        }
        if has(&["items", "prefixItems"]) {
            kinds.push(Kind::Array);
        }
        Self { any: kinds.is_empty(), kinds, implied: true, reason: None }
    }

    /// Those of the values that have an allowed kind; all of them when none has, because then the author
    /// was wrong about the kind.
    fn keep(&self, values: Vec<Ty>) -> Ty {
        if self.any || self.implied {
            return Ty::union(values);
        }
        let kept: Vec<Ty> = values
            .iter()
            .filter(|value| kind_of(value).is_some_and(|kind| self.kinds.contains(&kind)))
            .cloned()
            .collect();
        if kept.is_empty() { Ty::union(values) } else { Ty::union(kept) }
    }
}

/// The kind of a type's name: JSON Schema's seven, and what authors write in their place.
fn kind_named(name: &str) -> Option<Kind> {
    Some(match name {
        "null" | "none" | "None" => Kind::Null,
        "boolean" | "bool" | "Boolean" => Kind::Boolean,
        "number" | "integer" | "int" | "float" | "double" | "Number" | "Integer" => Kind::Number,
        "string" | "str" | "String" | "text" => Kind::String,
        "array" | "list" | "Array" => Kind::Array,
        "object" | "dict" | "Object" | "map" => Kind::Object,
        _ => return None,
    })
}

fn kind_of(ty: &Ty) -> Option<Kind> {
    Some(match ty {
        Ty::Null => Kind::Null,
        Ty::Literal(Literal::Boolean(_)) => Kind::Boolean,
        Ty::Literal(Literal::Number(_)) => Kind::Number,
        Ty::Literal(Literal::Text(_)) => Kind::String,
        Ty::Tuple(_) => Kind::Array,
        Ty::Object(_) => Kind::Object,
        _ => return None,
    })
}

/// The reference of a schema. Recursive and dynamic ones lead, without a second document, where plain ones do.
pub(crate) fn reference(map: &Map<String, Value>) -> Option<&str> {
    ["$ref", "$dynamicRef", "$recursiveRef"].iter().find_map(|key| map.get(*key).and_then(Value::as_str))
}

fn required(map: &Map<String, Value>) -> HashSet<&str> {
    match map.get("required") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => HashSet::new(),
    }
}

/// A property on which `false` depends can never be there.
fn forbid_false_dependencies(map: &Map<String, Value>, properties: &mut Vec<Property>) {
    for key in ["dependencies", "dependentSchemas"] {
        let Some(Value::Object(dependent)) = map.get(key) else { continue };
        for name in
            dependent.iter().filter(|(_, schema)| **schema == Value::Bool(false)).map(|(name, _)| name)
        {
            properties.retain(|property| *property.name != **name);
            properties.push(Property {
                name: name.as_str().into(),
                ty: Ty::Never,
                optional: true,
                doc: Rc::new([]),
            });
        }
    }
}

/// What `not` leaves, where that can be said: nothing, or the kinds that are not named.
fn negated(refused: &Value) -> Ty {
    match refused {
        Value::Bool(true) => Ty::Never,
        Value::Object(map) if map.is_empty() => Ty::Never,
        Value::Object(map) if map.len() == 1 && map.contains_key("type") => without_kinds(map),
        _ => Ty::unknown(),
    }
}

fn without_kinds(map: &Map<String, Value>) -> Ty {
    let refused = Kinds::of(map);
    if refused.any {
        return Ty::unknown();
    }
    let integers_only = match &map["type"] {
        Value::Array(names) => !names.iter().any(|name| name == "number"),
        name => name != "number",
    };
    let left =
        |kind: &(Kind, Ty)| !refused.kinds.contains(&kind.0) || (kind.0 == Kind::Number && integers_only);
    let all = [
        (Kind::String, Ty::String),
        (Kind::Number, Ty::Number),
        (Kind::Boolean, Ty::Boolean),
        (Kind::Null, Ty::Null),
        (Kind::Array, Ty::Array(Rc::new(Ty::unknown()))),
        (Kind::Object, Ty::any_object()),
    ];
    Ty::union(all.into_iter().filter(left).map(|(_, ty)| ty))
}

/// Whether properties may be declared where they are not gathered: then an object cannot be closed.
fn has_conditional_properties(map: &Map<String, Value>, document: &Document<'_>, levels: usize) -> bool {
    if levels == 0
        || ["if", "dependentSchemas", "dependencies", "$dynamicRef", "$recursiveRef"]
            .iter()
            .any(|key| map.contains_key(*key))
    {
        return true;
    }
    let target = reference(map).map(|reference| match document.find(reference, document.root()) {
        Ok(part) => part.schema,
        Err(_) => &Value::Null,
    });
    let parts = ["allOf", "anyOf", "oneOf"].iter().filter_map(|key| map.get(*key)?.as_array()).flatten();
    parts.chain(target).any(|schema| match schema {
        Value::Object(map) => {
            map.contains_key("unevaluatedProperties") || has_conditional_properties(map, document, levels - 1)
        }
        Value::Bool(_) => false,
        _ => true,
    })
}

/// The type with every object that says nothing of other properties closed.
fn closed(ty: &Ty) -> Ty {
    match ty {
        Ty::Object(object) if matches!(object.rest, Rest::Unsaid) => {
            Ty::Object(Rc::new(Object { rest: Rest::Closed, ..(**object).clone() }))
        }
        Ty::Union(members) => Ty::union(members.iter().map(closed)),
        other => other.clone(),
    }
}
