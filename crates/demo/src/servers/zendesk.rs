//! Support tickets: a hundred new ones nobody has taken yet.

use serde_json::{Map, Value, json};

use super::{Server, unanswered};
use crate::{
    company,
    dice::Dice,
    tool::{Arguments, Effect, Reply, Tool, object, reply, rows},
};

const TICKETS: u64 = 100;
/// Subjects and first sentences, the last two of a kind no team feels responsible for.
const TOPICS: [(&str, &str, &str); 14] = [
    ("Invoice shows the wrong amount", "We were charged twice this month and need a refund.", "billing"),
    ("Payment was declined", "The payment failed although the card is fine.", "billing"),
    ("Application crashes on start", "It shows an error and closes. This is urgent.", "bug"),
    ("Report runs into a timeout", "The monthly report is not working since Monday.", "bug"),
    ("Cannot log in", "The login says my password is wrong.", "access"),
    ("Locked out after changing phones", "Two-factor codes go to the old phone. Important!", "access"),
    ("Parcel has not arrived", "The delivery was promised for last week.", "shipping"),
    ("Damaged box", "The courier left a damaged box at the door.", "shipping"),
    ("Webhook stopped", "Our webhook gets no events, critical for us.", "integration"),
    ("Import skips rows", "The import of contacts skips every tenth row.", "integration"),
    ("Where do I begin", "Is there a getting started guide? A training would be good.", "onboarding"),
    ("Invite colleagues", "How do I invite five colleagues? Needed ASAP.", "onboarding"),
    ("Compliment", "Your team was wonderful, thank you.", "feedback"),
    ("A question about your plants", "Which plants are those in the office video?", "other"),
];

pub(crate) struct Zendesk {
    tickets: Vec<Ticket>,
}

struct Ticket {
    fields: Map<String, Value>,
    comments: Vec<Value>,
}

impl Zendesk {
    pub(crate) fn new() -> Self {
        let mut dice = Dice::new(15);
        Self { tickets: (1..=TICKETS).map(|number| ticket(number, &mut dice)).collect() }
    }

    fn get_tickets(&self, arguments: &Arguments) -> Reply {
        let limit = arguments.limit()?;
        // An argument that is null asks for tickets without the field; one that is left out asks nothing.
        let asked: Vec<_> = arguments.0.iter().filter(|(name, _)| *name != "limit").collect();
        let found: Vec<_> = self
            .tickets
            .iter()
            .map(|ticket| &ticket.fields)
            .filter(|fields| asked.iter().all(|(name, value)| fields.get(*name) == Some(value)))
            .take(limit)
            .collect();
        reply(&found)
    }

    fn update_ticket(&mut self, arguments: &Arguments) -> Reply {
        let changes = arguments.fields("fields")?.cloned().unwrap_or_default();
        if let Some(fixed) = ["id", "url", "comment_count"].iter().find(|name| changes.contains_key(**name)) {
            return Err(format!("a ticket's {fixed} cannot be changed"));
        }
        let ticket = self.find(arguments)?;
        ticket.fields.extend(changes);
        reply(&ticket.fields)
    }

    fn add_comment(&mut self, arguments: &Arguments) -> Reply {
        let body = arguments.text("body")?.to_owned();
        let public = arguments.get("public").is_none_or(|public| public == &Value::Bool(true));
        let ticket = self.find(arguments)?;
        ticket.comments.push(json!({"body": body, "public": public}));
        ticket.fields.insert("comment_count".to_owned(), ticket.comments.len().into());
        reply(&json!({"ticketId": ticket.fields["id"], "comments": ticket.comments}))
    }

    fn find(&mut self, arguments: &Arguments) -> Result<&mut Ticket, String> {
        let id = arguments.number("ticketId")?.ok_or("\"ticketId\" is missing")?;
        let ticket = self.tickets.iter_mut().find(|ticket| ticket.fields["id"] == id);
        ticket.ok_or_else(|| format!("no ticket has the id {id}"))
    }
}

impl Server for Zendesk {
    fn about(&self) -> &'static str {
        "Support tickets and the comments on them"
    }

    fn tools(&self) -> Vec<Tool> {
        let text = json!({"type": "string"});
        let number = json!({"type": "integer"});
        let maybe_text = json!({"type": ["string", "null"]});
        let ticket = json!({
            "id": number,
            "subject": text,
            "description": text,
            "status": text,
            "priority": maybe_text,
            "assignee": maybe_text,
            "assignee_group_id": {"type": ["integer", "null"]},
            "tags": {"type": "array", "items": text},
            "requester": text,
            "url": text,
            "comment_count": number,
        });
        let required = [
            "id",
            "subject",
            "description",
            "status",
            "priority",
            "assignee",
            "assignee_group_id",
            "tags",
            "requester",
            "url",
            "comment_count",
        ];
        let ticket_id = json!({"type": "integer", "description": "The ticket's id"});
        vec![
            Tool::new(
                Effect::Reads,
                "get_tickets",
                "List tickets",
                "Lists tickets that match every argument given; null asks for tickets where it is not set.",
            )
            .takes(
                &[],
                json!({
                    "status": {"enum": ["new", "open", "pending", "solved"], "description": "Only tickets in this state"},
                    "assignee": {"type": ["string", "null"], "description": "Only this person's; null: nobody's"},
                    "priority": {"type": ["string", "null"], "description": "Only of this priority"},
                    "limit": {"type": "integer", "minimum": 1, "description": "At most so many"},
                }),
            )
            .gives(rows(&required, ticket.clone())),
            Tool::new(
                Effect::Sets,
                "update_ticket",
                "Update a ticket",
                "Changes fields of a ticket, such as status, priority, assignee, assignee_group_id, tags.",
            )
            .takes(
                &["ticketId", "fields"],
                json!({"ticketId": ticket_id, "fields": {"type": "object", "additionalProperties": true, "description": "New values by field name"}}),
            )
            .gives(json!({"type": "object", "properties": ticket, "required": required})),
            Tool::new(Effect::Adds, "add_comment", "Comment on a ticket", "Adds a comment to a ticket.")
                .takes(
                    &["ticketId", "body"],
                    json!({
                        "ticketId": ticket_id,
                        "body": {"type": "string", "description": "The comment"},
                        "public": {"type": "boolean", "default": true, "description": "Whether the customer sees it"},
                    }),
                )
                .gives(object(
                    &["ticketId", "comments"],
                    json!({
                        "ticketId": number,
                        "comments": rows(&["body", "public"], json!({"body": text, "public": {"type": "boolean"}})),
                    }),
                )),
        ]
    }

    fn call(&mut self, tool: &str, arguments: &Arguments) -> Reply {
        match tool {
            "get_tickets" => self.get_tickets(arguments),
            "update_ticket" => self.update_ticket(arguments),
            "add_comment" => self.add_comment(arguments),
            _ => unanswered(tool),
        }
    }
}

fn ticket(number: u64, dice: &mut Dice) -> Ticket {
    let (first, last) = company::person(dice);
    let (subject, description, tag) = dice.pick(&TOPICS);
    let id = 1_000 + number;
    let fields = json!({
        "id": id,
        "subject": subject,
        "description": format!("{description} Regards, {first}"),
        "status": "new",
        "priority": null,
        "assignee": null,
        "assignee_group_id": null,
        "tags": [tag],
        "requester": company::email(first, last, number),
        "url": format!("https://support.example.com/tickets/{id}"),
        "comment_count": 0,
    });
    Ticket { fields: fields.as_object().cloned().unwrap_or_default(), comments: Vec::new() }
}
