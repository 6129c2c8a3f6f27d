//! Types on one line, for signatures: what fits is said, `…` stands for the rest.

use super::{
    convert::Types,
    print::{literal, property_name},
    ty::{Literal, Object, Property, Rest, Tuple, Ty},
};

#[cfg(test)]
mod tests;

/// Members of a union that are shown.
const MEMBERS_MAX: usize = 8;

/// Properties of one object that are shown.
const PROPERTIES_MAX: usize = 24;

/// Characters of one literal or property name.
const WORD_CHARS_MAX: usize = 60;

/// References followed one after the other without an object between them.
const REFERENCES_MAX: usize = 8;

/// How much of a type is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    /// Levels of objects; below them an object is `{…}`.
    pub(crate) levels: usize,
    /// Optional properties of one object.
    pub(crate) optional: usize,
}

/// The first declaration on one line. Writing stops soon after `bytes_max`: longer text did not fit.
pub(crate) fn brief(types: &Types, extent: Extent, bytes_max: usize) -> String {
    let mut writer = Writer { types, optional: extent.optional, bytes_max, out: String::new() };
    writer.ty(&types.declarations[0].ty, extent.levels, REFERENCES_MAX);
    writer.out
}

/// How tightly the text of a type holds together: what comes after it may need brackets around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// It stands anywhere as it is.
    Single,
    /// `A & B`
    Intersection,
    /// `A | B`
    Union,
}

struct Writer<'t> {
    types: &'t Types,
    optional: usize,
    bytes_max: usize,
    out: String,
}

impl<'t> Writer<'t> {
    fn ty(&mut self, ty: &'t Ty, levels: usize, references: usize) -> Form {
        match ty {
            Ty::Unknown(_) => self.out.push_str("unknown"),
            Ty::Never => self.out.push_str("never"),
            Ty::Null => self.out.push_str("null"),
            Ty::Boolean => self.out.push_str("boolean"),
            Ty::Number => self.out.push_str("number"),
            Ty::BigInt => self.out.push_str("bigint"),
            Ty::String => self.out.push_str("string"),
            Ty::Literal(value) => self.out.push_str(&literal(&shortened(value))),
            Ty::Array(item) => {
                self.operand(item, levels, references);
                self.out.push_str("[]");
            }
            Ty::Tuple(tuple) => self.tuple(tuple, levels, references),
            Ty::Object(object) => self.object(object, levels),
            Ty::Union(members) => return self.union(members, levels, references),
            Ty::Both(_) if levels == 0 => self.out.push_str("{…}"),
            Ty::Both(parts) => return self.both(parts, levels, references),
            Ty::Ref(_) if references == 0 => self.out.push('…'),
            Ty::Ref(at) => return self.ty(&self.types.declarations[*at].ty, levels, references - 1),
        }
        Form::Single
    }

    fn is_full(&self) -> bool {
        self.out.len() > self.bytes_max
    }

    fn listed<T>(
        &mut self,
        open: &str,
        sign: &str,
        parts: impl Iterator<Item = T>,
        write: impl Fn(&mut Self, T),
    ) {
        self.out.push_str(open);
        for (at, part) in parts.enumerate() {
            if self.is_full() {
                return;
            }
            self.out.push_str(if at > 0 { sign } else { "" });
            write(self, part);
        }
    }

    /// A type that binds tighter than `|` and `&`: with brackets where it is made of several.
    fn operand(&mut self, ty: &'t Ty, levels: usize, references: usize) {
        let start = self.out.len();
        if self.ty(ty, levels, references) != Form::Single {
            self.out.insert(start, '(');
            self.out.push(')');
        }
    }

    fn tuple(&mut self, tuple: &'t Tuple, levels: usize, references: usize) {
        let items = tuple.items.iter().enumerate().take(MEMBERS_MAX);
        self.listed("[", ", ", items, |this, (at, item)| {
            if at < tuple.required {
                this.ty(item, levels, references);
            } else {
                this.operand(item, levels, references);
                this.out.push('?');
            }
        });
        let sign = if tuple.items.is_empty() { "" } else { ", " };
        if tuple.items.len() > MEMBERS_MAX {
            self.out.push_str(", …");
        } else if let Some(rest) = &tuple.rest {
            self.out.push_str(sign);
            self.out.push_str("...");
            self.operand(rest, levels, references);
            self.out.push_str("[]");
        }
        self.out.push(']');
    }

    fn union(&mut self, members: &'t [Ty], levels: usize, references: usize) -> Form {
        let mut seen: Vec<String> = Vec::new();
        let mut form = Form::Single;
        for member in members.iter().take(MEMBERS_MAX) {
            if self.is_full() {
                return Form::Union;
            }
            let start = self.out.len();
            let of_member = self.ty(member, levels, references);
            let text = self.out.split_off(start);
            if !seen.contains(&text) {
                form = if seen.is_empty() { of_member } else { Form::Union };
                self.out.push_str(if seen.is_empty() { "" } else { " | " });
                self.out.push_str(&text);
                seen.push(text);
            }
        }
        if members.len() > MEMBERS_MAX {
            self.out.push_str(" | …");
            form = Form::Union;
        }
        form
    }

    fn both(&mut self, parts: &'t [Ty], levels: usize, references: usize) -> Form {
        let shown = parts.iter().take(MEMBERS_MAX);
        self.listed("", " & ", shown, |this, part| this.operand(part, levels, references));
        self.out.push_str(if parts.len() > MEMBERS_MAX { " & …" } else { "" });
        Form::Intersection
    }

    fn object(&mut self, object: &'t Object, levels: usize) {
        match (object.properties.is_empty(), &object.rest) {
            (true, Rest::Of(ty)) if levels > 0 && !matches!(ty, Ty::Unknown(_)) => {
                self.out.push_str("{ [key: string]: ");
                self.ty(ty, levels - 1, REFERENCES_MAX);
                self.out.push_str(" }");
            }
            (true, Rest::Closed) => self.out.push_str("{}"),
            (true, _) => self.out.push_str("object"),
            (false, _) if levels == 0 => self.out.push_str("{…}"),
            (false, _) => self.properties(&object.properties, levels),
        }
    }

    /// The required properties, then as many optional ones as are wanted.
    fn properties(&mut self, properties: &'t [Property], levels: usize) {
        let required = properties.iter().filter(|property| !property.optional);
        let optional = properties.iter().filter(|property| property.optional).take(self.optional);
        let shown: Vec<&Property> = required.chain(optional).take(PROPERTIES_MAX).collect();
        if shown.is_empty() {
            self.out.push_str("{…}");
            return;
        }
        let hidden = shown.len() < properties.len();
        self.listed("{ ", "; ", shown.into_iter(), |this, property| this.property(property, levels));
        self.out.push_str(if hidden { "; … }" } else { " }" });
    }

    fn property(&mut self, property: &'t Property, levels: usize) {
        self.out.push_str(&property_name(&text::cut(&property.name, WORD_CHARS_MAX)));
        self.out.push_str(if property.optional { "?: " } else { ": " });
        self.ty(&property.ty, levels - 1, REFERENCES_MAX);
    }
}

/// A literal with a long text cut, its quotes kept.
fn shortened(literal: &Literal) -> Literal {
    match literal {
        Literal::Text(text) => Literal::Text(text::cut(text, WORD_CHARS_MAX).into()),
        other => other.clone(),
    }
}
