//! Types as TypeScript declarations, on as many lines as they need.

use std::{collections::VecDeque, fmt::Write, rc::Rc};

use super::{
    Openness, comment,
    convert::{Declaration, Types},
    kinds,
    ty::{Literal, Object, Property, Rest, Tuple, Ty},
};
use crate::names;

/// Bytes of one schema's declarations. The largest of 9,000 real tools takes 9 KB; types met and copied
/// may grow far beyond what was read, and end here.
const PRINTED_BYTES_MAX: usize = 512 * 1024;

/// Longest type that is written in place of its name.
const INLINE_CHARS_MAX: usize = 60;

/// Alternatives of an index signature that must allow every declared property too.
const INDEX_MEMBERS_MAX: usize = 12;

/// The declarations: the first one, then those it leads to, in the order of their first mention.
pub(crate) fn declarations(types: &Types, openness: Openness) -> String {
    let mut printer = Printer {
        types,
        openness,
        inline: types.declarations.iter().map(inline).collect(),
        queued: vec![false; types.declarations.len()],
        queue: VecDeque::new(),
        out: String::new(),
    };
    printer.mention(0);
    while let Some(at) = printer.queue.pop_front() {
        printer.declaration(&types.declarations[at]);
    }
    printer.out
}

/// A literal in TypeScript.
pub(super) fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => names::string_literal(text),
        Literal::Number(number) if kinds::is_beyond_doubles(number) => format!("{number}n"),
        Literal::Number(number) => number.clone(),
        Literal::Boolean(value) => value.to_string(),
    }
}

/// A property's name in TypeScript.
pub(super) fn property_name(name: &str) -> String {
    if names::is_identifier(name) { name.to_owned() } else { names::string_literal(name) }
}

struct Printer<'t> {
    types: &'t Types,
    openness: Openness,
    /// Declarations so short that they are written in place of their name.
    inline: Vec<Option<String>>,
    queued: Vec<bool>,
    queue: VecDeque<usize>,
    out: String,
}

/// A declaration's text where it is short and names nothing else.
fn inline(declaration: &Declaration) -> Option<String> {
    let texts: Option<Vec<String>> = declaration.ty.members().iter().map(simple).collect();
    let text = texts?.join(" | ");
    (text.len() <= INLINE_CHARS_MAX).then_some(text)
}

fn simple(ty: &Ty) -> Option<String> {
    Some(match ty {
        Ty::Unknown(None) => "unknown".to_owned(),
        Ty::Unknown(Some(reason)) => format!("unknown /* {} */", comment::safe(reason)),
        Ty::Never => "never".to_owned(),
        Ty::Null => "null".to_owned(),
        Ty::Boolean => "boolean".to_owned(),
        Ty::Number => "number".to_owned(),
        Ty::BigInt => "bigint".to_owned(),
        Ty::String => "string".to_owned(),
        Ty::Literal(value) => literal(value),
        Ty::Array(item) => match &**item {
            Ty::Boolean | Ty::Number | Ty::BigInt | Ty::String | Ty::Unknown(None) => {
                format!("{}[]", simple(item)?)
            }
            _ => return None,
        },
        Ty::Tuple(_) | Ty::Object(_) | Ty::Union(_) | Ty::Both(_) | Ty::Ref(_) => return None,
    })
}

impl Printer<'_> {
    fn mention(&mut self, at: usize) {
        if !std::mem::replace(&mut self.queued[at], true) {
            self.queue.push_back(at);
        }
    }

    fn declaration(&mut self, declaration: &Declaration) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        comment::block(&declaration.doc, "", &mut self.out);
        match &declaration.ty {
            Ty::Object(object) => {
                push(&mut self.out, &["export interface ", &declaration.name, " "]);
                self.object(object, 0);
                self.out.push('\n');
            }
            ty => {
                push(&mut self.out, &["export type ", &declaration.name, " = "]);
                self.ty(ty, 0);
                self.out.push_str(";\n");
            }
        }
    }

    fn is_full(&self) -> bool {
        self.out.len() > PRINTED_BYTES_MAX
    }

    fn ty(&mut self, ty: &Ty, level: usize) {
        if self.is_full() {
            self.out.push_str("unknown /* the type is too large */");
            return;
        }
        if let Some(text) = simple(ty) {
            self.out.push_str(&text);
            return;
        }
        match ty {
            Ty::Array(item) => {
                self.operand(item, level);
                self.out.push_str("[]");
            }
            Ty::Tuple(tuple) => self.tuple(tuple, level),
            Ty::Object(object) => self.object(object, level),
            Ty::Union(members) => self.joined(members, " | ", level),
            Ty::Both(parts) => self.joined(parts, " & ", level),
            Ty::Ref(at) => self.reference(*at),
            _ => {}
        }
    }

    fn reference(&mut self, at: usize) {
        match &self.inline[at] {
            Some(text) if at > 0 => self.out.push_str(text),
            _ => {
                self.out.push_str(&self.types.declarations[at].name);
                self.mention(at);
                if self.is_implied(at) {
                    self.out.push_str(" | string | number | boolean | null | unknown[]");
                }
            }
        }
    }

    /// Whether other values than objects fit a declaration too, and have to be shown.
    fn is_implied(&self, at: usize) -> bool {
        let implied = matches!(&self.types.declarations[at].ty, Ty::Object(object) if object.implied);
        implied && self.openness == Openness::AsWritten
    }

    fn joined(&mut self, parts: &[Ty], sign: &str, level: usize) {
        for (at, part) in parts.iter().enumerate() {
            if self.is_full() && at > 0 {
                // Any other member might follow: all are allowed.
                push(&mut self.out, &[sign, "unknown /* the type is too large */"]);
                return;
            }
            if at > 0 {
                self.out.push_str(sign);
            }
            if matches!(part, Ty::Union(_) | Ty::Both(_)) {
                self.operand(part, level);
            } else {
                self.ty(part, level);
            }
        }
    }

    /// A type with something after it: alternatives get brackets.
    fn operand(&mut self, ty: &Ty, level: usize) {
        let brackets = match ty {
            Ty::Union(_) | Ty::Both(_) | Ty::Unknown(Some(_)) => true,
            Ty::Ref(at) => {
                let inlined = *at > 0 && self.inline[*at].as_ref().is_some_and(|text| text.contains(' '));
                inlined || self.is_implied(*at)
            }
            _ => self.is_full(),
        };
        self.out.push_str(if brackets { "(" } else { "" });
        self.ty(ty, level);
        self.out.push_str(if brackets { ")" } else { "" });
    }

    fn tuple(&mut self, tuple: &Tuple, level: usize) {
        self.out.push('[');
        for (at, item) in tuple.items.iter().enumerate() {
            self.out.push_str(if at > 0 { ", " } else { "" });
            match at < tuple.required {
                true => self.ty(item, level),
                false => {
                    self.operand(item, level);
                    self.out.push('?');
                }
            }
        }
        if let Some(rest) = &tuple.rest {
            self.out.push_str(if tuple.items.is_empty() { "..." } else { ", ..." });
            self.operand(rest, level);
            self.out.push_str("[]");
        }
        self.out.push(']');
    }

    fn object(&mut self, object: &Object, level: usize) {
        let indent = "  ".repeat(level + 1);
        if object.properties.is_empty() {
            self.out.push_str("{ [key: string]: ");
            match &object.rest {
                Rest::Closed => self.out.push_str("never"),
                Rest::Unsaid => self.out.push_str("unknown"),
                Rest::Of(ty) => self.ty(ty, level),
            }
            self.out.push_str(" }");
            return;
        }
        self.out.push_str("{\n");
        for property in &object.properties {
            if self.is_full() {
                push(&mut self.out, &[&indent, "[key: string]: unknown; // the type is too large\n"]);
                push(&mut self.out, &["  ".repeat(level).as_str(), "}"]);
                return;
            }
            self.property(property, &indent, level + 1);
        }
        self.index(object, &indent);
        push(&mut self.out, &["  ".repeat(level).as_str(), "}"]);
    }

    fn property(&mut self, property: &Property, indent: &str, level: usize) {
        let inlined = match property.ty {
            Ty::Ref(at) if property.doc.is_empty() && self.inline[at].is_some() => Some(at),
            _ => None,
        };
        // A declaration that is written in place of its name leaves its lines here.
        let doc = inlined.map_or(&property.doc, |at| &self.types.declarations[at].doc);
        comment::block(doc, indent, &mut self.out);
        let mark = if property.optional { "?: " } else { ": " };
        push(&mut self.out, &[indent, &property_name(&property.name), mark]);
        self.ty(&property.ty, level);
        self.out.push_str(if is_inherited(property) { " | Function;\n" } else { ";\n" });
    }

    /// The index signature. TypeScript wants it to allow the declared properties too.
    fn index(&mut self, object: &Object, indent: &str) {
        let text = match &object.rest {
            Rest::Closed => return,
            Rest::Unsaid if self.openness == Openness::Declared => return,
            Rest::Unsaid | Rest::Of(Ty::Unknown(_)) => "unknown".to_owned(),
            Rest::Of(ty) => self.index_type(ty, object),
        };
        push(&mut self.out, &[indent, "[key: string]: ", &text, ";\n"]);
    }

    fn index_type(&mut self, ty: &Ty, object: &Object) -> String {
        let others = object.properties.iter().flat_map(|property| property.ty.members()).map(widened);
        let all = Ty::union(ty.members().iter().map(|ty| self.flat(ty)).chain(others));
        let members = all.members();
        if members.len() > INDEX_MEMBERS_MAX || members.iter().any(|ty| matches!(ty, Ty::Unknown(_))) {
            return "unknown".to_owned();
        }
        let mut texts: Vec<String> = Vec::new();
        for member in members {
            let text = self.apart(member);
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        if object.properties.iter().any(|property| property.optional) {
            texts.push("undefined".to_owned());
        }
        if object.properties.iter().any(is_inherited) {
            texts.push("Function".to_owned());
        }
        texts.join(" | ")
    }

    /// The type as it may stand in an index signature: what a reference leads to stays its name.
    fn flat(&self, ty: &Ty) -> Ty {
        match ty {
            Ty::Both(_) => Ty::unknown(),
            other => other.clone(),
        }
    }

    /// A type's text by itself.
    fn apart(&mut self, ty: &Ty) -> String {
        if is_widened_object(ty) {
            return "object".to_owned();
        }
        let start = self.out.len();
        match ty {
            Ty::Union(_) | Ty::Both(_) => self.operand(ty, 1),
            ty => self.ty(ty, 1),
        }
        self.out.split_off(start)
    }
}

/// Every object inherits a function of this name, so TypeScript finds one where the property is left out.
fn is_inherited(property: &Property) -> bool {
    const INHERITED: [&str; 7] = [
        "constructor",
        "toString",
        "toLocaleString",
        "valueOf",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
    ];
    property.optional && INHERITED.contains(&&*property.name) && !matches!(property.ty, Ty::Unknown(_))
}

/// A declared property's type, made so wide that writing it a second time costs a word.
fn widened(ty: &Ty) -> Ty {
    match ty {
        Ty::Object(_) => {
            Ty::Object(Rc::new(Object { properties: Vec::new(), rest: Rest::Unsaid, implied: true }))
        }
        Ty::Array(_) | Ty::Tuple(_) => Ty::Array(Rc::new(Ty::unknown())),
        Ty::Both(_) => Ty::unknown(),
        other => other.clone(),
    }
}

fn is_widened_object(ty: &Ty) -> bool {
    matches!(ty, Ty::Object(object) if object.implied && object.properties.is_empty() && matches!(object.rest, Rest::Unsaid))
}

fn push(out: &mut String, parts: &[&str]) {
    for part in parts {
        // A `String` takes all it is given.
        let _ = out.write_str(part);
    }
}
