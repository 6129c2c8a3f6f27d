//! A run from code to record: parse, check, execute, answer its calls, keep what happened.
//!
//! The host is handed a [`surface::Surface`] (what tools there are) and a [`tools::CallTool`] (how they are
//! reached) and starts workers (which hold the engine). It knows no MCP, no HTTP, no flags, and cannot open a
//! connection. Read `run` for the life of a run and `broker` for the life of a call.

mod admission;
mod answered;
mod approvals;
mod blobs;
mod broker;
mod check;
mod definitions;
mod eager;
mod history;
mod host;
mod journal;
mod json_walk;
mod learned;
mod origin;
mod plan;
mod pool;
mod private;
mod random;
mod record;
mod recorded_call;
mod requests;
mod results;
mod rules;
mod run;
mod search;
mod settings;
mod skills;
mod takeover;
mod tokens;
mod waiting;
mod withheld;
mod workspace;

pub use admission::{Client, QueueFull, Urgency};
pub use answered::AnsweredRun;
pub use approvals::{
    Approval, ApprovalAbout, ApprovalFilter, ApprovalId, ApprovalState, Approve, Decision, NotAnApprovalId,
    ShownUnder,
};
pub use blobs::{naming_data, without_data};
pub use definitions::{DefinitionTokens, definition_fingerprint};
pub use history::{History, HistoryFilter, HistoryLimits, PastRun, RunAbout, RunSummary};
pub use host::{
    ApplyError, CallFailure, CallOutcome, DEFAULT_WORKSPACE, DirectCall, Host, Page, RunEvent, RunRequest,
    RunStatus, RunWatch, SubmitError, WorkersStatus,
};
pub use learned::{LearnedTypes, Observations};
pub use plan::{Applied, ApprovedPlan, ChangedRead, Plan, PlanPart, PlannedCall};
pub use private::{
    AccountEntry, Forget, ForgetError, Forgotten, KeptPrivacy, PrivacyMode, PrivacySettings, RestoreRule,
    RestoredValue, ToolMode,
};
pub use record::{
    CallEnd, CallRecord, Data, Failure, LimitUse, LimitsUsed, Outcome, Printed, Problem, RunId, RunRecord,
    TokenReport,
};
pub use recorded_call::{ReachedAnswer, RecordedCall};
pub use requests::{NotAKey, RequestKey};
pub use rules::{
    Action, ArgumentPath, COUNT_MAX, Condition, Counts, Explanation, GlobError, Names, PathError, Question,
    Refusal, Repeatable, Rule, Rules, Test, exactly, pattern,
};
pub use run::{RunProgress, Stage};
pub use search::Found;
pub use settings::{
    APPROVALS_WITHIN, ContainerRuntime, HostError, Launcher, QueueLimits, Settings, WorkerCommand,
};
pub use skills::{
    SavedBy, Skill, SkillContent, SkillError, SkillFacts, SkillFile, SkillState, SkillVersion,
    UnreadableSkill, WaitingSkill,
};
pub use store::{Pruned, StoreError, Sync as StoreSync, Where as StorePlace};
pub use takeover::ResumeError;
pub use workspace::{
    Copied, HeldWorkspace, UnusableWorkspace, WorkspaceEntry, WorkspaceError, WorkspaceStore,
    WorkspaceSummary,
};
