//! Placeholders that stand literally in a script: what is sent in their place is not known before it is sent.

use std::borrow::Cow;

use wire::{Field, Literal, ScriptFacts};

/// What a script literally says, as far as it is known before values are given back.
pub(crate) fn with_unknown_values<'a>(facts: &'a ScriptFacts, code: &str) -> Cow<'a, ScriptFacts> {
    if privacy::slots_in_text(code).is_empty() {
        return Cow::Borrowed(facts);
    }
    let mut facts = facts.clone();
    facts.calls.iter_mut().filter_map(|call| call.arguments.as_mut()).for_each(forget);
    Cow::Owned(facts)
}

/// The parser bounds how deep a literal is.
fn forget(literal: &mut Literal) {
    match literal {
        Literal::String(text) if !privacy::slots_in_text(text).is_empty() => *literal = Literal::Unknown,
        Literal::Array(items) => items.iter_mut().flatten().for_each(forget),
        Literal::Object { fields, .. } => {
            fields.iter_mut().for_each(|Field { value, .. }| forget(value));
        }
        _ => {}
    }
}
