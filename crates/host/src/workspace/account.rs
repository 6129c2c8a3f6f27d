//! The account of a workspace: what its files take, exact when several processes change them.
//!
//! One small file beside the workspace's files is both the lock that everybody takes and the record of what they take. A
//! change is noted in it before it is made and settled after, so whoever finds an unsettled one knows that its maker was
//! killed: an append that was cut is undone, and everything is counted again. No process is trusted to have counted right
//! before this one began: people change files by hand, and machines lose power.

use std::{
    fs::File,
    hash::{DefaultHasher, Hasher},
    io,
    os::unix::fs::{FileExt, MetadataExt},
    sync::Arc,
    time::SystemTime,
};

use files::Folder;
use serde::{Deserialize, Serialize};

/// The file. It goes with the workspace, last of all: who waited for its lock sees that then.
pub(super) const FILE: &str = "account";

/// The longest record read: a path at its longest, all of it spelt in escapes.
const RECORD_BYTES_MAX: u64 = 64 * 1024;

/// What files and folders take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Usage {
    pub(super) bytes: u64,
    /// Folders count as well.
    pub(super) files: u64,
}

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Record {
    /// Nobody is changing anything, and this is what the files take.
    Settled(Usage),
    /// Somebody is, and what the files take must be counted if that process does not come to its end.
    Changing,
    /// Somebody is making this file longer, and it had so many bytes before; none when it was not there.
    Appending { path: String, bytes: Option<u64> },
}

/// The account of an open workspace.
pub(super) struct Account {
    file: Arc<File>,
}

/// The lock of a workspace: nobody else changes it, or looks at it, as long as this lives.
pub(super) struct Lock(Arc<File>);

impl Account {
    pub(super) fn open(folder: &Folder) -> io::Result<Self> {
        Ok(Self { file: Arc::new(folder.open_file(FILE)?) })
    }

    /// Waits until nobody else, in this process or another, uses the workspace.
    pub(super) fn lock(&self) -> io::Result<Lock> {
        self.file.lock()?;
        Ok(Lock(self.file.clone()))
    }

    /// Whether the workspace was removed since it was opened.
    pub(super) fn is_removed(&self) -> bool {
        self.file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
    }

    /// When something was noted last.
    pub(super) fn changed_at(&self) -> Option<SystemTime> {
        self.file.metadata().ok()?.modified().ok()
    }

    /// What was noted last; nothing when that cannot be understood, as after a write that was cut.
    pub(super) fn record(&self) -> io::Result<Option<Record>> {
        let length = self.file.metadata()?.len().min(RECORD_BYTES_MAX);
        let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
        self.file.read_exact_at(&mut bytes, 0)?;
        Ok(decoded(&bytes))
    }

    /// Notes what is so from now on. In one write and in place, which costs a microsecond.
    pub(super) fn note(&self, record: &Record) -> io::Result<()> {
        self.file.write_all_at(&encoded(record)?, 0)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // A lock that cannot be given back is given back when the workspace is closed.
        let _ = self.0.unlock();
    }
}

/// One line: a check sum, and the record as JSON. What follows it is left of longer ones.
fn encoded(record: &Record) -> io::Result<Vec<u8>> {
    let json = serde_json::to_string(record)?;
    Ok(format!("{:016x} {json}\n", check_sum(&json)).into_bytes())
}

fn decoded(bytes: &[u8]) -> Option<Record> {
    let line = str::from_utf8(bytes.split(|byte| *byte == b'\n').next()?).ok()?;
    let (sum, json) = line.split_once(' ')?;
    let holds = u64::from_str_radix(sum, 16).ok()? == check_sum(json);
    holds.then(|| serde_json::from_str(json).ok()).flatten()
}

/// Other builds of Narrows may compute another one; then everything is counted again.
fn check_sum(json: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(json.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_was_cut_is_none() {
        let long = Record::Appending { path: "workspace/".to_owned() + &"ä/".repeat(4_000), bytes: Some(7) };
        let short = Record::Settled(Usage { bytes: 1, files: 2 });
        let whole = encoded(&long).expect("encoded");
        assert_eq!(decoded(&whole), Some(long.clone()));
        assert_eq!(decoded(&[]), None);
        // A page of the new record over what was there before.
        let other =
            encoded(&Record::Appending { path: "tmp/".to_owned() + &"b/".repeat(4_000), bytes: Some(7) });
        let mut torn = other.expect("encoded");
        torn[..4_096].copy_from_slice(&whole[..4_096]);
        assert_eq!(decoded(&torn), None);
        let mut left = whole;
        let begin = encoded(&short).expect("encoded");
        left[..begin.len()].copy_from_slice(&begin);
        assert_eq!(decoded(&left), Some(short));
    }
}
