//! What parsers made of sources, kept for the next time the same source comes: an agent runs a script again, a script
//! imports a skill again.

use std::{collections::HashMap, mem, sync::Arc};

use parking_lot::Mutex;
use wire::Parsed;

/// Bytes of one generation: hundreds of scripts of the usual size.
const GENERATION_BYTES: usize = 4 * 1024 * 1024;

/// What an answer of the parser takes in memory is at most about so many times what it took on the way.
const UNPACKED: usize = 10;

/// Parsed sources, in two generations: when the younger one is full it takes the place of the older one, which is
/// forgotten. What is asked for moves to the younger.
#[derive(Default)]
pub(super) struct Remembered {
    generations: Mutex<Generations>,
}

#[derive(Default)]
struct Generations {
    younger: HashMap<String, Entry>,
    older: HashMap<String, Entry>,
    /// What the younger takes.
    bytes: usize,
}

struct Entry {
    parsed: Arc<Parsed>,
    bytes: usize,
}

impl Remembered {
    /// What a parser made of exactly this source, if it is still known.
    pub(super) fn get(&self, source: &str) -> Option<Arc<Parsed>> {
        let mut generations = self.generations.lock();
        if let Some(known) = generations.younger.get(source) {
            return Some(known.parsed.clone());
        }
        let (source, known) = generations.older.remove_entry(source)?;
        let parsed = known.parsed.clone();
        generations.add(source, known);
        Some(parsed)
    }

    /// Remembers what a parser made of a source, in an answer of so many bytes. What is too large for a generation
    /// is not kept.
    pub(super) fn add(&self, source: String, parsed: Arc<Parsed>, answer_bytes: usize) {
        let entry = Entry { parsed, bytes: source.len() + UNPACKED * answer_bytes };
        self.generations.lock().add(source, entry);
    }
}

impl Generations {
    fn add(&mut self, source: String, entry: Entry) {
        if entry.bytes > GENERATION_BYTES {
            return;
        }
        if self.bytes + entry.bytes > GENERATION_BYTES {
            self.older = mem::take(&mut self.younger);
            self.bytes = 0;
        }
        self.bytes += entry.bytes;
        self.younger.insert(source, entry);
    }
}

#[cfg(test)]
mod tests {
    use wire::{PositionMap, ScriptFacts};

    use super::*;

    fn parsed(javascript: &str) -> Arc<Parsed> {
        Arc::new(Parsed {
            javascript: javascript.to_owned(),
            positions: PositionMap::default(),
            facts: ScriptFacts::default(),
            repairs: Vec::new(),
            value_repair: None,
        })
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_is_forgotten() {
        let remembered = Remembered::default();
        remembered.add("asked".to_owned(), parsed("a"), 1);
        remembered.add("not asked".to_owned(), parsed("n"), 1);
        for number in 0..20 {
            remembered.add(number.to_string(), parsed(""), GENERATION_BYTES / UNPACKED / 4);
            assert!(remembered.get("asked").is_some_and(|known| known.javascript == "a"), "{number}");
        }
        assert!(remembered.get("not asked").is_none());
        assert!(remembered.get("0").is_none());
        assert!(remembered.get("19").is_some());
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let remembered = Remembered::default();
        remembered.add("small".to_owned(), parsed(""), 1);
        remembered.add("huge".to_owned(), parsed(""), GENERATION_BYTES);
        assert!(remembered.get("huge").is_none());
        assert!(remembered.get("small").is_some());
    }
}
