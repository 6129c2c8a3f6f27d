//! Sizes in model tokens: o200k, counted exactly, by our own reading of the published vocabulary.
//!
//! The counter must cost nothing while it is idle: its vocabulary stays in the program's file and is not unpacked
//! (see `build.rs`). Texts are untrusted; time is linear in their length.

mod hash;
mod merge;
mod split;
mod vocabulary;

/// The encoding the figures are counted in.
pub const ENCODING: &str = "o200k_base";

/// How many tokens a text costs a model. Names of special tokens in it are counted as the plain text they are.
pub fn count_tokens(text: &str) -> u64 {
    split::pieces(text).map(merge::count).sum()
}

/// What a tool's definition costs a model that is given it as it is: the tokens of the compact
/// `{"name","description","input_schema"}`, keys in this order, the schema as its server sent it.
pub fn definition_tokens(tool: &tools::Tool) -> u64 {
    let definition = serde_json::json!({
        "name": &*tool.name,
        "description": &tool.description,
        "input_schema": &tool.input_schema,
    });
    count_tokens(&definition.to_string())
}

/// Brings the vocabulary into memory. Never needed; called from a background thread it makes the first count fast.
pub fn warm_up() {
    std::hint::black_box(vocabulary::touch());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reference(text: &str) -> u64 {
        bpe_openai::o200k_base().count(text) as u64
    }

    #[test]
    fn known_texts_have_known_sizes() {
        let cases = [
            ("", 0),
            ("hello world", 2),
            ("{\"type\":\"object\",\"properties\":{}}", 9),
            ("<|endoftext|>", 7),
        ];
        for (text, expect) in cases {
            assert_eq!(count_tokens(text), expect, "{text}");
            assert_eq!(reference(text), expect, "{text}");
        }
    }

    #[test]
    fn long_runs_are_counted_as_the_reference_does() {
        for run in
            ["a", " ", "\n", "7", "ab", "天", "!", "'", "\r\n ", "Aa", "é", "e\u{301}", "🎉", "=-", "\u{301}"]
        {
            let text = run.repeat(16_000 / run.len());
            assert_eq!(count_tokens(&text), reference(&text), "{run:?}");
        }
    }

    #[test]
    fn an_endless_word_is_counted_in_slices_within_a_token_for_each_cut() {
        let text = "abcdefgh".repeat(100_000);
        let (ours, exact) = (count_tokens(&text), reference(&text));
        assert!(ours.abs_diff(exact) <= 2 * (text.len() as u64 / (16 * 1024) + 1), "{ours} {exact}");
    }

    #[test]
    fn a_definition_is_counted_as_it_is_sent() {
        let tool = tools::Tool {
            name: "get-sum".into(),
            title: Some("not counted".into()),
            description: "Adds \"two\" numbers".into(),
            input_schema: serde_json::json!({"type": "object", "properties": {"b": {}, "a": {}}}),
            output_schema: None,
            annotations: tools::Annotations::default(),
        };
        let text = r#"{"name":"get-sum","description":"Adds \"two\" numbers","input_schema":{"type":"object","properties":{"b":{},"a":{}}}}"#;
        assert_eq!(definition_tokens(&tool), reference(text));
    }

    proptest! {
        #[test]
        fn any_text_is_counted_as_the_reference_does(text in any::<String>()) {
            prop_assert_eq!(count_tokens(&text), reference(&text));
        }

        #[test]
        fn any_mix_of_the_signs_that_matter_is_counted_as_the_reference_does(
            text in "[ aAzZéÉßǅʰ天日\u{301}\u{a0}\u{2028}0-9१'sSſtTrReEvVlLdDmM\\r\\n\\t/.,{}\"!?_-]{0,60}",
        ) {
            prop_assert_eq!(count_tokens(&text), reference(&text));
        }
    }
}
