//! What a server has beside tools: resources, their templates and prompts, listed, read and completed.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use tools::{Answer, AnswerForm, Call, CallError, CallErrorKind, Method};

use crate::{
    connection::Connection,
    failure::Failure,
    health::Era,
    items::Items,
    message::{Reply, Request},
    questions::Party,
    session::METHOD_NOT_FOUND,
    unwrap,
};

impl Connection {
    /// Makes a request that is not the call of a tool.
    pub(crate) async fn ask(&self, call: &Call, party: Option<Party>) -> Result<Answer, CallError> {
        match call.method {
            Method::ListResources | Method::ListTemplates | Method::ListPrompts => {
                self.all(call.method).await
            }
            Method::ReadResource => self.read(call, party).await,
            // The newer era asks for what is logged with each request.
            Method::SetLevel if !self.hello.offers.logging || self.hello.era == Era::Modern => nothing(),
            _ => self.carry(Request { party, ..passed_on(call) }, unwrap::whole_of).await,
        }
    }

    /// All that a server lists, as a list: nothing where it does not say that it has any.
    async fn all(&self, method: Method) -> Result<Answer, CallError> {
        let offers = self.hello.offers;
        let (is_offered, member, key) = match method {
            Method::ListPrompts => (offers.prompts, "prompts", "name"),
            Method::ListTemplates => (offers.resources, "resourceTemplates", "uriTemplate"),
            _ => (offers.resources, "resources", "uri"),
        };
        let mut items = Items::of(member, key);
        if is_offered {
            match self.pages(method.name(), |reply| items.add_page(reply)).await {
                Ok(cut_off) => cut_off.into_iter().for_each(|reason| items.lose(&reason)),
                Err(Failure::Rpc { code: METHOD_NOT_FOUND, .. }) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(Answer::from(items.listed()?))
    }

    /// Reads the resource whose `uri` is in the arguments. A server that did not say that it has resources is asked all
    /// the same: some hand out links and say nothing of it.
    async fn read(&self, call: &Call, party: Option<Party>) -> Result<Answer, CallError> {
        #[derive(Deserialize)]
        struct Resource {
            uri: String,
        }
        let Resource { uri } = serde_json::from_str(call.arguments.get())
            .map_err(|error| CallError::new(CallErrorKind::InvalidArguments, error.to_string()))?;
        let request = Request { form: call.form, party, ..Request::resource(&uri) };
        let unwrapped = match call.form {
            AnswerForm::Value => unwrap::contents_of,
            AnswerForm::Result => unwrap::whole_of,
        };
        self.carry(request, unwrapped).await.map_err(|error| match error.kind {
            CallErrorKind::Protocol(METHOD_NOT_FOUND) => CallError {
                message: format!("the server has no resources to read: {}", error.message),
                ..error
            },
            _ => error,
        })
    }
}

fn nothing() -> Result<Answer, CallError> {
    unwrap::whole_of(Reply::default())
}

/// The request as its caller made it.
fn passed_on(call: &Call) -> Request {
    let members = call.arguments.get().trim();
    let members = members.strip_prefix('{').and_then(|members| members.strip_suffix('}'));
    let request = Request::new(call.method.name(), members.unwrap_or_default().trim());
    Request { name: name_of(&call.arguments), form: AnswerForm::Result, ..request }
}

fn name_of(arguments: &RawValue) -> Option<String> {
    let arguments: Value = serde_json::from_str(arguments.get()).ok()?;
    arguments.get("name")?.as_str().map(str::to_owned)
}
