//! The answers of a run's own journal, handed over in their order.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{Answer, Ask, Before};
use crate::journal::{ChangingFile, SentCall, Settled};

pub(super) struct Ordered {
    settled: VecDeque<Settled>,
    left: Vec<Settled>,
    sent: HashMap<u32, SentCall>,
    changing: HashMap<u32, ChangingFile>,
    changed: HashSet<u32>,
    /// What has an answer, by call.
    expected: HashSet<u32>,
    /// What the script has asked for and is yet to be answered.
    asked: HashMap<u32, Ask>,
}

impl Ordered {
    pub(super) fn new(
        settled: VecDeque<Settled>,
        left: Vec<Settled>,
        sent: HashMap<u32, SentCall>,
        changing: HashMap<u32, ChangingFile>,
        changed: HashSet<u32>,
    ) -> Self {
        let expected = settled.iter().chain(&left).map(|settled| settled.call).collect();
        Self { settled, left, sent, changing, changed, expected, asked: HashMap::new() }
    }

    /// Whether all answers are handed over.
    pub(super) fn is_over(&self) -> bool {
        self.settled.is_empty()
    }

    /// Whether there is an answer to this.
    pub(super) fn expects(&self, ask: &Ask) -> bool {
        self.expected.contains(&ask.call)
    }

    /// Takes in what there is an answer to.
    pub(super) fn take(&mut self, ask: Ask) {
        self.asked.insert(ask.call, ask);
    }

    pub(super) fn next(&mut self) -> Result<Answer, String> {
        let Some(settled) = self.settled.pop_front() else {
            return Err("there are no more answers".to_owned());
        };
        match self.asked.remove(&settled.call) {
            Some(ask) if ask.request.noted() == settled.request => {
                Ok(Answer { settled, at: ask.at, taken: None })
            }
            Some(Ask { request, .. }) => Err(format!(
                "it asked for `{}`{} where it had asked for `{}`",
                request.name,
                if request.name == settled.request.name { " with other arguments" } else { "" },
                settled.request.name,
            )),
            None => Err(format!("it did not ask for `{}` again", settled.request.name)),
        }
    }

    /// The answers that came after the script had ended, as far as it has asked for them again.
    pub(super) fn left(&mut self) -> Vec<Answer> {
        let left = std::mem::take(&mut self.left).into_iter();
        left.filter_map(|settled| {
            let ask = self.asked.remove(&settled.call)?;
            Some(Answer { settled, at: ask.at, taken: None })
        })
        .collect()
    }

    /// What is known of a call without an answer.
    pub(super) fn before(&self, call: u32) -> Before {
        if self.changed.contains(&call) {
            return Before::Changed;
        }
        match (self.changing.get(&call), self.sent.get(&call)) {
            (Some(changing), _) => Before::Changing(changing.before),
            (None, Some(sent)) => Before::Sent(sent.recipient),
            (None, None) => Before::Nothing,
        }
    }
}
