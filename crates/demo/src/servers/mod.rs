//! The company's servers: each owns its part of the data and the tools on it.

mod github;
mod google_drive;
mod google_sheets;
mod jira;
mod salesforce;
mod sendgrid;
mod slack;
mod zendesk;

use crate::tool::{Arguments, Reply, Tool};

/// The names of the company's servers, in alphabetical order.
pub const SERVERS: [&str; 8] =
    ["github", "google-drive", "google-sheets", "jira", "salesforce", "sendgrid", "slack", "zendesk"];

/// A server: what it says of itself, its tools, and its answers. Calls come one at a time, in order.
pub(crate) trait Server {
    /// One sentence for a model.
    fn about(&self) -> &'static str;

    /// Its tools, in a fixed order.
    fn tools(&self) -> Vec<Tool>;

    /// Answers a call of one of its tools, whose arguments have the names its schema asks for.
    fn call(&mut self, tool: &str, arguments: &Arguments) -> Reply;
}

/// The server of this name, as it is on its first day.
pub(crate) fn open(name: &str) -> Option<Box<dyn Server>> {
    Some(match name {
        "github" => Box::new(github::GitHub::new()),
        "google-drive" => Box::new(google_drive::Drive::new()),
        "google-sheets" => Box::new(google_sheets::Sheets::new()),
        "jira" => Box::new(jira::Jira::new()),
        "salesforce" => Box::new(salesforce::Salesforce::new()),
        "sendgrid" => Box::new(sendgrid::SendGrid::new()),
        "slack" => Box::new(slack::Slack::new()),
        "zendesk" => Box::new(zendesk::Zendesk::new()),
        _ => return None,
    })
}

/// What a server says to a call of a tool it lists but does not answer: a mistake in the server.
fn unanswered(tool: &str) -> Reply {
    Err(format!("{tool} is listed but not answered"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_server_opens_and_its_tools_have_their_own_names() {
        for name in SERVERS {
            let server = open(name).expect("the server exists");
            let tools = server.tools();
            let names: HashSet<_> = tools.iter().map(Tool::name).collect();
            assert_eq!(names.len(), tools.len(), "{name}");
        }
        assert!(open("payroll").is_none());
    }

    #[test]
    fn every_listed_tool_is_answered() {
        for name in SERVERS {
            let mut server = open(name).expect("the server exists");
            for tool in server.tools() {
                let reply = server.call(tool.name(), &Arguments(serde_json::Map::new()));
                let listed_only = unanswered(tool.name()).err();
                assert!(reply.err() != listed_only, "{name}/{}", tool.name());
            }
        }
    }
}
