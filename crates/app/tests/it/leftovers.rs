//! What a gateway may have left behind: processes, descriptors, files.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// What is asked to end has ended by then, on the slowest machine.
const GONE_WITHIN: Duration = Duration::from_secs(20);

/// Nothing lives that was started in this home: every server inherits its path.
pub(crate) fn assert_nothing_runs(home: &Path) {
    assert_gone(|| running_in(home));
}

/// Nothing lives that belongs to this group of processes: workers inherit nothing else.
pub(crate) fn assert_group_is_gone(group: u32) {
    assert_gone(|| processes(|path| (group_of(path)? == group).then(|| path.display().to_string())));
}

/// Waits until nothing is left of what is listed.
pub(crate) fn assert_gone(left: impl Fn() -> Vec<String>) {
    let until = Instant::now() + GONE_WITHIN;
    loop {
        let left = left();
        if left.is_empty() {
            return;
        }
        assert!(Instant::now() < until, "left behind: {}", left.join("; "));
        thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn open_files(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}

/// The processes that were started in this home, with their commands.
pub(crate) fn running_in(home: &Path) -> Vec<String> {
    let home = format!("HOME={}\0", home.display());
    processes(|path| {
        let environment = fs::read(path.join("environ")).ok()?;
        let ours = environment.windows(home.len()).any(|window| window == home.as_bytes());
        let line = fs::read_to_string(path.join("cmdline")).ok()?;
        ours.then(|| format!("{} {}", path.display(), line.replace('\0', " ")))
    })
}

/// What is told of each process.
fn processes(told: impl Fn(&Path) -> Option<String>) -> Vec<String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| told(&entry.path())).collect()
}

fn group_of(path: &Path) -> Option<u32> {
    let stat = fs::read_to_string(path.join("stat")).ok()?;
    // The command may hold anything; behind it come state, parent and group.
    stat.rsplit_once(')')?.1.split_whitespace().nth(2)?.parse().ok()
}

/// All files below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}
