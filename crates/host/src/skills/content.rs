//! What a skill is made of, and what that says of itself.

use std::{io, path::Path};

use files::Folder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    ABOUT_BYTES_MAX, SOURCE_BYTES_MAX, SkillError,
    disk::{ABOUT, MODULE, optional},
    manifest::{self, ALLOWED_TOOLS, Manifest, meant_tools},
};

/// How much of a description is shown.
const DESCRIPTION_BYTES_MAX: usize = 200;

/// Bytes of a hash that name a version: nobody finds another content for a given one.
const HASH_BYTES: usize = 16;

/// What a skill is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillContent {
    /// The module: `index.ts`, or the one file.
    pub source: String,
    /// `SKILL.md`; a skill of one file has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

impl From<&str> for SkillContent {
    fn from(source: &str) -> Self {
        Self { source: source.to_owned(), about: None }
    }
}

impl SkillContent {
    /// Reads the folder of a skill that a person names.
    pub fn read(path: &Path) -> io::Result<Self> {
        let folder = Folder::open(&path.canonicalize()?)?;
        let text = |file: &str, most| folder.read(file, most).and_then(files::text);
        let named = |file: &str, error: io::Error| io::Error::new(error.kind(), format!("`{file}`: {error}"));
        let source = text(MODULE, SOURCE_BYTES_MAX).map_err(|error| named(MODULE, error))?;
        let about = optional(text(ABOUT, ABOUT_BYTES_MAX)).map_err(|error| named(ABOUT, error))?;
        Ok(Self { source, about })
    }

    /// The name of this content among all.
    pub(crate) fn version(&self) -> String {
        let mut hash = Sha256::new();
        for part in [Some(&self.source), self.about.as_ref()] {
            hash.update(part.map_or(0, |part| part.len() as u64 + 1).to_le_bytes());
            hash.update(part.map_or("", String::as_str));
        }
        hash.finalize().iter().take(HASH_BYTES).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Bytes of it all.
    pub(crate) fn bytes(&self) -> usize {
        self.source.len() + self.about.as_ref().map_or(0, String::len)
    }

    /// What it is for, on one line; empty where it does not say.
    pub(crate) fn description(&self) -> String {
        let of_comment = || comment(&self.source).find(|line| key(line) != Some(ALLOWED_TOOLS));
        let text = match self.manifest() {
            Some(manifest) => manifest.description.split_whitespace().collect::<Vec<_>>().join(" "),
            None => of_comment().unwrap_or_default().to_owned(),
        };
        let text: String = tools::visible(&text).collect();
        text::beginning(&text, DESCRIPTION_BYTES_MAX).to_owned()
    }

    /// The tools it says it may call, where it says so: names as `server/tool`, `server/*` or `*`.
    pub(crate) fn allowed_tools(&self) -> Option<Vec<String>> {
        match self.manifest() {
            Some(manifest) => manifest.allowed_tools,
            None => declared(&self.source).ok().flatten(),
        }
    }

    /// The same as a folder has it, with a `SKILL.md`.
    pub fn in_folder(self, name: &str) -> Self {
        Self { about: Some(self.about_or_made(name)), ..self }
    }

    /// Its `SKILL.md`; one that says what is known where it has none.
    pub(crate) fn about_or_made(&self, name: &str) -> String {
        let made = || {
            let description = match self.description() {
                empty if empty.is_empty() => format!("The skill {name}"),
                description => description.replace('"', "'").replace('\\', "/"),
            };
            let tools = self.allowed_tools().map(|tools| format!("{ALLOWED_TOOLS}: {}\n", tools.join(" ")));
            let tools = tools.unwrap_or_default();
            format!("---\nname: {name}\ndescription: \"{description}\"\n{tools}---\n")
        };
        self.about.clone().unwrap_or_else(made)
    }

    /// The name in its `SKILL.md`.
    pub fn name(&self) -> Option<String> {
        self.manifest().map(|manifest| manifest.name)
    }

    fn manifest(&self) -> Option<Manifest> {
        self.about.as_deref().and_then(|about| Manifest::read(about).ok())
    }

    /// Refuses a `SKILL.md` that cannot be read, or that is another skill's; of one file, a comment that names tools and cannot be read.
    pub(crate) fn admit_about(&self, name: &str) -> Result<(), SkillError> {
        let Some(about) = &self.about else {
            return declared(&self.source).map(drop).map_err(SkillError::BadComment);
        };
        let manifest = Manifest::read(about).map_err(SkillError::BadManifest)?;
        match manifest.name == name {
            true => Ok(()),
            false => {
                let named = text::cut(&manifest.name, 64);
                Err(SkillError::BadManifest(format!(
                    "it names the skill `{named}`, not `{name}`; write `name: {name}`"
                )))
            }
        }
    }
}

/// The tools that the comment at the beginning of a source says it may call, where it says so.
fn declared(source: &str) -> Result<Option<Vec<String>>, String> {
    for line in comment(source) {
        match key(line) {
            Some(ALLOWED_TOOLS) => {
                let list = line.split_once(':').map(|(_, list)| list).unwrap_or_default();
                return manifest::entries(list).map(Some);
            }
            Some(other) if meant_tools(other) => {
                return Err(format!("it has `{}`; write `{ALLOWED_TOOLS}`", text::cut(other, 40)));
            }
            _ => {}
        }
    }
    Ok(None)
}

/// What stands before the colon of a line.
fn key(line: &str) -> Option<&str> {
    line.split_once(':').map(|(key, _)| key.trim_end())
}

/// The lines of the comment that a source begins with.
fn comment(source: &str) -> impl Iterator<Item = &str> {
    let source = source.trim_start();
    let of_lines = source.lines().map(str::trim).map_while(|line| line.strip_prefix("//"));
    let block = source.strip_prefix("/*").and_then(|rest| rest.split("*/").next()).unwrap_or_default();
    let of_block = block.lines().map(|line| line.trim().trim_start_matches('*'));
    of_lines.chain(of_block).map(str::trim).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_comment_describes_a_skill() {
        let cases = [
            ("// One line\nexport {}", "One line"),
            ("// allowed-tools: crm/*\n// One line\nexport {}", "One line"),
            ("/** Doc comment. */\nexport {}", "Doc comment."),
            ("/**\n * Second line.\n */", "Second line."),
            ("export const a = 1; // no", ""),
            ("", ""),
        ];
        for (source, expect) in cases {
            assert_eq!(SkillContent::from(source).description(), expect, "{source}");
        }
    }

    #[test]
    fn skill_md_describes_a_skill_that_has_one() {
        let about = "---\nname: deals\ndescription: Sums up\n  deals\nallowed-tools: crm/*\n---\n";
        let content = SkillContent { source: "// Other".to_owned(), about: Some(about.to_owned()) };
        assert_eq!(content.description(), "Sums up deals");
        assert_eq!(content.allowed_tools(), Some(vec!["crm/*".to_owned()]));
        assert!(content.admit_about("deals").is_ok());
        let other = content.admit_about("other").expect_err("another name").to_string();
        assert_eq!(
            other,
            "`SKILL.md` cannot be used: it names the skill `deals`, not `other`; write `name: other`"
        );
    }

    #[test]
    fn a_comment_that_means_to_name_tools_is_refused_where_it_would_be_passed_over() {
        let admit =
            |source: &str| SkillContent::from(source).admit_about("deals").map_err(|error| error.to_string());
        let says = |key: &str| {
            Err(format!("the first comment cannot be used: it has `{key}`; write `allowed-tools`"))
        };
        for (source, expect) in [
            ("// Allowed-Tools: crm/*", says("Allowed-Tools")),
            ("/* One\n * allowed_tools: crm/* */", says("allowed_tools")),
            ("// allowed-tools : crm/*", Ok(())),
            ("// Note: tools that are allowed", Ok(())),
        ] {
            assert_eq!(admit(source), expect, "{source}");
        }
        let allowed = SkillContent::from("// allowed-tools : crm/*").allowed_tools();
        assert_eq!(allowed, Some(vec!["crm/*".to_owned()]));
    }

    #[test]
    fn a_description_has_no_hidden_characters() {
        assert_eq!(
            SkillContent::from("// One\u{202E}\u{E0041} \u{1b}[31mline").description(),
            "One [31mline"
        );
    }

    #[test]
    fn a_version_is_of_all_of_the_content() {
        let of = |source: &str, about: Option<&str>| {
            SkillContent { source: source.to_owned(), about: about.map(str::to_owned) }.version()
        };
        let all = [of("a", None), of("a", Some("")), of("", Some("a")), of("ab", None), of("a", Some("b"))];
        assert_eq!(all.iter().collect::<std::collections::HashSet<_>>().len(), all.len(), "{all:?}");
        assert_eq!(all[0].len(), 32);
    }
}
