//! The journal of a run that is executed: what is noted in it, and what is handed over from it again.

use futures_util::FutureExt;
use wire::{AskKind, Settlement};

use super::{Ask, Before, Execution, Stop, Value, errands, now_ms};
use crate::journal::{Entry, Settled};

impl Execution<'_> {
    /// Does what the script asks for.
    pub(super) fn begin(&mut self, ask: Ask) {
        let (call, kind) = (ask.call, AskKind::of(&ask.request.name));
        if self.context.journal.is_kept() {
            self.requests.insert(call, ask.request.clone());
        }
        let before = self.replay.as_ref().map_or(Before::Nothing, |replay| replay.before(call));
        let errand = errands::answer(self.context.clone(), ask, before);
        let errand = errand.map(move |settlement| (call, settlement)).boxed();
        match kind {
            AskKind::Timer => self.timers.push(errand),
            AskKind::Own | AskKind::Tool => self.errands.push(errand),
        }
    }

    /// Notes answers before they are handed over.
    pub(super) fn noted(&mut self, answers: Vec<(u32, Settlement)>) -> Vec<(u32, Settlement)> {
        if !self.context.journal.is_kept() {
            return answers;
        }
        let note = |(call, with)| {
            let Some(request) = self.requests.remove(&call) else { return (call, with) };
            let noted = self.context.progress.ledger.noted(call);
            let settled = Settled { call, request, with, now_ms: self.slice_ms, noted };
            let entry = Entry::Settled(Box::new(settled));
            self.context.journal.note(&entry);
            let Entry::Settled(settled) = entry else { return (call, Settlement::Undefined) };
            (call, settled.with)
        };
        answers.into_iter().map(note).collect()
    }

    /// Hands over the next answer of the journal. The run's end, where the script is another than it was.
    pub(super) async fn go_on_from_journal(&mut self) -> Option<Result<Value, Stop>> {
        let replay = self.replay.as_mut()?;
        let settled = match replay.next() {
            Ok(settled) => settled,
            Err(how) => {
                self.stop().await;
                let message = format!("the run cannot be repeated from its journal: {how}");
                return Some(Err(Stop::interrupted(message)));
            }
        };
        let Settled { call, request, with, now_ms, noted } = settled;
        self.tool_calls.remove(&call);
        self.asked_at.remove(&call);
        if let Some(noted) = noted {
            let ledger = &self.context.progress.ledger;
            self.context.parts.rules.recount(&noted.counted, ledger.rule_counts());
            ledger.restore(&noted, &request.arguments, &with);
        }
        self.clock.computes();
        self.slice_ms = now_ms;
        self.running.settle(vec![(call, with)], now_ms).await;
        self.go_on_live();
        None
    }

    /// The journal has no more answers, and the run goes no further than it does.
    pub(super) async fn journal_ends(&mut self) -> Stop {
        self.stop().await;
        Stop::interrupted("the journal of the run ends here: the script waits for what was never answered")
    }

    /// Does what was asked for beyond the journal, once all of it is handed over.
    pub(super) fn go_on_live(&mut self) {
        let Some(replay) = self.replay.as_mut().filter(|replay| !replay.is_under_way()) else { return };
        let mut held = replay.held();
        errands::shorten_timers(&mut held, now_ms());
        held.into_iter().for_each(|ask| self.begin(ask));
    }
}
