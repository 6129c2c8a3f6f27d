//! How much memory Narrows and its workers take.

use std::{fs, path::Path};

/// Memory of a process and of those it started, in KB, without the MCP servers.
pub(crate) struct Memory {
    pub(crate) rss: u64,
    /// What is shared is divided among those who share it.
    pub(crate) pss: u64,
}

impl Memory {
    /// Measures it now.
    pub(crate) fn of(pid: u32) -> Self {
        let mut all = Self { rss: field(pid, "Rss:"), pss: field(pid, "Pss:") };
        for child in children(pid).into_iter().filter(|child| is_worker(*child)) {
            let one = Self::of(child);
            all.rss += one.rss;
            all.pss += one.pss;
        }
        all
    }
}

fn field(pid: u32, name: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// The processes that a process started.
pub(crate) fn children(pid: u32) -> Vec<u32> {
    let tasks =
        fs::read_dir(Path::new("/proc").join(pid.to_string()).join("task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
        .collect()
}

fn is_worker(pid: u32) -> bool {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|&byte| byte == 0).nth(1) == Some(b"worker")
}
