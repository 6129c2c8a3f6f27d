//! What a run leaves to one that goes on from it.

use std::collections::{HashMap, HashSet};

use tools::CallErrorKind;
use wire::Settlement;

use crate::{
    definitions,
    journal::{Inherited, Past, SentCall, Settled},
    record::{CallEnd, CallRecord},
};

/// Which answers a run takes from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// Those that were no failures: what failed is tried again.
    Successes,
    /// Those of the calls up to this one, failures too.
    UpTo(u32),
    /// All of them.
    All,
}

impl Share {
    fn includes(self, call: u32) -> bool {
        match self {
            Self::UpTo(last) => call <= last,
            Self::Successes | Self::All => true,
        }
    }
}

impl Past {
    /// What another run may take from this one, in the order it was asked for.
    pub(crate) fn shared(self, share: Share) -> Vec<Inherited> {
        let Self { settled, left, sent, changing, changed, inherited, taken, .. } = self;
        let answered: HashSet<u32> = settled.iter().chain(&left).map(|settled| settled.call).collect();
        let mut shared: Vec<(u32, Inherited)> = Vec::new();
        for (rank, settled) in (0..).zip(settled.into_iter().chain(left)) {
            let call = settled.call;
            let is_failure = matches!(settled.with, Settlement::Reject(_));
            let kept = if share == Share::Successes && is_failure {
                unknown_outcome(&settled, &sent).map(Inherited::Sent)
            } else {
                Some(Inherited::Answer { rank, settled })
            };
            shared.extend(kept.map(|kept| (call, kept)));
        }
        let unanswered = |call: &u32| !answered.contains(call);
        let sent = sent.into_iter().filter(|(call, _)| unanswered(call));
        shared.extend(sent.map(|(call, sent)| (call, Inherited::Sent(sent))));
        let changing = changing.into_iter().filter(|(call, _)| unanswered(call));
        shared.extend(changing.map(|(call, changing)| match changed.contains(&call) {
            true => (call, Inherited::Changed(changing)),
            false => (call, Inherited::Changing(changing)),
        }));
        shared.retain(|(call, _)| share.includes(*call));
        shared.sort_by_key(|(call, _)| *call);
        let before = inherited.into_iter().enumerate().filter(|(at, _)| !taken.contains(at));
        // What was there before and not asked for comes after all that was.
        let before =
            before.filter(|_| !matches!(share, Share::UpTo(_))).map(|(_, inherited)| later(inherited));
        shared.into_iter().map(|(_, inherited)| inherited).chain(before).collect()
    }
}

fn later(inherited: Inherited) -> Inherited {
    match inherited {
        Inherited::Answer { rank, settled } => {
            Inherited::Answer { rank: rank.saturating_add(1 << 24), settled }
        }
        other => other,
    }
}

/// A call that failed and may have been carried out all the same.
fn unknown_outcome(settled: &Settled, sent: &HashMap<u32, SentCall>) -> Option<SentCall> {
    let record = settled.noted.as_ref()?.record()?;
    match record.outcome {
        // Its server says that it failed, or was not asked.
        CallEnd::Answered
        | CallEnd::Planned
        | CallEnd::Failed(
            CallErrorKind::Tool
            | CallErrorKind::Protocol(_)
            | CallErrorKind::NeedsLogin
            | CallErrorKind::NotRecorded,
        ) => None,
        CallEnd::Failed(CallErrorKind::UnknownOutcome) => Some(was_sent(settled, record)),
        CallEnd::Failed(_) => sent.get(&settled.call).cloned(),
    }
}

fn was_sent(settled: &Settled, record: CallRecord) -> SentCall {
    let number = |hex: Option<String>| hex.and_then(|hex| u64::from_str_radix(&hex, 16).ok());
    let definition = number(record.definition).unwrap_or_default();
    SentCall {
        call: settled.call,
        server: record.server,
        tool: record.tool,
        arguments: settled.request.tool_arguments(),
        recipient: definitions::recipient(definition, number(record.server_fingerprint)),
    }
}
