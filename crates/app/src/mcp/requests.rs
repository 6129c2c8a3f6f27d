//! What an agent asks of the three tools. How it may be written is `arguments`'.

use std::time::Duration;

use host::Approve;
use rmcp::model::{CustomRequest, JsonObject};
use serde_json::Value;
use surface::{Detail, LIMIT_MAX};
use tools::is_deceptive;

use super::arguments::Arguments;

/// The longest an answer is kept waiting: some clients give up on a tool after 60 s.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(50);

/// A request, and what is to be said of how it was written.
pub(super) struct Decoded<T> {
    pub(super) request: T,
    pub(super) notes: Vec<String>,
}

/// What `search_tools` is asked.
#[derive(Debug, PartialEq)]
pub(super) struct Search {
    pub(super) queries: Vec<String>,
    pub(super) detail: Detail,
    /// All servers when `None`.
    pub(super) server: Option<String>,
    /// The usual number when `None`.
    pub(super) limit: Option<usize>,
}

/// What `execute_code` is asked.
#[derive(Debug, PartialEq)]
pub(super) struct Execute {
    pub(super) code: String,
    pub(super) workspace: Option<String>,
    pub(super) background: Option<bool>,
    /// Which calls a person is asked about.
    pub(super) approve: Option<Approve>,
    /// The run to go on from.
    pub(super) resume: Option<String>,
}

/// What `get_run` is asked.
#[derive(Debug, PartialEq)]
pub(super) struct GetRun {
    pub(super) of: Wanted,
    pub(super) wait: Duration,
}

/// What is wanted of a run.
#[derive(Debug, PartialEq)]
pub(super) enum Wanted {
    /// Its answer, by its id.
    Run(String),
    /// A part of its value, by the value's handle.
    Page { handle: String, offset: usize },
}

/// The tool and the arguments of a call that the SDK does not decode: some clients send the arguments as the JSON text
/// of an object, some the list that an empty object is in their language.
pub(super) fn mended(request: &CustomRequest) -> Option<(String, JsonObject)> {
    let params = request.params.as_ref().filter(|_| request.method == "tools/call")?;
    let arguments = match &params["arguments"] {
        Value::String(json) if !is_deceptive(json.as_bytes()) => serde_json::from_str(json).ok()?,
        Value::Array(list) if list.is_empty() => JsonObject::new(),
        _ => return None,
    };
    Some((params["name"].as_str()?.to_owned(), arguments))
}

impl Search {
    pub(super) fn decode(given: Option<JsonObject>) -> Result<Decoded<Self>, String> {
        let mut arguments = Arguments::new("search_tools", given);
        // One query is often written without its list, and then under this name.
        let queries = [arguments.texts("queries")?, arguments.texts("query")?].concat();
        let detail = arguments.word("detail", "one of `names`, `signatures`, `full`", Detail::named)?;
        let server = arguments.text("server")?;
        let limit = arguments.count("limit", LIMIT_MAX)?;
        let notes = arguments.unknown()?;
        let request = Self { queries, detail: detail.unwrap_or(Detail::Signatures), server, limit };
        Ok(Decoded { request, notes })
    }
}

impl Execute {
    pub(super) fn decode(given: Option<JsonObject>) -> Result<Decoded<Self>, String> {
        let mut arguments = Arguments::new("execute_code", given);
        let code = arguments.text("code")?;
        let workspace = arguments.text("workspace")?;
        let background = arguments.flag("background")?;
        let approve = arguments.word("approve", "`writes`", approve)?;
        let mode = arguments.word("mode", "`plan`, or left out", mode)?;
        let resume = arguments.text("resume")?;
        let notes = arguments.unknown()?;
        let code = code.ok_or_else(|| arguments.missing("`code`, the script, is missing"))?;
        // In a plan nothing is sent that a person could be asked about.
        let approve = mode.or(approve);
        Ok(Decoded { request: Self { code, workspace, background, approve, resume }, notes })
    }
}

fn mode(word: &str) -> Option<Approve> {
    (word == "plan").then_some(Approve::Planned)
}

fn approve(word: &str) -> Option<Approve> {
    (word == "writes").then_some(Approve::Writes)
}

impl GetRun {
    pub(super) fn decode(given: Option<JsonObject>) -> Result<Decoded<Self>, String> {
        let mut arguments = Arguments::new("get_run", given);
        let run = arguments.text("run_id")?;
        let wait = arguments.number("wait_seconds")?.unwrap_or(0.0);
        let handle = arguments.text("handle")?;
        let offset = arguments.whole("offset")?.unwrap_or(0);
        let notes = arguments.unknown()?;
        let of = match (handle, run) {
            (Some(handle), _) => {
                Wanted::Page { handle, offset: usize::try_from(offset).unwrap_or(usize::MAX) }
            }
            (None, Some(run)) => Wanted::Run(run),
            (None, None) => return Err(arguments.missing("a `run_id` or a `handle` is missing")),
        };
        let wait = Duration::try_from_secs_f64(wait).unwrap_or(ANSWER_WITHIN).min(ANSWER_WITHIN);
        Ok(Decoded { request: Self { of, wait }, notes })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Option<JsonObject> {
        value.as_object().cloned()
    }

    /// What is understood: the request, and the notes after it.
    fn understood<T: std::fmt::Debug>(decoded: Result<Decoded<T>, String>) -> String {
        let Decoded { request, notes } = decoded.unwrap_or_else(|wrong| panic!("{wrong}"));
        format!("{request:?} {}", notes.join("; ")).trim_end().to_owned()
    }

    #[test]
    fn searches_are_taken_as_models_write_them() {
        let usual = |queries: &str, rest: &str| format!("Search {{ queries: [{queries}], {rest} }}");
        let a = usual("\"a\"", "detail: Signatures, server: None, limit: Some(3)");
        for (given, expect) in [
            (json!({"queries": ["a"], "limit": 3}), a.clone()),
            (json!({"queries": "a", "limit": "3"}), a.clone()),
            (json!({"query": "a", "limit": 3.0}), a.clone()),
            (json!({"queries": "[\"a\"]", "limit": " 3.0 "}), a.clone()),
            (json!({"queries": ["a", null, ""], "limit": 3, "server": "", "detail": ""}), a.clone()),
            (json!({"queries": ["a"], "query": null, "server": null, "detail": null, "limit": 3}), a),
            (
                json!({"queries": null, "limit": null}),
                usual("", "detail: Signatures, server: None, limit: None"),
            ),
            (
                json!({"queries": 7, "limit": 1e30}),
                usual("\"7\"", &format!("detail: Signatures, server: None, limit: Some({})", usize::MAX)),
            ),
            (
                json!({"queries": "[not JSON", "detail": "FULL", "server": 5, "limit": 3}),
                usual("\"[not JSON\"", "detail: Full, server: Some(\"5\"), limit: Some(3)"),
            ),
        ] {
            assert_eq!(understood(Search::decode(object(&given))), expect, "{given}");
        }
        for (word, expect) in [
            ("names", Detail::Names),
            ("name-only", Detail::Names),
            ("summary", Detail::Signatures),
            ("description", Detail::Signatures),
            ("schema", Detail::Full),
        ] {
            let given = json!({"queries": ["a"], "detail": word});
            let detail = Search::decode(object(&given)).map(|decoded| decoded.request.detail);
            assert_eq!(detail, Ok(expect), "{word}");
        }
    }

    #[test]
    fn runs_are_taken_as_models_write_them() {
        let execute = |background: &str| {
            format!(
                "Execute {{ code: \"return 1\", workspace: None, background: {background}, approve: None, resume: None }}"
            )
        };
        for (given, expect) in [
            (json!({"code": "return 1", "background": "false"}), execute("Some(false)")),
            (json!({"code": "return 1", "background": "True", "workspace": ""}), execute("Some(true)")),
            (json!({"code": "return 1", "background": 1}), execute("Some(true)")),
            (json!({"code": "return 1", "background": null, "workspace": null}), execute("None")),
            (
                json!({"code": "return 1", "explanation": "counts", "speed": "fast"}),
                execute("None")
                    + " execute_code has no argument `explanation`; it was ignored; \
                       execute_code has no argument `speed`; it was ignored",
            ),
        ] {
            assert_eq!(understood(Execute::decode(object(&given))), expect, "{given}");
        }
        let run = "GetRun { of: Run(\"r\"), ";
        let page = "GetRun { of: Page { handle: \"r\", offset: 24000 }, ";
        for (given, expect) in [
            (json!({"run_id": "r", "wait_seconds": "1"}), format!("{run}wait: 1s }}")),
            (json!({"run_id": "r", "wait_seconds": 2.5, "handle": ""}), format!("{run}wait: 2.5s }}")),
            (json!({"run_id": "r", "wait_seconds": 1e300, "offset": null}), format!("{run}wait: 50s }}")),
            (json!({"run_id": "r", "wait_seconds": 1e9}), format!("{run}wait: 50s }}")),
            (json!({"handle": "r", "offset": "24000"}), format!("{page}wait: 0ns }}")),
            (json!({"run_id": null, "handle": "r", "offset": 24000.0}), format!("{page}wait: 0ns }}")),
        ] {
            assert_eq!(understood(GetRun::decode(object(&given))), expect, "{given}");
        }
    }

    #[test]
    fn what_cannot_be_taken_is_named() {
        fn refused<T>(decode: fn(Option<JsonObject>) -> Result<Decoded<T>, String>, given: &Value) -> String {
            decode(object(given)).map(|_| "it is taken".to_owned()).unwrap_or_else(|wrong| wrong)
        }
        let long = "x".repeat(1_000);
        for (given, expect) in [
            (json!({"limit": "many"}), "`limit` must be from 1 to 100, not the text \"many\""),
            (json!({"limit": 2.5}), "`limit` must be from 1 to 100, not `2.5`"),
            (json!({"limit": -1}), "`limit` must be from 1 to 100, not `-1`"),
            (json!({"limit": "NaN"}), "`limit` must be from 1 to 100, not the text \"NaN\""),
            (json!({"limit": [3]}), "`limit` must be from 1 to 100, not a list"),
            (json!({"queries": [["a"]]}), "`queries` must be a list of texts, not a list"),
            (json!({"queries": {"a": 1}}), "`queries` must be a list of texts, not an object"),
            (json!({"server": true}), "`server` must be a text, not `true`"),
            (
                json!({"detail": long}),
                &format!(
                    "`detail` must be one of `names`, `signatures`, `full`, not the text \"{}…\"",
                    &long[..40]
                ),
            ),
            (json!({"limt": 3}), "unknown argument `limt`; did you mean `limit`?"),
            (json!({"x": 3, "qeries": ["a"]}), "unknown argument `qeries`; did you mean `queries`?"),
        ] {
            assert_eq!(refused(Search::decode, &given), format!("search_tools: {expect}"), "{given}");
        }
        for (given, expect) in [
            (json!({}), "`code`, the script, is missing"),
            (json!({"code": null}), "`code`, the script, is missing"),
            (json!({"script": "return 1"}), "`code`, the script, is missing; there is `script`"),
            (
                json!({"arguments": {"code": "1"}, "x": 1}),
                "`code`, the script, is missing; there is `arguments`, `x`",
            ),
            (json!({"code": {"text": "return 1"}}), "`code` must be a text, not an object"),
            (
                json!({"code": "", "background": "later"}),
                "`background` must be `true` or `false`, not the text \"later\"",
            ),
            (
                json!({"code": "1", "backgroud": true}),
                "unknown argument `backgroud`; did you mean `background`?",
            ),
        ] {
            assert_eq!(refused(Execute::decode, &given), format!("execute_code: {expect}"), "{given}");
        }
        for (given, expect) in [
            (json!({}), "a `run_id` or a `handle` is missing"),
            (json!({"id": "r"}), "a `run_id` or a `handle` is missing; there is `id`"),
            (json!({"run_id": ""}), "a `run_id` or a `handle` is missing"),
            (json!({"runId": "r"}), "unknown argument `runId`; did you mean `run_id`?"),
            (
                json!({"run_id": "r", "wait_seconds": -5}),
                "`wait_seconds` must be a number of at least 0, not `-5`",
            ),
        ] {
            assert_eq!(refused(GetRun::decode, &given), format!("get_run: {expect}"), "{given}");
        }
    }
}
