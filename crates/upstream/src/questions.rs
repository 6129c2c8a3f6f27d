//! What a server asks while it carries out a call, handed to the client whose call it is.
//!
//! A server of the older era asks by a request of its own, one of the newer era by its result. Time in which a client is
//! asked is not time that the server takes.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep_until};
use tools::{CallError, CallErrorKind, Question, Respondent, ServerName, Unanswerable};

use crate::{message::quoted, secrets::Secrets};

/// One question. Forms are small; what a model is to be asked may hold a document.
const QUESTION_BYTES_MAX: usize = 1 << 20;
/// Questions of one result. A person answers one after the other.
const QUESTIONS_MAX: usize = 16;

/// The client of one call, as its server can ask it.
#[derive(Clone)]
pub(crate) struct Party {
    pub(crate) server: ServerName,
    pub(crate) respondent: Respondent,
    pub(crate) secrets: Arc<Secrets>,
    pub(crate) pause: Arc<Pause>,
}

impl fmt::Debug for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Party").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Party {
    /// The client's answer.
    pub(crate) async fn ask(
        &self,
        method: &str,
        params: Option<&RawValue>,
    ) -> Result<Box<RawValue>, Unanswerable> {
        let params = params.map_or("{}", RawValue::get);
        if params.len() > QUESTION_BYTES_MAX {
            return Err(Unanswerable(format!(
                "the question is larger than {} KiB",
                QUESTION_BYTES_MAX >> 10
            )));
        }
        let params =
            RawValue::from_string(params.to_owned()).map_err(|error| Unanswerable(error.to_string()))?;
        let question = Question {
            server: self.server.clone(),
            method: method.to_owned(),
            params: self.secrets.hide_in_message(params),
        };
        let _held = self.pause.hold();
        self.respondent.respond(question).await
    }

    /// The answers to the questions of a result, as the JSON object that is sent back.
    pub(crate) async fn ask_all(&self, questions: &RawValue) -> Result<String, CallError> {
        #[derive(Deserialize)]
        struct Asked<'a> {
            method: String,
            #[serde(borrow, default)]
            params: Option<&'a RawValue>,
        }
        let bad =
            |why: String| CallError::new(CallErrorKind::BadAnswer, format!("the tool asks for input: {why}"));
        let asked: BTreeMap<String, Asked<'_>> = serde_json::from_str(questions.get())
            .map_err(|error| bad(format!("its questions cannot be read: {error}")))?;
        if asked.len() > QUESTIONS_MAX {
            return Err(bad(format!("it has more than {QUESTIONS_MAX} questions")));
        }
        let mut answers = Vec::new();
        for (key, Asked { method, params }) in asked {
            let answer = self.ask(&method, params).await.map_err(|Unanswerable(why)| bad(why))?;
            answers.push(format!("{}:{answer}", quoted(&key)));
        }
        Ok(format!("{{{}}}", answers.join(",")))
    }
}

/// Time in which a client is asked.
#[derive(Debug, Default)]
pub(crate) struct Pause(Mutex<Paused>);

#[derive(Debug, Default)]
struct Paused {
    /// Questions that are open.
    open: usize,
    since: Option<Instant>,
    total: Duration,
}

impl Pause {
    fn hold(self: &Arc<Self>) -> Held {
        let mut paused = self.0.lock();
        paused.open += 1;
        paused.since.get_or_insert_with(Instant::now);
        Held(Arc::clone(self))
    }

    /// How long it was until now, and whether it goes on.
    fn now(&self) -> (Duration, bool) {
        let paused = self.0.lock();
        (paused.total + paused.since.map(|since| since.elapsed()).unwrap_or_default(), paused.open > 0)
    }

    /// Waits for some work, for so long and for as long as there was a pause; nothing when that was not enough.
    pub(crate) async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let began = Instant::now();
        let mut work = std::pin::pin!(work);
        loop {
            let (paused, goes_on) = self.now();
            let until = if goes_on { Instant::now() + limit } else { began + limit + paused };
            tokio::select! {
                biased;
                done = work.as_mut() => return Some(done),
                () = sleep_until(until) => {}
            }
            let (paused, goes_on) = self.now();
            if !goes_on && Instant::now() >= began + limit + paused {
                return None;
            }
        }
    }
}

struct Held(Arc<Pause>);

impl Drop for Held {
    fn drop(&mut self) {
        let mut paused = self.0.0.lock();
        paused.open -= 1;
        if paused.open == 0
            && let Some(since) = paused.since.take()
        {
            paused.total += since.elapsed();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    #[tokio::test]
    async fn time_in_which_a_client_is_asked_does_not_count() {
        let (limit, clock) = (Duration::from_millis(10), Arc::new(Pause::default()));
        let held = clock.hold();
        let asks = async move {
            sleep(limit * 5).await;
            drop(held);
        };
        assert_eq!(clock.within(limit, asks).await, Some(()));
        assert_eq!(clock.within(limit, std::future::pending::<()>()).await, None);
    }
}
