//! JSON-RPC messages: reading a server's, writing ours. Pure.
//!
//! A message is read in one pass. The members of a result that anyone here needs are kept as the bytes they
//! arrived in, so a result of some megabytes is scanned once and never built into a tree.

use std::{borrow::Cow, fmt};

use memchr::memmem;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use tools::{
    AnswerForm, DECEPTIVE_KEY, IDEMPOTENCY_KEY, READ_RESOURCE, Unanswerable, is_deceptive, without_line_ends,
};

use crate::{
    failure::Failure,
    questions::Party,
    scan::{IdScan, number},
    secrets::Secrets,
    text::clean,
    unwrap::REPEATED_BYTES_MAX,
};

/// Error texts longer than this tell nobody more; they go into records and to models.
const ERROR_TEXT_BYTES_MAX: usize = 16 << 10;
/// Error details are kept up to this size; they are for a script to look at, not a way to move data.
const ERROR_DATA_BYTES_MAX: usize = 1 << 20;
/// What servers are told whose question has no answer: an error of ours, as the protocol has none for it.
const CLIENT_CANNOT: i64 = -32603;
/// Messages in one JSON-RPC batch (2025-03-26 only). Servers that batch send a handful.
const BATCH_MAX: usize = 1_000;

/// Members of a result that nobody here knows, up to so many: a result of the protocol has a handful.
const OTHERS_MAX: usize = 64;

/// The members of a result. Absent and `null` are the same.
#[derive(Debug, Default)]
pub(crate) struct Body<'a> {
    content: Option<&'a RawValue>,
    structured_content: Option<&'a RawValue>,
    is_error: Option<&'a RawValue>,
    result_type: Option<&'a RawValue>,
    input_requests: Option<&'a RawValue>,
    request_state: Option<&'a RawValue>,
    contents: Option<&'a RawValue>,
    tools: Option<&'a RawValue>,
    next_cursor: Option<&'a RawValue>,
    ttl_ms: Option<&'a RawValue>,
    cache_scope: Option<&'a RawValue>,
    protocol_version: Option<&'a RawValue>,
    supported_versions: Option<&'a RawValue>,
    capabilities: Option<&'a RawValue>,
    server_info: Option<&'a RawValue>,
    instructions: Option<&'a RawValue>,
    meta: Option<&'a RawValue>,
    others: Vec<(Cow<'a, str>, &'a RawValue)>,
}

/// A result on its way to the caller: [`Body`], owned.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) content: Option<Box<RawValue>>,
    pub(crate) structured_content: Option<Box<RawValue>>,
    /// As it was said, where it was.
    pub(crate) is_error: Option<bool>,
    pub(crate) result_type: Option<Box<RawValue>>,
    pub(crate) input_requests: Option<Box<RawValue>>,
    pub(crate) request_state: Option<Box<RawValue>>,
    pub(crate) contents: Option<Box<RawValue>>,
    pub(crate) tools: Option<Box<RawValue>>,
    pub(crate) next_cursor: Option<Box<RawValue>>,
    pub(crate) ttl_ms: Option<Box<RawValue>>,
    pub(crate) protocol_version: Option<Box<RawValue>>,
    pub(crate) supported_versions: Option<Box<RawValue>>,
    pub(crate) capabilities: Option<Box<RawValue>>,
    pub(crate) server_info: Option<Box<RawValue>>,
    pub(crate) instructions: Option<Box<RawValue>>,
    pub(crate) meta: Option<Box<RawValue>>,
    /// Members that only the caller knows.
    pub(crate) others: Vec<(String, Box<RawValue>)>,
}

impl<'a> Body<'a> {
    /// The place of a member that is known.
    fn place(&mut self, name: &str) -> Option<&mut Option<&'a RawValue>> {
        Some(match name {
            "content" => &mut self.content,
            "structuredContent" => &mut self.structured_content,
            "isError" => &mut self.is_error,
            "resultType" => &mut self.result_type,
            "inputRequests" => &mut self.input_requests,
            "requestState" => &mut self.request_state,
            "contents" => &mut self.contents,
            "tools" => &mut self.tools,
            "nextCursor" => &mut self.next_cursor,
            "ttlMs" => &mut self.ttl_ms,
            "cacheScope" => &mut self.cache_scope,
            "protocolVersion" => &mut self.protocol_version,
            "supportedVersions" => &mut self.supported_versions,
            "capabilities" => &mut self.capabilities,
            "serverInfo" => &mut self.server_info,
            "instructions" => &mut self.instructions,
            "_meta" => &mut self.meta,
            _ => return None,
        })
    }

    /// Takes in a member, which must not be there yet.
    fn take(&mut self, name: Cow<'a, str>, value: Option<&'a RawValue>) -> Result<(), String> {
        match self.place(&name) {
            Some(Some(_)) => return Err(format!("duplicate field `{name}`")),
            Some(place) => *place = value,
            None => self
                .others
                .extend(value.map(|value| (name, value)).filter(|_| self.others.len() < OTHERS_MAX)),
        }
        Ok(())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Body<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Body<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        #[derive(Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
        let mut body = Body::default();
        while let Some(Name(name)) = map.next_key()? {
            body.take(name, map.next_value()?).map_err(A::Error::custom)?;
        }
        Ok(body)
    }
}

impl Body<'_> {
    /// Copies what is needed for an answer of this form. Servers repeat structured content as text; where that is large and
    /// nothing but text, it is left where it is, unless it is the text of an error or the whole result is wanted.
    pub(crate) fn keep(&self, form: AnswerForm) -> Reply {
        let own = |raw: Option<&RawValue>| raw.map(ToOwned::to_owned);
        let is_error = self.is_error.map(|raw| raw.get() == "true");
        let may_repeat =
            form == AnswerForm::Value && self.structured_content.is_some() && is_error != Some(true);
        Reply {
            content: own(self.content.filter(|content| !may_repeat || !is_large_text(content))),
            structured_content: own(self.structured_content),
            is_error,
            result_type: own(self.result_type),
            input_requests: own(self.input_requests),
            request_state: own(self.request_state),
            contents: own(self.contents),
            tools: own(self.tools),
            next_cursor: own(self.next_cursor),
            ttl_ms: own(self.ttl_ms),
            protocol_version: own(self.protocol_version),
            supported_versions: own(self.supported_versions),
            capabilities: own(self.capabilities),
            server_info: own(self.server_info),
            instructions: own(self.instructions),
            meta: own(self.meta),
            others: self.others.iter().map(|(name, value)| (name.to_string(), (*value).to_owned())).collect(),
        }
    }
}

/// Whether content is large and has no other blocks than texts, as far as its look tells.
fn is_large_text(content: &RawValue) -> bool {
    // Other blocks have a type or an address, whose name no text can spell without a backslash.
    let others = [&b"\"mimeType\""[..], b"\"uri\"", b"\"data\""];
    content.get().len() > REPEATED_BYTES_MAX
        && others.iter().all(|name| memmem::find(content.get().as_bytes(), name).is_none())
}

impl Reply {
    /// Whether it is said to be an error.
    pub(crate) fn is_error(&self) -> bool {
        self.is_error == Some(true)
    }

    /// A member that is not known here.
    pub(crate) fn other(&self, name: &str) -> Option<&RawValue> {
        self.others.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// The result as it was sent, without what is between the server and us: how long it is fresh, and whether it is one.
    pub(crate) fn whole(&self) -> String {
        let is_error = self.is_error.map(|is_error| if is_error { "true" } else { "false" });
        let known = [
            ("content", self.content.as_deref()),
            ("structuredContent", self.structured_content.as_deref()),
            ("contents", self.contents.as_deref()),
            ("_meta", self.meta.as_deref()),
        ];
        let known = known.into_iter().filter_map(|(name, value)| Some((name, value?.get())));
        let others = self.others.iter().map(|(name, value)| (name.as_str(), value.get()));
        let members = known.chain(is_error.map(|word| ("isError", word))).chain(others);
        let members: Vec<_> = members.map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
        format!("{{{}}}", members.join(","))
    }

    /// Without the server's credentials in what it says of itself and of its tools. What a call has brought is looked
    /// through when it is unwrapped; what is only sent back stays.
    pub(crate) fn without(self, secrets: &Secrets) -> Self {
        let hidden = |raw: Option<Box<RawValue>>| raw.map(|raw| secrets.hide_in_json(raw));
        Self {
            tools: hidden(self.tools),
            server_info: hidden(self.server_info),
            instructions: hidden(self.instructions),
            meta: hidden(self.meta),
            ..self
        }
    }
}

/// One message from a server.
#[derive(Debug)]
pub(crate) enum Incoming<'a> {
    /// An answer to request `id` of ours.
    Answer { id: u64, outcome: Result<Box<Body<'a>>, Failure> },
    /// An error that names no request.
    Error(Failure),
    /// A request of the server's.
    Request { id: &'a RawValue, method: String, params: Option<&'a RawValue> },
    /// A notification.
    Notification { method: String, params: Option<&'a RawValue> },
}

/// A message that is none, and the request it seems to answer.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) id: Option<u64>,
    pub(crate) reason: String,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(default)]
    method: Option<String>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<Body<'a>>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// Reads one message, which must not be a batch.
pub(crate) fn read(bytes: &[u8]) -> Result<Incoming<'_>, Unreadable> {
    if is_deceptive(bytes) {
        return Err(unreadable(bytes, format!("it holds {DECEPTIVE_KEY}")));
    }
    let envelope: Envelope<'_> =
        serde_json::from_slice(bytes).map_err(|error| unreadable(bytes, error.to_string()))?;
    let Envelope { id, method, params, result, error } = envelope;
    if let Some(method) = method {
        return Ok(match id {
            Some(id) => Incoming::Request { id, method, params },
            None => Incoming::Notification { method, params },
        });
    }
    let outcome = match (result, error) {
        (Some(body), None) => Ok(Box::new(body)),
        (None, Some(error)) => Err(failure_of(error)),
        (Some(_), Some(_)) => Err(Failure::Malformed("it has both a result and an error".to_owned())),
        (None, None) => Err(Failure::Malformed("it has neither a result nor an error".to_owned())),
    };
    match (id.map(number_of), outcome) {
        (Some(Some(id)), outcome) => Ok(Incoming::Answer { id, outcome }),
        (None, Err(failure)) => Ok(Incoming::Error(failure)),
        (id, _) => {
            let reason = if id.is_some() { "it answers no request of ours" } else { "it has no id" };
            Err(Unreadable { id: None, reason: reason.to_owned() })
        }
    }
}

/// The messages of a batch, or `None` when it is not one.
pub(crate) fn batch(bytes: &[u8]) -> Option<Vec<&RawValue>> {
    let is_array = bytes.trim_ascii_start().starts_with(b"[");
    let messages = is_array.then(|| crate::array::items(bytes, BATCH_MAX).ok()).flatten()?;
    Some(messages.items)
}

/// Our ids are numbers; some servers turn them into strings on the way, or into numbers with a fraction of zero.
fn number_of(id: &RawValue) -> Option<u64> {
    let text = id.get();
    number(text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text))
}

fn unreadable(bytes: &[u8], reason: String) -> Unreadable {
    let mut scan = IdScan::default();
    scan.feed(bytes);
    Unreadable { id: scan.id(), reason }
}

#[derive(Deserialize)]
struct RpcError<'a> {
    code: serde_json::Number,
    #[serde(default)]
    message: Option<String>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

fn failure_of(error: &RawValue) -> Failure {
    let Ok(error) = serde_json::from_str::<RpcError<'_>>(error.get()) else {
        let seen = clean(error.get(), 200);
        return Failure::Malformed(format!("its error is not a JSON-RPC error: {seen}"));
    };
    let Some(code) = error.code.as_i64() else {
        return Failure::Malformed(format!("its error code {} is not a whole number", error.code));
    };
    let message = error.message.filter(|text| !text.trim().is_empty());
    Failure::Rpc {
        code,
        message: message.map_or_else(
            || "the server gave no reason".to_owned(),
            |text| clean(&text, ERROR_TEXT_BYTES_MAX),
        ),
        data: error.data.filter(|data| data.get().len() <= ERROR_DATA_BYTES_MAX).map(ToOwned::to_owned),
    }
}

/// A request of ours, before it has an id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    /// The method.
    pub(crate) method: &'static str,
    /// The members of `params`, as JSON without the braces.
    pub(crate) members: String,
    /// Members of `_meta` beside those of the era, as JSON without the braces.
    pub(crate) meta: String,
    /// What HTTP repeats in `Mcp-Name`: the tool's or the prompt's name, or the resource's address.
    pub(crate) name: Option<String>,
    /// What its reply is kept for.
    pub(crate) form: AnswerForm,
    /// Who answers what the server asks meanwhile.
    pub(crate) party: Option<Party>,
    /// What HTTP repeats in `Mcp-Param-*`.
    pub(crate) headers: Vec<(String, String)>,
}

impl Request {
    /// A request whose `params` have these members.
    pub(crate) fn new(method: &'static str, members: impl Into<String>) -> Self {
        Self { method, members: members.into(), ..Self::default() }
    }

    /// `tools/call`. The arguments must be an object; white space in them may contain line breaks, which
    /// [`write_request`] removes.
    pub(crate) fn call(name: &str, arguments: &RawValue) -> Self {
        let mut members = String::with_capacity(name.len() + arguments.get().len() + 32);
        members.push_str("\"name\":");
        members.push_str(&quoted(name));
        members.push_str(",\"arguments\":");
        members.push_str(arguments.get());
        Self { name: Some(name.to_owned()), ..Self::new("tools/call", members) }
    }

    /// With the key that its server can know it by.
    pub(crate) fn keyed(self, key: Option<&str>) -> Self {
        let meta = key.map(|key| format!("{}:{}", quoted(IDEMPOTENCY_KEY), quoted(key)));
        Self { meta: meta.unwrap_or_default(), ..self }
    }

    /// Its `_meta`, together with that of the era.
    fn meta_beside<'a>(&self, of_era: Option<&'a str>) -> Option<Cow<'a, str>> {
        if self.meta.is_empty() {
            return of_era.map(Cow::Borrowed);
        }
        let members = of_era.and_then(|meta| meta.strip_prefix('{')?.strip_suffix('}'));
        let comma = if members.is_none_or(str::is_empty) { "" } else { "," };
        Some(format!("{{{}{comma}{}}}", members.unwrap_or_default(), self.meta).into())
    }

    /// `resources/read`.
    pub(crate) fn resource(uri: &str) -> Self {
        let members = format!("\"uri\":{}", quoted(uri));
        Self { name: Some(uri.to_owned()), ..Self::new(READ_RESOURCE, members) }
    }

    /// One page of a listing, from this cursor on.
    pub(crate) fn page(method: &'static str, cursor: Option<&str>) -> Self {
        let members = cursor.map(|cursor| format!("\"cursor\":{}", quoted(cursor)));
        Self::new(method, members.unwrap_or_default())
    }
}

/// The message of a request, without line breaks. `meta` is the JSON of `_meta`, where the era wants one.
pub(crate) fn write_request(id: u64, request: &Request, meta: Option<&str>) -> Vec<u8> {
    let id = format!("\"id\":{id},");
    write(&id, request.method, &request.members, request.meta_beside(meta).as_deref())
}

/// The message of a notification.
pub(crate) fn write_notification(method: &str, members: &str, meta: Option<&str>) -> Vec<u8> {
    write("", method, members, meta)
}

/// The notification that we do not wait for request `id` any more.
pub(crate) fn write_cancelled(id: u64, meta: Option<&str>) -> Vec<u8> {
    let members = format!("\"requestId\":{id},\"reason\":\"the caller gave up\"");
    write_notification("notifications/cancelled", &members, meta)
}

fn write(id: &str, method: &str, members: &str, meta: Option<&str>) -> Vec<u8> {
    let mut out = Vec::with_capacity(members.len() + meta.map_or(0, str::len) + 96);
    for part in ["{\"jsonrpc\":\"2.0\",", id, "\"method\":\"", method, "\",\"params\":{", members] {
        out.extend_from_slice(part.as_bytes());
    }
    if let Some(meta) = meta {
        let comma = if members.is_empty() { "" } else { "," };
        for part in [comma, "\"_meta\":", meta] {
            out.extend_from_slice(part.as_bytes());
        }
    }
    out.extend_from_slice(b"}}");
    // A raw line break can only be white space between tokens: inside strings it must be escaped.
    if memchr::memchr2(b'\n', b'\r', &out).is_some() {
        out.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
    }
    match without_line_ends(&out) {
        Cow::Owned(escaped) => escaped,
        Cow::Borrowed(_) => out,
    }
}

/// What we say to a request of the server's: we are alive, we have no roots, we can do nothing else.
pub(crate) fn answer_to(id: &RawValue, method: &str) -> Vec<u8> {
    let id = id.get();
    let outcome = match method {
        "ping" => "\"result\":{}".to_owned(),
        "roots/list" => "\"result\":{\"roots\":[]}".to_owned(),
        _ => {
            let message = quoted(&format!("Method not found: {}", clean(method, 100)));
            format!("\"error\":{{\"code\":-32601,\"message\":{message}}}")
        }
    };
    let answer = format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},{outcome}}}");
    without_line_ends(answer.as_bytes()).into_owned()
}

/// The answer to a question of the server's: the client's result, or why there is none.
pub(crate) fn answer_of_client(id: &RawValue, answer: &Result<Box<RawValue>, Unanswerable>) -> Vec<u8> {
    let outcome = match answer {
        Ok(result) => format!("\"result\":{result}"),
        Err(Unanswerable(why)) => {
            format!("\"error\":{{\"code\":{CLIENT_CANNOT},\"message\":{}}}", quoted(why))
        }
    };
    let mut answer = format!("{{\"jsonrpc\":\"2.0\",\"id\":{id},{outcome}}}").into_bytes();
    // As in what we send otherwise: they can only stand between tokens.
    answer.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
    without_line_ends(&answer).into_owned()
}

/// The text as a JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
