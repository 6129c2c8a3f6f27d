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
    doc, keywords, kinds,
    refs::{self, Document, Part, percent_decoded},
    ty::{Object, Rest, Ty},
};
use crate::names;

/// Converted schemas in one document. The largest of 9,000 real tools has 850; a hostile one stops here.
const NODES_MAX: usize = 20_000;

/// Nesting that is followed. Real schemas end below 20; 40 levels need far less than a thread's stack.
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
    pub(super) document: Document<'a>,
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

    pub(super) fn schema(&mut self, schema: &'a Value) -> Ty {
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
        let reference = keywords::reference(map)?;
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

    /// What the keywords that combine schemas add.
    fn applicators(&mut self, map: &'a Map<String, Value>, mut ty: Ty) -> Ty {
        if let Some(Value::Array(all)) = map.get("allOf") {
            for schema in all {
                let other = self.schema(schema);
                ty = self.meet(&ty, &other);
            }
        }
        for key in ["anyOf", "oneOf"] {
            let Some(Value::Array(any)) = map.get(key) else { continue };
            if !any.is_empty() {
                let members: Vec<Ty> = any.iter().map(|schema| self.schema(schema)).collect();
                ty = self.meet(&ty, &Ty::union(members));
            }
        }
        if let Some(Value::Array(one)) = map.get("oneOf") {
            ty = self.meet(&ty, &kinds::outside_the_others(one));
        }
        if let Some(condition) = map.get("if") {
            let other = self.conditional(condition, map);
            ty = self.meet(&ty, &other);
        }
        if let Some(refused) = map.get("not") {
            ty = self.meet(&ty, &kinds::negated(refused));
        }
        match map.get("unevaluatedProperties") {
            Some(Value::Bool(false)) if !keywords::has_conditional_properties(map, &self.document) => {
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
