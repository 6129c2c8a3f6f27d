//! Warnings of files and folders that others can change: a change of a configuration decides what is started.

use std::path::Path;

use files::{Exposure, exposure};

use crate::typed::quoted;

/// The folders of the data folder that decide what is trusted, imported and shown.
const INNER: [&str; 5] = ["agreements", "skills", "trust", "upstream", "workspaces"];

/// Warnings about a configuration and the data folder; what is not there yet is made for its owner alone.
pub(super) fn warnings(file: &Path, data_dir: &Path) -> Vec<String> {
    let says = "and who changes it says which programs are started in your name";
    let holds = "and it decides what scripts and models are given";
    let around = file.parent().map(|folder| (folder, says));
    let inner = INNER.map(|name| data_dir.join(name));
    let inner = inner.iter().map(|folder| (folder.as_path(), holds));
    let all = [(file, says)].into_iter().chain(around).chain([(data_dir, holds)]).chain(inner);
    all.filter_map(|(path, why)| warning(path, why)).collect()
}

fn warning(path: &Path, why: &str) -> Option<String> {
    let exposure = exposure(path).ok().flatten()?;
    let path = path.display().to_string();
    let mend = match exposure {
        Exposure::WritableByAll => format!("`chmod o-w {}` changes that", quoted(&path)),
        Exposure::Foreign(_) => "use one of your own".to_owned(),
    };
    Some(format!("`{path}` {exposure}, {why}; {mend}"))
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt,
    };

    use super::*;

    #[test]
    fn what_others_can_change_is_named_with_the_mend() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, data) = (folder.path().join("narrows.json"), folder.path().join("data"));
        fs::write(&file, "{}").expect("written");
        fs::create_dir_all(data.join("skills")).expect("made");
        assert_eq!(warnings(&file, &data), Vec::<String>::new());
        for path in [&file, &data.join("skills")] {
            fs::set_permissions(path, Permissions::from_mode(0o777)).expect("changed");
        }
        let shown = |path: &Path| path.display().to_string();
        assert_eq!(
            warnings(&file, &data),
            [
                format!(
                    "`{0}` can be changed by every user of this machine, and who changes it says which programs are started in your name; `chmod o-w {0}` changes that",
                    shown(&file)
                ),
                format!(
                    "`{0}` can be changed by every user of this machine, and it decides what scripts and models are given; `chmod o-w {0}` changes that",
                    shown(&data.join("skills"))
                ),
            ]
        );
    }
}
