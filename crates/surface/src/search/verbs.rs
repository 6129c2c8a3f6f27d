//! What verbs ask for. A person says `remove`, a tool is called `delete_note`: both are of one kind.
//!
//! Unlike [`super::synonyms`] this looks at the names of tools alone, where a verb says what the tool does.

/// The kinds a text's verbs are of, as bits in the order of [`KINDS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kinds(u16);

impl Kinds {
    /// The kinds of one word, given as a stem. Some words are of several: `open` a page, `open` an issue.
    pub(super) fn of(stem: &str) -> Self {
        let kinds = KINDS.iter().enumerate().filter(|(_, stems)| stems.contains(&stem));
        Self(kinds.fold(0, |all, (at, _)| all | 1 << at))
    }

    pub(super) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether both have a kind.
    pub(super) fn meet(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether a tool called so changes something, though `asked`, the verbs of a query, ask for no such change. A query
    /// without verbs may want anything but that something is deleted.
    pub(super) fn change_unasked(self, asked: Self) -> bool {
        let changes = self.0 != 0 && self.0 & !CHANGING == 0;
        let unwanted = if asked == Self::default() { self.0 & DELETING != 0 } else { !self.meet(asked) };
        changes && unwanted
    }
}

/// The bit of the first of [`KINDS`].
const DELETING: u16 = 1;

/// The bits of those that change something.
const CHANGING: u16 = 0b11_1111;

/// Stems of one kind each. Those that change something come first.
#[rustfmt::skip]
const KINDS: [&[&str]; 12] = [
    &["cancel", "clear", "del", "delet", "destroy", "drop", "eras", "forget", "kill", "purg", "remov", "revok", "uninstal"],
    &["add", "append", "build", "compos", "creat", "draft", "generat", "insert", "make", "new", "open", "regist"],
    &["adjust", "chang", "edit", "modifi", "patch", "renam", "replac", "set", "updat"],
    &["notifi", "post", "publish", "repli", "send", "share"],
    &["put", "save", "set", "store", "upload", "write"],
    &["move", "renam"],
    &["check", "describ", "display", "download", "fetch", "get", "know", "load", "look", "open", "read", "retriev", "see",
      "show", "tell", "view"],
    &["enumer", "list", "see", "show"],
    &["discov", "filter", "find", "look", "lookup", "queri", "recal", "search"],
    &["call", "execut", "invok", "launch", "run", "start", "trigger"],
    &["calcul", "comput", "solv"],
    &["convert", "transform", "translat"],
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stem::stem;

    fn kinds(words: &[&str]) -> Kinds {
        words.iter().fold(Kinds::default(), |mut all, word| {
            all.add(Kinds::of(&stem(word)));
            all
        })
    }

    #[test]
    fn words_of_one_kind_meet() {
        for (one, other, expect) in [
            ("remove", "delete", true),
            ("forget", "drop", true),
            ("open", "create", true),
            ("open", "read", true),
            ("create", "delete", false),
            ("save", "write", true),
            ("city", "weather", false),
        ] {
            assert_eq!(kinds(&[one]).meet(kinds(&[other])), expect, "{one} {other}");
        }
    }

    #[test]
    fn a_change_is_unasked_for_when_no_verb_asks_for_it() {
        for (tool, query, expect) in [
            (&["create"][..], &["read"][..], true),
            (&["delete"], &["remove"], false),
            (&["delete"], &[], true),
            (&["create"], &[], false),
            (&["get"], &["create"], false),
            (&["get", "update"], &["read"], false),
            (&[], &["read"], false),
        ] {
            assert_eq!(kinds(tool).change_unasked(kinds(query)), expect, "{tool:?} {query:?}");
        }
    }

    #[test]
    fn the_words_are_sorted_stems() {
        for stems in KINDS {
            assert!(stems.is_sorted(), "{stems:?}");
            for word in stems {
                let is_stem = |ending| stem(&format!("{word}{ending}")) == *word;
                assert!(["", "e", "y"].into_iter().any(is_stem), "{word}");
            }
        }
    }
}
