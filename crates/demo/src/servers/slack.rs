//! Messages: what is sent can be read back.

use serde_json::{Value, json};

use super::{Server, unanswered};
use crate::tool::{Arguments, Effect, Reply, Tool, object, reply, rows};

/// The team's channels; people are reached by `user-ID`, and a new name makes a new channel.
const CHANNELS: [(&str, &str); 6] = [
    ("#general", "Everybody"),
    ("#sales", "Deals and reports"),
    ("#sync", "What the automations do"),
    ("#support-escalations", "Tickets nobody could route"),
    ("#support-billing", "The billing team"),
    ("#support-technical", "The technical team"),
];

#[derive(Default)]
pub(crate) struct Slack {
    messages: Vec<Message>,
}

struct Message {
    channel: String,
    text: String,
}

impl Slack {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn send_message(&mut self, arguments: &Arguments) -> Reply {
        let channel = arguments.text("channel")?.to_owned();
        let text = arguments.text("text")?.to_owned();
        self.messages.push(Message { channel: channel.clone(), text });
        reply(&json!({"ok": true, "channel": channel, "ts": timestamp(self.messages.len())}))
    }

    fn list_channels(&self) -> Reply {
        let known = CHANNELS.map(|(name, topic)| json!({"name": name, "topic": topic}));
        let mut channels = known.to_vec();
        for message in &self.messages {
            if !channels.iter().any(|channel| channel["name"] == message.channel) {
                channels.push(json!({"name": message.channel, "topic": ""}));
            }
        }
        reply(&channels)
    }

    fn history(&self, arguments: &Arguments) -> Reply {
        let (channel, limit) = (arguments.text_or("channel", "")?, arguments.limit()?);
        let sent = self.messages.iter().enumerate().rev();
        let messages: Vec<Value> = sent
            .filter(|(_, message)| channel.is_empty() || message.channel == channel)
            .take(limit)
            .map(|(at, message)| {
                json!({"channel": message.channel, "text": message.text, "ts": timestamp(at + 1)})
            })
            .collect();
        reply(&messages)
    }
}

impl Server for Slack {
    fn about(&self) -> &'static str {
        "The company's chat. Messages go to channels such as #sales, or to people as user-ID"
    }

    fn tools(&self) -> Vec<Tool> {
        let text = json!({"type": "string"});
        vec![
            Tool::new(
                Effect::Adds,
                "send_message",
                "Send a message",
                "Sends a message to a channel or to a person. A channel that does not exist yet is made.",
            )
            .takes(
                &["channel", "text"],
                json!({
                    "channel": {"type": "string", "description": "A channel such as #sales, or user-ID for a person"},
                    "text": {"type": "string", "description": "The message, plain text"},
                }),
            )
            .gives(object(
                &["ok", "channel", "ts"],
                json!({"ok": {"type": "boolean"}, "channel": text, "ts": text}),
            )),
            Tool::new(Effect::Reads, "list_channels", "List channels", "Lists all channels with their topics.")
                .gives(rows(&["name", "topic"], json!({"name": text, "topic": text}))),
            Tool::new(
                Effect::Reads,
                "get_conversation_history",
                "Read messages",
                "Reads the messages of a channel, or of all channels, the newest first.",
            )
            .takes(
                &[],
                json!({
                    "channel": {"type": "string", "description": "Only the messages of this channel"},
                    "limit": {"type": "integer", "minimum": 1, "description": "At most so many"},
                }),
            )
            .gives(rows(
                &["channel", "text", "ts"],
                json!({"channel": text, "text": text, "ts": text}),
            )),
        ]
    }

    fn call(&mut self, tool: &str, arguments: &Arguments) -> Reply {
        match tool {
            "send_message" => self.send_message(arguments),
            "list_channels" => self.list_channels(),
            "get_conversation_history" => self.history(arguments),
            _ => unanswered(tool),
        }
    }
}

/// Slack's own kind of time: seconds, and a number that keeps messages apart.
fn timestamp(number: usize) -> String {
    format!("{}.{number:06}", 1_767_603_600 + number)
}
