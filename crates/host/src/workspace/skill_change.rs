//! Changes of files below `/skills`: a script saves a skill of its workspace by writing it there.

use super::{
    FileError,
    path::{Place, place},
    requests::{Action, Request},
};

/// What a script does below `/skills`. Paths are without that.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SkillChange {
    /// It writes a file.
    Write { path: String, text: String },
    /// It makes a folder, which is there as soon as something is in it.
    MakeFolder,
    /// It removes a file or a folder; with `force` it need not be there.
    Remove { path: String, force: bool },
}

impl Request {
    /// The change of a skill that this is; the error of one that cannot be made. `None` where it is no change of a skill.
    pub(crate) fn skill_change(&mut self) -> Option<Result<SkillChange, FileError>> {
        if !self.is_change() || matches!(self.action, Action::Set(_)) {
            return None;
        }
        let given = &mut self.arguments;
        let path = match self.action {
            Action::CopyFile => below_skills(&given.to),
            Action::Rename => below_skills(&given.from).or_else(|| below_skills(&given.to)),
            _ => below_skills(&given.path),
        }?;
        Some(match (self.action, given.text.take()) {
            (Action::WriteFile, Some(text)) => Ok(SkillChange::Write { path, text }),
            (Action::MakeDir, _) => Ok(SkillChange::MakeFolder),
            (Action::Remove, _) => Ok(SkillChange::Remove { path, force: given.force == Some(true) }),
            _ => Err(FileError::Forbidden(format!(
                "'/skills/{path}' is a skill's: write it whole, as a text, with `fs.writeFile`, or remove it with `fs.rm`"
            ))),
        })
    }
}

fn below_skills(path: &str) -> Option<String> {
    match place(path) {
        Ok(Place::Tree(tree)) => Some(tree.strip_prefix("/skills")?.trim_start_matches('/').to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn change(name: &str, arguments: &Value) -> Option<Result<SkillChange, FileError>> {
        let request = Request::decode(name, arguments.to_string().as_bytes()).expect("a name of ours");
        request.expect("it decodes").skill_change()
    }

    #[test]
    fn what_is_written_below_skills_is_a_change_of_a_skill() {
        let write = |path: &str| SkillChange::Write { path: path.to_owned(), text: "x".to_owned() };
        for (name, arguments, expect) in [
            ("fs/writeFile", json!({"path": "/skills/a.ts", "text": "x"}), Some(write("a.ts"))),
            ("fs/writeFile", json!({"path": "/skills/a/SKILL.md", "text": "x"}), Some(write("a/SKILL.md"))),
            ("fs/writeFile", json!({"path": "/workspace/../skills/a.ts", "text": "x"}), Some(write("a.ts"))),
            ("fs/writeFile", json!({"path": "/workspace/skills/a.ts", "text": "x"}), None),
            ("fs/writeFile", json!({"path": "/servers/a.ts", "text": "x"}), None),
            ("fs/readFile", json!({"path": "/skills/a.ts"}), None),
            ("fs/copyFile", json!({"from": "/skills/a.ts", "to": "/workspace/a.ts"}), None),
            ("fs/mkdir", json!({"path": "/skills"}), Some(SkillChange::MakeFolder)),
            (
                "fs/rm",
                json!({"path": "/skills/a", "force": true}),
                Some(SkillChange::Remove { path: "a".to_owned(), force: true }),
            ),
        ] {
            assert_eq!(change(name, &arguments), expect.map(Ok), "{name} {arguments}");
        }
        for (name, arguments) in [
            ("fs/writeFile", json!({"path": "/skills/a.ts", "base64": "eA=="})),
            ("fs/appendFile", json!({"path": "/skills/a.ts", "text": "x"})),
            ("fs/copyFile", json!({"from": "/workspace/a.ts", "to": "/skills/a.ts"})),
            ("fs/rename", json!({"from": "/skills/a.ts", "to": "/workspace/a.ts"})),
        ] {
            let refused = change(name, &arguments).expect("a change").expect_err("refused");
            assert_eq!(refused.name(), "PermissionError", "{name} {arguments}");
        }
    }
}
