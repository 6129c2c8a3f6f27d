//! What a schema says of the value itself: its kind, its properties, its items.

use std::{collections::HashSet, rc::Rc};

use serde_json::{Map, Value};

use super::{
    convert::Converter,
    doc,
    keywords::{forbidden, left_over, required},
    kinds::{self, Kind, Kinds},
    ty::{Object, Property, Rest, Tuple, Ty},
};

/// Levels of a `const` or an `enum` value that are spelt out.
const LITERAL_LEVELS: usize = 8;

impl<'a> Converter<'a, '_> {
    /// What the keywords about the value itself say.
    pub(super) fn own(&mut self, map: &'a Map<String, Value>) -> Ty {
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
            Kind::Number => kinds::numbers(map),
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
            (_, None) => {
                let items = left_over(map, "unevaluatedItems").map(|items| self.schema(items));
                return Ty::Array(Rc::new(items.unwrap_or_else(Ty::unknown)));
            }
        };
        let rest = rest.or_else(|| left_over(map, "unevaluatedItems"));
        let at_most = items_bound(map, "maxItems").unwrap_or(usize::MAX);
        let items: Vec<Ty> = first.iter().take(at_most).map(|item| self.schema(item)).collect();
        let rest = match rest.map(|rest| self.schema(rest)) {
            _ if at_most <= first.len() => None,
            Some(Ty::Never) => None,
            Some(rest) => Some(rest),
            None => Some(Ty::unknown()),
        };
        let required = items_bound(map, "minItems").unwrap_or(0).min(items.len());
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
        match map.get("additionalProperties").or_else(|| left_over(map, "unevaluatedProperties")) {
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
}

fn items_bound(map: &Map<String, Value>, key: &str) -> Option<usize> {
    Some(usize::try_from(map.get(key)?.as_u64()?).unwrap_or(usize::MAX))
}

fn forbid_false_dependencies(map: &Map<String, Value>, properties: &mut Vec<Property>) {
    for name in forbidden(map) {
        properties.retain(|property| *property.name != **name);
        properties.push(Property {
            name: name.as_str().into(),
            ty: Ty::Never,
            optional: true,
            doc: Rc::new([]),
        });
    }
}
