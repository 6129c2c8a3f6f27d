//! Counting model tokens beside a run, never in its way.
//!
//! Texts are gathered and counted on the blocking pool while the run goes on. Very large ones are counted in
//! part: their figure is an estimate from evenly spread samples, because a person waits for the answer, not
//! for the seventh digit.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use surface::count_tokens;
use tokio_util::task::TaskTracker;

/// Texts are counted together from so many bytes on: enough that the hop to another thread costs nothing.
const BATCH_BYTES: usize = 32 * 1024;

/// What is counted on the spot: it takes less than the hop to another thread.
const INLINE_BYTES: usize = 512;

/// Up to this, a text is counted whole: about 50 ms of one core.
const WHOLE_BYTES: usize = 512 * 1024;

/// A larger text is known by so many samples …
const SAMPLES: usize = 64;

/// … of so many bytes each. A cut costs at most one token, so samples of this size are right within 0.1 %.
const SAMPLE_BYTES: usize = 4 * 1024;

/// Adds up the tokens of texts.
#[derive(Default)]
pub(crate) struct TokenMeter {
    counted: Arc<AtomicU64>,
    gathered: Mutex<Gathered>,
    tasks: TaskTracker,
}

#[derive(Default)]
struct Gathered {
    texts: Vec<String>,
    bytes: usize,
}

impl TokenMeter {
    /// Adds a text. Returns at once.
    pub(crate) fn add(&self, text: &str) {
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.texts.push(text.to_owned());
        gathered.bytes += text.len();
        if gathered.bytes >= BATCH_BYTES {
            let full = std::mem::take(&mut *gathered);
            self.count_aside(full);
        }
    }

    /// What all texts so far cost.
    pub(crate) async fn total(&self) -> u64 {
        let rest = std::mem::take(&mut *self.gathered.lock().unwrap_or_else(PoisonError::into_inner));
        if rest.bytes <= INLINE_BYTES {
            count(&rest, &self.counted);
        } else {
            self.count_aside(rest);
        }
        self.tasks.close();
        self.tasks.wait().await;
        self.counted.load(Ordering::Relaxed)
    }

    fn count_aside(&self, texts: Gathered) {
        let counted = self.counted.clone();
        self.tasks.spawn_blocking(move || count(&texts, &counted));
    }
}

fn count(gathered: &Gathered, counted: &AtomicU64) {
    let tokens = gathered.texts.iter().map(|text| tokens_of(text)).sum();
    counted.fetch_add(tokens, Ordering::Relaxed);
}

/// Tokens of a text: counted, or estimated when it is very large.
fn tokens_of(text: &str) -> u64 {
    if text.len() <= WHOLE_BYTES {
        return count_tokens(text);
    }
    let step = text.len() / SAMPLES;
    let samples = (0..SAMPLES).map(|sample| {
        let from = text.floor_char_boundary(sample * step);
        &text[from..text.floor_char_boundary(from + SAMPLE_BYTES)]
    });
    let (tokens, bytes) = samples
        .fold((0, 0), |(tokens, bytes), sample| (tokens + count_tokens(sample), bytes + sample.len() as u64));
    (tokens as f64 * text.len() as f64 / bytes as f64).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn texts_add_up_however_they_are_counted() {
        let meter = TokenMeter::default();
        let texts = ["one two three".to_owned(), "x, y; ".repeat(10_000), String::new()];
        for text in &texts {
            meter.add(text);
        }
        let expect = texts.iter().map(|text| count_tokens(text)).sum::<u64>();
        assert_eq!(meter.total().await, expect);
        meter.add("more");
        assert_eq!(meter.total().await, expect + count_tokens("more"));
    }

    #[test]
    fn a_very_large_text_is_estimated_within_a_hundredth() {
        let row = |i: u64| format!(r#"{{"id":{i},"name":"Customer {i}","revenue":{}}},"#, i * 7919 % 100_000);
        let text: String = (0..20_000).map(row).collect();
        assert!(text.len() > WHOLE_BYTES);
        let (estimate, exact) = (tokens_of(&text) as f64, count_tokens(&text) as f64);
        assert!((estimate / exact - 1.0).abs() < 0.01, "{estimate} for {exact}");
    }
}
