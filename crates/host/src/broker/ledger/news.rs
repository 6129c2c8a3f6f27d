//! What is new in a ledger, for who watches a run.

use super::Ledger;
use crate::record::CallRecord;

/// What happened to a call.
pub(crate) enum CallNews {
    /// It was asked for, and has no answer.
    Began(CallRecord),
    /// It is over.
    Ended(CallRecord),
}

/// The calls that one who watches knows of.
#[derive(Default)]
pub(crate) struct SeenCalls {
    /// How many.
    begun: usize,
    /// The places of those that were under way.
    under_way: Vec<usize>,
}

impl Ledger {
    /// What happened to calls since it was last looked at. A call that is over by then has only an end.
    pub(crate) fn news(&self, seen: &mut SeenCalls) -> Vec<CallNews> {
        let calls = self.calls.lock();
        let mut news = Vec::new();
        seen.under_way.retain(|place| match calls.get(*place) {
            Some(booked) if !booked.is_under_way => {
                news.push(CallNews::Ended(booked.call.clone()));
                false
            }
            _ => true,
        });
        for (place, booked) in calls.iter().enumerate().skip(seen.begun) {
            if booked.is_under_way {
                seen.under_way.push(place);
                news.push(CallNews::Began(booked.call.clone()));
            } else {
                news.push(CallNews::Ended(booked.call.clone()));
            }
        }
        seen.begun = seen.begun.max(calls.len());
        news
    }
}
