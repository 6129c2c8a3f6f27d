//! The journal of a run that is executed: what is noted in it, and what is handed over of the past.

use futures_util::FutureExt;
use tools::{ServerName, ToolId};
use wire::{AskKind, Position, Settlement};

use super::{Ask, Before, Execution, Stop, Value, errands, failure, now_ms};
use crate::{
    definitions,
    journal::{Entry, Noted, Request, Settled, Taken},
    record::{CallRecord, Failure, Outcome},
    run::{
        fetched,
        replay::{Answer, Asking, MatchKey},
    },
};

/// Characters of arguments in a message.
const SHOWN_CHARS: usize = 200;

impl Execution<'_> {
    /// Takes in what the script asks for: it is done at once, unless answers of the past are handed over before.
    pub(super) fn ask(&mut self, ask: Ask) {
        match &mut self.replay {
            Some(replay) if replay.is_over() => {
                let before = replay.before(ask.call);
                self.begin(ask, before);
            }
            Some(replay) => {
                let surface = self.context.surface();
                replay.take(ask, |request| Asking::of(request, surface));
            }
            None => self.begin(ask, Before::Nothing),
        }
    }

    /// Takes in that the script asks again for what is under way.
    pub(super) fn pass(&mut self, request: &Request) {
        if let Some(replay) = &mut self.replay {
            let surface = self.context.surface();
            replay.pass(request, |request| Asking::of(request, surface));
        }
    }

    /// Does what the script asks for.
    fn begin(&mut self, ask: Ask, before: Before) {
        let (call, kind) = (ask.call, AskKind::of(&ask.request.name));
        if self.context.journal.is_kept() {
            self.requests.insert(call, ask.request.noted());
            self.asked_ms.insert(call, ask.slice_ms);
        }
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
        let note = |(call, with)| match self.settled(call, with) {
            Ok(mut settled) => {
                // What is kept elsewhere is read from there again.
                let elsewhere = settled.result.is_some();
                let aside = elsewhere.then(|| std::mem::replace(&mut settled.with, Settlement::Undefined));
                let entry = Entry::Settled(Box::new(settled));
                self.context.journal.note(&entry);
                let Entry::Settled(settled) = entry else { return (call, Settlement::Undefined) };
                (call, aside.unwrap_or(settled.with))
            }
            Err(with) => (call, with),
        };
        answers.into_iter().map(note).collect()
    }

    /// Notes the answer of a call that comes after the script has ended. What else it asked for may be large, and is nothing that
    /// a corrected script could take.
    pub(super) fn note_left(&mut self, (call, with): (u32, Settlement)) {
        let is_call =
            self.requests.get(&call).is_some_and(|request| AskKind::of(&request.name) == AskKind::Tool);
        if is_call && let Ok(settled) = self.settled(call, with) {
            self.context.journal.note(&Entry::Left(Box::new(settled)));
        }
    }

    /// An answer as the journal has it; without the request, which is there while a journal is kept, the answer alone.
    fn settled(&mut self, call: u32, with: Settlement) -> Result<Settled, Settlement> {
        let Some(request) = self.requests.remove(&call) else { return Err(with) };
        let noted = self.context.progress.ledger.noted(call);
        self.tallies.answers.is_new();
        let asked_ms = self.asked_ms.remove(&call).unwrap_or(self.slice_ms);
        let result = self.context.fetched.lock().remove(&call);
        Ok(Settled { call, request, with, result, asked_ms, now_ms: self.slice_ms, noted })
    }

    /// Hands over the next answer of the past. The run's end, where the script is another than it was.
    pub(super) async fn go_on_from_past(&mut self) -> Option<Result<Value, Stop>> {
        let replay = self.replay.as_mut()?;
        let answer = match replay.next(self.slice_ms) {
            Ok(answer) => answer,
            Err(how) => {
                self.stop().await;
                let message = format!("the run cannot be repeated from its journal: {how}");
                return Some(Err(Stop::interrupted(message)));
            }
        };
        self.restore(&answer);
        if let Some(taken) = answer.taken {
            self.context.journal.note(&Entry::Taken(taken));
        }
        let Settled { call, with, result, now_ms, .. } = answer.settled;
        let with = match &result {
            Some(id) => match fetched::again(self.context, id).await {
                Ok(with) => with,
                Err(gone) => {
                    self.stop().await;
                    return Some(Err(gone));
                }
            },
            None => with,
        };
        self.tool_calls.remove(&call);
        self.asked_at.remove(&call);
        self.clock.computes();
        self.slice_ms = now_ms;
        self.hand_over(vec![(call, with)]).await;
        None
    }

    /// Enters an answer of the past into the account of this run.
    fn restore(&mut self, answer: &Answer) {
        // One that was handed over before in this process is in its account.
        if !self.tallies.answers.is_new() {
            return;
        }
        let Answer { settled, at, .. } = answer;
        let ledger = &self.context.progress.ledger;
        if let Some(noted) = &settled.noted {
            self.context.parts.rules.recount(&noted.counted, ledger.rule_counts());
        }
        let line = at.and_then(|at| self.context.places.lock().line(at));
        ledger.restore(settled, line);
        let goes_on = self.replay.as_ref().is_some_and(|replay| !replay.stops());
        if let Some(record) = settled.noted.as_ref().filter(|_| goes_on).and_then(Noted::record) {
            self.warn_of_change(record);
        }
    }

    /// Says once of a tool that its definition, or what is behind its server's name, is another than when it was called.
    fn warn_of_change(&mut self, record: CallRecord) {
        let id = ToolId::new(ServerName::new(record.server), record.tool);
        if !self.compared.insert(id.clone()) {
            return;
        }
        let definition =
            self.context.surface().catalog().tool(&id).map(|tool| definitions::fingerprint(tool));
        let server = self.context.parts.broker.server_fingerprint(&id.server);
        let mut changed = Vec::new();
        if is_another(record.definition.as_deref(), definition) {
            changed.push(format!("the definition of `{id}`"));
        }
        if is_another(record.server_fingerprint.as_deref(), server) {
            changed.push(format!("the configuration of the server `{}`", id.server));
        }
        let ledger = &self.context.progress.ledger;
        for what in changed {
            let warning = format!("{what} has changed since the answers of this run were recorded");
            if !ledger.has_warned(&warning) {
                ledger.warn(warning);
            }
        }
    }

    /// There are no more answers, and the run goes no further than they do.
    pub(super) async fn answers_end(&mut self) -> Stop {
        self.stop().await;
        let surface = self.context.surface();
        let unrecorded =
            self.replay.as_ref().and_then(|replay| replay.unrecorded(|it| Asking::of(it, surface)));
        match unrecorded {
            Some((key, at, nearest)) => self.not_recorded(&key, at, nearest),
            None => Stop::interrupted(
                "the journal of the run ends here: the script waits for what was never answered",
            ),
        }
    }

    /// The end of a run that asks for more than was recorded.
    fn not_recorded(&self, key: &MatchKey, at: Option<Position>, nearest: Option<String>) -> Stop {
        let MatchKey { name, arguments } = key;
        let arguments = text::cut(arguments, SHOWN_CHARS);
        let nearest = match nearest {
            Some(nearest) => format!("of the nearest call that was recorded it differs: {nearest}"),
            None => format!("no call of `{name}` was recorded"),
        };
        let message = format!(
            "the script asks for `{name}` with {arguments}, for which there is no recorded answer; {nearest}"
        );
        let failure = Failure {
            line: at.and_then(|at| self.context.places.lock().line(at)),
            ..failure::plain("NotRecordedError", message)
        };
        Stop::new(Outcome::Threw, failure)
    }

    /// Does what was asked for beyond the answers of the past, once all of them are handed over.
    pub(super) fn go_on_live(&mut self) {
        let Some(replay) = self.replay.as_mut().filter(|replay| !replay.has_answer()) else { return };
        let since_ms = replay.since_ms;
        let mut held = replay.held();
        errands::shorten_timers(held.iter_mut().map(|(ask, _)| ask), since_ms, now_ms());
        held.into_iter().for_each(|(ask, before)| self.begin(ask, before));
    }

    /// Takes in the answers of the past that the script did not wait for.
    pub(super) fn take_what_is_left(&mut self) {
        let slice_ms = self.slice_ms;
        let left = self.replay.as_mut().map(|replay| replay.left(slice_ms)).unwrap_or_default();
        for answer in left {
            self.restore(&answer);
            if let Some(taken) = answer.taken {
                self.context.journal.note(&Entry::Taken(Taken { is_left: true, ..taken }));
            }
        }
        if let Some(replay) = &self.replay
            && let Some(origin) = replay.origin.as_ref()
            && let calls @ 1.. = replay.taken_calls()
        {
            let (calls, were) = (text::counted(calls, "call"), if calls == 1 { "was" } else { "were" });
            let note = format!("{calls} {were} answered from {} and not made again", origin.run);
            self.draft.warnings.push(note);
        }
    }
}

/// Whether a fingerprint is known of both times and not the same.
fn is_another(then: Option<&str>, now: Option<u64>) -> bool {
    then.zip(now).is_some_and(|(then, now)| definitions::in_hex(now) != then)
}
