//! Which tools fit a query best.

use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
};

use super::{
    index::{BREAK, Index},
    query::Query,
    weights,
};

/// Tools whose names and pairs of words are looked at, after the first sight by terms alone.
const CANDIDATES: usize = 100;

/// Best ones first, each with its share of what a perfect fit would reach: tools that are asked for by their names, then
/// those that fit by their words; of these the deprecated ones last.
pub(super) fn rank(index: &Index, text: &str, server: Option<u32>, limit: usize) -> Vec<(usize, f32)> {
    let is_wanted = |tool: usize| server.is_none_or(|server| index.server_of[tool] == server);
    let named = named(index, text).into_iter().filter(|&tool| is_wanted(tool)).take(limit);
    let named: Vec<usize> = named.collect();
    let mut ranked = by_words(index, text, server, limit);
    ranked.retain(|(tool, _)| !named.contains(tool));
    ranked.truncate(limit - named.len());
    ranked.sort_by_key(|&(tool, _)| index.is_deprecated(tool));
    named.into_iter().map(|tool| (tool, 1.0)).chain(ranked).collect()
}

/// The tools that are asked for by their names. Where only the words fit the name of a deprecated tool (`read file`), the
/// tool that it says to use instead takes its place.
fn named(index: &Index, text: &str) -> Vec<usize> {
    let asked = index.names.asked(text);
    if !index.names.is_said_in_words(text) {
        return asked;
    }
    let mut seen = HashSet::new();
    let current = |tool| if index.is_deprecated(tool) { index.successor(tool) } else { Some(tool) };
    asked.into_iter().filter_map(current).filter(|tool| seen.insert(*tool)).collect()
}

fn by_words(index: &Index, text: &str, server: Option<u32>, limit: usize) -> Vec<(usize, f32)> {
    let query = Query::new(index, text);
    let mut candidates = candidates(index, &query, server, limit.max(CANDIDATES));
    for (tool, score) in &mut candidates {
        *score += name_match(index, &query, *tool) + pairs(index, &query, *tool);
        if index.is_deprecated(*tool) {
            *score *= weights::DEPRECATED;
        }
        let verbs = index.verbs[*tool];
        if verbs.meet(query.verbs) && !says_a_verb(index, &query, *tool) {
            *score += weights::VERB;
        } else if verbs.change_unasked(query.verbs) {
            *score *= weights::UNASKED_CHANGE;
        }
    }
    spread(index, &mut candidates);
    candidates.sort_unstable_by(best_first);
    let best = query.terms.iter().map(|&(term, weight)| weight * index.tools.rarity(term)).sum::<f32>();
    candidates.truncate(limit);
    // Names and pairs can lift a tool beyond what its words alone would reach.
    for (_, score) in &mut candidates {
        *score = (*score / best.max(f32::MIN_POSITIVE)).clamp(0.0, 1.0);
    }
    candidates
}

/// Twenty servers that all have a `get_weather` leave no room for anything else: of tools of one name, each counts less
/// than the one before it.
fn spread(index: &Index, candidates: &mut [(usize, f32)]) {
    candidates.sort_unstable_by(best_first);
    let mut shares = HashMap::new();
    for (tool, score) in candidates {
        let share = shares.entry(index.names.letters(*tool)).or_insert(1.0);
        *score *= *share;
        *share *= weights::SAME_NAME;
    }
}

fn best_first(a: &(usize, f32), b: &(usize, f32)) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

fn candidates(index: &Index, query: &Query, server: Option<u32>, limit: usize) -> Vec<(usize, f32)> {
    let mut scores = vec![0.0f32; index.len()];
    let mut of_servers = vec![0.0f32; index.server_count()];
    for &(term, weight) in &query.terms {
        let worth = weight * index.tools.rarity(term);
        for (tool, impact) in index.tools.of(term) {
            scores[tool] += worth * impact;
        }
        let worth = weight * index.servers.rarity(term) * weights::SERVER;
        for (server, impact) in index.servers.of(term) {
            of_servers[server] += worth * impact;
        }
    }
    let wanted = |tool: usize| server.is_none_or(|server| index.server_of[tool] == server);
    let mut found: Vec<(usize, f32)> = scores
        .into_iter()
        .enumerate()
        .filter(|&(tool, score)| score > 0.0 && wanted(tool))
        .map(|(tool, score)| (tool, score + of_servers[index.server_of[tool] as usize]))
        .collect();
    if found.len() > limit {
        found.select_nth_unstable_by(limit, best_first);
        found.truncate(limit);
    }
    found
}

/// The part of the tool's name that is said, so that of two tools that share a word the shorter name wins.
fn name_match(index: &Index, query: &Query, tool: usize) -> f32 {
    let words = index.words(tool).iter().take_while(|word| **word != BREAK);
    let (mut said, mut all) = (0.0, 0.0);
    for &word in words {
        let rarity = index.tools.rarity(word);
        all += rarity;
        if query.weight(word) > 0.0 {
            said += rarity;
        }
    }
    if all > 0.0 { weights::NAME_MATCH * said * said / all } else { 0.0 }
}

/// Whether a tool's name has a verb of the query, which is counted with the words.
fn says_a_verb(index: &Index, query: &Query, tool: usize) -> bool {
    let mut name = index.words(tool).iter().take_while(|word| **word != BREAK);
    name.any(|word| query.said_verbs.contains(word))
}

fn pairs(index: &Index, query: &Query, tool: usize) -> f32 {
    if query.pairs.is_empty() {
        return 0.0;
    }
    let mut seen = Vec::new();
    for pair in index.words(tool).windows(2).map(|pair| (pair[0], pair[1])) {
        if query.pairs.binary_search(&pair).is_ok() && !seen.contains(&pair) {
            seen.push(pair);
        }
    }
    let worth = |&(first, second)| index.tools.rarity(first).min(index.tools.rarity(second));
    weights::PAIR * seen.iter().map(worth).sum::<f32>()
}
