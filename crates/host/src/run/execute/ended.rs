//! The end of a script: what its runner says of it, how it is stopped, and what it leaves behind under way.

use std::{sync::atomic::Ordering, time::Duration};

use futures_util::StreamExt;
use serde_json::value::RawValue;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use wire::{End, Limit};

use super::{Execution, Stop, Value, failure, millis, next};
use crate::{pool::Event, record::Outcome};

/// A worker drops a run within milliseconds of being told; one that does not is killed.
const CANCEL_GRACE: Duration = Duration::from_secs(2);

/// How long calls under way are waited for after a run that went wrong: their outcome belongs into the record,
/// but someone waits for it.
const LEFT_OVER_GRACE: Duration = Duration::from_secs(5);

impl Execution<'_> {
    pub(super) fn ended(&self, end: End) -> Result<Value, Stop> {
        match end {
            End::Returned(None) => Ok(None),
            End::Returned(Some(json)) => self.value(json),
            End::Threw(thrown) => {
                let failure = failure::thrown(&thrown, &self.context.places.lock());
                let by_limit = failure.name == "LimitError" || failure.code.as_deref() == Some("limit");
                let noted = self.context.limit_noted.load(Ordering::Relaxed);
                let outcome = if by_limit && noted { Outcome::Exceeded } else { Outcome::Threw };
                Err(Stop::new(outcome, failure))
            }
            End::Exceeded { limit, stack } => Err(self.exceeded(limit, &stack)),
            End::Deadlocked => {
                let message = "the script waits for a promise that nothing will ever settle";
                Err(Stop::new(Outcome::Threw, failure::plain("DeadlockError", message)))
            }
            End::Cancelled { .. } => Err(Stop::crashed("the worker gave the run up without being told to")),
            End::Crashed(reason) => {
                tracing::error!("the engine failed: {reason}");
                Err(Stop::crashed("the engine failed on this script"))
            }
        }
    }

    fn value(&self, json: Vec<u8>) -> Result<Value, Stop> {
        if json.len() as u64 > self.context.limits.value_bytes {
            return Err(self.exceeded(Limit::Value, ""));
        }
        if tools::is_deceptive(&json) {
            let message = format!("the value holds {}", tools::DECEPTIVE_KEY);
            return Err(Stop::new(Outcome::Threw, failure::plain("TypeError", message)));
        }
        let text = String::from_utf8(json).ok();
        match text.and_then(|text| RawValue::from_string(text).ok()) {
            Some(value) => Ok(Some(value)),
            None => Err(self.broken("it returned invalid JSON")),
        }
    }
    /// Ends the run in its worker, or the worker. The stack is where the script stood, where that is known.
    pub(super) async fn stop(&mut self) -> String {
        let Some(running) = &self.running else { return String::new() };
        running.cancel().await;
        let over = timeout(CANCEL_GRACE, async {
            loop {
                let said = next(&mut self.running).await;
                let Ok(event) = said.opened(self.context.private.as_ref()).await else {
                    return String::new();
                };
                match event {
                    Event::Ended(end, used) => {
                        self.draft.used = used;
                        return match end {
                            End::Cancelled { stack } | End::Exceeded { stack, .. } => stack,
                            _ => String::new(),
                        };
                    }
                    Event::Lost(_) => return String::new(),
                    // What is over the limit is not kept, and the run ends in any case.
                    Event::Printed(print) => drop(self.print(print)),
                    Event::Call { .. } | Event::Waiting { .. } | Event::Flooded => {}
                }
            }
        });
        over.await.unwrap_or_else(|_| {
            self.condemn("it did not end a run when it was told to");
            String::new()
        })
    }

    /// Waits for what the script began and did not wait for: its effects happen, so they are recorded.
    pub(super) async fn settle_what_is_left(
        &mut self,
        end: &Result<Value, Stop>,
        cancel: &CancellationToken,
    ) {
        let left = match end {
            Ok(_) => self.tool_calls.union(&self.fresh_calls).count(),
            // Others may have been waited for together with what threw.
            Err(Stop { outcome: Outcome::Threw, .. }) => self.fresh_calls.len(),
            Err(_) => 0,
        };
        let at_most = match end {
            // As everywhere in JavaScript, what was started is finished.
            Ok(_) => millis(self.context.limits.call_ms),
            Err(stop) => {
                self.context.progress.ledger.close();
                self.context.parts.approvals.withdraw(&self.context.id).await;
                match stop.outcome {
                    Outcome::Threw => millis(self.context.limits.call_ms),
                    Outcome::Cancelled => Duration::ZERO,
                    Outcome::Returned | Outcome::Refused | Outcome::Exceeded | Outcome::Crashed => {
                        LEFT_OVER_GRACE
                    }
                }
            }
        };
        if left > 0 {
            let (calls, were) = (text::counted(left, "call"), if left == 1 { "was" } else { "were" });
            self.draft.warnings.push(format!(
                "{calls} {were} not awaited; write `await`, or `await Promise.all(…)` for several"
            ));
        }
        if self.errands.is_empty() || at_most.is_zero() {
            return;
        }
        let context = self.context.clone();
        let done = async {
            while let Some(answer) = self.errands.next().await {
                self.note_left(answer);
            }
        };
        tokio::select! {
            () = done => {}
            () = context.unless_people_wait(at_most) => {}
            () = cancel.cancelled() => {}
        }
    }
}
