//! Files of a person's own: written for their owner alone, or written anew as they were.

use std::{fs, io, path::Path};

use crate::{folder::Folder, temporary::Temporary};

/// Writes a file that a person keeps anew, as a whole or not at all: where a link leads, with the permissions it had.
pub fn rewrite(path: &Path, content: &[u8]) -> io::Result<()> {
    let path = path.canonicalize()?;
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file with a name"));
    };
    let folder = Folder::open(folder)?;
    let temporary = Temporary::write(folder.dir(), content)?;
    temporary.permit(fs::metadata(&path)?.permissions())?;
    temporary.sync()?;
    temporary.place(folder.dir(), name)
}

/// Writes a file that a person named, as a whole or not at all, for its owner alone. A file or link that is there is replaced.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let (folder, name) = named(path)?;
    let temporary = Temporary::write(folder.dir(), content)?;
    temporary.sync()?;
    temporary.place(folder.dir(), name)
}

/// The same, but nothing that is there is replaced: that is an error of the kind `AlreadyExists`.
pub fn create_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let (folder, name) = named(path)?;
    let temporary = Temporary::write(folder.dir(), content)?;
    temporary.sync()?;
    temporary.place_new(folder.dir(), name)
}

/// The folder of a file that a person named, and the file's name in it.
fn named(path: &Path) -> io::Result<(Folder, &str)> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, what);
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| invalid("it is not a file with a name"))?;
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(invalid("it is there and not a regular file"));
    }
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    Ok((Folder::open(&above.unwrap_or(Path::new(".")).canonicalize()?)?, name))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn what_is_there_is_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("new.json"), folder.path().join("link.json"));
        create_private(&file, b"first").expect("it is new");
        symlink("nowhere", &link).expect("linked");
        for there in [&file, &link] {
            let error = create_private(there, b"second").expect_err("it is there");
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(fs::read(&file).expect("read"), b"first");
        assert_eq!(fs::read_dir(folder.path()).expect("a list").count(), 2, "nothing half written is left");
    }

    #[test]
    fn a_link_and_the_permissions_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("kept.json"), folder.path().join("link.json"));
        fs::write(&file, "old").expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("set");
        symlink(&file, &link).expect("linked");
        rewrite(&link, b"new").expect("written anew");
        assert_eq!(fs::read_to_string(&file).expect("read"), "new");
        assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o640);
        assert!(link.is_symlink());
        assert_eq!(fs::read_dir(folder.path()).expect("a list").count(), 2, "nothing is left beside");
        assert!(rewrite(&folder.path().join("missing"), b"x").is_err());
    }

    #[test]
    fn a_private_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("mine.json"), folder.path().join("link.json"));
        fs::write(&file, "old").expect("written");
        symlink("mine.json", &link).expect("linked");
        for path in [&file, &link] {
            write_private(path, b"new").expect("written");
            assert_eq!(fs::read_to_string(path).expect("read"), "new");
            assert_eq!(fs::symlink_metadata(path).expect("there").permissions().mode(), 0o100_600);
        }
        for (path, says) in [
            (folder.path().to_owned(), "it is there and not a regular file"),
            ("/dev/null".into(), "it is there and not a regular file"),
            (folder.path().join("none/mine.json"), "No such file or directory (os error 2)"),
        ] {
            let error = write_private(&path, b"new").expect_err("it is refused");
            assert_eq!(error.to_string(), says, "{}", path.display());
        }
        assert_eq!(fs::read_dir(folder.path()).expect("a list").count(), 2, "nothing is left beside");
    }
}
