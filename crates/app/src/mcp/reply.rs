//! What a tool of ours answers, and how it becomes a result of the protocol.

use host::{Data, RunId};
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, InputRequiredResult, MetaObject};
use serde_json::Value;

/// The answer of a tool of ours.
pub(super) struct Reply {
    /// For the model.
    text: String,
    /// The tool did not do what it was asked for.
    failed: bool,
    /// For people: see [`super::answers::about`].
    about: Option<Value>,
    /// For the model to see.
    images: Vec<ContentBlock>,
    /// A question to the person, in place of everything else.
    question: Option<InputRequiredResult>,
}

impl Reply {
    pub(super) fn done(text: String) -> Self {
        Self { text, failed: false, about: None, images: Vec::new(), question: None }
    }

    pub(super) fn failed(text: String) -> Self {
        Self { failed: true, ..Self::done(text) }
    }

    /// A question that the client is to ask before it gets an answer.
    pub(super) fn asking(question: InputRequiredResult) -> Self {
        Self { question: Some(question), ..Self::done(String::new()) }
    }

    /// Says which run it is of, where the text does not.
    pub(super) fn naming(mut self, run: &RunId) -> Self {
        if !self.text.contains(run.as_str()) {
            self.add_line(&format!("Run: {run}"));
        }
        self
    }

    /// With what is to be said of how the request was written.
    pub(super) fn noting(mut self, notes: &[String]) -> Self {
        notes.iter().for_each(|note| self.add_line(&format!("Note: {note}")));
        self
    }

    fn add_line(&mut self, line: &str) {
        if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text.push_str(line);
    }

    /// With images the model sees.
    pub(super) fn showing(self, images: &[Data<'_>]) -> Self {
        let images = images.iter().map(|image| ContentBlock::image(image.base64(), image.mime));
        Self { images: images.collect(), ..self }
    }

    /// With what clients keep beside the answer.
    pub(super) fn about(self, about: Value) -> Self {
        Self { about: Some(about), ..self }
    }
}

impl From<Reply> for CallToolResponse {
    fn from(reply: Reply) -> Self {
        if let Some(question) = reply.question {
            return question.into();
        }
        let content: Vec<_> = [ContentBlock::text(reply.text)].into_iter().chain(reply.images).collect();
        let result =
            if reply.failed { CallToolResult::error(content) } else { CallToolResult::success(content) };
        let about = reply.about.and_then(|about| about.as_object().cloned());
        result.with_meta(about.map(MetaObject)).into()
    }
}
