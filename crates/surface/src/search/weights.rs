//! The numbers of the ranking, and how they were found.
//!
//! Chosen on one half of 1,227 public requests over 10,715 real tools and checked on the other half; the optimum is
//! flat, so they are rounded. `narrows eval search` measures them again on any collection.

use super::document::FIELDS;

/// How fast more of the same word stops counting within one tool (BM25's k1).
pub(super) const SATURATION: f32 = 0.7;

/// What a word is worth by the field it stands in, and how much a longer field thins its words (BM25's b, for each
/// field). Order: server, name, title, description, names of parameters, what is said of them, their choices.
pub(super) const FIELD: [Field; FIELDS] = [
    Field { weight: 1.5, thinning: 0.3 },
    Field { weight: 1.1, thinning: 0.6 },
    Field { weight: 2.2, thinning: 0.6 },
    Field { weight: 1.2, thinning: 1.0 },
    Field { weight: 0.6, thinning: 0.6 },
    Field { weight: 0.75, thinning: 0.6 },
    Field { weight: 1.4, thinning: 0.2 },
];

/// See [`FIELD`].
pub(super) struct Field {
    pub(super) weight: f32,
    pub(super) thinning: f32,
}

/// Two parts of a camel-case word written together, beside the parts themselves.
pub(super) const JOINED: f32 = 0.3;

/// What a server's tools say together, added to each of them: of two tools that fit, the one among its like.
pub(super) const SERVER: f32 = 0.06;

/// [`SATURATION`] for a server as a whole.
pub(super) const SERVER_SATURATION: f32 = 1.5;

/// The part of a tool's name that the query says.
pub(super) const NAME_MATCH: f32 = 0.04;

/// Two words that follow each other both in the query and in the tool's name or description.
pub(super) const PAIR: f32 = 0.25;

/// What a word of the query said several times is worth: its count to this power.
pub(super) const REPETITION: f32 = 0.6;

/// Words of conversation rather than of the matter: `help`, `information`, `next`.
pub(super) const WEAK: f32 = 0.6;

/// Words that only say that a tool is wanted: next to nothing, but all there is in `list tools`.
pub(super) const NOUN_OF_TOOLS: f32 = 0.02;

/// Quoted text, addresses and paths: values for the tool rather than what it does.
pub(super) const LITERAL: f32 = 0.5;

/// Sentences that tell the situation when another one asks for something.
pub(super) const BACKGROUND: f32 = 0.75;

/// Terms that begin alike (`transcrib`, `transcript`).
pub(super) const NEIGHBOUR: f32 = 0.2;

/// A guess for a word that no tool has: another spelling, the long form, the two words it is made of.
pub(super) const GUESS: f32 = 0.6;

/// A synonym of a word that hardly any tool has.
pub(super) const SYNONYM: f32 = 0.6;

/// Tools that have a word, at most, for its synonyms to be looked for.
pub(super) const HARDLY: usize = 2;

/// How many times more tools have a synonym than the word, for it to be looked for all the same.
pub(super) const RARER: usize = 10;

/// Tools of a server, at least, for a word that none of them has to be told by its synonyms.
pub(super) const TELLING_TOOLS: usize = 5;

/// What the score of a tool is worth that says of itself that it is deprecated.
pub(super) const DEPRECATED: f32 = 0.6;

/// A verb in the tool's name that is another of the kind that the query asks for: `drop_collection` for `delete`.
pub(super) const VERB: f32 = 0.3;

/// What the score of a tool is worth that changes something where the query asks for no such change: of two that fit,
/// the one that only reads.
pub(super) const UNASKED_CHANGE: f32 = 0.85;

/// What the score of a tool is worth for each better one of the same name, on another server or with another number.
pub(super) const SAME_NAME: f32 = 0.5;
