//! A file of a person's own, written anew.

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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

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
}
