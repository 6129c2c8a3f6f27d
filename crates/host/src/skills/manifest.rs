//! `SKILL.md`: what the open Agent Skills format says of a skill before its text.
//!
//! The part between the two lines `---` is YAML. Of YAML this reads what that format uses: `key: value` with plain, quoted and
//! block texts, and lists; fields it does not know (`license`, `metadata`) are passed over, whatever they hold.

/// The longest description, as the format has it.
const DESCRIPTION_CHARS_MAX: usize = 1024;

/// Tools that one skill may name. Real ones name a handful.
const TOOLS_MAX: usize = 200;

/// The field that names the tools a skill may call.
pub(super) const ALLOWED_TOOLS: &str = "allowed-tools";

/// The line above and below the fields.
const FENCE: &str = "---";

/// What a `SKILL.md` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) name: String,
    pub(crate) description: String,
    /// The entries of `allowed-tools`; `None` where it is not there.
    pub(crate) allowed_tools: Option<Vec<String>>,
}

impl Manifest {
    /// Reads the fields at the beginning of a `SKILL.md`, or says what is wrong with them.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut manifest = Self::default();
        for field in fields(text)? {
            match field.key {
                "name" => manifest.name = field.text(),
                "description" => manifest.description = field.text(),
                ALLOWED_TOOLS => manifest.allowed_tools = Some(entries(&field.text())?),
                other => known(other)?,
            }
        }
        match (manifest.name.is_empty(), manifest.description.is_empty()) {
            (true, _) => Err("it has no `name`".to_owned()),
            (_, true) => Err("it has no `description`".to_owned()),
            _ if manifest.description.chars().count() > DESCRIPTION_CHARS_MAX => {
                Err(format!("its `description` has more than {DESCRIPTION_CHARS_MAX} characters"))
            }
            _ => Ok(manifest),
        }
    }
}

/// Refuses a field that another name is meant by: what it says would be passed over.
fn known(key: &str) -> Result<(), String> {
    let is_same = |field: &&str| text::loose(field) == text::loose(key);
    let meant = ["name", "description"].into_iter().find(is_same);
    match meant.or_else(|| meant_tools(key).then_some(ALLOWED_TOOLS)) {
        Some(meant) => Err(format!("it has `{}`; write `{meant}`", text::cut(key, 40))),
        None => Ok(()),
    }
}

/// Whether a field that is not spelt so means `allowed-tools`.
pub(super) fn meant_tools(key: &str) -> bool {
    let is_same = text::loose(key) == text::loose(ALLOWED_TOOLS);
    key != ALLOWED_TOOLS && (is_same || text::nearest(key, [ALLOWED_TOOLS]).is_some())
}

/// The entries of a list of tools, parted by blanks or commas.
pub(super) fn entries(list: &str) -> Result<Vec<String>, String> {
    let split = list.split(|c: char| c.is_whitespace() || c == ',');
    let entries: Vec<_> = split.map(unquoted).filter(|entry| !entry.is_empty()).collect();
    match entries.len() > TOOLS_MAX {
        true => Err(format!("`allowed-tools` has more than {TOOLS_MAX} entries")),
        false => Ok(entries),
    }
}

struct Field<'t> {
    key: &'t str,
    first: &'t str,
    /// The lines below it that are indented, or entries of a list.
    below: Vec<&'t str>,
}

impl Field<'_> {
    fn text(&self) -> String {
        let below = self.below.iter().map(|line| line.trim());
        let text = match self.first.chars().next() {
            Some('|') => below.collect::<Vec<_>>().join("\n"),
            Some('>') => below.collect::<Vec<_>>().join(" "),
            Some('[') => {
                let inside = self.first.trim_start_matches('[').trim_end_matches(']').split(',');
                inside.map(unquoted).collect::<Vec<_>>().join(" ")
            }
            None => {
                let entries = below.map(|line| unquoted(line.strip_prefix("- ").unwrap_or(line)));
                entries.collect::<Vec<_>>().join(" ")
            }
            Some(_) => unquoted(&std::iter::once(self.first).chain(below).collect::<Vec<_>>().join(" ")),
        };
        text.trim().to_owned()
    }
}

fn fields(text: &str) -> Result<Vec<Field<'_>>, String> {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    if lines.next().map(str::trim_end) != Some(FENCE) {
        return Err("it does not begin with `---`, `name: …`, `description: …`, `---`".to_owned());
    }
    let mut fields: Vec<Field<'_>> = Vec::new();
    for line in lines {
        if line.trim_end() == FENCE {
            return Ok(fields);
        }
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let is_below = line.starts_with([' ', '\t', '-']);
        if let (true, Some(field)) = (is_below, fields.last_mut()) {
            field.below.push(line);
            continue;
        }
        let Some((key, first)) = line.split_once(':').filter(|_| !is_below) else {
            return Err(format!("the line `{}` of it is not `key: value`", text::cut(line, 40)));
        };
        let key = key.trim_end();
        if fields.iter().any(|field| field.key == key) {
            return Err(format!("it has `{}` twice", text::cut(key, 40)));
        }
        fields.push(Field { key, first: first.trim(), below: Vec::new() });
    }
    Err("the fields at its beginning have no end: write `---` below them".to_owned())
}

/// A text without the quotes around it, and what stands for characters inside of double ones.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inside = |quote: char| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    match (inside('"'), inside('\'')) {
        (Some(text), _) => text.replace("\\\"", "\"").replace("\\\\", "\\"),
        (None, Some(text)) => text.replace("''", "'"),
        (None, None) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_the_format_are_read_however_they_are_written() {
        let cases = [
            ("---\nname: deals\ndescription: What was won\n---\n# Deals", "What was won", None),
            ("---\r\nname: deals\r\ndescription: \"Says: \\\"won\\\"\"\r\n---\r\n", "Says: \"won\"", None),
            (
                "---\nname: 'deals'\ndescription: >-\n  What\n  was won\nlicense: MIT\n---",
                "What was won",
                None,
            ),
            ("---\ndescription: What\n  was won\nname: deals\n---", "What was won", None),
            (
                "---\nname: deals\ndescription: |\n  What\n  was won\nmetadata:\n  author: \"me\"\n  x: [1]\n---",
                "What\nwas won",
                None,
            ),
            (
                "---\nname: deals\ndescription: d\nallowed-tools: crm/query_records, mail/*\n---",
                "d",
                Some(&["crm/query_records", "mail/*"][..]),
            ),
            (
                "---\nname: deals\ndescription: d\nallowed-tools: [\"a/b\", c/d]\n---",
                "d",
                Some(&["a/b", "c/d"]),
            ),
            (
                "---\nname: deals\ndescription: d\nallowed-tools:\n- a/b\n- 'c/d'\n---",
                "d",
                Some(&["a/b", "c/d"]),
            ),
            ("---\nname: deals\ndescription: d\nallowed-tools:\n---", "d", Some(&[])),
        ];
        for (text, description, tools) in cases {
            let read = Manifest::read(text).expect(text);
            let tools = tools.map(|tools| tools.iter().map(|&tool| tool.to_owned()).collect::<Vec<_>>());
            assert_eq!(
                (&*read.name, &*read.description, read.allowed_tools),
                ("deals", description, tools),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_wrong_with_the_fields_is_said() {
        let long = format!("---\nname: a\ndescription: {}\n---", "x".repeat(1025));
        let many = format!("---\nname: a\ndescription: b\nallowed-tools: {}\n---", "a/b ".repeat(201));
        for (text, says) in [
            ("# Deals", "it does not begin with `---`, `name: …`, `description: …`, `---`"),
            ("---\nname: deals\n", "the fields at its beginning have no end: write `---` below them"),
            ("---\ndescription: x\n---", "it has no `name`"),
            ("---\nname: deals\n---", "it has no `description`"),
            ("---\nname: a\nname: b\n---", "it has `name` twice"),
            ("---\nname\n---", "the line `name` of it is not `key: value`"),
            ("---\n  name: a\n---", "the line `  name: a` of it is not `key: value`"),
            (&long, "its `description` has more than 1024 characters"),
            (
                "---\nname: a\ndescription: b\nAllowed-Tools: a/b\n---",
                "it has `Allowed-Tools`; write `allowed-tools`",
            ),
            (
                "---\nname: a\ndescription: b\nallowed_tools: a/b\n---",
                "it has `allowed_tools`; write `allowed-tools`",
            ),
            (
                "---\nname: a\ndescription: b\nallowedTool: a/b\n---",
                "it has `allowedTool`; write `allowed-tools`",
            ),
            ("---\nName: a\ndescription: b\n---", "it has `Name`; write `name`"),
            (&many, "`allowed-tools` has more than 200 entries"),
        ] {
            assert_eq!(Manifest::read(text), Err(says.to_owned()), "{text}");
        }
    }
}
