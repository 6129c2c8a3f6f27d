//! English stemming (the Snowball "Porter 2" rules): `calculations`, `calculated` and `calculate` become one term.
//!
//! Only lower-case ASCII words are touched; anything else is returned as it came. The result is a key for
//! matching, not a word for people. Written here because the crate for it, `rust-stemmers`, is not maintained; the
//! rules are published and do not change.

use std::borrow::Cow;

/// The stem of a lower-case word.
pub(crate) fn stem(word: &str) -> Cow<'_, str> {
    if word.len() <= 2 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(word);
    }
    if let Some((_, stem)) = EXCEPTIONS.iter().find(|(exception, _)| *exception == word) {
        return Cow::Borrowed(stem);
    }
    let mut stem = Stemmer::new(word);
    stem.strip_plural();
    if !KEPT_AFTER_PLURAL.contains(&stem.text.as_slice()) {
        stem.strip_past_and_ing();
        stem.turn_final_y();
        stem.shorten_long_suffix();
        stem.shorten_middle_suffix();
        stem.drop_suffix();
        stem.drop_final_e_or_l();
    }
    Cow::Owned(stem.into_string())
}

/// Words the rules would spoil, from the published algorithm.
const EXCEPTIONS: [(&str, &str); 18] = [
    ("skis", "ski"),
    ("skies", "sky"),
    ("dying", "die"),
    ("lying", "lie"),
    ("tying", "tie"),
    ("idly", "idl"),
    ("gently", "gentl"),
    ("ugly", "ugli"),
    ("early", "earli"),
    ("only", "onli"),
    ("singly", "singl"),
    ("sky", "sky"),
    ("news", "news"),
    ("howe", "howe"),
    ("atlas", "atlas"),
    ("cosmos", "cosmos"),
    ("bias", "bias"),
    ("andes", "andes"),
];

const KEPT_AFTER_PLURAL: [&[u8]; 8] =
    [b"inning", b"outing", b"canning", b"herring", b"earring", b"proceed", b"exceed", b"succeed"];

/// A rule: this ending becomes that one.
type Rule = (&'static str, &'static str);

/// Longest endings first where one ends another.
const LONG_SUFFIXES: [Rule; 22] = [
    ("ization", "ize"),
    ("ational", "ate"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("iveness", "ive"),
    ("tional", "tion"),
    ("biliti", "ble"),
    ("lessli", "less"),
    ("entli", "ent"),
    ("ation", "ate"),
    ("alism", "al"),
    ("aliti", "al"),
    ("ousli", "ous"),
    ("iviti", "ive"),
    ("fulli", "ful"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("abli", "able"),
    ("izer", "ize"),
    ("ator", "ate"),
    ("alli", "al"),
    ("bli", "ble"),
];

const MIDDLE_SUFFIXES: [Rule; 8] = [
    ("ational", "ate"),
    ("tional", "tion"),
    ("alize", "al"),
    ("icate", "ic"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ness", ""),
    ("ful", ""),
];

const DROPPED_SUFFIXES: [&str; 17] = [
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize",
    "al", "er", "ic",
];

/// A word under work. `r1` and `r2` are where the regions of the same name begin; a `y` used as a consonant is
/// written `Y`.
struct Stemmer {
    text: Vec<u8>,
    r1: usize,
    r2: usize,
}

impl Stemmer {
    fn new(word: &str) -> Self {
        let mut text = word.as_bytes().to_vec();
        for at in 0..text.len() {
            if text[at] == b'y' && (at == 0 || is_vowel(text[at - 1])) {
                text[at] = b'Y';
            }
        }
        let r1 = ["gener", "commun", "arsen"]
            .iter()
            .find(|prefix| word.starts_with(**prefix))
            .map_or_else(|| region_after(&text, 0), |prefix| prefix.len());
        let r2 = region_after(&text, r1);
        Self { text, r1, r2 }
    }

    fn into_string(self) -> String {
        self.text.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect()
    }

    fn ends(&self, suffix: &str) -> bool {
        self.text.ends_with(suffix.as_bytes())
    }

    /// Where a suffix of this length would begin.
    fn before(&self, suffix: &str) -> usize {
        self.text.len() - suffix.len()
    }

    fn replace(&mut self, suffix: &str, with: &str) {
        let at = self.before(suffix);
        self.text.truncate(at);
        self.text.extend_from_slice(with.as_bytes());
    }

    fn has_vowel(&self, end: usize) -> bool {
        self.text[..end].iter().any(|&byte| is_vowel(byte))
    }

    fn strip_plural(&mut self) {
        if self.ends("sses") {
            self.replace("sses", "ss");
        } else if self.ends("ied") || self.ends("ies") {
            let with = if self.text.len() > 4 { "i" } else { "ie" };
            self.replace("ies", with);
        } else if self.ends("us") || self.ends("ss") {
            // Kept: `status`, `class`.
        } else if self.ends("s") && self.text.len() > 2 && self.has_vowel(self.text.len() - 2) {
            self.text.pop();
        }
    }

    fn strip_past_and_ing(&mut self) {
        if let Some(suffix) = ["eedly", "eed"].into_iter().find(|suffix| self.ends(suffix)) {
            if self.before(suffix) >= self.r1 {
                self.replace(suffix, "ee");
            }
            return;
        }
        let Some(suffix) = ["ingly", "edly", "ing", "ed"].into_iter().find(|suffix| self.ends(suffix)) else {
            return;
        };
        if !self.has_vowel(self.before(suffix)) {
            return;
        }
        self.replace(suffix, "");
        if self.ends("at") || self.ends("bl") || self.ends("iz") {
            self.text.push(b'e');
        } else if self.ends_double() {
            self.text.pop();
        } else if self.is_short() {
            self.text.push(b'e');
        }
    }

    fn turn_final_y(&mut self) {
        let length = self.text.len();
        if length > 2 && matches!(self.text[length - 1], b'y' | b'Y') && !is_vowel(self.text[length - 2]) {
            self.text[length - 1] = b'i';
        }
    }

    fn shorten_long_suffix(&mut self) {
        if let Some((suffix, with)) = LONG_SUFFIXES.into_iter().find(|(suffix, _)| self.ends(suffix)) {
            if self.before(suffix) >= self.r1 {
                self.replace(suffix, with);
            }
        } else if self.ends("ogi") {
            if self.before("ogi") >= self.r1 && self.ends("logi") {
                self.replace("ogi", "og");
            }
        } else if self.ends("li") {
            let at = self.before("li");
            if at >= self.r1 && at > 0 && b"cdeghkmnrt".contains(&self.text[at - 1]) {
                self.replace("li", "");
            }
        }
    }

    fn shorten_middle_suffix(&mut self) {
        if let Some((suffix, with)) = MIDDLE_SUFFIXES.into_iter().find(|(suffix, _)| self.ends(suffix)) {
            if self.before(suffix) >= self.r1 {
                self.replace(suffix, with);
            }
        } else if self.ends("ative") && self.before("ative") >= self.r2 {
            self.replace("ative", "");
        }
    }

    fn drop_suffix(&mut self) {
        if let Some(suffix) = DROPPED_SUFFIXES.into_iter().find(|suffix| self.ends(suffix)) {
            if self.before(suffix) >= self.r2 {
                self.replace(suffix, "");
            }
        } else if (self.ends("sion") || self.ends("tion")) && self.before("ion") >= self.r2 {
            self.replace("ion", "");
        }
    }

    fn drop_final_e_or_l(&mut self) {
        let Some(&last) = self.text.last() else { return };
        let at = self.text.len() - 1;
        let drop = match last {
            b'e' => at >= self.r2 || (at >= self.r1 && !ends_in_short_syllable(&self.text[..at])),
            b'l' => at >= self.r2 && at > 0 && self.text[at - 1] == b'l',
            _ => false,
        };
        if drop {
            self.text.pop();
        }
    }

    fn ends_double(&self) -> bool {
        let [.., before, last] = self.text.as_slice() else { return false };
        before == last && b"bdfgmnprt".contains(last)
    }

    fn is_short(&self) -> bool {
        self.r1 >= self.text.len() && ends_in_short_syllable(&self.text)
    }
}

fn is_vowel(byte: u8) -> bool {
    matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// Just after the first consonant that follows a vowel, from `start` on; the end of the text if there is none.
fn region_after(text: &[u8], start: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let found = rest.windows(2).position(|pair| is_vowel(pair[0]) && !is_vowel(pair[1]));
    found.map_or(text.len(), |at| start + at + 2)
}

fn ends_in_short_syllable(text: &[u8]) -> bool {
    match *text {
        [first, last] => is_vowel(first) && !is_vowel(last),
        [.., before, vowel, last] => {
            !is_vowel(before) && is_vowel(vowel) && !is_vowel(last) && !matches!(last, b'w' | b'x' | b'Y')
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn words_of_one_family_share_a_stem() {
        let families: [&[&str]; 9] = [
            &["connect", "connected", "connecting", "connection", "connections"],
            &["calculate", "calculates", "calculated", "calculating", "calculation"],
            &["query", "queries"],
            &["create", "creates", "created", "creating"],
            &["delete", "deleted", "deleting", "deletion"],
            &["run", "running", "runs"],
            &["translate", "translation", "translator"],
            &["file", "files", "filing"],
            &["happy", "happiness"],
        ];
        for family in families {
            for word in family {
                assert_eq!(stem(word), stem(family[0]), "{word}");
            }
        }
    }

    #[test]
    fn stems_of_the_published_examples() {
        let cases = [
            ("consign", "consign"),
            ("consistency", "consist"),
            ("consolingly", "consol"),
            ("conspiracies", "conspiraci"),
            ("knightly", "knight"),
            ("knocked", "knock"),
            ("kneeled", "kneel"),
            ("ties", "tie"),
            ("cries", "cri"),
            ("gas", "gas"),
            ("kiwis", "kiwi"),
            ("hoping", "hope"),
            ("hopping", "hop"),
            ("generous", "generous"),
            ("generically", "generic"),
            ("news", "news"),
            ("by", "by"),
            ("say", "say"),
            ("controll", "control"),
            ("rational", "ration"),
            ("proceed", "proceed"),
        ];
        for (word, expect) in cases {
            assert_eq!(stem(word), expect, "{word}");
        }
    }

    #[test]
    fn words_of_other_alphabets_stay() {
        for word in ["größen", "данные", "データ", "v2", "s3buckets"] {
            assert_eq!(stem(word), word);
        }
    }
}
