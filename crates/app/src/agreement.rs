//! What a person has agreed to: the configurations of folders that another person may have filled, each as it was shown.
//!
//! A cloned repository may bring a `.mcp.json`, and what that says is started with the person's rights. So a file that is found in the
//! current folder, and named by nobody, starts nothing until its person has agreed to this very text in this very place. The
//! agreements are files of the person's own data folder, never of the one that a configuration names. Where that folder lies in the
//! configuration's, as below a home folder, nothing is asked: who could write the one could write the other.

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use files::Folder;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::diff;

/// The shape of the files.
const FORMAT: u32 = 2;

/// The largest file read. It holds a configuration as it was shown, which has a limit of 64 MB, as JSON.
const FILE_BYTES_MAX: u64 = 256 << 20;

const ENDING: &str = ".json";

/// Between a line and its mark while two texts are compared: no line that a person reads holds it.
const MARKED: char = '\u{1f}';
/// So much of a hash tells two lines apart.
const MARK_BYTES: usize = 4;

/// All agreements of a person.
pub(crate) struct Agreements {
    folder: PathBuf,
}

/// A configuration, as it was read once: what is agreed to is what is used.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    /// Its absolute path.
    pub(crate) path: PathBuf,
    /// The hash of its bytes.
    pub(crate) hash: String,
    /// Its text, with what may be a credential hidden.
    pub(crate) shown: String,
    text: SecretString,
}

/// One agreement.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agreement {
    format: u32,
    /// The configuration's path, for people.
    pub(crate) file: String,
    /// The hash of the text that was agreed to.
    pub(crate) hash: String,
    /// When, in milliseconds since 1970.
    pub(crate) agreed_at_ms: u64,
    /// The text as it was shown, to show later what changed.
    shown: String,
    /// Of every line a mark of all that it held, to tell later that a hidden value changed. Salted with the hash of the text.
    marks: Vec<String>,
}

/// Whether a person has agreed to a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// To this text, in this place.
    Agreed,
    /// To none in this place.
    New,
    /// To another text. The difference, line by line; empty where it is in the line ends alone.
    Changed(String),
}

impl Written {
    pub(crate) fn new(path: &Path, text: &str, shown: String) -> Self {
        let hash = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { path: path.to_owned(), hash, shown, text: text.into() }
    }

    fn marks(&self, salt: &str) -> Vec<String> {
        let mark = |line| {
            let hash = Sha256::new().chain_update(salt).chain_update(line).finalize();
            hash.iter().take(MARK_BYTES).map(|byte| format!("{byte:02x}")).collect()
        };
        self.text.expose_secret().lines().map(mark).collect()
    }
}

impl Agreements {
    /// Those in a folder, which is made when there is one to keep.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where they are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was agreed to of a configuration. A file that cannot be understood is no agreement.
    pub(crate) fn standing(&self, written: &Written) -> io::Result<Standing> {
        if self.lie_beside(&written.path) {
            return Ok(Standing::Agreed);
        }
        Ok(match self.read(&name(&written.path))? {
            Some(agreement) if agreement.hash == written.hash => Standing::Agreed,
            Some(agreement) => Standing::Changed(changes(&agreement, written)),
            None => Standing::New,
        })
    }

    /// Keeps that a person has agreed to this text.
    pub(crate) fn agree(&self, written: &Written) -> io::Result<()> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let agreement = Agreement {
            format: FORMAT,
            file: written.path.display().to_string(),
            hash: written.hash.clone(),
            agreed_at_ms: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            shown: written.shown.clone(),
            marks: written.marks(&written.hash),
        };
        let json = serde_json::to_vec(&agreement)?;
        Folder::make(&self.folder)?.lock()?.replace(&name(&written.path), &json)
    }

    /// Takes back what was agreed to of a configuration; whether there was anything.
    pub(crate) fn revoke(&self, path: &Path) -> io::Result<bool> {
        let folder = Folder::make(&self.folder)?;
        match folder.lock()?.remove(&name(path)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// All of them, by the paths of their configurations.
    pub(crate) fn list(&self) -> io::Result<Vec<Agreement>> {
        let folder = match Folder::open(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            folder => folder?,
        };
        let mut list = Vec::new();
        for entry in folder.dir().entries()? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(ENDING) {
                list.extend(self.read(&name)?);
            }
        }
        list.sort_by(|a, b| a.file.cmp(&b.file));
        Ok(list)
    }

    /// Whether they lie in the folder of a configuration, as far as the way to them exists.
    fn lie_beside(&self, configuration: &Path) -> bool {
        let Some(Ok(folder)) = configuration.parent().map(Path::canonicalize) else { return false };
        let mut way = self.folder.ancestors().filter_map(|part| part.canonicalize().ok());
        way.next().is_some_and(|nearest| nearest.starts_with(folder))
    }

    fn read(&self, name: &str) -> io::Result<Option<Agreement>> {
        let read = Folder::open(&self.folder).and_then(|folder| folder.read(name, FILE_BYTES_MAX));
        let bytes = match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            bytes => bytes?,
        };
        let agreement: Option<Agreement> = serde_json::from_slice(&bytes).ok();
        Ok(agreement.filter(|agreement| agreement.format == FORMAT))
    }
}

/// What is different from what was agreed to. Of what is hidden it says that it is another value.
fn changes(agreed: &Agreement, written: &Written) -> String {
    let old = marked(&agreed.shown, &agreed.marks);
    let new = marked(&written.shown, &written.marks(&agreed.hash));
    let diff = diff::lines(&old, &new);
    let lines: Vec<_> =
        diff.lines().map(|line| line.rsplit_once(MARKED).map_or(line, |(shown, _)| shown)).collect();
    let gone: HashSet<_> = lines.iter().filter_map(|line| line.strip_prefix('-')).collect();
    let is_alike = |line: &str| line.strip_prefix('+').is_some_and(|added| gone.contains(added));
    let lines = lines
        .iter()
        .map(|line| if is_alike(line) { format!("{line} (value changed)") } else { (*line).to_owned() });
    lines.collect::<Vec<_>>().join("\n")
}

fn marked(shown: &str, marks: &[String]) -> String {
    shown.lines().zip(marks).map(|(line, mark)| format!("{line}{MARKED}{mark}\n")).collect()
}

/// The file about a configuration. Spelt so that no two paths are alike, whatever bytes they have.
fn name(path: &Path) -> String {
    files::name_for(&format!("{path:?}")) + ENDING
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(path: &str, text: &str) -> Written {
        Written::new(Path::new(path), text, text.replace("secret", "******"))
    }

    #[test]
    fn an_agreement_is_about_one_text_in_one_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let agreements = Agreements::new(folder.path().join("agreements"));
        let standing = |path: &str, text: &str| agreements.standing(&written(path, text)).expect("read");
        assert_eq!(standing("/a/.mcp.json", "{\n1 secret\n}"), Standing::New);
        agreements.agree(&written("/a/.mcp.json", "{\n1 secret\n}")).expect("kept");
        assert_eq!(standing("/a/.mcp.json", "{\n1 secret\n}"), Standing::Agreed);
        assert_eq!(standing("/b/.mcp.json", "{\n1 secret\n}"), Standing::New);
        let changed = |diff: &str| Standing::Changed(diff.to_owned());
        assert_eq!(standing("/a/.mcp.json", "{\n2 secret\n}"), changed(" {\n-1 ******\n+2 ******\n }"));
        assert_eq!(
            standing("/a/.mcp.json", "{\n1 ******\n}"),
            changed(" {\n-1 ******\n+1 ****** (value changed)\n }")
        );
        assert_eq!(standing("/a/.mcp.json", "{\r\n1 secret\n}"), changed(""), "only a line end changed");

        agreements.agree(&written("/b/narrows.json", "{}")).expect("kept");
        let files: Vec<_> = agreements.list().expect("listed").into_iter().map(|it| it.file).collect();
        assert_eq!(files, ["/a/.mcp.json", "/b/narrows.json"]);
        assert!(agreements.revoke(Path::new("/a/.mcp.json")).expect("revoked"));
        assert!(!agreements.revoke(Path::new("/a/.mcp.json")).expect("revoked"));
        assert_eq!(standing("/a/.mcp.json", "{\n1 secret\n}"), Standing::New);
    }

    #[test]
    fn a_folder_that_holds_the_agreements_is_its_persons_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().join("home");
        let agreements = Agreements::new(home.join("data/agreements"));
        for project in ["home/project", "homely"] {
            std::fs::create_dir_all(folder.path().join(project)).expect("made");
        }
        std::os::unix::fs::symlink(&home, folder.path().join("link")).expect("linked");
        for (place, expect) in [
            ("home", Standing::Agreed),
            ("link", Standing::Agreed),
            ("home/project", Standing::New),
            ("homely", Standing::New),
            ("nowhere", Standing::New),
        ] {
            let file = folder.path().join(place).join(".mcp.json");
            let written = Written::new(&file, "{}", "{}".to_owned());
            assert_eq!(agreements.standing(&written).expect("read"), expect, "{place}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_no_agreement() {
        let folder = tempfile::tempdir().expect("a folder");
        let agreements = Agreements::new(folder.path().to_owned());
        let own = written("/a/.mcp.json", "{}");
        agreements.agree(&own).expect("kept");
        let file = folder.path().join(name(&own.path));
        let good = std::fs::read_to_string(&file).expect("kept");
        for broken in ["", "{}", &good[..good.len() / 2], &good.replace("\"format\":2", "\"format\":3")] {
            std::fs::write(&file, broken).expect("written");
            assert_eq!(agreements.standing(&own).expect("read"), Standing::New, "{broken}");
        }
    }
}
