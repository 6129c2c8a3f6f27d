//! Mail: what is sent can be read back.

use serde_json::{Value, json};

use super::{Server, unanswered};
use crate::{
    company::moment,
    tool::{Arguments, Effect, Reply, Tool, object, reply, rows},
};

#[derive(Default)]
pub(crate) struct SendGrid {
    sent: Vec<Mail>,
}

struct Mail {
    to: Vec<String>,
    subject: String,
    body: String,
}

impl SendGrid {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn send_email(&mut self, arguments: &Arguments) -> Reply {
        let to = arguments.texts("to")?;
        if to.is_empty() {
            return Err("\"to\" names nobody".to_owned());
        }
        if let Some(wrong) = to.iter().find(|address| !is_address(address)) {
            return Err(format!("\"{wrong}\" is no mail address"));
        }
        let subject = arguments.text("subject")?.to_owned();
        let body = arguments.text("body")?.to_owned();
        let accepted = to.len();
        self.sent.push(Mail { to, subject, body });
        reply(&json!({"id": format!("mail-{}", self.sent.len()), "status": "queued", "accepted": accepted}))
    }

    fn list_sent(&self, arguments: &Arguments) -> Reply {
        let (to, limit) = (arguments.text_or("to", "")?, arguments.limit()?);
        let mails: Vec<Value> = self
            .sent
            .iter()
            .enumerate()
            .rev()
            .filter(|(_, mail)| to.is_empty() || mail.to.iter().any(|address| address == to))
            .take(limit)
            .map(|(at, mail)| {
                json!({
                    "id": format!("mail-{}", at + 1),
                    "to": mail.to,
                    "subject": mail.subject,
                    "body": mail.body,
                    "sentAt": moment(at),
                })
            })
            .collect();
        reply(&mails)
    }
}

impl Server for SendGrid {
    fn about(&self) -> &'static str {
        "Sends mail, and keeps what was sent"
    }

    fn tools(&self) -> Vec<Tool> {
        let text = json!({"type": "string"});
        let list = json!({"type": "array", "items": text});
        vec![
            Tool::new(
                Effect::Adds,
                "send_email",
                "Send a mail",
                "Sends a mail to one or more addresses.",
            )
            .takes(
                &["to", "subject", "body"],
                json!({
                    "to": {"description": "One address, or a list of them", "anyOf": [text, list]},
                    "subject": {"type": "string", "description": "The subject line"},
                    "body": {"type": "string", "description": "The text of the mail"},
                }),
            )
            .gives(object(
                &["id", "status", "accepted"],
                json!({"id": text, "status": text, "accepted": {"type": "integer", "description": "How many addresses"}}),
            )),
            Tool::new(
                Effect::Reads,
                "list_sent_emails",
                "List sent mails",
                "Lists the mails that were sent, the newest first.",
            )
            .takes(
                &[],
                json!({
                    "to": {"type": "string", "description": "Only mails to this address"},
                    "limit": {"type": "integer", "minimum": 1, "description": "At most so many"},
                }),
            )
            .gives(rows(
                &["id", "to", "subject", "body", "sentAt"],
                json!({"id": text, "to": list, "subject": text, "body": text, "sentAt": text}),
            )),
        ]
    }

    fn call(&mut self, tool: &str, arguments: &Arguments) -> Reply {
        match tool {
            "send_email" => self.send_email(arguments),
            "list_sent_emails" => self.list_sent(arguments),
            _ => unanswered(tool),
        }
    }
}

fn is_address(text: &str) -> bool {
    let Some((name, host)) = text.split_once('@') else { return false };
    !name.is_empty() && host.contains('.') && !text.contains(char::is_whitespace) && !host.contains('@')
}
