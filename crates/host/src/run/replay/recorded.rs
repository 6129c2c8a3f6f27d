//! The answers of another run, handed over to the same requests.
//!
//! Of several equal requests each takes the next answer, in the order they were asked for then. What a script is handed at one
//! moment it is handed in the order of then. Once it has asked for a change that is not among them, the world is
//! another than it was: what only reads is read anew from there on.

use std::collections::{BTreeMap, HashMap, VecDeque};

use text::nearest_json;
use wire::AskKind;

use super::{
    Answer, Ask, Before, Then,
    key::{Asking, Effect, MatchKey},
};
use crate::journal::{Inherited, Settled, Taken};

pub(super) struct Recorded {
    all: Vec<Inherited>,
    /// What was not asked for yet, by its place.
    unasked: HashMap<MatchKey, VecDeque<usize>>,
    /// What the script waits for, by the rank of its answer, and that answer's place.
    pending: BTreeMap<(u32, u32), (Ask, usize)>,
    /// Whether the script has asked for a change that the other run did not make.
    is_changed: bool,
    then: Then,
    taken_calls: usize,
}

/// What there is for a request.
pub(super) enum Found {
    /// An answer, by its place.
    Answer(usize),
    /// It was begun, and not answered.
    Unanswered(Before),
    Nothing,
}

impl Recorded {
    pub(super) fn new(all: Vec<Inherited>, then: Then) -> Self {
        let mut unasked: HashMap<MatchKey, VecDeque<usize>> = HashMap::new();
        for (place, inherited) in all.iter().enumerate() {
            unasked.entry(MatchKey::of(inherited)).or_default().push_back(place);
        }
        Self { all, unasked, pending: BTreeMap::new(), is_changed: false, then, taken_calls: 0 }
    }

    /// Whether there is nothing more for any request.
    pub(super) fn is_empty(&self) -> bool {
        self.unasked.is_empty()
    }

    pub(super) fn has_answer(&self) -> bool {
        !self.pending.is_empty()
    }

    /// What there is for a request. It is no other's from then on.
    pub(super) fn find(&mut self, asking: &Asking) -> Found {
        if self.is_changed && asking.effect == Effect::Reads && self.then == Then::GoOn {
            return Found::Nothing;
        }
        let found = self.next_of(&asking.key);
        if asking.effect == Effect::Changes && !matches!(found, Found::Answer(_)) {
            self.is_changed = true;
        }
        found
    }

    fn next_of(&mut self, key: &MatchKey) -> Found {
        let Some(places) = self.unasked.get_mut(key) else { return Found::Nothing };
        let place = places.pop_front();
        if places.is_empty() {
            self.unasked.remove(key);
        }
        match place.and_then(|place| Some((place, self.all.get(place)?))) {
            Some((place, Inherited::Answer { .. })) => Found::Answer(place),
            Some((_, Inherited::Sent(sent))) => Found::Unanswered(Before::Sent(sent.recipient)),
            Some((_, Inherited::Changing(changing))) => Found::Unanswered(Before::Changing(changing.before)),
            Some((_, Inherited::Changed(_))) => Found::Unanswered(Before::Changed),
            None => Found::Nothing,
        }
    }

    /// Takes in what there is an answer to, by the place of that.
    pub(super) fn take(&mut self, ask: Ask, place: usize) {
        if let Some(Inherited::Answer { rank, .. }) = self.all.get(place) {
            self.pending.insert((*rank, ask.call), (ask, place));
        }
    }

    /// The next answer, as one of this run. Its clock never goes back.
    pub(super) fn next(&mut self, slice_ms: f64) -> Option<Answer> {
        let (_, (ask, place)) = self.pending.pop_first()?;
        let Inherited::Answer { settled, .. } = self.all.get(place)? else { return None };
        let now_ms = settled.now_ms.max(slice_ms);
        if AskKind::of(&ask.request.name) == AskKind::Tool {
            self.taken_calls += 1;
        }
        let inherited = u32::try_from(place).ok()?;
        let asked_ms = ask.slice_ms;
        let settled = Settled { call: ask.call, request: ask.request, asked_ms, now_ms, ..settled.clone() };
        Some(Answer {
            at: ask.at,
            taken: Some(Taken { call: ask.call, inherited, asked_ms, now_ms, is_left: false }),
            settled,
        })
    }

    /// What of a request differs from the nearest one for the same that was answered.
    pub(super) fn nearest(&self, key: &MatchKey) -> Option<String> {
        let keys: Vec<_> = self.all.iter().map(MatchKey::of).collect();
        let same = || keys.iter().filter(|known| known.name == key.name);
        let is_unasked = |known: &&MatchKey| self.unasked.contains_key(*known);
        // Those that were handed over are only told where there are no others, or where they are equal.
        let all = same().any(|known| known == key) || !same().any(|known| is_unasked(&known));
        let told = same().filter(|known| all || is_unasked(known));
        nearest_json(&key.arguments, told.map(|known| &*known.arguments))
    }

    pub(super) fn taken_calls(&self) -> usize {
        self.taken_calls
    }
}
