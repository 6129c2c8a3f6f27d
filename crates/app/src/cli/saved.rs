//! Images and other data of a returned value as files: a terminal shows none of it.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use host::{Data, RunRecord};

use crate::exit::{Failed, Status};

/// How files of well-known types end.
const ENDINGS: [(&str, &str); 14] = [
    ("application/json", "json"),
    ("application/pdf", "pdf"),
    ("application/zip", "zip"),
    ("audio/mpeg", "mp3"),
    ("audio/ogg", "ogg"),
    ("audio/wav", "wav"),
    ("image/gif", "gif"),
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/svg+xml", "svg"),
    ("image/webp", "webp"),
    ("text/csv", "csv"),
    ("text/html", "html"),
    ("text/plain", "txt"),
];

/// Writes the data of a record's value to files that are new, named by the run, and gives the record with their names
/// in place of the data. What is no Base64 stays in the value.
pub(super) fn saved(record: &RunRecord, folder: &Path) -> Result<RunRecord, Failed> {
    let mut names = Vec::new();
    while let Some(data) = record.data(names.len() + 1) {
        let name = format!("{}-{}.{}", record.id, names.len() + 1, ending(data.mime));
        names.push(write(&data, &folder.join(name))?);
    }
    Ok(record.with_data_as(&names))
}

/// The name of the file, where there is something to write.
fn write(data: &Data<'_>, path: &Path) -> Result<Option<String>, Failed> {
    let Some(bytes) = data.decoded() else { return Ok(None) };
    let write = |path: &Path| -> io::Result<()> {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        File::create_new(path)?.write_all(&bytes)
    };
    match write(path) {
        Ok(()) => Ok(Some(path.display().to_string())),
        Err(error) => {
            let message = format!("`{}` cannot be written: {error}", path.display());
            Err(Failed::new(Status::Output, message))
        }
    }
}

fn ending(mime: &str) -> &'static str {
    let kind = mime.split(';').next().unwrap_or(mime).trim();
    ENDINGS.iter().find(|(known, _)| *known == kind).map_or("bin", |(_, ending)| ending)
}
