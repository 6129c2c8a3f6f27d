//! Asks the person behind a client about calls that wait, where the client can ask: by elicitation of the protocol.
//!
//! A client of the older era is sent a request while its own goes on. One of the newer era gets the question as the result
//! of its request, which it sends again with the answer. What a form shows it shows whole, so nobody approves what they
//! have not seen; calls that are too large for one are left to `narrows approvals`.

use std::{collections::BTreeMap, sync::Arc};

use axum::http::request::Parts;
use host::{Approval, ApprovalId, Decision, RunId, ShownUnder};
use rmcp::{
    Peer, RoleServer,
    model::{
        CallToolRequestParams, ClientResult, ElicitRequest, ElicitRequestParams, ElicitResult,
        ElicitationAction, ElicitationSchema, EnumSchema, InputRequest, InputRequests, InputRequiredResult,
        InputResponses, PrimitiveSchemaDefinition, ServerRequest,
    },
    service::RequestContext,
};
use serde_json::Value;

use super::handler::is_modern;
use crate::print;

/// Bytes of one form. A person reads no more, and clients show it in a small window.
const FORM_BYTES_MAX: usize = 16 * 1024;

/// The name of the question among those of one result: there is only one.
const QUESTION: &str = "approval";

/// The one field of the form.
const FIELD: &str = "decision";

/// Characters of a client's name that are kept with a decision.
const CLIENT_CHARS_MAX: usize = 60;

/// The words of the form, and what they mean.
const CHOICES: [(&str, Decision); 3] = [
    ("approve", Decision::Approve),
    ("approve for this run", Decision::ApproveForRun),
    ("refuse", Decision::Refuse),
];

/// How the person behind a client is asked.
pub(super) enum Asker {
    /// Not by this client.
    Nobody,
    /// By a request to it.
    ByRequest(Peer<RoleServer>),
    /// By the result of its own request.
    ByResult,
}

impl Asker {
    pub(super) fn of(context: &RequestContext<RoleServer>) -> Self {
        let capabilities = context.client_capabilities();
        let elicitation = capabilities.and_then(|capabilities| capabilities.elicitation);
        // Clients that say nothing closer have forms: the first version of the protocol with elicitation had no more.
        let has_forms = elicitation.is_some_and(|can| can.form.is_some() || can.url.is_none());
        // Over HTTP no session of the older era is kept, so there is no way back to its client.
        let is_http = context.extensions.get::<Parts>().is_some();
        match (has_forms, is_modern(context), is_http) {
            (true, true, _) => Self::ByResult,
            (true, false, false) => Self::ByRequest(context.peer.clone()),
            _ => Self::Nobody,
        }
    }
}

/// Who decides by the forms of a client, for those who look later.
pub(super) fn decider(context: &RequestContext<RoleServer>) -> String {
    let name = context.client_info().map(|client| print::one_line(&client.name)).unwrap_or_default();
    format!("the user of {}", ::text::cut(&name, CLIENT_CHARS_MAX))
}

/// A question about calls that wait at the same moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) calls: Vec<ApprovalId>,
    message: String,
}

impl Form {
    /// The question about as many of these calls as can be shown whole. `None` where not even one can.
    pub(super) fn of(waiting: &[Arc<Approval>]) -> Option<Self> {
        let mut shown = String::new();
        let mut calls = Vec::new();
        for approval in waiting {
            let call = shown_call(approval);
            if shown.len() + call.len() <= FORM_BYTES_MAX {
                shown.push_str(&call);
                calls.push(approval.id.clone());
            }
        }
        let these = match calls.len() {
            0 => return None,
            1 => "this call".to_owned(),
            many => format!("these {many} calls"),
        };
        Some(Self {
            calls,
            message: format!("A script asks to make {these}. Exactly this will be sent:\n{shown}"),
        })
    }

    /// As a request of the protocol.
    pub(super) fn request(&self) -> ElicitRequest {
        let words = CHOICES.iter().map(|(word, _)| (*word).to_owned()).collect();
        let decision = EnumSchema::builder(words).title("Decision").build();
        let fields = BTreeMap::from([(FIELD.to_owned(), PrimitiveSchemaDefinition::Enum(decision))]);
        let requested_schema = ElicitationSchema::new(fields).with_required(vec![FIELD.to_owned()]);
        ElicitRequest::new(ElicitRequestParams::FormElicitationParams {
            meta: None,
            message: self.message.clone(),
            requested_schema,
        })
    }

    /// As the result of a request about a run.
    pub(super) fn result(&self, run: &RunId, under: &ShownUnder) -> InputRequiredResult {
        let question = InputRequest::Elicitation(self.request());
        let questions = InputRequests::from([(QUESTION.to_owned(), question)]);
        InputRequiredResult::new(Some(questions), Some(format!("{run}/{}", under.as_str())))
    }

    /// Asks by a request: what the person decided, and nothing where they did not.
    pub(super) async fn ask(&self, peer: &Peer<RoleServer>) -> Option<Decision> {
        match peer.send_request(ServerRequest::ElicitRequest(self.request())).await {
            Ok(ClientResult::ElicitResult(answer)) => decision(&answer),
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(%error, "a client that can ask its person did not");
                None
            }
        }
    }
}

/// A request that was sent again with its person's answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SentAgain {
    pub(super) run: RunId,
    pub(super) under: ShownUnder,
    pub(super) decision: Option<Decision>,
}

impl SentAgain {
    /// `None` for a request that is sent for the first time.
    pub(super) fn of(state: Option<&str>, responses: Option<&InputResponses>) -> Option<Self> {
        let (run, under) = state?.split_once('/')?;
        let answer = responses.and_then(|responses| responses.get(QUESTION));
        let answer = answer.and_then(|answer| serde_json::from_value(answer.clone()).ok());
        let decision = answer.as_ref().and_then(decision);
        Some(Self { run: RunId::new(run), under: ShownUnder::new(under), decision })
    }

    pub(super) fn of_params(params: &CallToolRequestParams) -> Option<Self> {
        Self::of(params.request_state.as_deref(), params.input_responses.as_ref())
    }

    /// The same of a request that the SDK does not decode.
    pub(super) fn of_json(params: Option<&Value>) -> Option<Self> {
        let params = params?;
        let responses = serde_json::from_value(params["inputResponses"].clone()).ok();
        Self::of(params["requestState"].as_str(), responses.as_ref())
    }
}

/// What the person decided. A person who closes a form has not decided.
fn decision(answer: &ElicitResult) -> Option<Decision> {
    match answer.action {
        ElicitationAction::Accept => {
            let word = answer.content.as_ref()?[FIELD].as_str()?;
            CHOICES.iter().find(|(known, _)| *known == word).map(|(_, decision)| *decision)
        }
        ElicitationAction::Decline => Some(Decision::Refuse),
        _ => None,
    }
}

fn shown_call(approval: &Approval) -> String {
    let Approval { server, tool, arguments, about, .. } = approval;
    let line = about.line.map(|line| format!(" (line {line})")).unwrap_or_default();
    let name = print::one_line(&format!("{server}/{tool}"));
    let arguments = print::json_indented(arguments);
    format!("\n{name}{line}\n{arguments}\nAsked because {}\n", print::one_line(&about.why))
}

#[cfg(test)]
mod tests {
    use host::{ApprovalAbout, ApprovalState};
    use serde_json::{json, value::RawValue};

    use super::*;

    fn approval(call: u32, arguments: &str) -> Arc<Approval> {
        Arc::new(Approval {
            id: ApprovalId { run: RunId::new("run_1"), call },
            state: ApprovalState::Waiting,
            server: "mail".to_owned(),
            tool: "send".to_owned(),
            arguments: RawValue::from_string(arguments.to_owned()).expect("JSON"),
            is_kept: true,
            about: ApprovalAbout {
                rule: Some("mail".to_owned()),
                why: "the rule `mail` (n.json:1:2) asks about it".to_owned(),
                client: "local".to_owned(),
                line: Some(7),
            },
            asked_at_ms: 0,
            expires_at_ms: 0,
            decided_at_ms: None,
            decided_by: None,
        })
    }

    #[test]
    fn a_form_shows_exactly_what_will_be_sent() {
        let hidden = "{\"to\":\"a\u{202e}b\",\"n\":12345678901234567890123}";
        let form = Form::of(&[approval(1, hidden), approval(2, "{}")]).expect("a form");
        let expect = "A script asks to make these 2 calls. Exactly this will be sent:\n\n\
            mail/send (line 7)\n{\n  \"to\": \"a\\u202eb\",\n  \"n\": 12345678901234567890123\n}\n\
            Asked because the rule `mail` (n.json:1:2) asks about it\n\n\
            mail/send (line 7)\n{}\nAsked because the rule `mail` (n.json:1:2) asks about it\n";
        assert_eq!(form.message, expect);
    }

    #[test]
    fn what_does_not_fit_a_form_is_not_in_it() {
        let large = format!("{{\"text\":\"{}\"}}", "x".repeat(FORM_BYTES_MAX));
        assert_eq!(Form::of(&[approval(1, &large)]), None);
        let form = Form::of(&[approval(1, &large), approval(2, "{}")]).expect("a form");
        assert_eq!(form.calls, [approval(2, "{}").id.clone()]);
        let many: Vec<_> = (0..1_000).map(|call| approval(call, "{}")).collect();
        let form = Form::of(&many).expect("a form");
        assert!(form.message.len() < FORM_BYTES_MAX + 100 && form.calls.len() < 1_000);
    }

    #[test]
    fn only_a_word_of_the_form_decides() {
        for (answer, expect) in [
            (json!({"action": "accept", "content": {"decision": "approve"}}), Some(Decision::Approve)),
            (
                json!({"action": "accept", "content": {"decision": "approve for this run"}}),
                Some(Decision::ApproveForRun),
            ),
            (json!({"action": "accept", "content": {"decision": "refuse"}}), Some(Decision::Refuse)),
            (json!({"action": "decline"}), Some(Decision::Refuse)),
            (json!({"action": "cancel"}), None),
            (json!({"action": "cancel", "content": {"decision": "approve"}}), None),
            (json!({"action": "accept"}), None),
            (json!({"action": "accept", "content": {"decision": true}}), None),
            (json!({"action": "accept", "content": {"decision": "yes"}}), None),
            (json!({"action": "accept", "content": "approve"}), None),
            (json!(["approve"]), None),
        ] {
            let responses = InputResponses::from([(QUESTION.to_owned(), answer.clone())]);
            let again = SentAgain::of(Some("run_1/ab"), Some(&responses)).expect("it is sent again");
            assert_eq!(again.decision, expect, "{answer}");
            assert_eq!((again.run.as_str(), again.under.as_str()), ("run_1", "ab"));
        }
        assert_eq!(SentAgain::of(None, None), None);
        assert_eq!(SentAgain::of(Some("nonsense"), None), None);
    }
}
