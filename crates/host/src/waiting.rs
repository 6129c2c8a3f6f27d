//! Functions of Node that wait for a file, which scripts cannot have: what to write instead.

/// Each with the call that does the same here.
const FUNCTIONS: [(&str, &str); 11] = [
    ("readFileSync", "await fs.readFile(path, 'utf8')"),
    ("writeFileSync", "await fs.writeFile(path, text)"),
    ("appendFileSync", "await fs.appendFile(path, text)"),
    ("readdirSync", "await fs.readdir(path)"),
    ("existsSync", "await fs.exists(path)"),
    ("statSync", "await fs.stat(path)"),
    ("mkdirSync", "await fs.mkdir(path, { recursive: true })"),
    ("rmSync", "await fs.rm(path)"),
    ("unlinkSync", "await fs.unlink(path)"),
    ("renameSync", "await fs.rename(from, to)"),
    ("copyFileSync", "await fs.copyFile(from, to)"),
];

/// What to write instead of such a function.
pub(crate) fn instead_of(name: &str) -> Option<String> {
    let (_, call) = FUNCTIONS.iter().find(|(function, _)| *function == name)?;
    Some(format!("write `{call}`"))
}

/// Those that a script calls, with the number of the line that does first.
pub(crate) fn called(code: &str) -> impl Iterator<Item = (&'static str, usize)> {
    FUNCTIONS.iter().filter_map(|(function, _)| {
        let call = format!("{function}(");
        let line = code.lines().position(|line| line.contains(&call))?;
        Some((*function, line + 1))
    })
}
