//! A call that a person is asked about, as the faces show it.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{plan::ApprovedPlan, record::RunId};

/// What a call that waits is named by: its run and its number there, `run_0123456789abcdef.3`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct ApprovalId {
    /// The run.
    pub run: RunId,
    /// The call's number in the run.
    pub call: u32,
}

impl fmt::Display for ApprovalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.run, self.call)
    }
}

impl From<ApprovalId> for String {
    fn from(id: ApprovalId) -> Self {
        id.to_string()
    }
}

/// A text that names no call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of a call that waits: `RUN.NUMBER`")]
pub struct NotAnApprovalId(String);

impl FromStr for ApprovalId {
    type Err = NotAnApprovalId;

    fn from_str(text: &str) -> Result<Self, NotAnApprovalId> {
        let parts = text.rsplit_once('.').and_then(|(run, call)| Some((run, call.parse().ok()?)));
        let (run, call) = parts.ok_or_else(|| NotAnApprovalId(text.to_owned()))?;
        Ok(Self { run: RunId::new(run), call })
    }
}

/// A call that a person is, or was, asked about.
#[derive(Debug, Clone, Serialize)]
pub struct Approval {
    /// Its name.
    pub id: ApprovalId,
    /// What became of it.
    pub state: ApprovalState,
    /// The server, by its name in the configuration.
    pub server: String,
    /// The tool, by its server's name for it.
    pub tool: String,
    /// The arguments, as they would be sent.
    pub arguments: Box<RawValue>,
    /// Whether other processes find it in the store. One that is in memory alone is decided in the process that asks.
    pub is_kept: bool,
    /// What else is known of it.
    #[serde(flatten)]
    pub about: ApprovalAbout,
    /// When the person was asked, in milliseconds since 1970.
    pub asked_at_ms: u64,
    /// When it is too late to decide.
    pub expires_at_ms: u64,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at_ms: Option<u64>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
}

/// Where a call that waits comes from, and why it waits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalAbout {
    /// The rule that asks; `None` where none does.
    pub rule: Option<String>,
    /// Why a person is asked, as a clause.
    pub why: String,
    /// Who asked for the run.
    pub client: String,
    /// Line of the script, where known.
    pub line: Option<u32>,
}

/// What became of a call that a person was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ApprovalState {
    /// Nobody has decided yet.
    Waiting,
    /// A person approved it.
    Approved,
    /// A person refused it.
    Refused,
    /// Nobody decided in time.
    Expired,
    /// Its run ended before anybody decided.
    Withdrawn,
}

impl ApprovalState {
    /// The word, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl fmt::Display for ApprovalState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a person says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// This call may be made.
    Approve,
    /// This call may be made, and further ones of the same tool that the same rule asks about in the same run.
    ApproveForRun,
    /// It may not.
    Refuse,
}

/// How a call stopped waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolution {
    Decided(Decision),
    Expired,
    Withdrawn,
}

impl Resolution {
    const WORDS: [(Self, &'static str); 5] = [
        (Self::Decided(Decision::Approve), "approved"),
        (Self::Decided(Decision::ApproveForRun), "approved_for_run"),
        (Self::Decided(Decision::Refuse), "refused"),
        (Self::Expired, "expired"),
        (Self::Withdrawn, "withdrawn"),
    ];

    /// As the store keeps it.
    pub(super) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(settled, _)| *settled == self).map_or("refused", |(_, word)| word)
    }

    /// What the store kept. A word of another program counts against the call.
    pub(super) fn named(word: &str) -> Self {
        let found = Self::WORDS.into_iter().find(|(_, known)| *known == word);
        found.map_or(Self::Decided(Decision::Refuse), |(settled, _)| settled)
    }

    pub(super) fn state(self) -> ApprovalState {
        match self {
            Self::Decided(Decision::Approve | Decision::ApproveForRun) => ApprovalState::Approved,
            Self::Decided(Decision::Refuse) => ApprovalState::Refused,
            Self::Expired => ApprovalState::Expired,
            Self::Withdrawn => ApprovalState::Withdrawn,
        }
    }
}

/// Which calls of a run a person is asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Approve {
    /// Those that the rules ask about.
    #[default]
    Ruled,
    /// Those, and all calls of tools that are not marked as changing nothing.
    Writes,
    /// None of those: they are not made, but listed, for a person to approve together.
    Planned,
    /// Those of them that are not on a list which a person approved.
    Listed(Arc<ApprovedPlan>),
}

impl Approve {
    /// Whether calls are only listed.
    pub(crate) fn is_planned(&self) -> bool {
        matches!(self, Self::Planned)
    }

    /// Which calls a person is asked about in a run that goes on from one like this. What was approved as a list was approved for one
    /// run.
    pub(crate) fn of_another_run(&self) -> Self {
        match self {
            Self::Listed(_) => Self::Writes,
            other => other.clone(),
        }
    }

    /// What the random numbers of the run come from, where that is given.
    pub(crate) fn seed(&self) -> Option<u64> {
        match self {
            Self::Listed(list) => Some(list.seed),
            Self::Ruled | Self::Writes | Self::Planned => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back() {
        for (settled, word) in Resolution::WORDS {
            assert_eq!((settled.word(), Resolution::named(word)), (word, settled));
        }
        assert_eq!(Resolution::named("adopted"), Resolution::Decided(Decision::Refuse));
    }

    #[test]
    fn a_call_is_named_by_its_run_and_its_number() {
        let id: ApprovalId = "a.b.3".parse().expect("an id");
        assert_eq!((id.run.as_str(), id.call, id.to_string().as_str()), ("a.b", 3, "a.b.3"));
        for text in ["run_1", "run_1.", "run_1.x", "run_1.-1", ""] {
            let error = text.parse::<ApprovalId>().expect_err(text).to_string();
            assert_eq!(error, format!("`{text}` is not the id of a call that waits: `RUN.NUMBER`"));
        }
    }
}
