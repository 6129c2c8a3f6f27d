//! What is said of a name that means nothing.

use std::fmt;

use tools::ToolId;

/// A name that no tool, file or server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// A sentence for the author of the script, without a final period.
    pub what: String,
    /// Existing names that look alike, best first, at most three.
    pub did_you_mean: Vec<String>,
    /// It is a name at a server whose tools are not known now: it may mean something once the server is there.
    pub is_away: bool,
    /// The server waits for its person to sign in.
    pub needs_login: bool,
}

impl Unknown {
    /// A name that means a tool that is not offered.
    pub(crate) fn withheld(tool: &ToolId) -> Self {
        Self::new(format!("the tool `{tool}` is not offered"), Vec::new())
    }

    /// A name that nothing has.
    pub(crate) fn new(what: String, did_you_mean: Vec<String>) -> Self {
        Self { what, did_you_mean, is_away: false, needs_login: false }
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match text::did_you_mean(&self.did_you_mean) {
            None => Ok(()),
            Some(question) => write!(f, "; {question}"),
        }
    }
}

impl std::error::Error for Unknown {}
