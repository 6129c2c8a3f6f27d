//! Tasks of the projects: created, searched, changed.

use serde_json::{Map, Value, json};

use super::{Server, unanswered};
use crate::{
    calendar::Day,
    company::FIRST_NAMES,
    dice::Dice,
    filter::Filter,
    tool::{Arguments, Effect, Reply, Tool, object, reply, rows},
};

const PROJECTS: [&str; 2] = ["OPS", "WEB"];
const SUMMARIES: [&str; 5] = [
    "Rotate the certificates",
    "Move the nightly job",
    "Rewrite the price page",
    "Measure the start time",
    "Tidy up the backlog",
];

pub(crate) struct Jira {
    issues: Vec<Map<String, Value>>,
}

impl Jira {
    pub(crate) fn new() -> Self {
        let mut dice = Dice::new(9);
        let mut all = Self { issues: Vec::new() };
        for _ in 0..40 {
            let project = dice.pick(&PROJECTS);
            let summary = dice.pick(&SUMMARIES);
            let assignee = dice.pick(&FIRST_NAMES).to_lowercase();
            let status = dice.pick(&["To Do", "In Progress", "Done"]);
            all.add(project, &json!({"summary": summary, "status": status, "assignee": assignee}));
        }
        all
    }

    fn add(&mut self, project: &str, fields: &Value) -> String {
        let key = format!("{project}-{}", self.issues.len() + 1);
        let mut issue = Map::new();
        issue.insert("key".to_owned(), key.clone().into());
        issue.insert("project".to_owned(), project.into());
        issue.extend(fields.as_object().cloned().unwrap_or_default());
        self.issues.push(issue);
        key
    }

    fn create_issue(&mut self, arguments: &Arguments) -> Reply {
        let project = arguments.text("project")?;
        if !PROJECTS.contains(&project) {
            return Err(format!("no project \"{project}\"; there is {}", PROJECTS.join(", ")));
        }
        let summary = arguments.text("summary")?;
        let description = arguments.text_or("description", "")?;
        let fields = json!({"summary": summary, "status": "To Do", "assignee": arguments.get("assignee"), "description": description});
        let key = self.add(project, &fields);
        reply(&json!({"key": key, "url": format!("https://tasks.example.com/browse/{key}")}))
    }

    fn search_issues(&self, arguments: &Arguments) -> Reply {
        let filter = Filter::parse(arguments.text_or("jql", "")?)?;
        let limit = arguments.limit()?;
        let found = self.issues.iter().filter(|issue| filter.holds(issue, Day::today())).take(limit);
        reply(&found.collect::<Vec<_>>())
    }

    fn update_issue(&mut self, arguments: &Arguments) -> Reply {
        let key = arguments.text("key")?;
        let changes = arguments.fields("fields")?.cloned().unwrap_or_default();
        if changes.contains_key("key") || changes.contains_key("project") {
            return Err("an issue's key and project cannot be changed".to_owned());
        }
        let issue = self.issues.iter_mut().find(|issue| issue["key"] == key);
        let issue = issue.ok_or_else(|| format!("no issue has the key \"{key}\""))?;
        issue.extend(changes);
        reply(issue)
    }
}

impl Server for Jira {
    fn about(&self) -> &'static str {
        "Tasks of the projects OPS and WEB"
    }

    fn tools(&self) -> Vec<Tool> {
        let text = json!({"type": "string"});
        let maybe_text = json!({"type": ["string", "null"]});
        let issue =
            || json!({"key": text, "project": text, "summary": text, "status": text, "assignee": maybe_text});
        let required = ["key", "project", "summary", "status", "assignee"];
        vec![
            Tool::new(Effect::Adds, "create_issue", "Create an issue", "Creates a task in a project.")
                .takes(
                    &["project", "summary"],
                    json!({
                        "project": {"enum": PROJECTS, "description": "The project's key"},
                        "summary": {"type": "string", "description": "One line"},
                        "description": {"type": "string", "description": "The details"},
                        "assignee": {"type": "string", "description": "Who does it"},
                    }),
                )
                .gives(object(&["key", "url"], json!({"key": text, "url": text}))),
            Tool::new(
                Effect::Reads,
                "search_issues",
                "Search issues",
                "Finds tasks by a condition such as: project = OPS AND status != 'Done'.",
            )
            .takes(
                &[],
                json!({
                    "jql": {"type": "string", "description": "A condition on key, project, summary, status, assignee"},
                    "limit": {"type": "integer", "minimum": 1, "description": "At most so many"},
                }),
            )
            .gives(rows(&required, issue())),
            Tool::new(Effect::Sets, "update_issue", "Update an issue", "Changes fields of a task.")
                .takes(
                    &["key", "fields"],
                    json!({
                        "key": {"type": "string", "description": "Such as OPS-7"},
                        "fields": {"type": "object", "additionalProperties": true, "description": "New values by field name"},
                    }),
                )
                .gives(json!({"type": "object", "properties": issue(), "required": required})),
        ]
    }

    fn call(&mut self, tool: &str, arguments: &Arguments) -> Reply {
        match tool {
            "create_issue" => self.create_issue(arguments),
            "search_issues" => self.search_issues(arguments),
            "update_issue" => self.update_issue(arguments),
            _ => unanswered(tool),
        }
    }
}
