//! How many there are, and what they are called.

use std::fmt::Display;

/// `1 call`, `2 calls`: the word is that for one, and takes an `s`.
pub fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

/// All of some names: `` `a`, `b`, `c` ``.
pub fn named<N: Display>(names: impl IntoIterator<Item = N>) -> String {
    named_first(names, usize::MAX)
}

/// The first of some names, with a sign that there are more: `` `a`, `b`, … ``.
pub fn named_first<N: Display>(names: impl IntoIterator<Item = N>, most: usize) -> String {
    let mut names = names.into_iter();
    let mut shown: Vec<_> = names.by_ref().take(most).map(|name| format!("`{name}`")).collect();
    shown.extend(names.next().map(|_| "…".to_owned()));
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        for (count, expect) in [(0, "0 calls"), (1, "1 call"), (2, "2 calls")] {
            assert_eq!(counted(count, "call"), expect);
        }
    }

    #[test]
    fn what_is_left_out_of_a_list_shows() {
        assert_eq!(named(["a", "b"]), "`a`, `b`");
        assert_eq!(named::<&str>([]), "");
        assert_eq!(named_first(["a", "b"], 2), "`a`, `b`");
        assert_eq!(named_first(["a", "b", "c"], 2), "`a`, `b`, …");
    }
}
