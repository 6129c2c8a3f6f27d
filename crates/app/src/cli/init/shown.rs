//! What `narrows init` shows: the clients with their servers, and what would be started, before anything is trusted.

use std::path::Path;

use serde_json::{Value, json};

use super::Seen;
use crate::{
    cli::allow::lines_of,
    clients::{ClientPlan, End, Fate, Undone},
    print,
};

impl Seen {
    pub(super) fn print(&self) {
        let rows = self.plan.clients.iter().map(|planned| {
            let servers = planned.servers.iter().map(|(name, _)| name.as_str());
            let servers = match &planned.end {
                End::Unusable(why) => why.clone(),
                _ => servers.collect::<Vec<_>>().join(", "),
            };
            let mark = if planned.end == End::Connected { "yes" } else { "no" };
            vec![planned.client.name.to_owned(), planned.path.display().to_string(), mark.to_owned(), servers]
        });
        if !self.plan.clients.is_empty() {
            print::out(print::table(&["client", "file", "chosen", "servers"], rows));
        }
        if !self.effects.is_empty() {
            print::out(format_args!("new in `{}`", self.plan.own.path().display()));
            self.effects.iter().flat_map(lines_of).for_each(print::out);
        }
        self.plan.clients.iter().flat_map(notes).for_each(print::note);
        let files: Vec<_> =
            self.plan.changes.iter().map(|change| change.path.display().to_string()).collect();
        if !files.is_empty() {
            print::note(format_args!("to be written, after a copy is kept: {}", text::named(files.iter())));
        }
    }

    pub(super) fn json(&self, is_done: bool) -> Value {
        json!({
            "config": self.plan.own.path(),
            "clients": self.plan.clients.iter().map(client).collect::<Vec<_>>(),
            "does": self.effects,
            "changes": self.plan.changes.iter().map(|change| &change.path).collect::<Vec<_>>(),
            "done": is_done,
        })
    }
}

fn client(planned: &ClientPlan) -> Value {
    let (end, why) = match &planned.end {
        End::Connected => ("connected", None),
        End::Left => ("left", None),
        End::Unusable(why) => ("unusable", Some(why)),
    };
    let servers: Vec<_> = planned.servers.iter().map(|(name, fate)| server(name, fate)).collect();
    json!({"client": planned.client.name, "title": planned.client.title, "file": planned.path, "end": end, "why": why, "servers": servers,
        "by_hand": planned.by_hand})
}

fn server(name: &str, fate: &Fate) -> Value {
    match fate {
        Fate::Moved { named, asked, without } => json!({
            "name": name, "end": "moved", "as": named.name, "new": named.is_new, "variables": asked, "without": without,
        }),
        Fate::Stays(why) => json!({"name": name, "end": "stays", "why": why}),
        Fate::Narrows => json!({"name": name, "end": "narrows"}),
    }
}

/// What a person should know of a client's servers.
fn notes(planned: &ClientPlan) -> Vec<String> {
    let whose = planned.client.name;
    let mut notes = Vec::new();
    notes.extend(
        planned
            .by_hand
            .as_ref()
            .map(|text| format!("for {whose} add this to `{}`:\n{text}", planned.path.display())),
    );
    for (name, fate) in &planned.servers {
        let name = print::one_line(name);
        match fate {
            Fate::Stays(why) if planned.end == End::Connected => {
                notes.push(format!("`{name}` stays with {whose}: {why}"));
            }
            Fate::Moved { named, asked, without } => {
                if print::one_line(&named.name) != name {
                    notes.push(format!(
                        "`{name}` of {whose} becomes `{}`: another `{name}` is there already",
                        named.name
                    ));
                }
                notes.extend(asked.iter().map(|variable| {
                    format!("`{name}` of {whose} needs the variable `{variable}`, which its client asked for: set it in your environment")
                }));
                if !without.is_empty() {
                    notes.push(format!(
                        "left out of `{name}` of {whose}, for Narrows has no such key: {}",
                        text::named(without.iter())
                    ));
                }
            }
            _ => {}
        }
    }
    notes
}

/// One line about a file that was taken back.
pub(super) fn undone(path: &Path, end: &Undone) -> String {
    let file = path.display();
    match end {
        Undone::Restored => format!("restored {file}"),
        Undone::Removed => format!("removed {file}"),
        Undone::Merged => format!("put the servers back into {file}, which was changed since"),
        Undone::Kept => format!("left {file}, which was changed since"),
        Undone::Failed(why) => format!("failed {file}: {why}"),
    }
}

pub(super) fn word(end: &Undone) -> &'static str {
    match end {
        Undone::Restored => "restored",
        Undone::Removed => "removed",
        Undone::Merged => "merged",
        Undone::Kept => "kept",
        Undone::Failed(_) => "failed",
    }
}

pub(super) fn why(end: &Undone) -> Option<&str> {
    match end {
        Undone::Failed(why) => Some(why),
        _ => None,
    }
}
