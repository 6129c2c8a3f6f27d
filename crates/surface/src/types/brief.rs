//! Types on one line, for signatures: what fits is said, `…` stands for the rest.

use super::{
    convert::Types,
    print::{literal, property_name},
    ty::{Object, Rest, Ty},
};

/// Members of a union that are shown.
const MEMBERS_MAX: usize = 8;

/// Properties of one object that are shown.
const PROPERTIES_MAX: usize = 24;

/// Characters of one literal or property name.
const WORD_CHARS_MAX: usize = 60;

/// How much of a type is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// Levels of objects; at zero an object is `{…}`.
    pub(crate) levels: usize,
    /// Optional properties too.
    pub(crate) optional: Optional,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Optional {
    Shown,
    /// `…` says that there are some.
    Counted,
}

/// The type of a declaration on one line.
pub(crate) fn of(types: &Types, at: usize, extent: Extent) -> String {
    brief(types, &types.declarations[at].ty, extent, REFERENCES_MAX)
}

/// References followed one after the other without an object between them.
const REFERENCES_MAX: usize = 8;

fn brief(types: &Types, ty: &Ty, extent: Extent, references: usize) -> String {
    match ty {
        Ty::Unknown(_) => "unknown".to_owned(),
        Ty::Never => "never".to_owned(),
        Ty::Null => "null".to_owned(),
        Ty::Boolean => "boolean".to_owned(),
        Ty::Number => "number".to_owned(),
        Ty::String => "string".to_owned(),
        Ty::Literal(value) => super::doc::cut(&literal(value), WORD_CHARS_MAX),
        Ty::Array(item) => {
            let text = brief(types, item, extent, references);
            if text.contains(" | ") && !text.starts_with('{') {
                format!("({text})[]")
            } else {
                format!("{text}[]")
            }
        }
        Ty::Tuple(tuple) => {
            let items =
                tuple.items.iter().take(MEMBERS_MAX).map(|item| brief(types, item, extent, references));
            format!("[{}]", items.collect::<Vec<_>>().join(", "))
        }
        Ty::Object(object) => braces(types, object, extent),
        Ty::Union(members) => alternatives(types, members, extent, references),
        Ty::Both(_) => "{…}".to_owned(),
        Ty::Ref(_) if references == 0 => "…".to_owned(),
        Ty::Ref(at) => brief(types, &types.declarations[*at].ty, extent, references - 1),
    }
}

fn alternatives(types: &Types, members: &[Ty], extent: Extent, references: usize) -> String {
    let mut texts: Vec<String> = Vec::new();
    for member in members.iter().take(MEMBERS_MAX) {
        let text = brief(types, member, extent, references);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    if members.len() > MEMBERS_MAX {
        texts.push("…".to_owned());
    }
    texts.join(" | ")
}

fn braces(types: &Types, object: &Object, extent: Extent) -> String {
    if object.properties.is_empty() {
        return match &object.rest {
            Rest::Of(ty) if extent.levels > 0 && !matches!(ty, Ty::Unknown(_)) => {
                let inner = Extent { levels: extent.levels - 1, ..extent };
                format!("{{ [key: string]: {} }}", brief(types, ty, inner, REFERENCES_MAX))
            }
            Rest::Closed => "{}".to_owned(),
            Rest::Unsaid | Rest::Of(_) => "object".to_owned(),
        };
    }
    if extent.levels == 0 {
        return "{…}".to_owned();
    }
    let inner = Extent { levels: extent.levels - 1, ..extent };
    let (required, optional): (Vec<_>, Vec<_>) =
        object.properties.iter().partition(|property| !property.optional);
    let hidden = extent.optional == Optional::Counted && !optional.is_empty();
    let shown = required.into_iter().chain(if hidden { Vec::new() } else { optional });
    let mut texts: Vec<String> = shown
        .take(PROPERTIES_MAX)
        .map(|property| {
            let name = super::doc::cut(&property_name(&property.name), WORD_CHARS_MAX);
            let mark = if property.optional { "?" } else { "" };
            format!("{name}{mark}: {}", brief(types, &property.ty, inner, REFERENCES_MAX))
        })
        .collect();
    if hidden || object.properties.len() > PROPERTIES_MAX {
        texts.push("…".to_owned());
    }
    if texts.len() == 1 && texts[0] == "…" {
        return "{…}".to_owned();
    }
    format!("{{ {} }}", texts.join("; "))
}
