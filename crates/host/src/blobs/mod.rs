//! Base64 in a value a model reads: images it can see, everything else it can only be told of.
//!
//! As text, a picture costs a model ten thousand tokens and shows it nothing. So the value is read once more where it may
//! hold such data, and a sentence with its type and size stands in its place.

mod encoding;
mod image;

use std::{borrow::Cow, ops::Range};

use memchr::memmem;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use wire::Limits;

/// Base64 of an unknown kind is left where it stands up to so many characters: it may be a key or a checksum.
const UNKNOWN_CHARS_MAX: usize = 2_000;

/// The same for what begins like an image or is an address that holds its data.
const LIKELY_CHARS_MAX: usize = 500;

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
    /// Bytes of the sentence that stands in the text for each of them.
    told_bytes: Vec<usize>,
}

impl Media {
    /// Where the sentences stand in the text.
    pub(crate) fn sentences(&self) -> impl Iterator<Item = Range<usize>> {
        // Where a place in the text is behind the same in the value, and where it is before.
        let (mut longer, mut shorter) = (0, 0);
        self.blobs.iter().zip(&self.told_bytes).map(move |(blob, bytes)| {
            let start = blob.place.start + longer - shorter;
            (longer, shorter) = (longer + bytes, shorter + blob.place.len());
            start..start + bytes
        })
    }
}

/// Data in a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blob {
    /// Its type: of an image that a model can see what it is, of everything else what the value says or how it begins.
    pub(crate) mime: String,
    /// Its Base64 in the value's JSON.
    pub(crate) place: Range<usize>,
    /// Its size, as data.
    pub(crate) bytes: usize,
    /// Whether a model can see it.
    pub(crate) is_image: bool,
    /// The model is shown it with the answer.
    pub(crate) is_shown: bool,
}

impl Blob {
    /// The blob at a place, by its letters.
    fn new(place: Range<usize>, mime: String, letters: &str) -> Self {
        let may_be_image = mime.get(..6).is_some_and(|kind| kind.eq_ignore_ascii_case("image/"))
            || BEGINNINGS.iter().any(|(beginning, _)| letters.starts_with(beginning));
        let seen =
            if may_be_image { encoding::decoded(letters).as_deref().and_then(image::kind) } else { None };
        Self {
            mime: seen.map_or(mime, str::to_owned),
            place,
            bytes: letters.len() * 3 / 4,
            is_image: seen.is_some(),
            is_shown: false,
        }
    }

    /// Its Base64 in a value's JSON, as readers ask for it.
    pub(crate) fn base64(&self, json: &str) -> Option<String> {
        encoding::letters(json.get(self.place.clone())?).map(|letters| encoding::filled(&letters))
    }

    /// The data itself.
    pub(crate) fn decoded(&self, json: &str) -> Option<Vec<u8>> {
        encoding::decoded(&encoding::letters(json.get(self.place.clone())?)?)
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
        match blob.is_shown {
            true => format!("[{words}: shown below as image {shown}]"),
            false => format!("[{words}: get_run {{'handle':'{handle}#{number}'}}]"),
        }
    };
    let told: Vec<_> = (1..).zip(&blobs).map(whereabouts).collect();
    let told_bytes = told.iter().map(String::len).collect();
    let instead: Vec<_> = told.into_iter().map(Some).collect();
    Some(Media { text: replaced(json, &blobs, &instead), blobs, told_bytes })
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

/// A value for a person to read: in place of each long piece of data its type and size, and `how` it is had.
pub fn naming_data<'v>(value: &'v RawValue, how: &str) -> Cow<'v, RawValue> {
    let json = value.get();
    let blobs = find(json);
    let named = |blob: &Blob| {
        // What is short hides nothing else on a screen.
        if blob.place.len() <= UNKNOWN_CHARS_MAX {
            return None;
        }
        let bytes = blob.decoded(json)?.len();
        Some(spelt(&format!("[{}, {bytes} bytes; {how}]", blob.mime)))
    };
    let instead: Vec<_> = blobs.iter().map(named).collect();
    match RawValue::from_string(replaced(json, &blobs, &instead)) {
        Ok(named) if !blobs.is_empty() => Cow::Owned(named),
        _ => Cow::Borrowed(value),
    }
}

/// A text as it is spelt in a JSON string.
pub(crate) fn spelt(text: &str) -> String {
    let json = Value::from(text).to_string();
    json[1..json.len() - 1].to_owned()
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
    for blob in blobs.iter_mut().filter(|blob| blob.is_image) {
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
        return encoding::letters(&body[skipped..]).map(|letters| Blob::new(place.clone(), mime, &letters));
    }
    let letters = encoding::letters(body)?;
    let begins =
        BEGINNINGS.iter().find(|(beginning, _)| letters.starts_with(beginning)).map(|(_, mime)| *mime);
    let mime = match (object.and_then(mime_of), begins) {
        (Some(mime), _) => mime,
        (None, Some(mime)) if body.len() > LIKELY_CHARS_MAX => mime.to_owned(),
        (None, None) if body.len() > UNKNOWN_CHARS_MAX && is_mixed(&letters) => {
            "application/octet-stream".to_owned()
        }
        _ => return None,
    };
    Some(Blob::new(text, mime, &letters))
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

    /// Of one pixel each.
    const PNG: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const GIF: &str = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

    #[test]
    fn data_is_told_and_images_are_shown() {
        let data = "Aa1+".repeat(1_000);
        let unpadded = PNG.trim_end_matches('=');
        let png = |number| format!("[image/png, 70 bytes: shown below as image {number}]");
        let told = |words: &str, number: usize| format!("[{words}: get_run {{'handle':'run_1#{number}'}}]");
        let block =
            |mime: &str, data: &str| format!(r#"{{"type":"image","mimeType":"{mime}","data":"{data}"}}"#);
        let in_lines = format!("{}\\n{}\\n", &PNG[..76], &PNG[76..]);
        for (json, expect) in [
            (block("image/png", PNG), block("image/png", &png(1))),
            // What it is counts, and not what is said of it.
            (block("image/jpg", PNG), block("image/jpg", &png(1))),
            (block("IMAGE/PNG; charset=x", unpadded), block("IMAGE/PNG; charset=x", &png(1))),
            (block("image/png", &in_lines), block("image/png", &png(1))),
            (block("image/png", &PNG.replace('/', "_").replace('+', "-")), block("image/png", &png(1))),
            // What a model could not read is told only.
            (block("image/png", "AAAA"), block("image/png", &told("image/png, 3 bytes", 1))),
            (block("image/png", &PNG[..40]), block("image/png", &told("image/png, 30 bytes", 1))),
            (block("image/svg+xml", "PHN2Zy8+"), block("image/svg+xml", &told("image/svg+xml, 6 bytes", 1))),
            (
                format!("[{},{}]", block("audio/wav", "UklGRgAAAABXQVZF"), block("image/gif", GIF)),
                format!(
                    "[{},{}]",
                    block("audio/wav", &told("audio/wav, 12 bytes", 1)),
                    block("image/gif", "[image/gif, 42 bytes: shown below as image 1]")
                ),
            ),
            (
                format!(r#"{{"url":"data:image/jpeg;base64,/9j/{data}/9k="}}"#),
                r#"{"url":"data:image/jpeg;base64,[image/jpeg, 3005 bytes: shown below as image 1]"}"#
                    .to_owned(),
            ),
            (format!(r#"["{data}"]"#), format!(r#"["{}"]"#, told("application/octet-stream, 3000 bytes", 1))),
            (
                format!(r#"{{"resource":{{"blob":"{data}","mimeType":"application/pdf"}}}}"#),
                format!(
                    r#"{{"resource":{{"blob":"{}","mimeType":"application/pdf"}}}}"#,
                    told("application/pdf, 3000 bytes", 1)
                ),
            ),
        ] {
            assert_eq!(shown(&json), expect, "{}", &json[..json.len().min(80)]);
        }
    }

    #[test]
    fn what_only_looks_like_data_stays() {
        let data = "Aa1+".repeat(1_000);
        let (words, hash) = ("x".repeat(9_000), "0123456789abcdef".repeat(900));
        let names = "src/Main1\\n".repeat(900);
        for json in [
            format!(r#"["{words}","{hash}","{data} ","\"{data}","{names}"]"#),
            r#"{"mimeType":"image/png","name":"AAAA","data":"not data","other":{"data":"AAAA"}}"#.to_owned(),
            r#"{"mimeType":"<script>","data":"AAAA"}"#.to_owned(),
            "\"".to_owned(),
            "\"\\".to_owned(),
        ] {
            assert_eq!(shown(&json), "nothing", "{}", &json[..json.len().min(80)]);
        }
    }

    #[test]
    fn people_are_named_long_data_and_shown_what_is_short() {
        let data = "Aa1+".repeat(1_000);
        let json = format!(r#"[{{"mimeType":"image/png","data":"{PNG}"}},"{data}"]"#);
        let value = RawValue::from_string(json).expect("JSON");
        let expect = format!(
            r#"[{{"mimeType":"image/png","data":"{PNG}"}},"[application/octet-stream, 3000 bytes; how]"]"#
        );
        assert_eq!(naming_data(&value, "how").get(), expect);
    }

    #[test]
    fn an_image_is_handed_on_as_readers_ask_for_it() {
        let json =
            format!(r#"{{"mimeType":"image/png","data":"{}"}}"#, PNG.trim_end_matches('=').replace('/', "_"));
        let blobs = find(&json);
        assert_eq!(blobs[0].base64(&json).as_deref(), Some(PNG));
        assert!(blobs[0].decoded(&json).is_some_and(|bytes| bytes.starts_with(b"\x89PNG")));
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
        let image = format!(r#"{{"mimeType":"image/gif","data":"{GIF}"}}"#);
        let large = format!(r#"{{"mimeType":"image/png","data":"{PNG}"}}"#);
        let json = format!("[{large},{image},{image},{image}]");
        for (shown_images, shown_image_bytes, expect) in [
            (8, 1024, [true, true, true, true]),
            (2, 1024, [true, true, false, false]),
            (8, 95, [false, true, false, false]),
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
