//! What servers are asked for, beside calls of tools.

/// The name under which resources are read: rules judge it and records show it as they do a tool's. Resources are read
/// like this and are no tools, so a server's tool of this name is another thing.
pub const READ_RESOURCE: &str = "resources/read";

/// What is asked of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// To run a tool.
    CallTool,
    /// For the contents of the resource whose `uri` is the argument.
    ReadResource,
    /// For all its resources.
    ListResources,
    /// For all its templates of resources.
    ListTemplates,
    /// For all its prompts.
    ListPrompts,
    /// For a prompt, by its `name`, with `arguments` put in.
    GetPrompt,
    /// For what an argument of a prompt or a template may be.
    Complete,
    /// For word of every change of the resource whose `uri` is the argument.
    Subscribe,
    /// For no more of it.
    Unsubscribe,
    /// For what it logs from a `level` on.
    SetLevel,
}

impl Method {
    /// Its name in the protocol. Rules judge it and records show it as they do a tool's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CallTool => "tools/call",
            Self::ReadResource => READ_RESOURCE,
            Self::ListResources => "resources/list",
            Self::ListTemplates => "resources/templates/list",
            Self::ListPrompts => "prompts/list",
            Self::GetPrompt => "prompts/get",
            Self::Complete => "completion/complete",
            Self::Subscribe => "resources/subscribe",
            Self::Unsubscribe => "resources/unsubscribe",
            Self::SetLevel => "logging/setLevel",
        }
    }

    /// Whether the protocol says that it changes nothing, and twice is the same as once.
    pub fn only_reads(self) -> bool {
        self != Self::CallTool
    }
}

/// What an answer is to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AnswerForm {
    /// The plain value that a script works with.
    #[default]
    Value,
    /// The result as the server sent it, for a client of the protocol. Of a tool that reported an error it is the error's data.
    Result,
}
