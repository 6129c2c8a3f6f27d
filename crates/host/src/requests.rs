//! Requests under a key of their client's, so that one which is sent again begins no second run.
//!
//! Which run a key began is in the store, together with the run: whoever is asked later finds both, or neither. Where the store cannot be
//! used, the latest keys are in memory.

use std::collections::VecDeque;

use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use store::{KnownRequest, NewRequest};

use crate::{host::RunRequest, record::RunId};

/// The longest key, in bytes: a UUID has 36.
const KEY_BYTES_MAX: usize = 255;

/// Keys in memory: as many as a client repeats requests within, and small.
const REMEMBERED_MAX: usize = 1_000;

/// What a client names a request by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    scope: String,
    key: String,
}

/// A text that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key is a text of 1 to {KEY_BYTES_MAX} bytes without control characters")]
pub struct NotAKey;

impl RequestKey {
    /// A key of somebody's: keys of others are other keys, whatever they say.
    pub fn new(scope: &str, key: &str) -> Result<Self, NotAKey> {
        if key.is_empty() || key.len() > KEY_BYTES_MAX || key.contains(char::is_control) {
            return Err(NotAKey);
        }
        Ok(Self { scope: scope.to_owned(), key: key.to_owned() })
    }

    /// A request under this key, of processes of one home, as the store knows it.
    pub(crate) fn of(&self, request: &RunRequest, home: &str) -> NewRequest {
        let RunRequest { code, workspace, args, approve, resume, .. } = request;
        // All of these have a form in JSON.
        let asked = serde_json::to_vec(&(code, workspace, args, approve, resume)).unwrap_or_default();
        NewRequest {
            scope: format!("{}\n{home}", self.scope),
            key: self.key.clone(),
            fingerprint: Sha256::digest(asked).to_vec(),
        }
    }
}

/// The latest requests, where no store knows them.
#[derive(Debug, Default)]
pub(crate) struct Remembered(Mutex<VecDeque<(NewRequest, RunId)>>);

impl Remembered {
    /// Enters the request as that of this run; gives what is known where its key was used before.
    pub(crate) fn enter(&self, request: NewRequest, run: &RunId) -> Option<KnownRequest> {
        let mut entered = self.0.lock();
        let is_it =
            |(known, _): &&(NewRequest, RunId)| known.scope == request.scope && known.key == request.key;
        if let Some((known, run)) = entered.iter().find(is_it) {
            return Some(KnownRequest { run: run.to_string(), fingerprint: known.fingerprint.clone() });
        }
        entered.push_back((request, run.clone()));
        if entered.len() > REMEMBERED_MAX {
            entered.pop_front();
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_short_line() {
        for key in ["a", &"x".repeat(255), "3f1c-…"] {
            assert!(RequestKey::new("local", key).is_ok(), "{key}");
        }
        for key in ["", "a\nb", "\0", &"x".repeat(256)] {
            assert_eq!(RequestKey::new("local", key), Err(NotAKey), "{key:?}");
        }
    }

    #[test]
    fn the_latest_requests_are_remembered() {
        let remembered = Remembered::default();
        let key = |key: usize| RequestKey::new("local", &key.to_string()).expect("a key");
        let enter = |at: usize, code: &str| {
            remembered
                .enter(key(at).of(&RunRequest::new(code), "home"), &RunId::new(format!("run_{at}_{code}")))
        };
        assert_eq!(enter(0, "a"), None);
        let known = enter(0, "b").expect("it is known");
        assert_eq!(known.run, "run_0_a");
        assert_eq!(known.fingerprint, key(0).of(&RunRequest::new("a"), "home").fingerprint);
        assert_ne!(known.fingerprint, key(0).of(&RunRequest::new("b"), "home").fingerprint);
        for at in 1..=REMEMBERED_MAX {
            assert_eq!(enter(at, "a"), None);
        }
        assert_eq!(enter(0, "b"), None, "the oldest is forgotten");
    }
}
