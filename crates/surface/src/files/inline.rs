//! A small catalog whole: every signature in one text.

use tools::Catalog;

use super::{Described, signature};
use crate::{deprecated, tokens, tree::Tree};

/// No signature is cheaper; a catalog with more tools than the budget pays for is not even written.
const SIGNATURE_TOKENS_MIN: u64 = 6;

/// Characters of a description's first sentence.
const SENTENCE_CHARS_MAX: usize = 120;

/// All signatures, where they fit the budget: with descriptions if possible.
pub(crate) fn inline_signatures(tree: &Tree, catalog: &Catalog, budget_tokens: u64) -> Option<String> {
    if tree.places.len() as u64 * SIGNATURE_TOKENS_MIN > budget_tokens {
        return None;
    }
    let signatures: Option<Vec<String>> =
        tree.places.iter().map(|place| Some(signature(place, Described::at(place, catalog)?))).collect();
    let signatures = signatures?;
    let sentences = catalog.tools().map(|(_, tool)| {
        let title = tool.title.as_deref().unwrap_or_default();
        deprecated::summary(&tool.name, title, &tool.description, SENTENCE_CHARS_MAX)
    });
    let described: Vec<String> = signatures
        .iter()
        .zip(sentences)
        .map(
            |(line, sentence)| {
                if sentence.is_empty() { line.clone() } else { format!("{line} // {sentence}") }
            },
        )
        .collect();
    [described, signatures]
        .iter()
        .map(|lines| grouped(tree, lines))
        .find(|text| tokens::count_tokens(text) <= budget_tokens)
}

fn grouped(tree: &Tree, lines: &[String]) -> String {
    let mut text = String::new();
    for folder in tree.folders.iter().filter(|folder| !folder.places.is_empty()) {
        text.push_str(&format!("./servers/{}\n", folder.name));
        for line in &lines[folder.places.clone()] {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}
