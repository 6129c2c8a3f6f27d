//! Where two types meet: the values that both allow.
//!
//! What cannot be worked out within the budget is left as both types at once, or as the first of them where
//! TypeScript would read "both at once" more strictly than the schema.

use std::{collections::HashSet, rc::Rc};

use super::{
    convert::Converter,
    ty::{Leaf, Literal, Object, Property, Rest, Tuple, Ty},
};

/// Members of the product of two unions. Beyond it the text would bury its reader.
const PRODUCT_MAX: usize = 48;

/// Properties written again because an object met a union.
const COPIED_PROPERTIES_MAX: usize = 400;

impl Converter<'_, '_> {
    pub(super) fn meet(&mut self, a: &Ty, b: &Ty) -> Ty {
        if !self.charge(1) {
            return a.clone();
        }
        match (a, b) {
            (Ty::Unknown(_), other) | (other, Ty::Unknown(_)) => other.clone(),
            (Ty::Never, _) | (_, Ty::Never) => Ty::Never,
            (Ty::Ref(one), Ty::Ref(two)) if one == two => a.clone(),
            (Ty::Ref(at), other) | (other, Ty::Ref(at)) => self.meet_reference(*at, other),
            (Ty::Union(_), _) | (_, Ty::Union(_)) => self.meet_unions(a, b),
            (Ty::Both(_), _) | (_, Ty::Both(_)) => both(a, b),
            (Ty::Object(one), Ty::Object(two)) => self.deeper(|this| this.meet_objects(one, two)),
            (Ty::Object(object), other) | (other, Ty::Object(object)) => {
                if object.implied {
                    other.clone()
                } else {
                    Ty::Never
                }
            }
            (Ty::Array(_) | Ty::Tuple(_), Ty::Array(_) | Ty::Tuple(_)) => {
                self.deeper(|this| this.meet_arrays(a, b))
            }
            _ => meet_leaves(a, b),
        }
    }

    fn meet_reference(&mut self, at: usize, other: &Ty) -> Ty {
        match self.copied(at) {
            Some(Ty::Unknown(_)) => other.clone(),
            Some(ty) => self.deeper(|this| this.meet(&ty, other)),
            None => both(&Ty::Ref(at), other),
        }
    }

    fn meet_unions(&mut self, a: &Ty, b: &Ty) -> Ty {
        let (ones, twos) = (a.members(), b.members());
        if !self.charge(ones.len() + twos.len()) {
            return larger(a, b);
        }
        if let Some(kept) = common_literals(ones, twos) {
            return Ty::union(kept);
        }
        let product = ones.len() * twos.len();
        if product > PRODUCT_MAX
            || copied_properties(ones, twos) > COPIED_PROPERTIES_MAX
            || !self.charge(product)
        {
            return larger(a, b);
        }
        let mut met: Vec<Ty> = Vec::with_capacity(product);
        for one in ones {
            for two in twos {
                met.push(self.meet(one, two));
            }
        }
        Ty::union(met)
    }

    fn meet_objects(&mut self, a: &Rc<Object>, b: &Rc<Object>) -> Ty {
        if Rc::ptr_eq(a, b) {
            return Ty::Object(Rc::clone(a));
        }
        if !self.charge(a.properties.len() + b.properties.len()) {
            return Ty::Object(Rc::clone(a));
        }
        let mut properties: Vec<Property> = Vec::new();
        let names: std::collections::HashMap<&str, &Property> =
            b.properties.iter().map(|two| (&*two.name, two)).collect();
        for one in &a.properties {
            match names.get(&*one.name) {
                Some(two) => properties.push(self.meet_properties(one, two)),
                None => properties.extend(self.beside(one, &b.rest)),
            }
        }
        let known: HashSet<&str> = a.properties.iter().map(|one| &*one.name).collect();
        for two in b.properties.iter().filter(|two| !known.contains(&*two.name)) {
            properties.extend(self.beside(two, &a.rest));
        }
        let rest = match (&a.rest, &b.rest) {
            (Rest::Closed, _) | (_, Rest::Closed) => Rest::Closed,
            (Rest::Unsaid, other) | (other, Rest::Unsaid) => other.clone(),
            (Rest::Of(one), Rest::Of(two)) => Rest::Of(self.meet(one, two)),
        };
        Ty::Object(Rc::new(Object { properties, rest, implied: a.implied && b.implied }))
    }

    fn meet_properties(&mut self, one: &Property, two: &Property) -> Property {
        let doc = if one.doc.is_empty() { &two.doc } else { &one.doc };
        Property {
            name: one.name.clone(),
            ty: self.meet(&one.ty, &two.ty),
            optional: one.optional && two.optional,
            doc: Rc::clone(doc),
        }
    }

    /// A property of one object beside the rest of the other. A closed other refuses it; a required one
    /// stays, for an author who asks for it and forbids it did not mean that no value is right.
    fn beside(&mut self, property: &Property, rest: &Rest) -> Option<Property> {
        match rest {
            Rest::Closed if property.optional => None,
            Rest::Closed | Rest::Unsaid => Some(property.clone()),
            Rest::Of(ty) => Some(Property { ty: self.meet(&property.ty, ty), ..property.clone() }),
        }
    }

    fn meet_arrays(&mut self, a: &Ty, b: &Ty) -> Ty {
        match (a, b) {
            (Ty::Array(one), Ty::Array(two)) => Ty::Array(Rc::new(self.meet(one, two))),
            (Ty::Tuple(tuple), Ty::Array(item)) | (Ty::Array(item), Ty::Tuple(tuple)) => {
                let items = tuple.items.iter().map(|one| self.meet(one, item)).collect();
                let rest = tuple.rest.as_ref().map(|rest| self.meet(rest, item));
                Ty::Tuple(Rc::new(Tuple { items, required: tuple.required, rest }))
            }
            (Ty::Tuple(one), Ty::Tuple(two)) => self.meet_tuples(one, two),
            _ => Ty::Never,
        }
    }

    fn meet_tuples(&mut self, one: &Tuple, two: &Tuple) -> Ty {
        let length = one.items.len().max(two.items.len());
        let required = one.required.max(two.required);
        let mut items = Vec::with_capacity(length);
        for at in 0..length {
            match (item_at(one, at), item_at(two, at)) {
                (Some(one), Some(two)) => items.push(self.meet(one, two)),
                _ => break,
            }
        }
        if items.len() < required {
            return Ty::Never;
        }
        let rest = match (&one.rest, &two.rest) {
            (Some(one), Some(two)) => Some(self.meet(one, two)),
            _ => None,
        };
        Ty::Tuple(Rc::new(Tuple { items, required, rest }))
    }
}

fn item_at(tuple: &Tuple, at: usize) -> Option<&Ty> {
    tuple.items.get(at).or(tuple.rest.as_ref())
}

fn meet_leaves(a: &Ty, b: &Ty) -> Ty {
    match (a, b) {
        (literal @ Ty::Literal(Literal::Text(_)), Ty::String)
        | (Ty::String, literal @ Ty::Literal(Literal::Text(_)))
        | (literal @ Ty::Literal(Literal::Number(_)), Ty::Number)
        | (Ty::Number, literal @ Ty::Literal(Literal::Number(_)))
        | (literal @ Ty::Literal(Literal::Boolean(_)), Ty::Boolean)
        | (Ty::Boolean, literal @ Ty::Literal(Literal::Boolean(_))) => literal.clone(),
        _ if Leaf::of(a).is_some() && Leaf::of(a) == Leaf::of(b) => a.clone(),
        _ => Ty::Never,
    }
}

/// Two long enumerations meet without a product.
fn common_literals(ones: &[Ty], twos: &[Ty]) -> Option<Vec<Ty>> {
    let leaves = |members: &[Ty]| {
        members
            .iter()
            .map(|ty| Leaf::of(ty).filter(|leaf| matches!(leaf, Leaf::Literal(_) | Leaf::Null)))
            .collect::<Option<Vec<_>>>()
    };
    if let (Some(_), [Ty::String]) | (Some(_), [Ty::Number]) = (leaves(ones), twos) {
        return Some(ones.iter().map(|one| meet_leaves(one, &twos[0])).collect());
    }
    if let ([Ty::String] | [Ty::Number], Some(_)) = (ones, leaves(twos)) {
        return Some(twos.iter().map(|two| meet_leaves(&ones[0], two)).collect());
    }
    let (allowed, _) = (leaves(twos)?, leaves(ones)?);
    let allowed: HashSet<Leaf> = allowed.into_iter().collect();
    Some(
        ones.iter()
            .filter(|one| Leaf::of(one).is_some_and(|leaf| allowed.contains(&leaf)))
            .cloned()
            .collect(),
    )
}

fn copied_properties(ones: &[Ty], twos: &[Ty]) -> usize {
    let properties = |members: &[Ty]| -> usize {
        members.iter().map(|ty| if let Ty::Object(object) = ty { object.properties.len() } else { 0 }).sum()
    };
    properties(ones) * twos.len() + properties(twos) * ones.len()
}

/// The side that says more, when both cannot be said. Each allows every value that both allow.
fn larger(a: &Ty, b: &Ty) -> Ty {
    let says = |ty: &Ty| {
        ty.members()
            .iter()
            .map(|ty| if let Ty::Object(object) = ty { object.properties.len() } else { 1 })
            .max()
    };
    if says(b) > says(a) { b.clone() } else { a.clone() }
}

/// Both at once. An object that types its other properties would be read too strictly, so it is left out.
fn both(a: &Ty, b: &Ty) -> Ty {
    let strict = |ty: &Ty| {
        matches!(ty, Ty::Object(object) if matches!(object.rest, Rest::Of(_) | Rest::Closed))
            || matches!(ty, Ty::Union(_))
    };
    let parts = |ty: &Ty| match ty {
        Ty::Both(parts) => parts.to_vec(),
        other => vec![other.clone()],
    };
    match (strict(a), strict(b)) {
        (true, _) => b.clone(),
        (_, true) => a.clone(),
        _ => Ty::Both([parts(a), parts(b)].concat().into()),
    }
}
