//! Documents: notes of meetings, one long transcript, and whatever is added.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::{Server, unanswered};
use crate::{
    calendar::Day,
    company::{self, FIRMS, FIRST_NAMES},
    dice::Dice,
    filter::Filter,
    tool::{Arguments, Effect, Reply, Tool, object, pick_fields, reply, rows},
};

const PLAIN: &str = "text/plain";

pub(crate) struct Drive {
    documents: Vec<Document>,
}

struct Document {
    id: String,
    title: String,
    content: String,
    mime_type: String,
    modified: String,
    shared_with: Vec<(String, String)>,
}

impl Document {
    fn link(&self) -> String {
        format!("https://docs.example.com/d/{}", self.id)
    }

    fn listed(&self) -> Map<String, Value> {
        let fields = [
            ("id", self.id.as_str()),
            ("name", &self.title),
            ("mimeType", &self.mime_type),
            ("modifiedTime", &self.modified),
            ("webViewLink", &self.link()),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
    }
}

impl Drive {
    pub(crate) fn new() -> Self {
        let mut documents = vec![transcript()];
        documents.extend((1..=30).map(meeting_notes));
        Self { documents }
    }

    fn get_document(&self, arguments: &Arguments) -> Reply {
        let id = if arguments.get("documentId").is_some() { "documentId" } else { "id" };
        let document = self.find(arguments.text(id)?)?;
        let mut shown = json!({
            "id": document.id,
            "title": document.title,
            "content": document.content,
            "mimeType": document.mime_type,
            "lastModified": document.modified,
            "webViewLink": document.link(),
        });
        if arguments.get("includeContent") == Some(&Value::Bool(false)) {
            shown["content"] = "".into();
        }
        reply(&shown)
    }

    fn list_files(&self, arguments: &Arguments) -> Reply {
        let filter = Filter::parse(arguments.text_or("query", "")?)?;
        let (fields, limit) = (arguments.texts("fields")?, arguments.limit()?);
        let listed = self.documents.iter().map(Document::listed);
        let files: Vec<_> = listed
            .filter(|file| filter.holds(file, Day::today()))
            .take(limit)
            .map(|file| pick_fields(&file, &fields))
            .collect();
        reply(&files)
    }

    fn add(&mut self, title: &str, arguments: &Arguments, mime_type: &str) -> Reply {
        let number = self.documents.len();
        let document = Document {
            id: format!("doc-new-{number}"),
            title: arguments.text(title)?.to_owned(),
            content: arguments.text_or("content", "")?.to_owned(),
            mime_type: arguments.text_or("mimeType", mime_type)?.to_owned(),
            modified: company::moment(number),
            shared_with: Vec::new(),
        };
        let made = json!({"id": document.id, "title": document.title, "webViewLink": document.link()});
        self.documents.push(document);
        reply(&made)
    }

    fn share(&mut self, arguments: &Arguments) -> Reply {
        let id = arguments.text("documentId")?;
        let emails = arguments.texts("emails")?;
        let role = arguments.text_or("role", "reader")?.to_owned();
        let document = self.documents.iter_mut().find(|document| document.id == id);
        let document = document.ok_or_else(|| no_document(id))?;
        document.shared_with.retain(|(email, _)| !emails.contains(email));
        document.shared_with.extend(emails.into_iter().map(|email| (email, role.clone())));
        let everybody: Vec<Value> =
            document.shared_with.iter().map(|(email, role)| json!({"email": email, "role": role})).collect();
        reply(&json!({"documentId": id, "sharedWith": everybody}))
    }

    fn find(&self, id: &str) -> Result<&Document, String> {
        self.documents.iter().find(|document| document.id == id).ok_or_else(|| no_document(id))
    }
}

impl Server for Drive {
    fn about(&self) -> &'static str {
        "The company's documents: notes of meetings with customers, transcripts, reports"
    }

    fn tools(&self) -> Vec<Tool> {
        let text = json!({"type": "string"});
        let made = || {
            object(&["id", "title", "webViewLink"], json!({"id": text, "title": text, "webViewLink": text}))
        };
        let content = json!({"type": "string", "description": "The text"});
        let mime_type = json!({"type": "string", "description": "Such as text/markdown"});
        vec![
            Tool::new(
                Effect::Reads,
                "get_document",
                "Read a document",
                "Reads a document with its whole content.",
            )
            .takes(
                &[],
                json!({
                    "documentId": {"type": "string", "description": "The document's id"},
                    "id": {"type": "string", "description": "The same as documentId, shorter"},
                    "includeContent": {"type": "boolean", "default": true, "description": "false: everything but the content"},
                    "format": {"enum": ["text", "markdown", "html"], "description": "How the content is wanted; documents are kept as text"},
                }),
            )
            .takes_one_of(&["documentId", "id"])
            .gives(object(
                &["id", "title", "content", "mimeType", "lastModified", "webViewLink"],
                json!({"id": text, "title": text, "content": text, "mimeType": text, "lastModified": text, "webViewLink": text}),
            )),
            Tool::new(
                Effect::Reads,
                "list_files",
                "List files",
                "Lists files, all of them or those a query such as \"name contains 'Notes' and modifiedTime > '2025-11-01'\" holds for.",
            )
            .takes(
                &[],
                json!({
                    "query": {"type": "string", "description": "A condition on id, name, mimeType, modifiedTime, webViewLink"},
                    "fields": {"type": "array", "items": text, "description": "Only these fields"},
                    "limit": {"type": "integer", "minimum": 1, "description": "At most so many"},
                }),
            )
            .gives(rows(
                &[],
                json!({"id": text, "name": text, "mimeType": text, "modifiedTime": text, "webViewLink": text}),
            )),
            Tool::new(
                Effect::Adds,
                "create_document",
                "Create a document",
                "Creates a document and gives its id and its link.",
            )
            .takes(
                &["title"],
                json!({"title": {"type": "string", "description": "The document's title"}, "content": content, "mimeType": mime_type}),
            )
            .gives(made()),
            Tool::new(Effect::Adds, "upload_file", "Upload a file", "Stores a file under a name.")
                .takes(
                    &["name", "content"],
                    json!({"name": {"type": "string", "description": "The file's name"}, "content": content, "mimeType": mime_type}),
                )
                .gives(made()),
            Tool::new(
                Effect::Sets,
                "share_document",
                "Share a document",
                "Lets people read, comment or edit a document.",
            )
            .takes(
                &["documentId", "emails"],
                json!({
                    "documentId": {"type": "string", "description": "The document's id"},
                    "emails": {"type": "array", "items": text, "description": "Whom to share it with"},
                    "role": {"enum": ["reader", "commenter", "writer"], "default": "reader", "description": "What they may do"},
                }),
            )
            .gives(object(
                &["documentId", "sharedWith"],
                json!({"documentId": text, "sharedWith": rows(&["email", "role"], json!({"email": text, "role": text}))}),
            )),
        ]
    }

    fn call(&mut self, tool: &str, arguments: &Arguments) -> Reply {
        match tool {
            "get_document" => self.get_document(arguments),
            "list_files" => self.list_files(arguments),
            "create_document" => self.add("title", arguments, "text/markdown"),
            "upload_file" => self.add("name", arguments, PLAIN),
            "share_document" => self.share(arguments),
            _ => unanswered(tool),
        }
    }
}

fn no_document(id: &str) -> String {
    format!("no document has the id \"{id}\"")
}

/// What was said in a meeting of two hours: a turn every seven seconds, some 40,000 words.
fn transcript() -> Document {
    const TURN_SECONDS: u64 = 7;
    let mut dice = Dice::new(2);
    let mut content =
        "Transcript of the planning call for the third quarter, recorded by the conference system.\n\n"
            .to_owned();
    for turn in 0..2 * 3_600 / TURN_SECONDS {
        let at = turn * TURN_SECONDS;
        let name = dice.pick(&FIRST_NAMES);
        // Writing to a string cannot fail.
        let _ = write!(content, "[{:02}:{:02}:{:02}] {name}: ", at / 3_600, at / 60 % 60, at % 60);
        for _ in 0..3 {
            content.push_str(&sentence(&mut dice));
        }
        content.push('\n');
        if turn % 120 == 119 {
            let _ = writeln!(content, "ACTION: {name} writes this down");
        }
    }
    Document {
        id: "doc-123".to_owned(),
        title: "Q3 planning call".to_owned(),
        content,
        mime_type: PLAIN.to_owned(),
        modified: "2025-11-03T16:00:00Z".to_owned(),
        shared_with: Vec::new(),
    }
}

fn sentence(dice: &mut Dice) -> String {
    const WHO: [&str; 6] = [
        "The support team",
        "Our biggest customer",
        "Engineering",
        "The finance group",
        "Marketing",
        "The partner",
    ];
    const DOES: [&str; 6] = [
        "wants to move",
        "has not finished",
        "asked us to review",
        "will take over",
        "is worried about",
        "agreed to",
    ];
    const WHAT: [&str; 6] = [
        "the migration plan",
        "the renewal for next year",
        "the onboarding checklist",
        "the integration with the billing system",
        "the quarterly budget",
        "the training material",
    ];
    const WHEN: [&str; 5] = [
        "before the end of the month",
        "once the contract is signed",
        "this week",
        "after the holidays",
        "in any case",
    ];
    format!("{} {} {} {}. ", dice.pick(&WHO), dice.pick(&DOES), dice.pick(&WHAT), dice.pick(&WHEN))
}

/// Notes 1 to 24 belong to opportunities; 25 to 30 to none.
fn meeting_notes(number: u64) -> Document {
    let mut dice = Dice::new(1_000 + number);
    let firm = dice.pick(&FIRMS);
    let people: Vec<_> = (0..3).map(|_| dice.pick(&FIRST_NAMES)).collect();
    let mut content = format!("Meeting notes: {firm}\nPresent: {}\n\n", people.join(", "));
    for _ in 0..4 + dice.below(4) {
        let _ = writeln!(content, "- {}", sentence(&mut dice).trim_end());
    }
    for name in &people[..2] {
        let _ = writeln!(content, "Action: {name} sends {firm} the new offer");
    }
    let _ = writeln!(content, "Decision: the pilot goes on with {} seats", 10 + 5 * dice.below(20));
    // Every sixth meeting was long ago.
    let modified = if number.is_multiple_of(6) { "2025-06-12" } else { "2025-11-17" };
    Document {
        id: company::notes_id(number),
        title: format!("Meeting Notes - {firm} {number}"),
        content,
        mime_type: PLAIN.to_owned(),
        modified: format!("{modified}T{:02}:30:00Z", 8 + number % 9),
        shared_with: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transcript_lasts_two_hours() {
        let content = transcript().content;
        assert!(content.lines().last().is_some_and(|line| line.starts_with("[01:59:")));
        let words = content.split_whitespace().count();
        assert!((30_000..45_000).contains(&words), "{words}");
    }
}
