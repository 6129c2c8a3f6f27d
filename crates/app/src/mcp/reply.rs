//! What a tool of ours answers, and how it becomes a result of the protocol.

use host::{Data, RunId};
use rmcp::model::{CallToolResult, ContentBlock, MetaObject};
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
}

impl Reply {
    pub(super) fn done(text: String) -> Self {
        Self { text, failed: false, about: None, images: Vec::new() }
    }

    pub(super) fn failed(text: String) -> Self {
        Self { text, failed: true, about: None, images: Vec::new() }
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

impl From<Reply> for CallToolResult {
    fn from(reply: Reply) -> Self {
        let content: Vec<_> = [ContentBlock::text(reply.text)].into_iter().chain(reply.images).collect();
        let result = if reply.failed { Self::error(content) } else { Self::success(content) };
        let about = reply.about.and_then(|about| about.as_object().cloned());
        result.with_meta(about.map(MetaObject))
    }
}
