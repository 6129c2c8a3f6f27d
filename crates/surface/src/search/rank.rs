//! Which tools fit a query best.

use std::cmp::Ordering;

use super::{
    index::{BREAK, Index},
    query::Query,
    weights,
};

/// Tools whose names and pairs of words are looked at, after the first sight by terms alone.
const CANDIDATES: usize = 100;

/// Places for which tools are chosen with regard to those before them; more than anybody asks for at once.
const CHOSEN_MAX: usize = 30;

/// Best ones first, each with its share of what a perfect fit would reach.
pub(super) fn rank(index: &Index, text: &str, server: Option<u32>, limit: usize) -> Vec<(usize, f32)> {
    let query = Query::new(index, text);
    let mut candidates = candidates(index, &query, server, limit.max(CANDIDATES));
    for (tool, score) in &mut candidates {
        *score += name_match(index, &query, *tool) + pairs(index, &query, *tool);
    }
    candidates.sort_unstable_by(best_first);
    let best = query.terms.iter().map(|&(term, weight)| weight * index.tools.rarity(term)).sum::<f32>();
    let mut ranked = spread(index, &query, &candidates, limit);
    // Names and pairs can lift a tool beyond what its words alone would reach.
    for (_, score) in &mut ranked {
        *score = (*score / best.max(f32::MIN_POSITIVE)).clamp(0.0, 1.0);
    }
    ranked
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

/// Chooses one tool after the other; words that a chosen one has are worth less for those after it.
fn spread(index: &Index, query: &Query, candidates: &[(usize, f32)], limit: usize) -> Vec<(usize, f32)> {
    let gains: Vec<Vec<f32>> =
        candidates.iter().take(2 * CHOSEN_MAX).map(|&(tool, _)| gains(index, query, tool)).collect();
    let mut left: Vec<f32> = vec![1.0; query.terms.len()];
    let mut open: Vec<usize> = (0..gains.len()).collect();
    let mut chosen = Vec::with_capacity(limit.min(candidates.len()));
    while !open.is_empty() && chosen.len() < limit.min(CHOSEN_MAX) {
        let worth = |at: usize| {
            let lost = gains[at].iter().zip(&left).map(|(gain, left)| gain * (1.0 - left)).sum::<f32>();
            candidates[at].1 - lost
        };
        // The first of equals: candidates are sorted.
        let (place, worth) = open.iter().map(|&at| worth(at)).enumerate().fold(
            (0, f32::NEG_INFINITY),
            |best, (place, worth)| if worth > best.1 { (place, worth) } else { best },
        );
        let at = open.remove(place);
        for ((left, gain), &(term, weight)) in left.iter_mut().zip(&gains[at]).zip(&query.terms) {
            let share = gain / (weight * index.tools.rarity(term)).max(f32::MIN_POSITIVE);
            *left *= 1.0 - weights::USED_UP * share;
        }
        chosen.push((candidates[at].0, worth));
    }
    let floor = chosen.last().map_or(0.0, |(_, score)| *score);
    let rest = open.into_iter().chain(gains.len()..candidates.len()).map(|at| candidates[at]);
    chosen.extend(rest.map(|(tool, score)| (tool, score.min(floor))));
    chosen.truncate(limit);
    chosen
}

/// What each term of the query gives a tool.
fn gains(index: &Index, query: &Query, tool: usize) -> Vec<f32> {
    let gain = |&(term, weight)| weight * index.tools.rarity(term) * index.tools.impact(term, tool);
    query.terms.iter().map(gain).collect()
}
