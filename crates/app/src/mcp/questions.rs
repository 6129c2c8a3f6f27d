//! What servers ask in the middle of a call, handed to the client at the other end of the standard streams: forms and addresses
//! for its person, questions to its model, its folders.
//!
//! A client of the older era is sent a request while its own goes on. What it is asked is a stranger's text, so it says first
//! which server asks. Over HTTP, and in the newer era, there is no way to ask a client in the middle of a request that is
//! not over.

use std::time::Duration;

use axum::http::request::Parts;
use rmcp::{
    Peer, RoleServer,
    model::{ClientResult, CustomRequest, ServerRequest},
    service::{RequestContext, ServiceError},
};
use serde_json::{Map, Value, json, value::RawValue};
use tokio::time::timeout;
use tools::{Question, Respond, Respondent, ResponseFuture, ServerName, Unanswerable};

use super::{Face, handler::is_modern};
use crate::print;

/// Characters of what a person is asked: clients show it in a small window.
const MESSAGE_CHARS_MAX: usize = 4_000;

impl Face {
    /// Who answers what servers ask in calls of this request.
    pub(super) fn respondent(&self, context: &RequestContext<RoleServer>) -> Option<Respondent> {
        if is_modern(context) || context.extensions.get::<Parts>().is_some() {
            return None;
        }
        // One for all requests: it is one client.
        let of_client = || {
            let can = context.client_capabilities()?;
            let can = serde_json::to_value(can).ok()?;
            let within = self.gateway.config.approvals_within;
            Some(Respondent::new(Client { peer: context.peer.clone(), can, within }))
        };
        self.respondent.get_or_init(of_client).clone()
    }
}

/// The client of one connection.
struct Client {
    peer: Peer<RoleServer>,
    /// Its capabilities.
    can: Value,
    /// How long its person may take.
    within: Duration,
}

impl Respond for Client {
    fn capabilities(&self) -> String {
        let known = ["elicitation", "sampling", "roots"];
        let can = known.iter().filter_map(|name| Some(((*name).to_owned(), self.can.get(name)?.clone())));
        Value::Object(can.collect::<Map<_, _>>()).to_string()
    }

    fn respond(&self, question: Question) -> ResponseFuture<'_> {
        Box::pin(async move {
            let Question { server, method, params } = question;
            let params: Value =
                serde_json::from_str(params.get()).map_err(|error| Unanswerable(error.to_string()))?;
            self.is_able(&method, &params)?;
            let params = named(&server, &method, params);
            let request = ServerRequest::CustomRequest(CustomRequest::new(method, Some(params)));
            match timeout(self.within, self.peer.send_request(request)).await {
                Ok(Ok(result)) => answer(&result),
                Ok(Err(ServiceError::McpError(error))) => {
                    Err(Unanswerable(format!("the client does not answer: {}", error.message)))
                }
                Ok(Err(error)) => Err(Unanswerable(format!("the client cannot be asked: {error}"))),
                Err(_) => Err(Unanswerable(format!("the client has not answered within {:?}", self.within))),
            }
        })
    }
}

impl Client {
    /// Whether it said that it can answer this.
    fn is_able(&self, method: &str, params: &Value) -> Result<(), Unanswerable> {
        let (what, can) = match (method, params["mode"].as_str()) {
            ("elicitation/create", Some("url")) => {
                ("open addresses for its user (elicitation by URL)", self.can.pointer("/elicitation/url"))
            }
            ("elicitation/create", _) => {
                // Clients that say nothing closer have forms.
                let forms = self
                    .can
                    .get("elicitation")
                    .filter(|can| can.get("url").is_none() || can.get("form").is_some());
                ("ask its user (elicitation by form)", forms)
            }
            ("sampling/createMessage", _) => ("ask its model (sampling)", self.can.get("sampling")),
            ("roots/list", _) => ("tell its folders (roots)", self.can.get("roots")),
            _ => ("answer this", None),
        };
        match can {
            Some(_) => Ok(()),
            None => Err(Unanswerable(format!("this client cannot {what}"))),
        }
    }
}

/// The question with the name of who asks.
fn named(server: &ServerName, method: &str, mut params: Value) -> Value {
    if let (Some(message), "elicitation/create") = (params["message"].as_str(), method) {
        let message = ::text::cut(message, MESSAGE_CHARS_MAX);
        params["message"] =
            json!(format!("The server {} asks: {message}", print::one_line(&server.to_string())));
    }
    if let Some(params) = params.as_object_mut() {
        let meta = params.entry("_meta").or_insert_with(|| json!({}));
        if let Some(meta) = meta.as_object_mut() {
            meta.insert("narrows/server".to_owned(), json!(server.as_str()));
        }
    }
    params
}

fn answer(result: &ClientResult) -> Result<Box<RawValue>, Unanswerable> {
    let unreadable =
        |error: serde_json::Error| Unanswerable(format!("the answer of the client cannot be read: {error}"));
    let result = serde_json::to_string(result).map_err(unreadable)?;
    RawValue::from_string(result).map_err(unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_told_which_server_asks() {
        let server = ServerName::new("books\n1");
        let long = "x".repeat(MESSAGE_CHARS_MAX * 2);
        let asked = named(&server, "elicitation/create", json!({"message": long, "mode": "form"}));
        let message = asked["message"].as_str().expect("a text");
        assert!(message.starts_with("The server books\u{fffd}1 asks: xxx"), "{message}");
        assert!(message.chars().count() < MESSAGE_CHARS_MAX + 100);
        assert_eq!(asked["_meta"], json!({"narrows/server": "books\n1"}));
        let asked = named(&server, "sampling/createMessage", json!({"messages": [], "_meta": {"a": 1}}));
        assert_eq!(asked, json!({"messages": [], "_meta": {"a": 1, "narrows/server": "books\n1"}}));
    }
}
