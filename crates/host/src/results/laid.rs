//! How a large value is laid out where it is kept: first the text that a model reads of it, then the data that sentences
//! stand for in that text. So a page is a part of what is kept, wherever it begins, and nothing is kept twice.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use store::NewResult;

use crate::record::RunRecord;

/// What is known of a value that is laid out.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Laid {
    /// The workspace of its run.
    pub(super) workspace: String,
    /// Bytes of its text.
    pub(super) text_bytes: usize,
    /// The value is this text, and not JSON of its own.
    is_text: bool,
    data: Vec<Datum>,
}

/// Data of a value: it lies behind the text, in this order.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Datum {
    /// Where in the text the sentence stands that is there instead.
    sentence: Range<usize>,
    bytes: usize,
}

/// The value of a record as it is kept.
pub(crate) fn lay_out(record: &RunRecord) -> Option<NewResult> {
    let (json, text) = (record.value.as_ref()?.get(), record.text()?);
    let media = record.media.as_deref();
    let is_text = media.is_none() && text.len() != json.len();
    let mut laid =
        Laid { workspace: record.workspace.clone(), text_bytes: text.len(), is_text, data: Vec::new() };
    let mut content = text.as_bytes().to_vec();
    match media {
        // Of a text that holds data hardly more than the data is left.
        Some(media) if media.text.len() != text.len() => {
            laid.data.push(Datum { sentence: 0..text.len(), bytes: json.len() });
            content.extend(json.as_bytes());
        }
        Some(media) => {
            for (blob, sentence) in media.blobs.iter().zip(media.sentences()) {
                laid.data.push(Datum { sentence, bytes: blob.place.len() });
                content.extend(json.as_bytes().get(blob.place.clone())?);
            }
        }
        None => {}
    }
    Some(NewResult { about: postcard::to_allocvec(&laid).ok()?, content })
}

impl Laid {
    /// What is known of a value. `None` where that cannot be read.
    pub(super) fn read(about: &[u8]) -> Option<Self> {
        postcard::from_bytes(about).ok()
    }

    /// Everything that is kept, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.data.iter().fold(self.text_bytes, |all, datum| all.saturating_add(datum.bytes))
    }

    /// The value again, as JSON. `None` where what was kept is not whole.
    pub(super) fn json(&self, content: Vec<u8>) -> Option<String> {
        let mut content = String::from_utf8(content).ok().filter(|content| content.len() == self.bytes())?;
        if self.data.is_empty() {
            content.truncate(self.text_bytes);
            return if self.is_text { serde_json::to_string(&content).ok() } else { Some(content) };
        }
        let (mut json, mut copied, mut from) = (String::with_capacity(content.len()), 0, self.text_bytes);
        for Datum { sentence, bytes } in &self.data {
            json.push_str(content.get(copied..sentence.start)?);
            json.push_str(content.get(from..from + bytes)?);
            (copied, from) = (sentence.end, from + bytes);
        }
        json.push_str(content.get(copied..self.text_bytes)?);
        Some(json)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;
    use wire::Limits;

    use super::*;
    use crate::record::RunId;

    #[test]
    fn a_value_is_the_same_again() {
        let data = "Aa1+".repeat(1_000);
        for (json, read) in [
            (r#"{"rows":[1,2,{"a":"ä\n"}]}"#.to_owned(), r#"{"rows":[1,2,{"a":"ä\n"}]}"#),
            (r#""ä\n\"b\"""#.to_owned(), "ä\n\"b\""),
            (r#""\ud83d""#.to_owned(), r#""\ud83d""#),
            (
                format!(r#"{{"a":"{data}","b":[1,"{data}"],"c":"ä"}}"#),
                r#"{"a":"[application/octet-stream, 3000 bytes: get_run {'handle':'run_1#1'}]","b":[1,"[application/octet-stream, 3000 bytes: get_run {'handle':'run_1#2'}]"],"c":"ä"}"#,
            ),
            (
                format!(r#""data:text/plain;base64,{data}""#),
                "data:text/plain;base64,[text/plain, 3000 bytes: get_run {'handle':'run_1#1'}]",
            ),
        ] {
            let value = RawValue::from_string(json.clone()).expect("JSON");
            let lost = RunRecord::lost(RunId::new("run_1"));
            let mut record = RunRecord { value: Some(value.into()), value_bytes: json.len(), ..lost };
            record.take_data_out(&Limits::default());
            let NewResult { about, content } = lay_out(&record).expect("it is laid out");
            let laid = Laid::read(&about).expect("it is read");
            assert_eq!(str::from_utf8(&content[..laid.text_bytes]), Ok(read));
            assert_eq!(record.text().as_deref(), Some(read));
            assert_eq!(laid.json(content.clone()), Some(json));
            assert!(laid.json(content[1..].to_vec()).is_none(), "a part is not taken for the whole");
        }
    }
}
