//! Whether others may change a file or a folder that they should not.

use std::{fmt, fs, io, os::unix::fs::MetadataExt, path::Path};

/// Others may change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// It belongs to the user of this number, neither this one nor root.
    Foreign(u32),
    /// Every user may write it.
    WritableByAll,
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign(user) => write!(f, "belongs to another user (number {user})"),
            Self::WritableByAll => f.write_str("can be changed by every user of this machine"),
        }
    }
}

/// Whether others may change what is at this path; links are followed.
pub fn exposure(path: &Path) -> io::Result<Option<Exposure>> {
    const WRITABLE_BY_ALL: u32 = 0o002;
    // In such a folder others can add files and not touch those that are there.
    const STICKY: u32 = 0o1000;
    let metadata = fs::metadata(path)?;
    let (owner, mode) = (metadata.uid(), metadata.mode());
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Ok(Some(Exposure::Foreign(owner)));
    }
    let is_shared = mode & WRITABLE_BY_ALL != 0 && !(metadata.is_dir() && mode & STICKY != 0);
    Ok(is_shared.then_some(Exposure::WritableByAll))
}

#[cfg(test)]
mod tests {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn what_others_may_change_is_exposed() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("written");
        let exposed = |path: &Path, mode| {
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("it may be changed");
            exposure(path).expect("it is there").map(|exposure| exposure.to_string())
        };
        let said = Some("can be changed by every user of this machine".to_owned());
        assert_eq!(exposed(&file, 0o644), None);
        assert_eq!(exposed(&file, 0o664), None, "groups of one user are usual");
        assert_eq!(exposed(&file, 0o666), said);
        assert_eq!(exposed(folder.path(), 0o777), said);
        assert_eq!(exposed(folder.path(), 0o1777), None);
    }
}
