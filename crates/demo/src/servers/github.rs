//! Repositories' issues and pull requests.

use serde_json::{Map, Value, json};

use super::{Server, unanswered};
use crate::{
    company::FIRST_NAMES,
    dice::Dice,
    tool::{Arguments, Effect, Reply, Tool, object, reply, rows},
};

const REPOSITORIES: [&str; 3] = ["website", "billing", "mobile"];
const TITLES: [&str; 5] = [
    "Round amounts to cents",
    "Show a spinner while loading",
    "Retry when the server is away",
    "Update the list of countries",
    "Remove the old exporter",
];

pub(crate) struct GitHub {
    pull_requests: Vec<Map<String, Value>>,
    issues: usize,
}

impl GitHub {
    pub(crate) fn new() -> Self {
        let mut dice = Dice::new(11);
        let pull_requests = (1..=30)
            .map(|number| {
                let pull_request = json!({
                    "number": number,
                    "repo": REPOSITORIES[number % REPOSITORIES.len()],
                    "title": dice.pick(&TITLES),
                    "author": dice.pick(&FIRST_NAMES).to_lowercase(),
                    "state": if dice.below(3) == 0 { "merged" } else { "open" },
                    "checks": if dice.below(4) == 0 { "failing" } else { "passing" },
                });
                pull_request.as_object().cloned().unwrap_or_default()
            })
            .collect();
        Self { pull_requests, issues: 0 }
    }

    fn create_issue(&mut self, arguments: &Arguments) -> Reply {
        let repo = known(arguments.text("repo")?)?;
        let title = arguments.text("title")?;
        self.issues += 1;
        let number = 100 + self.issues;
        let url = format!("https://git.example.com/{repo}/issues/{number}");
        reply(&json!({"number": number, "title": title, "url": url}))
    }

    fn list_pull_requests(&self, arguments: &Arguments) -> Reply {
        let repo = known(arguments.text("repo")?)?;
        let state = arguments.text_or("state", "open")?;
        let found = self.pull_requests.iter().filter(|pull_request| {
            pull_request["repo"] == repo && (state == "all" || pull_request["state"] == state)
        });
        reply(&found.collect::<Vec<_>>())
    }

    fn merge_pull_request(&mut self, arguments: &Arguments) -> Reply {
        let repo = known(arguments.text("repo")?)?;
        let number = arguments.number("number")?.ok_or("\"number\" is missing")?;
        let mut all = self.pull_requests.iter_mut();
        let found = all.find(|pull_request| pull_request["repo"] == repo && pull_request["number"] == number);
        let found = found.ok_or_else(|| format!("{repo} has no pull request {number}"))?;
        if found["state"] == "merged" {
            return Err(format!("pull request {number} is merged already"));
        }
        if found["checks"] == "failing" {
            return Err(format!("the checks of pull request {number} fail"));
        }
        found.insert("state".to_owned(), "merged".into());
        reply(&json!({"number": number, "merged": true}))
    }
}

impl Server for GitHub {
    fn about(&self) -> &'static str {
        "Issues and pull requests of the repositories website, billing and mobile"
    }

    fn tools(&self) -> Vec<Tool> {
        let text = json!({"type": "string"});
        let repo = json!({"enum": REPOSITORIES, "description": "The repository"});
        let number = json!({"type": "integer", "description": "The pull request's number"});
        vec![
            Tool::new(Effect::Adds, "create_issue", "Open an issue", "Opens an issue in a repository.")
                .takes(
                    &["repo", "title"],
                    json!({
                        "repo": repo,
                        "title": {"type": "string", "description": "One line"},
                        "body": {"type": "string", "description": "The description, Markdown"},
                        "labels": {"type": "array", "items": text, "description": "Labels to give it"},
                    }),
                )
                .gives(object(
                    &["number", "title", "url"],
                    json!({"number": {"type": "integer"}, "title": text, "url": text}),
                )),
            Tool::new(
                Effect::Reads,
                "list_pull_requests",
                "List pull requests",
                "Lists the pull requests of a repository, the open ones unless another state is asked for.",
            )
            .takes(
                &["repo"],
                json!({"repo": repo, "state": {"enum": ["open", "merged", "all"], "default": "open", "description": "Which ones"}}),
            )
            .gives(rows(
                &["number", "repo", "title", "author", "state", "checks"],
                json!({"number": {"type": "integer"}, "repo": text, "title": text, "author": text, "state": text, "checks": text}),
            )),
            Tool::new(
                Effect::Removes,
                "merge_pull_request",
                "Merge a pull request",
                "Merges an open pull request whose checks pass.",
            )
            .takes(&["repo", "number"], json!({"repo": repo, "number": number}))
            .gives(object(
                &["number", "merged"],
                json!({"number": {"type": "integer"}, "merged": {"type": "boolean"}}),
            )),
        ]
    }

    fn call(&mut self, tool: &str, arguments: &Arguments) -> Reply {
        match tool {
            "create_issue" => self.create_issue(arguments),
            "list_pull_requests" => self.list_pull_requests(arguments),
            "merge_pull_request" => self.merge_pull_request(arguments),
            _ => unanswered(tool),
        }
    }
}

fn known(repo: &str) -> Result<&str, String> {
    if REPOSITORIES.contains(&repo) {
        return Ok(repo);
    }
    Err(format!("no repository \"{repo}\"; there is {}", REPOSITORIES.join(", ")))
}
