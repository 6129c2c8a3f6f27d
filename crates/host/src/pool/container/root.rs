//! The root of the containers: one program and the libraries it is linked with, nothing else.

use std::{
    fs::{self, DirBuilder, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The program inside.
pub(super) const PROGRAM: &str = "/narrows";

/// Folders runtimes mount over.
const MOUNT_POINTS: [&str; 3] = ["proc", "dev", "sys"];

/// Copies the program and its libraries, each to where the program looks for it. One that is linked statically has
/// none.
pub(super) fn make(root: &Path, program: &Path) -> Result<(), String> {
    let fail = |path: &Path| {
        let path = path.display().to_string();
        move |error: io::Error| format!("{path}: {error}")
    };
    open_folder(root).map_err(fail(root))?;
    for point in MOUNT_POINTS {
        open_folder(&root.join(point)).map_err(fail(root))?;
    }
    copy(program, Path::new(PROGRAM), root).map_err(fail(program))?;
    for library in libraries(program)? {
        copy(&library, &library, root).map_err(fail(&library))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path, root: &Path) -> io::Result<()> {
    let to = root.join(to.strip_prefix("/").unwrap_or(to));
    if let Some(folder) = to.parent() {
        open_folder(folder)?;
    }
    fs::copy(from, &to)?;
    // The worker is another user's, and may write nowhere.
    fs::set_permissions(&to, Permissions::from_mode(0o555))
}

fn open_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o755).create(path)
}

/// Asks the dynamic linker, as `ldd` does, what it would load. Where there is none, the program answers with its
/// version, which names no library.
fn libraries(program: &Path) -> Result<Vec<PathBuf>, String> {
    let output = Command::new(program)
        .arg("--version")
        .env_clear()
        .env("LD_TRACE_LOADED_OBJECTS", "1")
        .current_dir("/")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|error| format!("{} does not start: {error}", program.display()))?;
    named(&String::from_utf8_lossy(&output.stdout))
}

/// The paths in lines such as `libc.so.6 => /lib/libc.so.6 (0x…)` and `/lib64/ld-linux-x86-64.so.2 (0x…)`.
fn named(listed: &str) -> Result<Vec<PathBuf>, String> {
    let path = |line: &str| -> Option<Result<PathBuf, String>> {
        let line = line.trim();
        let found = line.split_once(" => ").map_or(line, |(_, found)| found);
        if found == "not found" {
            return Some(Err(format!("a library is not there: {line}")));
        }
        let (path, _) = found.split_once(" (0x")?;
        let is_file = path.starts_with('/');
        is_file.then(|| Ok(PathBuf::from(path)))
    };
    listed.lines().filter_map(path).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_where_the_linker_found_them() {
        let listed = "\tlinux-vdso.so.1 (0x00007ffc)\n\
                      \tlibgcc_s.so.1 => /lib/x86_64-linux-gnu/libgcc_s.so.1 (0x00007f10)\n\
                      \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f11)\n\
                      \t/lib64/ld-linux-x86-64.so.2 (0x00007f12)\n";
        let expect = [
            "/lib/x86_64-linux-gnu/libgcc_s.so.1",
            "/lib/x86_64-linux-gnu/libc.so.6",
            "/lib64/ld-linux-x86-64.so.2",
        ];
        assert_eq!(named(listed), Ok(expect.map(PathBuf::from).to_vec()));
        assert_eq!(named("narrows 0.1.0\n"), Ok(Vec::new()));
        assert_eq!(
            named("\tlibx.so => not found\n"),
            Err("a library is not there: libx.so => not found".to_owned())
        );
    }
}
