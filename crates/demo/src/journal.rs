//! What was changed, one line of JSON a change, in a file several processes of one server may share.
//!
//! A change is first written down and then made by reading the file on from where this process stopped: so
//! each process makes all changes, its own and the others', in the one order of the file. Nothing else is
//! kept: a server's state is its beginning and the changes since.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    process,
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A call that changed something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Change {
    /// Who made it: unique for every change, so that a process finds its own.
    pub(crate) by: String,
    /// The tool's name.
    pub(crate) tool: String,
    /// The arguments of the call.
    pub(crate) arguments: Map<String, Value>,
}

/// The file of changes, read up to some place.
pub(crate) struct Journal {
    file: File,
    read_to: u64,
    made: u64,
}

impl Journal {
    /// Opens the journal of a server in a folder, both made when missing.
    pub(crate) fn open(folder: &Path, server: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join(format!("{server}.jsonl"));
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        Ok(Self { file, read_to: 0, made: 0 })
    }

    /// Writes a change down and says by which name it will come back from [`Journal::news`].
    pub(crate) fn write(&mut self, tool: &str, arguments: &Map<String, Value>) -> io::Result<String> {
        self.made += 1;
        let by = format!("{}-{}", process::id(), self.made);
        let change = Change { by: by.clone(), tool: tool.to_owned(), arguments: arguments.clone() };
        let mut line = serde_json::to_vec(&change)?;
        line.push(b'\n');
        // One write of one whole line: in append mode the lines of two processes do not mix.
        self.file.write_all(&line)?;
        Ok(by)
    }

    /// The changes written since the last time, by whomever. A line cut short by a crash is passed over.
    pub(crate) fn news(&mut self) -> io::Result<Vec<Change>> {
        self.file.seek(SeekFrom::Start(self.read_to))?;
        let mut text = Vec::new();
        self.file.read_to_end(&mut text)?;
        let whole = text.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        self.read_to += whole as u64;
        Ok(text[..whole]
            .split(|&byte| byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arguments(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).expect("an object")
    }

    #[test]
    fn two_processes_see_one_order() {
        let folder = std::env::temp_dir().join(format!("demo-journal-{}", process::id()));
        let mut one = Journal::open(&folder, "slack").expect("opens");
        let mut two = Journal::open(&folder, "slack").expect("opens");
        one.write("send_message", &arguments(json!({"text": "a"}))).expect("writes");
        two.write("send_message", &arguments(json!({"text": "b"}))).expect("writes");
        let texts = |journal: &mut Journal| {
            let news = journal.news().expect("reads");
            news.into_iter().map(|change| change.arguments["text"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(texts(&mut one), ["a", "b"]);
        assert_eq!(texts(&mut two), ["a", "b"]);
        assert!(texts(&mut one).is_empty());
        fs::remove_dir_all(&folder).expect("goes away");
    }
}
