//! A skill that a search found, as models and programs read it.

use serde_json::{Value, json};
use surface::Detail;
use wire::Export;

use super::{Skill, SkillContent};

/// A skill that a search found, with what it exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundSkill {
    pub(crate) skill: Skill,
    pub(crate) exports: Vec<Export>,
    pub(crate) content: SkillContent,
}

impl FoundSkill {
    /// The skill as compact text for a model: how it is imported, and what it exports, in the layout of a tool.
    pub(crate) fn text(&self, detail: Detail) -> String {
        visible(&self.written(detail))
    }

    fn written(&self, detail: Detail) -> String {
        let Skill { name, description, .. } = &self.skill;
        let names: Vec<&str> =
            self.exports.iter().map(|export| &*export.name).filter(|name| *name != "default").collect();
        let import = match (names.is_empty(), self.exports.is_empty()) {
            (false, _) => format!("import {{ {} }} from './skills/{name}'", names.join(", ")),
            (true, false) => format!("import skill from './skills/{name}'"),
            (true, true) => format!("import * as skill from './skills/{name}'"),
        };
        let about = if description.is_empty() { String::new() } else { format!("\n// {description}") };
        match detail {
            Detail::Names => format!("skills/{name}"),
            Detail::Signatures => {
                let signatures: String =
                    self.exports.iter().map(|export| format!("\n{}", export.signature)).collect();
                format!("{import}{signatures}{about}")
            }
            Detail::Full => {
                let about = self.content.about.as_deref().unwrap_or_default().trim();
                let about = if about.is_empty() { String::new() } else { format!("{about}\n\n") };
                format!("{about}{import}\n{}", self.content.source.trim_end())
            }
        }
    }

    /// The skill beside tools, as a script and a program read it.
    pub(crate) fn value(&self, detail: Detail) -> Value {
        let Skill { name, description, .. } = &self.skill;
        let names: Vec<&str> = self.exports.iter().map(|export| &*export.name).collect();
        let mut value = json!({
            "skill": name,
            "path": format!("skills/{name}"),
            "description": description,
            "exports": names,
        });
        if detail != Detail::Names {
            let signatures: Vec<&str> = self.exports.iter().map(|export| &*export.signature).collect();
            value["signature"] = visible(&signatures.join("\n")).into();
        }
        if detail == Detail::Full {
            value["typescript"] = visible(&self.content.source).into();
            if let Some(about) = &self.content.about {
                value["about"] = visible(about).into();
            }
        }
        value
    }
}

/// A text of a skill without what a person does not see of it, as texts of tools are shown.
fn visible(text: &str) -> String {
    tools::visible(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::skills::SkillState;

    #[test]
    fn a_model_is_shown_what_a_person_sees() {
        let skill = Skill {
            name: "deals".to_owned(),
            path: "/skills/deals.ts".to_owned(),
            description: String::new(),
            source_bytes: 0,
            state: SkillState::Saved,
            version: None,
            versions: 1,
            saved: None,
            workspace: None,
        };
        let export = Export { name: "sum".to_owned(), signature: "sum(a: 'x\u{202E}')".to_owned() };
        let about = Some("# How\u{E0041}".to_owned());
        let content = SkillContent { source: "// \u{202E}\u{E0041}\u{1b}[31mSum\n\tx".to_owned(), about };
        let found = FoundSkill { skill, exports: vec![export], content };
        let import = "import { sum } from './skills/deals'";
        assert_eq!(found.text(Detail::Signatures), format!("{import}\nsum(a: 'x')"));
        assert_eq!(found.text(Detail::Full), format!("# How\n\n{import}\n// [31mSum\n\tx"));
        let value = found.value(Detail::Full);
        assert_eq!(
            (&value["signature"], &value["typescript"], &value["about"]),
            (&json!("sum(a: 'x')"), &json!("// [31mSum\n\tx"), &json!("# How"))
        );
    }
}
