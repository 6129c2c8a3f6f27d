//! English words that say little of what a tool should do. Both lists are sorted, so that they can be searched.

/// Words that carry no meaning of their own; they are not indexed.
pub(super) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// Whether a stem belongs to a word of conversation: courtesy, wishing, telling, order, degree. Such words count less
/// in a query; a tool may still be found by them.
pub(super) fn is_weak(stem: &str) -> bool {
    WEAK_STEMS.binary_search(&stem).is_ok()
}

/// Whether a stem says only that a tool is wanted: `use the list issues tool`.
pub(super) fn is_noun_of_tools(stem: &str) -> bool {
    matches!(stem, "tool" | "mcp")
}

const STOP_WORDS: [&str; 112] = [
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because",
    "been", "being", "but", "by", "can", "could", "d", "did", "do", "does", "doing", "each", "for", "from",
    "had", "has", "have", "he", "her", "here", "him", "his", "how", "i", "if", "in", "into", "is", "it",
    "its", "just", "let", "like", "ll", "m", "may", "me", "might", "must", "my", "need", "of", "on", "or",
    "other", "our", "out", "own", "please", "re", "s", "shall", "she", "should", "so", "some", "such", "t",
    "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "to", "too",
    "us", "use", "using", "ve", "very", "want", "was", "we", "were", "what", "when", "where", "whether",
    "which", "while", "who", "whom", "whose", "why", "will", "with", "within", "would", "yet", "you", "your",
    "yours",
];

#[rustfmt::skip]
const WEAK_STEMS: &[&str] = &[
    "abl", "abov", "actual", "addit", "again", "against", "along", "alreadi", "alway", "among", "anyon",
    "anyth", "aren", "around", "ask", "assist", "base", "basic", "befor", "below", "best", "better",
    "between", "big", "bit", "both", "certain", "come", "couldn", "curious", "current", "didn", "differ",
    "doesn", "don", "down", "dure", "easili", "ensur", "etc", "even", "ever", "everi", "everyth", "exact",
    "excit", "explain", "feel", "few", "final", "find", "first", "further", "furthermor", "get", "give",
    "go", "gonna", "good", "got", "great", "hello", "help", "hey", "hi", "hope", "howev", "inform",
    "interest", "isn", "kind", "know", "left", "long", "look", "lot", "make", "mani", "mayb", "more",
    "moreov", "most", "much", "near", "never", "new", "next", "nice", "no", "not", "now", "off", "often",
    "oh", "ok", "okay", "old", "one", "onli", "over", "particular", "per", "perhap", "plan", "possibl",
    "provid", "quick", "real", "realli", "recent", "recommend", "regard", "relat", "right", "same", "say",
    "second", "see", "sever", "share", "short", "shouldn", "show", "simpli", "sinc", "small", "someon",
    "someth", "specif", "still", "suggest", "sure", "take", "tell", "thank", "thing", "think", "through",
    "today", "tri", "two", "type", "under", "until", "up", "upon", "various", "via", "wasn", "way", "well",
    "wish", "without", "won", "wonder", "work", "wouldn", "wow", "write", "yes",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        assert!(STOP_WORDS.is_sorted());
        assert!(WEAK_STEMS.is_sorted());
    }

    #[test]
    fn weak_words_are_stems_and_no_stop_words() {
        for word in WEAK_STEMS {
            assert!(!is_stop_word(word), "{word}");
        }
    }
}
