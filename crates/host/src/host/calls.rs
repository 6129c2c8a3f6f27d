//! Calls from outside of any script, through the same broker: of a person at the command line, and of a client that asks a
//! server itself.

use std::sync::Arc;

use serde_json::value::RawValue;
use tools::{Answer, AnswerForm, Method, ServerName};

use super::{CallFailure, CallOutcome, DEFAULT_WORKSPACE, Host, RunRequest};
use crate::{
    admission::Client,
    approvals::Approve,
    broker::{Asked, Caller, Ledger, Origin, Unanswered, Wanted},
    journal::Journal,
    record::{CallRecord, Failure},
};

/// How much is kept of the arguments, in the line that stands in place of a script.
const SHOWN_BYTES: usize = 2_000;

/// What a client asks of a server without a script.
#[derive(Debug, Clone)]
pub struct DirectCall {
    /// The server.
    pub server: ServerName,
    /// What it is asked for.
    pub method: Method,
    /// The tool, by its server's name for it; of no meaning for other methods.
    pub tool: String,
    /// The arguments: a JSON object.
    pub arguments: Box<RawValue>,
    /// Whether it is answered with the server's own result, or with the value as a script gets it.
    pub form: AnswerForm,
}

impl DirectCall {
    /// A request for anything but a tool.
    pub fn beside(server: ServerName, method: Method, arguments: Box<RawValue>) -> Self {
        Self { server, method, tool: String::new(), arguments, form: AnswerForm::Result }
    }

    /// A call of a tool, which is answered with its value.
    pub fn of_tool(server: &str, tool: &str, arguments: Box<RawValue>) -> Self {
        let (server, tool) = (ServerName::new(server), tool.to_owned());
        Self { server, method: Method::CallTool, tool, arguments, form: AnswerForm::Value }
    }

    /// As the broker is asked.
    pub(crate) fn asked(&self, from: Origin) -> Asked {
        let server = self.server.as_str().to_owned();
        let wanted = match self.method {
            Method::CallTool => Wanted::Name { server: Some(server), tool: self.tool.clone() },
            method => Wanted::Beside { method, server },
        };
        Asked { wanted, arguments: self.arguments.get().as_bytes().to_vec(), form: self.form, from }
    }

    /// What stands in place of a script, for people: what was asked for.
    fn shown(&self) -> String {
        let name = if self.method == Method::CallTool { &self.tool } else { self.method.name() };
        let arguments = text::beginning(self.arguments.get(), SHOWN_BYTES);
        format!("{}/{name} {arguments}", self.server)
    }
}

impl RunRequest {
    /// A run that is one call, with a record as every other.
    pub fn calling(call: DirectCall) -> Self {
        let shown = call.shown();
        Self { call: Some(call), ..Self::new(shown) }
    }
}

impl Host {
    /// Calls one tool of a server, outside of any script, through the same broker.
    pub async fn call(
        &self,
        server: &str,
        tool: &str,
        arguments: Box<RawValue>,
    ) -> Result<CallOutcome, CallFailure> {
        let asked = DirectCall::of_tool(server, tool, arguments).asked(Origin::default());
        let (answer, record) = self.carry(asked, &Client::local()).await?;
        Ok(CallOutcome { value: answer.whole(), record })
    }

    /// Asks a server for what people look through and choose from: its lists, and what may be filled in. The rules hold as
    /// for every call, and no record is kept.
    pub async fn ask(&self, call: &DirectCall, client: &Client) -> Result<Box<RawValue>, CallFailure> {
        Ok(self.carry(call.asked(Origin::default()), client).await?.0.value)
    }

    async fn carry(&self, asked: Asked, client: &Client) -> Result<(Answer, CallRecord), CallFailure> {
        let (surface, limits) = (self.surface(), &self.shared.limits);
        let ledger = Ledger::new(limits);
        let journal = Journal::none();
        let name = asked.wanted.shown().into_owned();
        let privacy = self.shared.parts.privacy.as_ref();
        let private = privacy.map(|privacy| privacy.of_run(DEFAULT_WORKSPACE)).transpose();
        let private = private.map_err(|error| CallFailure::of(&name, &error))?.map(Arc::new);
        let caller = Caller {
            run: None,
            client,
            surface: &surface,
            limits,
            ledger: &ledger,
            approve: &Approve::Ruled,
            journal: &journal,
            private: private.as_ref(),
            respondent: None,
        };
        let outcome = self.shared.parts.broker.call(asked, &caller).await;
        let record = ledger.take().0.pop().unwrap_or_else(|| CallRecord::unknown(&name));
        match outcome {
            Ok(answer) => Ok((answer, record)),
            Err(unanswered) => {
                let failure = Box::new(Failure::of_call(&unanswered));
                Err(CallFailure { failure, record: Box::new(record) })
            }
        }
    }
}

impl Failure {
    /// The failure of a call as a script would have caught it.
    pub(crate) fn of_call(unanswered: &Unanswered) -> Self {
        let error = &unanswered.error;
        let tool = unanswered.tool.as_ref();
        Self {
            name: "ToolError".to_owned(),
            message: error.message.clone(),
            server: tool.map(|tool| tool.server.to_string()),
            tool: tool.map(|tool| tool.tool.to_string()),
            code: Some(error.kind.to_string()),
            data: error.data.clone(),
            ..Self::default()
        }
    }
}
