//! The only way from a script to a server.
//!
//! [`Broker::call`] is to be read aloud: open the entry, find the tool, prepare the call (decode and validate its
//! arguments, ask the rules), release it, send it, record how it ended. Until [`Broker::release`] nothing has happened
//! outside of this process; after it the call may have had its effect. Knows what a tool and a run's limits are; never
//! how a tool is reached.

mod cost;
mod ledger;
mod nesting;
mod notes;
mod once;
mod personal;
mod planned;
mod requests;
mod stand_in;
mod target;
mod validate;
mod wording;

use std::{collections::HashMap, sync::Arc, time::Duration};

use serde::Serialize;
use surface::Surface;
use tokio::{sync::SemaphorePermit, time::timeout};
use tools::{
    Answer, AnswerForm, Call, CallError, CallErrorKind, CallTool, RawValue, Respondent, ServerName, Tool,
    ToolId,
};
use wire::{Limit, Limits};

use crate::{
    admission::Client,
    approvals::{ApprovalRequest, Approvals, Approve, Asking, NotApproved},
    definitions,
    journal::Journal,
    learned::LearnedTypes,
    private::PrivateData,
    record::RunId,
    rules::{Admitted, Question, Refusal, Rules, Times},
    withheld::{self, NotOffered},
};

use ledger::Entry;
pub(crate) use ledger::{CallNews, Ledger, Sample, SeenCalls};
use personal::Personal;
use target::Target;
pub(crate) use target::{Wanted, meant};
use validate::{Schemas, Validators, Verdict};

/// Whoever carries calls keeps their deadline by itself; this is for one that does not.
const DEADLINE_GRACE: Duration = Duration::from_secs(2);

/// The same where a person may be asked meanwhile, which is no time of the server's. It is the longest that approvals may take.
const QUESTIONS_GRACE: Duration = Duration::from_secs(7 * 24 * 3600);

/// Arguments larger than this are looked through on another thread: it takes milliseconds.
const ASIDE_BYTES: usize = 128 * 1024;

/// A call as it was asked for.
pub(crate) struct Asked {
    /// Which tool, or whose resource.
    pub(crate) wanted: Wanted,
    /// JSON as it came from outside, not yet known to be valid.
    pub(crate) arguments: Vec<u8>,
    /// What the answer is to be.
    pub(crate) form: AnswerForm,
    /// Where it was asked for.
    pub(crate) from: Origin,
}

/// Where in a run a call is asked for; nowhere by default.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Origin {
    /// Its number in the run: the same whenever the same script is given the same answers in the same order.
    pub(crate) call: Option<u32>,
    /// Line of the script.
    pub(crate) line: Option<u32>,
    /// Where it may have reached its server before: the fingerprint of what it was sent to, see [`definitions::recipient`].
    pub(crate) sent_as: Option<u64>,
}

/// What a call needs to know of its run.
pub(crate) struct Caller<'a> {
    /// The run; `None` outside of any.
    pub(crate) run: Option<&'a RunId>,
    /// Who asked for the run, or for the call.
    pub(crate) client: &'a Client,
    pub(crate) surface: &'a Surface,
    pub(crate) limits: &'a Limits,
    pub(crate) ledger: &'a Ledger,
    /// Which calls a person is asked about beside those that the rules ask about.
    pub(crate) approve: &'a Approve,
    pub(crate) journal: &'a Journal,
    /// What hides personal data, where any is hidden.
    pub(crate) private: Option<&'a Arc<PrivateData>>,
    /// Who answers what servers ask.
    pub(crate) respondent: Option<&'a Respondent>,
}

/// Why a call has no answer, with the tool it was meant for.
#[derive(Debug)]
pub(crate) struct Unanswered {
    /// `None` when there is no such tool.
    pub(crate) tool: Option<ToolId>,
    pub(crate) error: CallError,
}

/// A call of which everything is known that can be known before it is sent: the rules do not refuse it.
struct Prepared<'s> {
    target: Target<'s>,
    from: Origin,
    /// With placeholders for personal data, as everything but the rules and the server sees them.
    arguments: Box<RawValue>,
    form: AnswerForm,
    schemas: Arc<Schemas>,
    /// The fingerprint of what it is sent to.
    recipient: u64,
    /// Whether twice is the same as once, where a rule says so or not.
    repeatable: Option<bool>,
    /// Why a person is asked first, where one is.
    question: Option<Question>,
}

/// A call that may be sent, once.
struct Released<'s, 'r> {
    call: Prepared<'s>,
    _turn: SemaphorePermit<'r>,
}

/// Makes calls for every run.
pub(crate) struct Broker {
    tools: Arc<dyn CallTool>,
    rules: Arc<Rules>,
    times: Arc<Times>,
    approvals: Arc<Approvals>,
    validators: Validators,
    learned: LearnedTypes,
    /// A fingerprint of what is behind each server's name.
    servers: HashMap<ServerName, u64>,
}

impl Broker {
    pub(crate) fn new(
        tools: Arc<dyn CallTool>,
        rules: Arc<Rules>,
        times: Times,
        approvals: Arc<Approvals>,
        learned: LearnedTypes,
        servers: HashMap<ServerName, u64>,
    ) -> Self {
        let validators = Validators::default();
        Self { tools, rules, times: Arc::new(times), approvals, validators, learned, servers }
    }

    /// The fingerprint of what is behind a server's name.
    pub(crate) fn server_fingerprint(&self, server: &ServerName) -> Option<u64> {
        self.servers.get(server).copied()
    }

    /// Answers one call of one run. Dropping the future gives the call up.
    pub(crate) async fn call(&self, asked: Asked, run: &Caller<'_>) -> Result<Answer, Unanswered> {
        // The entry closes on every way out, also when this future is dropped.
        let entry = run.ledger.open(&asked.wanted.shown(), asked.arguments.len(), asked.from);
        let mut tool = None;
        let personal = Personal::of(run);
        let outcome = async {
            entry.within_limit()?;
            let target = self.find(&asked.wanted, run.surface, &entry)?;
            entry.name(tool.insert(ToolId::clone(&target.id)));
            let prepared = self.prepare(target, asked, run, &personal, &entry).await?;
            if let Some(stand_in) = prepared.held(run, &entry)? {
                return Ok(stand_in);
            }
            let released = self.release(prepared, run, &personal, &entry).await?;
            self.send(released, run, &personal, &entry).await
        };
        let outcome = outcome.await;
        match &outcome {
            Ok(answer) => entry.answered(&answer.value),
            Err(error) => entry.failed(error),
        }
        outcome.map_err(|error| Unanswered { tool, error })
    }

    fn find<'s>(
        &self,
        wanted: &Wanted,
        surface: &'s Surface,
        entry: &Entry<'_>,
    ) -> Result<Target<'s>, CallError> {
        let unknown = match target::find(wanted, surface) {
            Ok(found) => return Ok(found),
            Err(unknown) => unknown,
        };
        let withheld = match wanted {
            Wanted::Path(path) => withheld::at(path, surface, &self.rules),
            Wanted::Name { server, tool } => withheld::named(server.as_deref(), tool, surface, &self.rules),
            Wanted::Beside { .. } => None,
        };
        match withheld {
            Some(NotOffered { tool, message, refusal }) => {
                entry.name(&tool);
                entry.refused(&tool, refusal);
                Err(CallError::new(CallErrorKind::Refused, message))
            }
            None => Err(unknown),
        }
    }

    /// Decodes and validates the arguments, and asks the rules about them.
    async fn prepare<'s>(
        &self,
        target: Target<'s>,
        asked: Asked,
        run: &Caller<'_>,
        personal: &Personal<'_>,
        entry: &Entry<'_>,
    ) -> Result<Prepared<'s>, CallError> {
        let Asked { arguments, from, form, .. } = asked;
        let arguments = decoded(arguments, run.limits)?;
        personal.restore(&target.id, &arguments, entry).await?;
        let sent = personal.sent(&arguments);
        run.ledger.tokens.add(arguments.get());
        let schemas = self.validators.of(target.definition).await;
        if let Err(wrong) = validate(&target.id, target.definition, &schemas, sent, run.ledger).await {
            return Err(personal.error(&target.id, wrong).await);
        }
        let is_listed_only = run.approve.is_planned() && !target.is_read_only();
        let times = (!is_listed_only).then_some(&self.times);
        let admitted = self.ask_rules(&target.id, target.definition, sent, times, entry).await?;
        let Admitted { ruling, repeatable, .. } = admitted;
        let server = self.server_fingerprint(&target.id.server);
        entry.defined(schemas.fingerprint, server);
        let recipient = definitions::recipient(schemas.fingerprint, server);
        let prepared =
            Prepared { target, from, arguments, form, schemas, recipient, repeatable, question: None };
        Ok(prepared.asked(ruling, run.approve, entry))
    }

    /// The one point between preparing a call and sending it: what a person is asked about is approved here.
    async fn release<'s, 'r>(
        &self,
        call: Prepared<'s>,
        run: &Caller<'r>,
        personal: &Personal<'_>,
        entry: &Entry<'_>,
    ) -> Result<Released<'s, 'r>, CallError> {
        let not_approved =
            |refused: NotApproved| CallError::new(refused.kind(), refused.told(&call.target.id));
        let asking = self.ask_person(&call, run).await.map_err(not_approved)?;
        entry.is_prepared();
        if let Some(asking) = asking {
            // A run that failed meanwhile has withdrawn what it asked before.
            run.ledger.is_open()?;
            asking.approved().await.map_err(not_approved)?;
        }
        // A call that waits for a person keeps no turn from others.
        let turn = run.ledger.turn().await?;
        let (in_run, number) = (run.run.map(RunId::as_str), call.from.call);
        tracing::debug!(run = in_run, client = %run.client, number, tool = %call.target.id, "a call is sent");
        if !call.is_read_only() {
            entry.leaves(&call.arguments);
        }
        personal.account(run).await?;
        call.once(run.journal).await?;
        Ok(Released { call, _turn: turn })
    }

    /// Asks a person about the call, where one is to be asked.
    async fn ask_person(
        &self,
        call: &Prepared<'_>,
        run: &Caller<'_>,
    ) -> Result<Option<Asking<'_>>, NotApproved> {
        let Some(question) = &call.question else { return Ok(None) };
        let ask = ApprovalRequest {
            run: run.run,
            call: call.from.call,
            line: call.from.line,
            client: run.client,
            tool: &call.target.id,
            arguments: &call.arguments,
            question,
        };
        self.approvals.ask(ask).await
    }

    /// Sends a call and waits for its answer.
    async fn send(
        &self,
        released: Released<'_, '_>,
        run: &Caller<'_>,
        personal: &Personal<'_>,
        entry: &Entry<'_>,
    ) -> Result<Answer, CallError> {
        let read = released.call.reading(run.approve);
        let idempotency_key = released.call.idempotency_key(run.run);
        let series = run.run.map(RunId::to_string);
        let Prepared { target: Target { method, id, definition }, arguments, form, schemas, .. } =
            released.call;
        let deadline = Duration::from_millis(run.limits.call_ms);
        let arguments = personal.sent(&arguments).to_owned();
        // A question would tell a client what is hidden from it.
        let respondent = run.respondent.filter(|_| run.private.is_none()).cloned();
        let call = Call {
            method,
            tool: ToolId::clone(&id),
            arguments,
            form,
            respondent,
            idempotency_key,
            series,
            deadline,
        };
        let said = self.carry(call, run.limits).await;
        // What is handed on as it is, nobody here looks into.
        let seen = said.as_ref().ok().filter(|_| form == AnswerForm::Value);
        let broken = seen.and_then(|answer| broken(&id, definition, &schemas, answer, run.ledger));
        let answer = match said {
            Ok(answer) => personal.answer(&id, answer).await,
            Err(error) => Err(personal.error(&id, error).await),
        };
        if let Some(arguments) = read {
            entry.read(run.approve, &id, &arguments, &answer);
        }
        let answer = answer?;
        if form == AnswerForm::Result {
            return Ok(answer);
        }
        notes::about(&id, &answer).into_iter().for_each(|note| run.ledger.warn(note));
        if let Some(broken) = broken {
            run.ledger.warn(personal.text(&id, broken).await?);
        }
        if definition.output_schema.is_none() {
            self.learned.note(&id, schemas.fingerprint, &answer.value);
        }
        Ok(answer)
    }

    /// The script learns that the call is not allowed, and the person why: see [`Refusal`].
    async fn ask_rules(
        &self,
        id: &ToolId,
        tool: &Arc<Tool>,
        arguments: &RawValue,
        times: Option<&Arc<Times>>,
        entry: &Entry<'_>,
    ) -> Result<Admitted, CallError> {
        let (server, counts) = (&id.server, entry.rule_counts());
        let large = arguments.get().len() > ASIDE_BYTES && self.rules.look_at_arguments(server, tool);
        let asked = if large {
            let (rules, server, tool) = (self.rules.clone(), server.clone(), tool.clone());
            let (arguments, counts, times) = (arguments.get().to_owned(), counts.clone(), times.cloned());
            let aside = move || rules.admit(&server, &tool, &arguments, &counts, times.as_deref());
            let failed = |_| Err(Refusal::unjudged());
            tokio::task::spawn_blocking(aside).await.unwrap_or_else(failed)
        } else {
            self.rules.admit(server, tool, arguments.get(), counts, times.map(AsRef::as_ref))
        };
        match asked {
            Ok(mut admitted) => {
                entry.counted(std::mem::take(&mut admitted.counted));
                Ok(admitted)
            }
            Err(refusal) => {
                entry.refused(id, refusal);
                Err(CallError::new(CallErrorKind::Refused, withheld::not_allowed(id)))
            }
        }
    }

    async fn carry(&self, call: Call, limits: &Limits) -> Result<Answer, CallError> {
        let (tool, deadline) = (call.tool.clone(), call.deadline);
        let grace = if call.respondent.is_some() { QUESTIONS_GRACE } else { DEADLINE_GRACE };
        match timeout(deadline.saturating_add(grace), self.tools.call(call)).await {
            Ok(Ok(answer)) if nesting::exceeds(answer.value.get(), limits.depth) => {
                let message = format!("the answer of `{tool}`: {}", Limit::Depth.sentence(limits));
                Err(CallError::new(CallErrorKind::Limit, message))
            }
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                let data = error.data.filter(|data| !nesting::exceeds(data.get(), limits.depth));
                Err(CallError { data, ..error })
            }
            Err(_) => {
                let message = format!("`{tool}` did not answer within {deadline:?} (`limits.call_seconds`)");
                Err(CallError::new(CallErrorKind::Timeout, message))
            }
        }
    }
}

impl Unanswered {
    /// The error as the script catches it: the fields of a `ToolError`, as JSON. The server's details stay as it sent them.
    pub(crate) fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct Fields<'a> {
            name: &'static str,
            message: &'a str,
            code: String,
            #[serde(skip_serializing_if = "Option::is_none")]
            server: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            tool: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            data: Option<&'a RawValue>,
        }
        let fields = Fields {
            name: match self.error.kind {
                CallErrorKind::UnknownOutcome => "UnknownOutcomeError",
                _ => "ToolError",
            },
            message: &self.error.message,
            code: self.error.kind.to_string(),
            server: self.tool.as_ref().map(|tool| tool.server.as_str()),
            tool: self.tool.as_ref().map(|tool| &*tool.tool),
            data: self.error.data.as_deref(),
        };
        // Texts and JSON are always JSON.
        serde_json::to_string(&fields).unwrap_or_default()
    }
}

async fn validate(
    id: &ToolId,
    tool: &Arc<Tool>,
    schemas: &Arc<Schemas>,
    arguments: &RawValue,
    ledger: &Ledger,
) -> Result<(), CallError> {
    match schemas.clone().check_arguments(tool, arguments).await {
        Verdict::Valid => Ok(()),
        Verdict::Invalid(faults) => {
            let message = format!("wrong arguments for `{id}`: {faults}");
            Err(CallError::new(CallErrorKind::InvalidArguments, message))
        }
        Verdict::Unknown(why) => {
            ledger.warn(format!("the arguments of `{id}` were not checked: {why}"));
            Ok(())
        }
    }
}

/// What a tool's answer has that the tool does not declare, as a warning. Once for each tool: the next result is broken in another
/// row.
fn broken(id: &ToolId, tool: &Tool, schemas: &Schemas, answer: &Answer, ledger: &Ledger) -> Option<String> {
    let broken = format!("`{id}` did not return what it declares: ");
    if ledger.has_warned(&broken) {
        return None;
    }
    schemas.faults_of_result(tool, &answer.value).map(|faults| broken + &faults)
}

/// The arguments as JSON: an object; nothing counts as an empty one.
fn decoded(arguments: Vec<u8>, limits: &Limits) -> Result<Box<RawValue>, CallError> {
    if arguments.len() as u64 > limits.argument_bytes {
        return Err(CallError::new(CallErrorKind::Limit, Limit::Arguments.sentence(limits)));
    }
    let invalid = |what: &str| CallError::new(CallErrorKind::InvalidArguments, what);
    let text = String::from_utf8(arguments).map_err(|_| invalid("the arguments are not text"))?;
    let text = if matches!(text.trim(), "" | "null") { "{}".to_owned() } else { text };
    if tools::is_deceptive(text.as_bytes()) {
        return Err(invalid(&format!("the arguments hold {}", tools::DECEPTIVE_KEY)));
    }
    let value = RawValue::from_string(text).map_err(|_| invalid("the arguments are not JSON"))?;
    if value.get().starts_with('{') {
        Ok(value)
    } else {
        Err(invalid("a tool takes one object of arguments, like `getDocument({ id: … })`"))
    }
}

#[cfg(test)]
mod tests;
