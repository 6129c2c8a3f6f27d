//! Finding out which era a server speaks, and agreeing on a version.
//!
//! A server of 2026-07-28 or later is asked what it is (`server/discover`); every other answer means the
//! `initialize` handshake of 2025-11-25 and earlier. Silence means nothing yet: the handshake is begun beside the
//! question, and what is answered first counts. What is remembered from the last time decides which is tried first,
//! so a known server costs one round trip, and the other one heals a wrong memory.

use std::{
    pin::{Pin, pin},
    time::Duration,
};

use serde_json::{Value, value::RawValue};
use tokio::time::timeout;

use crate::{
    failure::Failure,
    health::Era,
    link::Link,
    message::{Reply, Request},
    text::{clean, clean_line},
    version::{LEGACY, MODERN},
};

/// The server does not speak the version asked for; its data names those it does.
const UNSUPPORTED_VERSION: i64 = -32022;
/// Instructions are shown to a model beside everything else; more than this is a book.
pub(crate) const INSTRUCTIONS_BYTES_MAX: usize = 8 << 10;
/// A name for people.
pub(crate) const TITLE_BYTES_MAX: usize = 200;

/// What a server says of itself when it is greeted.
#[derive(Debug, Clone)]
pub(crate) struct Hello {
    pub(crate) era: Era,
    pub(crate) protocol: String,
    pub(crate) title: Option<String>,
    pub(crate) instructions: Option<String>,
    pub(crate) has_tools: bool,
    pub(crate) tells_changes: bool,
    /// What it says it has beside tools.
    pub(crate) offers: Offers,
    /// The era is not what the server said but what its silence left, so it is not remembered.
    pub(crate) is_guess: bool,
}

/// What a server says it has beside tools.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Offers {
    pub(crate) resources: bool,
    /// Word of changes of single resources.
    pub(crate) subscriptions: bool,
    pub(crate) prompts: bool,
    pub(crate) logging: bool,
}

impl Offers {
    fn of(capabilities: &Value) -> Self {
        let has = |name: &str| capabilities.get(name).is_some_and(Value::is_object);
        let subscriptions = capabilities.pointer("/resources/subscribe") == Some(&Value::Bool(true));
        Self { resources: has("resources"), subscriptions, prompts: has("prompts"), logging: has("logging") }
    }
}

impl Hello {
    /// What a server that is remembered as modern is taken to be until it has answered.
    pub(crate) fn assumed_modern() -> Self {
        Self {
            era: Era::Modern,
            protocol: MODERN.to_owned(),
            title: None,
            instructions: None,
            has_tools: true,
            tells_changes: false,
            offers: Offers::default(),
            is_guess: false,
        }
    }

    /// The era to begin with the next time.
    pub(crate) fn era_to_remember(&self) -> Option<Era> {
        (!self.is_guess).then_some(self.era)
    }
}

/// What Narrows says it can: all that some client can. Which one can what shows when it is asked.
const CAPABILITIES: &str = "{\"elicitation\":{\"form\":{},\"url\":{}},\"sampling\":{},\"roots\":{}}";

/// The `_meta` of every request of the modern era, on behalf of a client that can this.
pub(crate) fn modern_meta(capabilities: &str) -> String {
    format!(
        "{{\"io.modelcontextprotocol/protocolVersion\":\"{MODERN}\",\
         \"io.modelcontextprotocol/clientInfo\":{},\
         \"io.modelcontextprotocol/clientCapabilities\":{capabilities}}}",
        client_info()
    )
}

fn client_info() -> String {
    format!("{{\"name\":\"narrows\",\"version\":\"{}\"}}", env!("CARGO_PKG_VERSION"))
}

/// Greets a server in the era it is remembered to speak, or the modern one, and then in the other.
pub(crate) async fn greet(link: &Link, remembered: Option<Era>, probe: Duration) -> Result<Hello, Failure> {
    if remembered == Some(Era::Legacy) {
        return match initialize(link).await {
            Err(older) if older.is_refusal() => discover(link).await.map_err(|newer| neither(newer, older)),
            outcome => outcome,
        };
    }
    let mut question = pin!(discover(link));
    match timeout(probe, &mut question).await {
        Ok(Err(newer)) if newer.is_refusal() => initialize(link).await.map_err(|older| neither(newer, older)),
        Ok(outcome) => outcome,
        Err(_) => greet_beside(link, question).await,
    }
}

/// Greets a server the older way that has not yet said what it is: it may not know the question, or be slow.
async fn greet_beside(
    link: &Link,
    mut question: Pin<&mut impl Future<Output = Result<Hello, Failure>>>,
) -> Result<Hello, Failure> {
    let mut greeting = pin!(initialize(link));
    tokio::select! {
        biased;
        answer = &mut question => match answer {
            Ok(hello) => {
                link.agree(MODERN);
                Ok(hello)
            }
            Err(newer) if newer.is_refusal() => greeting.await.map_err(|older| neither(newer, older)),
            Err(lost) => Err(lost),
        },
        // On a stream, who answers the later question and not the earlier one does not know the earlier one. Two
        // HTTP requests have no order.
        hello = &mut greeting => hello.map(|hello| Hello { is_guess: link.has_no_order(), ..hello }),
    }
}

/// The failure of both handshakes. That an older server does not know the newer one is no news.
fn neither(newer: Failure, older: Failure) -> Failure {
    match newer {
        Failure::Rpc { .. } | Failure::Status { status: 400 | 404 | 405, .. } => older,
        newer => Failure::of_both(("`initialize`", &older), ("`server/discover`", newer)),
    }
}

/// Asks what the server is. Every refusal (see [`Failure::is_refusal`]) may mean that it speaks an older version:
/// servers, and gateways before them, say in many ways that they do not know a method.
pub(crate) async fn discover(link: &Link) -> Result<Hello, Failure> {
    link.agree(MODERN);
    let meta = modern_meta("{}");
    let request = Request::new("server/discover", "");
    let reply = match link.request(&request, Some(&meta)).await {
        // A server may refuse the version once and name the same one as supported: then it is asked again.
        Err(Failure::Rpc { code: UNSUPPORTED_VERSION, data, .. }) if names(&data, MODERN) => {
            link.request(&request, Some(&meta)).await?
        }
        outcome => outcome?,
    };
    let unknown =
        || Failure::Malformed(format!("its `server/discover` result does not name version {MODERN}"));
    hello_of_discover(&reply).ok_or_else(unknown)
}

fn names(data: &Option<Box<RawValue>>, version: &str) -> bool {
    supported(data).iter().any(|supported| supported == version)
}

fn supported(data: &Option<Box<RawValue>>) -> Vec<String> {
    let data: Option<Value> = data.as_ref().and_then(|data| serde_json::from_str(data.get()).ok());
    let versions = data.as_ref().and_then(|data| data.get("supported")).and_then(Value::as_array);
    versions.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// `None` when the answer lists only older versions, or is no answer to this question at all: some servers
/// answer every unknown method with an empty result.
fn hello_of_discover(reply: &Reply) -> Option<Hello> {
    let versions: Vec<String> = serde_json::from_str(reply.supported_versions.as_ref()?.get()).ok()?;
    versions.iter().any(|version| version == MODERN).then_some(())?;
    let meta = member(&reply.meta, "io.modelcontextprotocol/serverInfo");
    let info = meta.or_else(|| parse(&reply.server_info));
    Some(hello(Era::Modern, MODERN.to_owned(), info.as_ref(), reply))
}

async fn initialize(link: &Link) -> Result<Hello, Failure> {
    match initialize_with(link, LEGACY[0]).await {
        Err(Failure::Rpc { code, message, data }) => {
            let supported = supported(&data);
            match LEGACY.iter().find(|version| supported.iter().any(|theirs| theirs == *version)) {
                Some(version) => initialize_with(link, version).await,
                None => Err(Failure::Rpc { code, message, data }),
            }
        }
        outcome => outcome,
    }
}

async fn initialize_with(link: &Link, version: &str) -> Result<Hello, Failure> {
    let info = client_info();
    let members =
        format!("\"protocolVersion\":\"{version}\",\"capabilities\":{CAPABILITIES},\"clientInfo\":{info}");
    // Before the handshake there is no agreed version to repeat.
    link.agree("");
    let reply = link.request(&Request::new("initialize", members), None).await?;
    let protocol: Option<String> = parse(&reply.protocol_version).and_then(|v| v.as_str().map(str::to_owned));
    let Some(protocol) = protocol.filter(|version| is_version(version)) else {
        return Err(Failure::Malformed("its `initialize` result names no protocol version".to_owned()));
    };
    link.agree(&protocol);
    link.notify("notifications/initialized", None).await?;
    let info = parse(&reply.server_info);
    Ok(hello(Era::Legacy, protocol, info.as_ref(), &reply))
}

/// A version is a date. An unknown one is accepted: what we use of the protocol has been stable since 2024.
fn is_version(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

fn hello(era: Era, protocol: String, info: Option<&Value>, reply: &Reply) -> Hello {
    let text = |key: &str| info.and_then(|info| info.get(key)).and_then(Value::as_str);
    let title = text("title").or_else(|| text("name")).map(|title| clean_line(title, TITLE_BYTES_MAX));
    let instructions = parse(&reply.instructions);
    let instructions = instructions.as_ref().and_then(Value::as_str);
    let capabilities = parse(&reply.capabilities).unwrap_or_default();
    let tools = capabilities.get("tools");
    Hello {
        era,
        protocol,
        title: title.filter(|title| !title.is_empty()),
        instructions: instructions.map(|text| clean(text, INSTRUCTIONS_BYTES_MAX)).filter(|t| !t.is_empty()),
        // Some servers list tools without having declared them: only a clear list of other capabilities
        // means that there are none.
        has_tools: tools.is_some() || capabilities.as_object().is_none_or(serde_json::Map::is_empty),
        tells_changes: tells(&capabilities),
        offers: Offers::of(&capabilities),
        is_guess: false,
    }
}

/// Whether it says that it tells changes of any of its lists.
fn tells(capabilities: &Value) -> bool {
    let of = |name: &str| capabilities.get(name).and_then(|capability| capability.get("listChanged"));
    ["tools", "resources", "prompts"].into_iter().any(|name| of(name) == Some(&Value::Bool(true)))
}

fn parse(raw: &Option<Box<RawValue>>) -> Option<Value> {
    serde_json::from_str(raw.as_ref()?.get()).ok()
}

fn member(raw: &Option<Box<RawValue>>, key: &str) -> Option<Value> {
    parse(raw)?.get_mut(key).map(Value::take)
}
