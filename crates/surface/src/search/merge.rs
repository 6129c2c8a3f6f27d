//! Several queries, one list.

use std::collections::HashMap;

use super::{QUERIES_MAX, index::Index, rank::rank};

/// Hits anybody can use at once; beyond that a list of the tree is what is wanted.
const LIMIT_MAX: usize = 1000;

/// A found document: its place in the order they were given, and how well it fits, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Which document.
    pub document: usize,
    /// How well it fits its query.
    pub score: f32,
}

impl Index {
    /// The documents that fit any of the queries, at most `limit`: the best of each query, then the second of each,
    /// each document once. Only those of `server`, where one is given.
    pub fn search(&self, queries: &[impl AsRef<str>], server: Option<&str>, limit: usize) -> Vec<Found> {
        let lists: Vec<Vec<Found>> = queries
            .iter()
            .take(QUERIES_MAX)
            .map(|query| self.search_one(query.as_ref(), server, limit.min(LIMIT_MAX)))
            .collect();
        interleaved(&lists, limit).0
    }

    /// The documents that fit one query, best first. Two documents of equal score keep their order.
    pub(super) fn search_one(&self, query: &str, server: Option<&str>, limit: usize) -> Vec<Found> {
        let server = match server.map(|name| self.server(name)) {
            Some(None) => return Vec::new(),
            Some(found) => found,
            None => None,
        };
        let ranked = rank(self, query, server, limit).into_iter();
        ranked.map(|(document, score)| Found { document, score }).collect()
    }
}

/// Rank by rank; within a rank, the better fit first. Each document once, and for each list the places at which its
/// documents stand.
pub(super) fn interleaved(lists: &[Vec<Found>], limit: usize) -> (Vec<Found>, Vec<Vec<usize>>) {
    let mut place_of = HashMap::new();
    let mut all = Vec::new();
    let mut groups = vec![Vec::new(); lists.len()];
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    for rank in 0..longest {
        let level = lists.iter().enumerate().filter_map(|(at, list)| Some((at, *list.get(rank)?)));
        let mut level: Vec<(usize, Found)> = level.collect();
        level.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
        for (at, found) in level {
            if all.len() < limit && !place_of.contains_key(&found.document) {
                place_of.insert(found.document, all.len());
                all.push(found);
            }
            groups[at].extend(place_of.get(&found.document));
        }
        if all.len() >= limit {
            break;
        }
    }
    (all, groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_interleaved_and_each_document_kept_once() {
        let list = |found: &[(usize, f32)]| {
            found.iter().map(|&(document, score)| Found { document, score }).collect::<Vec<_>>()
        };
        let lists = [list(&[(1, 0.5), (2, 0.4), (3, 0.3)]), list(&[(4, 0.9), (1, 0.8)]), list(&[])];
        let documents = |limit| -> Vec<usize> {
            interleaved(&lists, limit).0.iter().map(|found| found.document).collect()
        };
        assert_eq!(documents(10), [4, 1, 2, 3]);
        assert_eq!(interleaved(&lists, 10).1, [vec![1, 2, 3], vec![0, 1], vec![]]);
        assert_eq!(documents(2), [4, 1]);
        assert_eq!(documents(0), [0; 0]);
    }
}
