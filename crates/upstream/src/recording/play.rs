//! Which of its recorded answers a call is given.
//!
//! Calls are the same when tool and arguments are. Each series of calls, which is a run, is given the answers to equal calls
//! from the first one on, in the order in which they were recorded: so a run that is repeated ends as it did, and
//! runs at the same time do not take each other's answers. What only reads is given the last answer again when there are no more;
//! a call that may change something is refused then, because a script that makes it once too often is what a test is to find.

use std::{
    collections::{HashMap, VecDeque},
    future,
};

use ::text::{counted, nearest_json};
use tools::{Answer, AnswerFuture, Call, CallError, CallErrorKind, CallTool};

use super::{Asked, Recorded, Recording};

/// Runs whose place in the recording is known. More are hardly under way at once; the oldest begins anew.
const SERIES_MAX: usize = 1_000;

/// What to do about a call that was not recorded.
const REMEDY: &str = "to record it, run the script with the real servers and export that run too, with \
                      `narrows runs export RUN… --mock`";

/// How many answers to equal calls each series was given.
#[derive(Debug, Default)]
pub(super) struct Played {
    series: VecDeque<(String, HashMap<usize, usize>)>,
}

impl Played {
    /// How many answers to this a series was given before. A call that belongs to none is always given the first.
    fn before(&mut self, series: Option<&str>, recorded: &Recorded) -> usize {
        let Some(series) = series else { return 0 };
        if !self.series.iter().any(|(known, _)| known == series) {
            self.series.truncate(SERIES_MAX - 1);
            self.series.push_front((series.to_owned(), HashMap::new()));
        }
        let known = self.series.iter_mut().find(|(known, _)| known == series);
        let Some((_, given)) = known else { return 0 };
        let given = given.entry(recorded.number).or_default();
        *given += 1;
        *given - 1
    }
}

impl CallTool for Recording {
    fn call(&self, call: Call) -> AnswerFuture<'_> {
        Box::pin(future::ready(self.play(&call)))
    }
}

impl Recording {
    fn play(&self, call: &Call) -> Result<Answer, CallError> {
        let asked = Asked::new(call.method, &call.tool, call.arguments.get());
        let Some(recorded) = self.recorded.get(&asked) else { return Err(self.never_asked(&asked)) };
        let before = self.played.lock().before(call.series.as_deref(), recorded);
        let last = || recorded.outcomes.last().filter(|_| self.only_reads(call));
        match recorded.outcomes.get(before).or_else(last) {
            Some(outcome) => outcome.clone(),
            None => Err(not_recorded(&format!(
                "the recording has {} to this call of `{}`, and no more",
                counted(recorded.outcomes.len(), "answer"),
                call.tool
            ))),
        }
    }

    fn only_reads(&self, call: &Call) -> bool {
        let is_marked = || self.catalog.tool(&call.tool)?.annotations.read_only;
        call.method.only_reads() || is_marked() == Some(true)
    }

    fn never_asked(&self, asked: &Asked) -> CallError {
        let same_tool = self.recorded.keys().filter(|known| known.is_of_same_tool(asked));
        let nearest = nearest_json(&asked.arguments, same_tool.map(|known| &*known.arguments));
        let tool = &asked.tool;
        not_recorded(&match nearest {
            None => format!("no call of `{tool}` is recorded"),
            Some(differences) => format!(
                "no call of `{tool}` with these arguments is recorded; compared with the nearest one that is, {differences}"
            ),
        })
    }
}

fn not_recorded(what: &str) -> CallError {
    CallError::new(CallErrorKind::NotRecorded, format!("{what}; {REMEDY}"))
}
