//! A skill as files that a person may look at: `<name>.ts`, or `<name>/` with `index.ts` and `SKILL.md`.

use std::io::{self, ErrorKind};

use files::{Folder, Locked};

use super::{ABOUT_BYTES_MAX, SOURCE_BYTES_MAX, SkillContent, SkillError};

pub(super) const ENDING: &str = ".ts";
pub(crate) const MODULE: &str = "index.ts";
pub(crate) const ABOUT: &str = "SKILL.md";

/// How a skill lies in its folder. Both are read alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `<name>.ts`
    File,
    /// `<name>/`
    Folder,
}

impl Form {
    /// Where the module of a skill stands in the tree.
    pub(crate) fn path(self, name: &str) -> String {
        match self {
            Self::File => format!("/skills/{name}{ENDING}"),
            Self::Folder => format!("/skills/{name}/{MODULE}"),
        }
    }
}

/// The form of a skill; `None` where it is not there.
pub(super) fn form(folder: &Folder, name: &str) -> io::Result<Option<Form>> {
    let is_there = |path: &str| folder.dir().symlink_metadata(path).is_ok();
    let is_file = is_there(&format!("{name}{ENDING}"));
    let is_folder = is_there(name) && (is_there(&format!("{name}/{MODULE}")) || is_link(folder, name));
    match (is_file, is_folder) {
        (true, true) => Err(io::Error::other(format!(
            "`{name}{ENDING}` and `{name}/` are both there: remove one of them"
        ))),
        (true, false) => Ok(Some(Form::File)),
        (false, true) => Ok(Some(Form::Folder)),
        (false, false) => Ok(None),
    }
}

fn is_link(folder: &Folder, name: &str) -> bool {
    folder.dir().symlink_metadata(name).is_ok_and(|metadata| metadata.is_symlink())
}

/// What is there of a skill.
pub(super) fn read(folder: &Folder, name: &str) -> Result<Option<(Form, SkillContent)>, SkillError> {
    let read = || -> io::Result<_> {
        let Some(form) = form(folder, name)? else { return Ok(None) };
        let text = |folder: &Folder, file: &str, most| folder.read(file, most).and_then(files::text);
        let content = match form {
            Form::File => {
                let source = text(folder, &format!("{name}{ENDING}"), SOURCE_BYTES_MAX)?;
                SkillContent { source, about: None }
            }
            Form::Folder => {
                let inner = Folder::open(&folder.path().join(name))?;
                let about = optional(text(&inner, ABOUT, ABOUT_BYTES_MAX))?;
                SkillContent { source: text(&inner, MODULE, SOURCE_BYTES_MAX)?, about }
            }
        };
        Ok(Some((form, content)))
    };
    match optional(read()) {
        Ok(read) => Ok(read.flatten()),
        Err(source) => Err(SkillError::Unreadable { name: name.to_owned(), source }),
    }
}

/// The `SKILL.md` alone, which may be there before its module.
pub(super) fn about(folder: &Folder, name: &str) -> io::Result<Option<String>> {
    match optional(Folder::open(&folder.path().join(name)))? {
        Some(inner) => optional(inner.read(ABOUT, ABOUT_BYTES_MAX).and_then(files::text)),
        None => Ok(None),
    }
}

/// Writes a skill: as a folder where it is one or has a `SKILL.md`.
pub(super) fn write(
    folder: &Folder,
    locked: &Locked<'_>,
    name: &str,
    content: &SkillContent,
) -> io::Result<()> {
    let file = format!("{name}{ENDING}");
    if content.about.is_none() && !folder.dir().is_dir(name) {
        return locked.replace(&file, content.source.as_bytes());
    }
    match &content.about {
        Some(about) => write_about(folder, locked, name, about)?,
        None => drop(optional(locked.remove(&format!("{name}/{ABOUT}")))?),
    }
    locked.replace(&format!("{name}/{MODULE}"), content.source.as_bytes())?;
    optional(locked.remove(&file)).map(drop)
}

/// Writes a `SKILL.md`, with or without a module beside it.
pub(super) fn write_about(folder: &Folder, locked: &Locked<'_>, name: &str, about: &str) -> io::Result<()> {
    match folder.dir().create_dir(name) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    locked.replace(&format!("{name}/{ABOUT}"), about.as_bytes())
}

/// Removes all files of a skill; whether there was one.
pub(super) fn remove(folder: &Folder, locked: &Locked<'_>, name: &str) -> io::Result<bool> {
    let file = optional(locked.remove(&format!("{name}{ENDING}")))?;
    let inner = match is_link(folder, name) {
        true => optional(locked.remove(name))?,
        false => optional(folder.dir().remove_dir_all(name))?,
    };
    Ok(file.is_some() || inner.is_some())
}

/// `None` where there is no such file.
pub(super) fn optional<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}
