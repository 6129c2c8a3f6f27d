//! Base64 in a value a model reads: images it can see, everything else it can only be told of.
//!
//! As text, a picture costs a model ten thousand tokens and shows it nothing. So the value is read once more where it may
//! hold such data, and a sentence with its type and size stands in its place.

use std::{borrow::Cow, ops::Range};

use memchr::memmem;
use serde::Deserialize;
use wire::Limits;

/// Base64 of an unknown kind is left where it stands up to so many characters: it may be a key or a checksum.
const UNKNOWN_CHARS_MAX: usize = 2_000;

/// The same for what begins like an image or is an address that holds its data.
const LIKELY_CHARS_MAX: usize = 500;

/// Kinds of images models can see.
const IMAGES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// How Base64 of well-known kinds begins.
const BEGINNINGS: [(&str, &str); 5] = [
    ("iVBORw0KGgo", "image/png"),
    ("/9j/", "image/jpeg"),
    ("R0lGOD", "image/gif"),
    ("UklGR", "image/webp"),
    ("JVBERi", "application/pdf"),
];

/// A value's text without the data in it, and where the data stands in the value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Media {
    pub(crate) text: String,
    pub(crate) blobs: Vec<Blob>,
}

/// Data in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blob {
    /// Its type, as the value says or as it begins.
    pub(crate) mime: String,
    /// Its Base64 in the value's JSON.
    pub(crate) place: Range<usize>,
    /// Its size, as data.
    pub(crate) bytes: usize,
    /// The model is shown it with the answer.
    pub(crate) is_shown: bool,
}

impl Blob {
    fn new(json: &str, place: Range<usize>, mime: String) -> Self {
        let bytes = json[place.clone()].trim_end_matches('=').len() * 3 / 4;
        Self { mime, place, bytes, is_shown: false }
    }

    /// Whether a model can see it.
    pub(crate) fn is_image(&self) -> bool {
        IMAGES.contains(&&*self.mime)
    }

    /// `image/png, 307208 bytes`
    pub(crate) fn words(&self) -> String {
        format!("{}, {} bytes", self.mime, self.bytes)
    }
}

/// The value without its data; `None` where it has none. `handle` names the run.
pub(crate) fn taken_out(json: &str, handle: &str, limits: &Limits) -> Option<Media> {
    let mut blobs = find(json);
    if blobs.is_empty() {
        return None;
    }
    show_some(&mut blobs, limits);
    let mut shown = 0;
    let whereabouts = |(number, blob): (usize, &Blob)| {
        shown += usize::from(blob.is_shown);
        let words = blob.words();
        Some(match blob.is_shown {
            true => format!("[{words}: shown below as image {shown}]"),
            false => format!("[{words}: get_run {{'handle':'{handle}#{number}'}}]"),
        })
    };
    let instead: Vec<_> = (1..).zip(&blobs).map(whereabouts).collect();
    Some(Media { text: replaced(json, &blobs, &instead), blobs })
}

/// The value with these texts in place of its data, spelt as in a JSON string; data without a text stays.
pub(crate) fn replaced(json: &str, blobs: &[Blob], instead: &[Option<String>]) -> String {
    let mut text = String::new();
    let mut copied = 0;
    for (blob, instead) in blobs.iter().zip(instead) {
        let Some(instead) = instead else { continue };
        text.push_str(&json[copied..blob.place.start]);
        text.push_str(instead);
        copied = blob.place.end;
    }
    text + &json[copied..]
}

/// A text without the long Base64 in it: what a script prints is read by a model.
pub fn without_data(text: &str) -> Cow<'_, str> {
    if text.len() <= UNKNOWN_CHARS_MAX {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut copied = 0;
    for run in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '+' || c == '/')) {
        if run.len() > UNKNOWN_CHARS_MAX && is_mixed(run) {
            let start = run.as_ptr().addr() - text.as_ptr().addr();
            out.push_str(&text[copied..start]);
            out.push_str(&format!("[Base64, {} characters]", run.len()));
            copied = start + run.len();
        }
    }
    if copied == 0 { Cow::Borrowed(text) } else { Cow::Owned(out + &text[copied..]) }
}

fn show_some(blobs: &mut [Blob], limits: &Limits) {
    let (mut count, mut bytes) = (0, 0);
    for blob in blobs.iter_mut().filter(|blob| blob.is_image()) {
        let size = blob.place.len() as u64;
        blob.is_shown = count < limits.shown_images && bytes + size <= limits.shown_image_bytes;
        if blob.is_shown {
            count += 1;
            bytes += size;
        }
    }
}

fn find(json: &str) -> Vec<Blob> {
    let has_types = memmem::find(json.as_bytes(), b"\"mimeType\"").is_some();
    let shortest = if has_types { 1 } else { LIKELY_CHARS_MAX };
    let mut objects = Vec::new();
    let mut blobs = Vec::new();
    let mut at = 0;
    while let Some(byte) = json.as_bytes().get(at) {
        match byte {
            b'{' => objects.push(at),
            b'}' => drop(objects.pop()),
            b'"' => {
                let text = at + 1..end_of_string(json.as_bytes(), at + 1);
                if text.len() >= shortest {
                    let object = objects.last().filter(|_| has_types && is_data(&json[..at]));
                    blobs.extend(blob_at(json, text.clone(), object.map(|&object| &json[object..])));
                }
                at = text.end;
            }
            _ => {}
        }
        at += 1;
    }
    blobs
}

/// Where the string ends that begins here.
fn end_of_string(json: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(found) = memchr::memchr2(b'"', b'\\', &json[at.min(json.len())..]) {
        at += found;
        if json[at] == b'"' {
            return at;
        }
        at += 2;
    }
    json.len()
}

/// Whether what comes next is the data of a content block or of a resource.
fn is_data(before: &str) -> bool {
    before.ends_with("\"data\":") || before.ends_with("\"blob\":")
}

/// The blob a string is. `object` is the JSON from where the object begins whose data it is.
fn blob_at(json: &str, text: Range<usize>, object: Option<&str>) -> Option<Blob> {
    let body = &json[text.clone()];
    if let Some((mime, skipped)) = data_address(body) {
        let place = text.start + skipped..text.end;
        return is_base64(&json[place.clone()]).then(|| Blob::new(json, place, mime));
    }
    if !is_base64(body) {
        return None;
    }
    let begins = BEGINNINGS.iter().find(|(beginning, _)| body.starts_with(beginning)).map(|(_, mime)| *mime);
    let mime = match (object.and_then(mime_of), begins) {
        (Some(mime), _) => mime,
        (None, Some(mime)) if body.len() > LIKELY_CHARS_MAX => mime.to_owned(),
        (None, None) if body.len() > UNKNOWN_CHARS_MAX && is_mixed(body) => {
            "application/octet-stream".to_owned()
        }
        _ => return None,
    };
    Some(Blob::new(json, text, mime))
}

/// The type in `data:TYPE;base64,` and the length of that.
fn data_address(text: &str) -> Option<(String, usize)> {
    const HEAD_MAX: usize = 100;
    let head = text.get(..text.floor_char_boundary(HEAD_MAX))?;
    let mime = head.strip_prefix("data:")?.split([';', ',']).next()?;
    let skipped = head.find(";base64,")? + ";base64,".len();
    (text.len() > LIKELY_CHARS_MAX).then(|| (mime.to_owned(), skipped))
}

fn mime_of(object: &str) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Typed {
        mime_type: Option<String>,
    }
    let mut values = serde_json::Deserializer::from_str(object).into_iter::<Typed>();
    let mime = values.next()?.ok()?.mime_type?;
    // A type is a word and a word; what else a server writes there is not repeated.
    let is_type = mime.len() <= 100
        && mime.contains('/')
        && mime.bytes().all(|b| b.is_ascii_alphanumeric() || b"/+-.;= ".contains(&b));
    is_type.then_some(mime)
}

fn is_base64(text: &str) -> bool {
    let letters = text.trim_end_matches('=');
    !letters.is_empty()
        && text.len() - letters.len() <= 2
        && letters.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

/// Whether letters of every kind occur, as they do in data and not in a number, a hash or a word repeated.
fn is_mixed(text: &str) -> bool {
    let has = |kind: fn(u8) -> bool| text.bytes().any(kind);
    has(|b| b.is_ascii_uppercase())
        && has(|b| b.is_ascii_lowercase())
        && has(|b| b.is_ascii_digit())
        && has(|b| b == b'+' || b == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(json: &str) -> String {
        taken_out(json, "run_1", &Limits::default()).map_or_else(|| "nothing".to_owned(), |media| media.text)
    }

    #[test]
    fn data_is_told_and_images_are_shown() {
        let data = "Aa1+".repeat(1_000);
        let png = format!("iVBORw0KGgo{data}A==");
        for (json, expect) in [
            (r#"{"type":"image","mimeType":"image/png","data":"AAAA"}"#.to_owned(), r#"{"type":"image","mimeType":"image/png","data":"[image/png, 3 bytes: shown below as image 1]"}"#),
            (r#"{"a":[{"data":"AAAAAAAA","type":"audio","mimeType":"audio/wav"},{"data":"AAAA","mimeType":"image/gif"}]}"#.to_owned(),
             r#"{"a":[{"data":"[audio/wav, 6 bytes: get_run {'handle':'run_1#1'}]","type":"audio","mimeType":"audio/wav"},{"data":"[image/gif, 3 bytes: shown below as image 1]","mimeType":"image/gif"}]}"#),
            (format!(r#"{{"url":"data:image/jpeg;base64,{data}"}}"#), r#"{"url":"data:image/jpeg;base64,[image/jpeg, 3000 bytes: shown below as image 1]"}"#),
            (format!(r#""{png}""#), r#""[image/png, 3009 bytes: shown below as image 1]""#),
            (format!(r#"["{data}"]"#), r#"["[application/octet-stream, 3000 bytes: get_run {'handle':'run_1#1'}]"]"#),
            (format!(r#"{{"resource":{{"blob":"{data}","mimeType":"application/pdf"}}}}"#), r#"{"resource":{"blob":"[application/pdf, 3000 bytes: get_run {'handle':'run_1#1'}]","mimeType":"application/pdf"}}"#),
            // What only looks like data stays.
            (format!(r#"["{}","{}","{} ","\"{data}"]"#, "x".repeat(9_000), "0123456789abcdef".repeat(900), data), "nothing"),
            (r#"{"mimeType":"image/png","name":"AAAA","data":"not data","other":{"data":"AAAA"}}"#.to_owned(), "nothing"),
            (r#"{"mimeType":"<script>","data":"AAAA"}"#.to_owned(), "nothing"),
            ("\"".to_owned(), "nothing"),
            ("\"\\".to_owned(), "nothing"),
        ] {
            assert_eq!(shown(&json), expect, "{}", &json[..json.len().min(80)]);
        }
    }

    #[test]
    fn printed_data_is_told_only() {
        let data = "Aa1+".repeat(1_000);
        for (text, expect) in [
            (format!("a: '{data}=='!"), "a: '[Base64, 4000 characters]=='!".to_owned()),
            (format!("{data} {data}"), "[Base64, 4000 characters] [Base64, 4000 characters]".to_owned()),
            ("x".repeat(5_000), "x".repeat(5_000)),
            ("short".to_owned(), "short".to_owned()),
        ] {
            assert_eq!(without_data(&text), expect);
        }
    }

    #[test]
    fn images_over_the_budget_are_told_only() {
        let image = r#"{"mimeType":"image/png","data":"AAAA"}"#;
        let large = r#"{"mimeType":"image/png","data":"AAAAAAAAAAAAAAAA"}"#;
        let json = format!("[{large},{image},{image},{image}]");
        for (shown_images, shown_image_bytes, expect) in [
            (8, 1024, [true, true, true, true]),
            (2, 1024, [true, true, false, false]),
            (8, 8, [false, true, true, false]),
            (0, 1024, [false; 4]),
        ] {
            let limits = Limits { shown_images, shown_image_bytes, ..Limits::default() };
            let media = taken_out(&json, "r", &limits).expect("media");
            let shown: Vec<_> = media.blobs.iter().map(|blob| blob.is_shown).collect();
            assert_eq!(shown, expect, "{}", media.text);
        }
    }

    #[test]
    fn data_is_replaced_where_there_is_something_instead() {
        let json = r#"[{"mimeType":"image/png","data":"AAAA"},{"mimeType":"image/png","data":"BBBB"}]"#;
        let instead = [None, Some("a.png".to_owned())];
        assert_eq!(
            replaced(json, &find(json), &instead),
            r#"[{"mimeType":"image/png","data":"AAAA"},{"mimeType":"image/png","data":"a.png"}]"#
        );
    }
}
