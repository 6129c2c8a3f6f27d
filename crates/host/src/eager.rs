//! Waiting without falling asleep, where the answer is likely to come at once.
//!
//! To put a processor to sleep and wake it up again takes longer than a worker's slice or a local tool's answer. So
//! whoever waited only briefly the last time looks again and again for a moment, between the other tasks, before it
//! sleeps. Who waits for something slow does so once and then sleeps at once.

use std::{
    future::Future,
    pin::pin,
    time::{Duration, Instant},
};

use futures_util::FutureExt;

/// How long to look before sleeping: about what sleeping and waking cost.
const EAGER_MAX: Duration = Duration::from_micros(50);

/// What one waiter has learned of its waits.
#[derive(Debug)]
pub(crate) struct Eagerness {
    was_brief: bool,
}

impl Default for Eagerness {
    /// Expects a brief wait first: a script begins with a slice of its own.
    fn default() -> Self {
        Self { was_brief: true }
    }
}

impl Eagerness {
    /// Waits for a future. Nothing is lost when this is dropped.
    pub(crate) async fn wait<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        let began = Instant::now();
        while self.was_brief && began.elapsed() < EAGER_MAX {
            if let Some(output) = future.as_mut().now_or_never() {
                return output;
            }
            tokio::task::yield_now().await;
        }
        let output = future.await;
        self.was_brief = began.elapsed() < 2 * EAGER_MAX;
        output
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test]
    async fn a_wait_ends_with_its_future_however_long_that_takes() {
        let mut eagerness = Eagerness::default();
        assert_eq!(eagerness.wait(async { 1 }).await, 1);
        assert!(eagerness.was_brief);
        eagerness.wait(sleep(Duration::from_millis(5))).await;
        assert!(!eagerness.was_brief);
        assert_eq!(eagerness.wait(std::future::ready(3)).await, 3);
    }
}
