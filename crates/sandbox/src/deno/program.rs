//! Deno's program and the libraries it is loaded with: all the files its process may ever read.

use std::{
    fs::File,
    io::{BufRead, Read},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The first bytes of a program for Linux.
const ELF: &[u8] = b"\x7fELF";

/// Asks the dynamic loader to name the libraries instead of running the program (ld.so(8)).
const LIST_LIBRARIES: &str = "LD_TRACE_LOADED_OBJECTS";

/// Where the dynamic loader finds libraries in unusual folders.
const LOADER_CACHE: &str = "/etc/ld.so.cache";

/// A program and what it is loaded with.
#[derive(Debug, Clone)]
pub(super) struct Program {
    /// The executable file: absolute, no link.
    pub(super) path: PathBuf,
    /// The dynamic loader, the libraries and the loader's cache, under the names the loader opens.
    pub(super) libraries: Vec<PathBuf>,
}

impl Program {
    /// Looks at the program behind a path.
    pub(super) fn at(path: PathBuf) -> Result<Self, String> {
        let shown = path.display().to_string();
        let path = path.canonicalize().map_err(|error| format!("there is no `{shown}`: {error}"))?;
        if !is_program(&path) {
            return Err(format!(
                "`{shown}` is not Deno's program but a script that starts it; name the program itself"
            ));
        }
        let libraries = libraries(&path).map_err(|error| format!("`{shown}` cannot be started: {error}"))?;
        Ok(Self { path, libraries })
    }
}

fn is_program(path: &Path) -> bool {
    let mut first = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut first)).is_ok() && first == ELF
}

fn libraries(program: &Path) -> std::io::Result<Vec<PathBuf>> {
    let listed = Command::new(program)
        .arg("--version")
        .env_clear()
        .env(LIST_LIBRARIES, "1")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()?;
    let lines = listed.stdout.lines().map_while(Result::ok);
    let cache = Some(PathBuf::from(LOADER_CACHE)).filter(|cache| cache.exists());
    Ok(lines.filter_map(|line| library(&line)).chain(cache).collect())
}

/// The file in a line such as `libc.so.6 => /lib/libc.so.6 (0x…)` or `/lib64/ld-linux.so.2 (0x…)`.
fn library(line: &str) -> Option<PathBuf> {
    let (named, _) = line.trim().rsplit_once(" (")?;
    let path = named.split_once(" => ").map_or(named, |(_, path)| path);
    path.starts_with('/').then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_names_files_and_what_is_none() {
        let cases = [
            (
                "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)",
                Some("/lib/x86_64-linux-gnu/libc.so.6"),
            ),
            ("\t/lib64/ld-linux-x86-64.so.2 (0x00007f)", Some("/lib64/ld-linux-x86-64.so.2")),
            ("\tlinux-vdso.so.1 (0x00007f)", None),
            ("\tlibmissing.so => not found", None),
            ("\tstatically linked", None),
            ("deno 2.9.6 (stable, release, x86_64-unknown-linux-gnu)", None),
        ];
        for (line, expected) in cases {
            assert_eq!(library(line), expected.map(PathBuf::from), "{line}");
        }
    }

    #[test]
    fn a_script_is_not_the_program() {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let refused = Program::at(script).expect_err("no program");
        assert!(
            refused.ends_with("is not Deno's program but a script that starts it; name the program itself")
        );
    }
}
