//! How a script ended, as its runner says it.

use std::sync::atomic::Ordering;

use serde_json::value::RawValue;
use wire::{End, Limit};

use super::{Execution, Stop, Value, failure};
use crate::record::Outcome;

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
}
