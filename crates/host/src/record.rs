//! What is kept of a run: one record, whatever its end. Its fields are what `narrows run --json` prints.

use std::{borrow::Cow, fmt, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tools::CallErrorKind;
use wire::{Limits, PrintLevel, ScriptError, Wall};

use crate::{
    blobs::{self, Blob, Media},
    plan::{Applied, Plan, PlanPart},
    random,
    rules::Refusal,
};

/// How much a model is shown of a value that is too large to be shown whole: a few rows, so that it knows what to ask for.
const BEGINNING_BYTES: usize = 2 * 1024;

/// A run's name for people and models. Not guessable from another run's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// Takes a name as it came from outside. An unknown one is simply not found.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// A new name.
    pub(crate) fn random() -> Self {
        Self(format!("run_{:016x}", random::number()))
    }

    /// The name, where a text is one that was made here.
    pub(crate) fn parsed(name: &str) -> Option<Self> {
        let digits = name.strip_prefix("run_")?;
        (digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())).then(|| Self::new(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The script returned.
    Returned,
    /// The script threw an error it did not catch.
    Threw,
    /// The script was not started: syntax, imports, calls that cannot work, patterns refused by rule.
    Refused,
    /// A limit was reached.
    Exceeded,
    /// The worker failed. Not the script's doing, as far as can be told.
    Crashed,
    /// Someone cancelled it.
    Cancelled,
}

impl Outcome {
    /// The word, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Threw => "threw",
            Self::Refused => "refused",
            Self::Exceeded => "exceeded",
            Self::Crashed => "crashed",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Everything that is kept of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunRecord {
    /// The run.
    pub id: RunId,
    /// The workspace it ran in.
    pub workspace: String,
    /// How it ended.
    pub outcome: Outcome,
    /// The returned value in full; `None` for `undefined` and for every other outcome.
    pub value: Option<Arc<RawValue>>,
    /// Bytes of the value as JSON.
    pub value_bytes: usize,
    /// Set when the value is larger than the model is shown whole: see [`crate::Host::page`].
    pub handle: Option<String>,
    /// What such a value looks like: its keys, types and counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outline: Option<String>,
    /// Why it did not return.
    pub error: Option<Failure>,
    /// What the script printed, in order.
    pub printed: Vec<Printed>,
    /// The tool calls it made, in the order they were asked for.
    pub calls: Vec<CallRecord>,
    /// What it would have sent, of a run that was planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// What became of the plan, of a run that applied one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<Applied>,
    /// What it used of its limits.
    pub limits: LimitsUsed,
    /// Model tokens with and without Narrows.
    pub tokens: TokenReport,
    /// What the author of the script should know.
    pub warnings: Vec<String>,
    /// What was mended to make the script run.
    pub repairs: Vec<String>,
    /// The walls that did not stand around it, by name. Not for its author, who cannot change it.
    pub missing_walls: Vec<Wall>,
    /// When it was submitted, in milliseconds since 1970.
    pub started_at_ms: u64,
    /// How long it waited for other runs, before it began and between its slices, in milliseconds. No limit counts it.
    pub queued_ms: f64,
    /// From submission to this record, in milliseconds.
    pub duration_ms: f64,
    /// Whether it is kept with its journal, so that another run can go on from it.
    #[serde(skip)]
    pub is_kept: bool,
    /// How much of the value is shown at once.
    #[serde(skip)]
    pub(crate) shown_bytes: usize,
    /// The value without the images and other data in it, where it has any.
    #[serde(skip)]
    pub(crate) media: Option<Arc<Media>>,
}

/// Data in a value that is no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data<'a> {
    /// Its type: `image/png`.
    pub mime: &'a str,
    /// Its size, as data.
    pub bytes: usize,
    /// Whether a model can see it.
    pub is_image: bool,
    blob: &'a Blob,
    json: &'a str,
}

impl Data<'_> {
    /// The data in Base64, in one line and filled up at its end.
    pub fn base64(&self) -> String {
        self.blob.base64(self.json).unwrap_or_default()
    }

    /// The data itself; `None` where its Base64 is broken.
    pub fn decoded(&self) -> Option<Vec<u8>> {
        self.blob.decoded(self.json)
    }
}

impl RunRecord {
    /// The value as a model reads it: a text as it is, everything else as JSON.
    /// Where it holds images or other data, a sentence stands in their place.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match &self.media {
            Some(media) => Some(unquoted(&media.text)),
            None => self.value.as_deref().map(|value| unquoted(value.get())),
        }
    }

    /// The images that belong to what is shown at once, in the order their sentences name them.
    pub fn images(&self) -> Vec<Data<'_>> {
        let blobs = self.media.iter().flat_map(|media| &media.blobs);
        blobs.filter(|blob| blob.is_shown).filter_map(|blob| self.data_of(blob)).collect()
    }

    /// A piece of data in the value, counted from 1.
    pub fn data(&self, number: usize) -> Option<Data<'_>> {
        self.data_of(self.media.as_ref()?.blobs.get(number.checked_sub(1)?)?)
    }

    fn data_of<'a>(&'a self, blob: &'a Blob) -> Option<Data<'a>> {
        let json = self.value.as_ref()?.get();
        Some(Data { mime: &blob.mime, bytes: blob.bytes, is_image: blob.is_image, blob, json })
    }

    /// [`Self::text`] as far as the model is shown it at once: its beginning, cut between two characters, when it is larger than
    /// `limits.shown_bytes` (then [`Self::handle`] names the whole).
    pub fn shown(&self) -> Option<Cow<'_, str>> {
        let most = if self.handle.is_some() { self.shown_bytes.min(BEGINNING_BYTES) } else { usize::MAX };
        let end = |text: &str| text.floor_char_boundary(most);
        self.text().map(|text| match text {
            Cow::Borrowed(text) => Cow::Borrowed(&text[..end(text)]),
            Cow::Owned(mut text) => {
                text.truncate(end(&text));
                Cow::Owned(text)
            }
        })
    }

    /// The same with texts in place of the data in the value, in its order; data without a text stays.
    #[must_use]
    pub fn with_data_as(&self, instead: &[Option<String>]) -> Self {
        let instead: Vec<_> = instead.iter().map(|text| text.as_deref().map(blobs::spelt)).collect();
        let (Some(media), Some(value)) = (&self.media, &self.value) else { return self.clone() };
        let value = RawValue::from_string(blobs::replaced(value.get(), &media.blobs, &instead)).ok();
        Self { value: value.map(Arc::from), media: None, ..self.clone() }
    }

    /// Looks for images and other data in the value.
    pub(crate) fn take_data_out(&mut self, limits: &Limits) {
        let value = self.value.as_ref();
        let media = value.and_then(|value| blobs::taken_out(value.get(), self.id.as_str(), limits));
        self.media = media.map(Arc::new);
    }

    /// Keeps a name for a value that is larger than the model is shown at once.
    pub(crate) fn name_large_value(&mut self) {
        // A text is hardly ever longer than it is as JSON.
        let is_large = self.value_bytes > self.shown_bytes
            && self.text().is_some_and(|text| text.len() > self.shown_bytes);
        self.handle = is_large.then(|| self.id.to_string());
    }

    /// The same without what is for the person alone: why calls, and what of the script, were not allowed.
    pub fn without_refusals(&self) -> Cow<'_, Self> {
        let problems = self.error.iter().flat_map(|error| &error.problems);
        if self.calls.iter().all(|call| call.refusal.is_none())
            && problems.clone().all(|it| it.refusal.is_none())
        {
            return Cow::Borrowed(self);
        }
        let mut record = self.clone();
        record.calls.iter_mut().for_each(|call| call.refusal = None);
        let problems = record.error.iter_mut().flat_map(|error| &mut error.problems);
        problems.for_each(|problem| problem.refusal = None);
        Cow::Owned(record)
    }

    /// A record that was written down and read again, with what is not written down.
    pub(crate) fn read_back(mut self, limits: &Limits) -> Self {
        self.is_kept = true;
        self.shown_bytes = usize::try_from(limits.shown_bytes).unwrap_or(usize::MAX);
        self.take_data_out(limits);
        self.name_large_value();
        self
    }

    /// The record of a run whose task was ended from outside, with the runtime.
    pub(crate) fn lost(id: RunId) -> Self {
        Self {
            id,
            workspace: String::new(),
            outcome: Outcome::Crashed,
            value: None,
            value_bytes: 0,
            handle: None,
            outline: None,
            error: Some(Failure {
                name: "WorkerError".to_owned(),
                message: "Narrows ended before the run did".to_owned(),
                ..Failure::default()
            }),
            printed: Vec::new(),
            calls: Vec::new(),
            plan: None,
            applied: None,
            limits: LimitsUsed::default(),
            tokens: TokenReport::none(),
            warnings: Vec::new(),
            repairs: Vec::new(),
            missing_walls: Vec::new(),
            started_at_ms: 0,
            queued_ms: 0.0,
            duration_ms: 0.0,
            is_kept: false,
            shown_bytes: 0,
            media: None,
        }
    }
}

impl CallRecord {
    /// The same without what is for the person alone: why it was not allowed.
    pub(crate) fn without_refusal(self) -> Self {
        Self { refusal: None, ..self }
    }

    /// The record of a call of which nothing is known but its name.
    pub fn unknown(tool: &str) -> Self {
        Self {
            server: String::new(),
            tool: tool.to_owned(),
            argument_bytes: 0,
            result_bytes: 0,
            started_ms: 0.0,
            duration_ms: 0.0,
            outcome: CallEnd::CANCELLED,
            error: None,
            refusal: None,
            plan: None,
            line: None,
            number: None,
            wrote: None,
            definition: None,
            server_fingerprint: None,
        }
    }
}

/// A value as a model reads it. A text that holds half a character stays JSON.
pub(crate) fn unquoted(json: &str) -> Cow<'_, str> {
    serde_json::from_str::<String>(json).map_or(Cow::Borrowed(json), Cow::Owned)
}

/// Why a run did not return, in the script's own lines.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Failure {
    /// `TypeError`, `ToolError`, `SyntaxError`, `LimitError`, …
    pub name: String,
    /// What went wrong.
    pub message: String,
    /// Line in the script as submitted, from 1.
    pub line: Option<u32>,
    /// Column, from 1, in UTF-16 code units.
    pub column: Option<u32>,
    /// Frames in the script and its skills, innermost first: `notify (script.ts:12:5)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stack: Vec<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// For a tool's error: its server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// For a tool's error: the tool, as its server spells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// For a tool's error: its kind (`timeout`, `invalid_arguments`, `-32602`); for a limit its key; for a file
    /// `ENOENT` and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// For a tool's error: the server's own details.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Box<RawValue>>,
    /// For a refused script: everything found wrong, first in the file first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

/// One thing found wrong with a script before it ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// Line in the script as submitted, from 1.
    pub line: u32,
    /// Column, from 1, in UTF-16 code units.
    pub column: u32,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What is not allowed, and why. For the person: faces that a model reads leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

impl From<ScriptError> for Problem {
    /// What the parser found.
    fn from(error: ScriptError) -> Self {
        let ScriptError { message, at, hint, .. } = error;
        Self { message, line: at.line, column: at.column, hint, refusal: None }
    }
}

/// A line a script printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// `log`, `warn` or `error`.
    pub level: PrintLevel,
    /// The text.
    pub text: String,
}

/// How a tool call ended: in JSON `answered`, `planned`, or the code of the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum CallEnd {
    /// The tool answered.
    Answered,
    /// It was not asked: the run only lists what it would do.
    Planned,
    /// It did not.
    Failed(CallErrorKind),
}

impl CallEnd {
    /// The end of a call that was given up before its answer.
    pub(crate) const CANCELLED: Self = Self::Failed(CallErrorKind::Cancelled);
}

impl fmt::Display for CallEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered => f.write_str("answered"),
            Self::Planned => f.write_str("planned"),
            Self::Failed(kind) => kind.fmt(f),
        }
    }
}

impl From<CallEnd> for String {
    fn from(end: CallEnd) -> Self {
        end.to_string()
    }
}

impl TryFrom<String> for CallEnd {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        match &*word {
            "answered" => Ok(Self::Answered),
            "planned" => Ok(Self::Planned),
            code => CallErrorKind::named(code).map(Self::Failed).ok_or(word),
        }
    }
}

/// One tool call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The server's name in the configuration; empty when no such tool was found.
    pub server: String,
    /// The tool, as its server spells it; as the script named it when it was not found.
    pub tool: String,
    /// Bytes of the arguments as JSON.
    pub argument_bytes: usize,
    /// Bytes of the answer as JSON; 0 without one.
    pub result_bytes: usize,
    /// When it was asked for, in milliseconds after the run began.
    pub started_ms: f64,
    /// How long until its end, the wait for its turn included, in milliseconds.
    pub duration_ms: f64,
    /// `answered`, or the code of the error: `invalid_arguments`, `timeout`, `tool_error`, …
    pub outcome: CallEnd,
    /// What the error said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Why it was not allowed. For the person: faces that a model reads leave it out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Arc<Refusal>>,
    /// Its part in a plan: the entry that it was sent as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanPart>,
    /// Line of the script it was asked for in, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Its number among everything the run asked for, files and timers too: `narrows runs show ID --call N`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// The beginning of its arguments, where it left and its tool is not marked as changing nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrote: Option<String>,
    /// The fingerprint of its tool's definition, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
    /// The fingerprint of what its server was started from or connected to, in the same form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_fingerprint: Option<String>,
}

/// What was used of one limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitUse {
    /// So much was used.
    pub used: u64,
    /// So much was allowed.
    pub max: u64,
}

/// What a run used of its limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitsUsed {
    /// Time spent computing, in milliseconds.
    pub cpu_ms: LimitUse,
    /// Time from start to end, not counting time spent waiting for tools, in milliseconds.
    pub wall_ms: LimitUse,
    /// Memory, in bytes.
    pub memory_bytes: LimitUse,
    /// Printed text, in bytes.
    pub printed_bytes: LimitUse,
    /// Tool calls.
    pub calls: LimitUse,
    /// Source, in bytes.
    pub source_bytes: LimitUse,
    /// The value as JSON, in bytes.
    pub value_bytes: LimitUse,
}

/// What the run cost in model tokens, and what it would have cost with the tools handed to the model directly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenReport {
    /// The encoding counted with: an estimate for models with another one.
    pub encoding: Cow<'static, str>,
    /// Definitions of all tools, and every call's arguments and result. `None` while the tools of some server are not
    /// known yet, since a comparison would be with too little, and until the definitions are counted: no run waits for
    /// that.
    pub without_narrows: Option<u64>,
    /// Definitions of Narrows' own tools, the code, and what is shown of the answer.
    pub with_narrows: u64,
}

impl TokenReport {
    /// Nothing counted yet.
    pub(crate) fn none() -> Self {
        Self { encoding: Cow::Borrowed(surface::ENCODING), without_narrows: None, with_narrows: 0 }
    }
}
