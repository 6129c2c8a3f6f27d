//! Types between JSON Schema and TypeScript: what a value may be, without either's spelling.

use std::{collections::HashSet, rc::Rc};

use serde_json::Value;

/// A set of values.
#[derive(Debug, Clone)]
pub(crate) enum Ty {
    /// Anything, with the reason where it is not the schema's own word.
    Unknown(Option<Rc<str>>),
    Never,
    Null,
    Boolean,
    Number,
    /// An integer that not every double holds.
    BigInt,
    String,
    Literal(Literal),
    Array(Rc<Ty>),
    Tuple(Rc<Tuple>),
    Object(Rc<Object>),
    Union(Rc<[Ty]>),
    /// A meeting that could not be worked out: both at once.
    Both(Rc<[Ty]>),
    /// A declaration, by its position.
    Ref(usize),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Literal {
    Text(Rc<str>),
    /// As JSON spells it.
    Number(String),
    Boolean(bool),
}

/// An array whose first items have types of their own.
#[derive(Debug, Clone)]
pub(crate) struct Tuple {
    pub(crate) items: Vec<Ty>,
    /// How many of the items must be there.
    pub(crate) required: usize,
    /// The type of the items after them; none: there are no more.
    pub(crate) rest: Option<Ty>,
}

#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) properties: Vec<Property>,
    pub(crate) rest: Rest,
    /// The schema speaks of properties but does not ask for an object: other values are not its business.
    pub(crate) implied: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Property {
    pub(crate) name: Rc<str>,
    pub(crate) ty: Ty,
    pub(crate) optional: bool,
    /// Lines of documentation, raw.
    pub(crate) doc: Rc<[String]>,
}

/// The properties an object may have beside the declared ones.
#[derive(Debug, Clone)]
pub(crate) enum Rest {
    /// None.
    Closed,
    /// The schema does not say, which allows any.
    Unsaid,
    /// Those of this type.
    Of(Ty),
}

impl Ty {
    pub(crate) fn unknown() -> Self {
        Self::Unknown(None)
    }

    pub(crate) fn unknown_because(reason: &str) -> Self {
        Self::Unknown(Some(reason.into()))
    }

    /// An object about which nothing more is known.
    pub(crate) fn any_object() -> Self {
        Self::Object(Rc::new(Object { properties: Vec::new(), rest: Rest::Unsaid, implied: false }))
    }

    /// One of several: flat, without repetitions; anything swallows everything else.
    pub(crate) fn union(members: impl IntoIterator<Item = Ty>) -> Self {
        let mut flat: Vec<Ty> = Vec::new();
        let mut seen: HashSet<Leaf> = HashSet::new();
        let mut objects: HashSet<*const Object> = HashSet::new();
        for member in members.into_iter().flat_map(Self::into_members) {
            let fresh = match (&member, Leaf::of(&member)) {
                (Self::Never, _) => false,
                (Self::Unknown(_), _) => return member,
                (Self::Object(object), _) => objects.insert(Rc::as_ptr(object)),
                (_, Some(leaf)) => seen.insert(leaf),
                (_, None) => true,
            };
            if fresh {
                flat.push(member);
            }
        }
        match flat.len() {
            0 => Self::Never,
            1 => flat.remove(0),
            _ => Self::Union(joined_booleans(flat).into()),
        }
    }

    /// The type of exactly this value. `levels` of nesting are followed, then anything goes.
    pub(crate) fn literal(value: &Value, levels: usize) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Literal(Literal::Boolean(*value)),
            Value::Number(number) => Self::Literal(Literal::Number(number.to_string())),
            Value::String(text) => Self::Literal(Literal::Text(text.as_str().into())),
            _ if levels == 0 => Self::unknown(),
            Value::Array(items) => {
                let items: Vec<Ty> = items.iter().map(|item| Self::literal(item, levels - 1)).collect();
                Self::Tuple(Rc::new(Tuple { required: items.len(), items, rest: None }))
            }
            Value::Object(map) => {
                let property = |(name, value): (&String, &Value)| Property {
                    name: name.as_str().into(),
                    ty: Self::literal(value, levels - 1),
                    optional: false,
                    doc: Rc::new([]),
                };
                let properties = map.iter().map(property).collect();
                Self::Object(Rc::new(Object { properties, rest: Rest::Closed, implied: false }))
            }
        }
    }

    /// The members of a union, or the type itself.
    pub(crate) fn members(&self) -> &[Ty] {
        match self {
            Self::Union(members) => members,
            other => std::slice::from_ref(other),
        }
    }

    fn into_members(self) -> Vec<Ty> {
        match self {
            Self::Union(members) => members.to_vec(),
            other => vec![other],
        }
    }
}

/// Types that are compared by value. Compound ones are not: comparing them has no bound.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) enum Leaf {
    Null,
    Boolean,
    Number,
    BigInt,
    String,
    Literal(Literal),
    Ref(usize),
}

impl Leaf {
    pub(crate) fn of(ty: &Ty) -> Option<Self> {
        Some(match ty {
            Ty::Null => Self::Null,
            Ty::Boolean => Self::Boolean,
            Ty::Number => Self::Number,
            Ty::BigInt => Self::BigInt,
            Ty::String => Self::String,
            Ty::Literal(literal) => Self::Literal(literal.clone()),
            Ty::Ref(at) => Self::Ref(*at),
            Ty::Unknown(_)
            | Ty::Never
            | Ty::Array(_)
            | Ty::Tuple(_)
            | Ty::Object(_)
            | Ty::Union(_)
            | Ty::Both(_) => {
                return None;
            }
        })
    }
}

/// `true | false` is `boolean`.
fn joined_booleans(mut members: Vec<Ty>) -> Vec<Ty> {
    let is = |ty: &Ty, wanted: bool| matches!(ty, Ty::Literal(Literal::Boolean(value)) if *value == wanted);
    let both = members.iter().any(|ty| is(ty, true)) && members.iter().any(|ty| is(ty, false));
    if both {
        members.retain(|ty| !is(ty, false));
        for member in &mut members {
            if is(member, true) {
                *member = Ty::Boolean;
            }
        }
    }
    members
}
