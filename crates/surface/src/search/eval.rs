//! How good a ranking is, against what people marked as right.

/// One thing that should be found: the tool, or any that does the same.
pub type Wanted = Vec<String>;

/// Figures of one query, or the mean of many. All are from 0 to 1, more is better.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Quality {
    /// The share of wanted tools among the first.
    pub recall_1: f64,
    /// The share of wanted tools among the first five.
    pub recall_5: f64,
    /// The share of wanted tools among the first ten.
    pub recall_10: f64,
    /// One divided by the rank of the first wanted tool.
    pub mrr: f64,
    /// Discounted gain of the first ten, in proportion to the best order.
    pub ndcg_10: f64,
}

/// Judges one ranking: names of tools, best first. Each wanted thing counts once.
pub fn judge(ranked: &[impl AsRef<str>], wanted: &[Wanted]) -> Quality {
    let ranks = ranks(ranked, wanted);
    let all = wanted.len().max(1) as f64;
    let recall = |top: usize| ranks.iter().filter(|&&rank| rank < top).count() as f64 / all;
    let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    let ideal: f64 = (0..wanted.len().min(10)).map(gain).sum();
    let gained: f64 = ranks.iter().copied().filter(|&rank| rank < 10).map(gain).sum();
    Quality {
        recall_1: recall(1),
        recall_5: recall(5),
        recall_10: recall(10),
        mrr: ranks.first().map_or(0.0, |&rank| 1.0 / (rank as f64 + 1.0)),
        ndcg_10: if ideal > 0.0 { gained / ideal } else { 0.0 },
    }
}

/// The mean over queries.
pub fn mean(qualities: &[Quality]) -> Quality {
    let count = qualities.len().max(1) as f64;
    let mean = |figure: fn(&Quality) -> f64| qualities.iter().map(figure).sum::<f64>() / count;
    Quality {
        recall_1: mean(|quality| quality.recall_1),
        recall_5: mean(|quality| quality.recall_5),
        recall_10: mean(|quality| quality.recall_10),
        mrr: mean(|quality| quality.mrr),
        ndcg_10: mean(|quality| quality.ndcg_10),
    }
}

/// The ranks, from 0, at which wanted things were found, in order.
fn ranks(ranked: &[impl AsRef<str>], wanted: &[Wanted]) -> Vec<usize> {
    let mut open: Vec<&Wanted> = wanted.iter().collect();
    let mut ranks = Vec::new();
    for (rank, name) in ranked.iter().enumerate() {
        let fits = |wanted: &&Wanted| wanted.iter().any(|known| known == name.as_ref());
        if let Some(at) = open.iter().position(fits) {
            open.remove(at);
            ranks.push(rank);
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(groups: &[&[&str]]) -> Vec<Wanted> {
        groups.iter().map(|group| group.iter().map(|&name| name.to_owned()).collect()).collect()
    }

    #[test]
    fn each_wanted_thing_counts_once() {
        let quality = judge(&["x", "b", "c"], &wanted(&[&["a", "b"], &["c"]]));
        assert_eq!((quality.recall_1, quality.recall_5, quality.mrr), (0.0, 1.0, 0.5));
        let twice = judge(&["a", "b"], &wanted(&[&["a", "b"], &["c"]]));
        assert_eq!((twice.recall_1, twice.recall_5, twice.mrr), (0.5, 0.5, 1.0));
    }

    #[test]
    fn a_perfect_order_has_full_gain() {
        assert_eq!(judge(&["a", "b"], &wanted(&[&["b"], &["a"]])).ndcg_10, 1.0);
        assert_eq!(judge(&[""; 0], &wanted(&[&["b"]])), Quality::default());
        assert_eq!(judge(&["a"], &[]), Quality::default());
    }

    #[test]
    fn the_mean_is_over_queries() {
        let (one, none) = (judge(&["a"], &wanted(&[&["a"]])), Quality::default());
        assert_eq!(mean(&[one, none]).recall_1, 0.5);
        assert_eq!(mean(&[]), Quality::default());
    }
}
