//! Counting model tokens beside a run, never in its way.
//!
//! Texts are gathered and counted on the blocking pool while the run goes on. Very large ones are counted in
//! part: their figure is an estimate from evenly spread samples, because a person waits for the answer, not
//! for the seventh digit.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use parking_lot::Mutex;
use surface::count_tokens;
use tokio_util::task::TaskTracker;

/// Texts are counted together from so many bytes on: enough that the hop to another thread costs nothing.
const BATCH_BYTES: usize = 32 * 1024;

/// What is counted on the spot: it takes less than the hop to another thread.
const INLINE_BYTES: usize = 512;

/// Up to this, a text is counted whole …
const WHOLE_BYTES: usize = 512 * 1024;

/// … until so much was counted whole. Beyond it only samples are kept, whatever a run receives.
const WHOLE_BYTES_IN_ALL: usize = 4 * 1024 * 1024;

/// A sample. A cut costs a token at most, so a sample of this size is right within half a percent.
const SAMPLE_BYTES: usize = 1024;

/// Samples of a text, at most: one for each 8 KB of it, up to this many.
const SAMPLES_MAX: usize = 128;

/// Adds up the tokens of texts.
#[derive(Default)]
pub(crate) struct TokenMeter {
    counted: Arc<AtomicU64>,
    gathered: Mutex<Gathered>,
    tasks: TaskTracker,
}

#[derive(Default)]
struct Gathered {
    texts: Vec<Text>,
    bytes: usize,
    /// Bytes counted whole so far.
    whole: usize,
}

/// What is kept of a text until it is counted.
struct Text {
    /// The text, or samples of it one after the other.
    kept: String,
    /// Bytes of the whole.
    bytes: usize,
}

impl TokenMeter {
    /// Adds a text. Returns at once.
    pub(crate) fn add(&self, text: &str) {
        let mut gathered = self.gathered.lock();
        let is_whole = text.len() <= WHOLE_BYTES && gathered.whole + text.len() <= WHOLE_BYTES_IN_ALL;
        let kept = if is_whole { text.to_owned() } else { samples_of(text) };
        gathered.whole += if is_whole { text.len() } else { 0 };
        gathered.bytes += kept.len();
        gathered.texts.push(Text { kept, bytes: text.len() });
        if gathered.bytes >= BATCH_BYTES {
            let full = gathered.take();
            self.count_aside(full);
        }
    }

    /// What all texts so far cost.
    pub(crate) async fn total(&self) -> u64 {
        let (rest, bytes) = {
            let mut gathered = self.gathered.lock();
            let bytes = gathered.bytes;
            (gathered.take(), bytes)
        };
        if bytes <= INLINE_BYTES {
            count(&rest, &self.counted);
        } else {
            self.count_aside(rest);
        }
        self.tasks.close();
        self.tasks.wait().await;
        self.counted.load(Ordering::Relaxed)
    }

    fn count_aside(&self, texts: Vec<Text>) {
        let counted = self.counted.clone();
        self.tasks.spawn_blocking(move || count(&texts, &counted));
    }
}

impl Gathered {
    fn take(&mut self) -> Vec<Text> {
        self.bytes = 0;
        std::mem::take(&mut self.texts)
    }
}

fn count(texts: &[Text], counted: &AtomicU64) {
    let tokens = texts.iter().map(tokens_of).sum();
    counted.fetch_add(tokens, Ordering::Relaxed);
}

fn tokens_of(text: &Text) -> u64 {
    let counted = count_tokens(&text.kept);
    if text.kept.len() == text.bytes {
        return counted;
    }
    (counted as f64 * text.bytes as f64 / text.kept.len() as f64).round() as u64
}

/// Evenly spread parts of a text, one after the other. A short text is its own sample.
fn samples_of(text: &str) -> String {
    let samples = text.len().div_ceil(8 * SAMPLE_BYTES).min(SAMPLES_MAX);
    if text.len() <= samples * SAMPLE_BYTES {
        return text.to_owned();
    }
    let step = text.len() / samples;
    let parts = (0..samples).map(|sample| {
        let from = text.floor_char_boundary(sample * step);
        &text[from..text.floor_char_boundary(from + SAMPLE_BYTES)]
    });
    parts.collect()
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
        let sampled = Text { kept: samples_of(&text), bytes: text.len() };
        assert!(sampled.kept.len() <= SAMPLES_MAX * SAMPLE_BYTES);
        let (estimate, exact) = (tokens_of(&sampled) as f64, count_tokens(&text) as f64);
        assert!((estimate / exact - 1.0).abs() < 0.01, "{estimate} for {exact}");
    }
}
