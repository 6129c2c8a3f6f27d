//! What an agent may write as arguments of the three tools. Decoded leniently where the meaning is plain.

use std::time::Duration;

use rmcp::model::JsonObject;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use crate::args::Detail;

/// The longest an answer is kept waiting: some clients give up on a tool after 60 s.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(50);

/// Arguments of `search_tools`.
#[derive(Debug, PartialEq, Deserialize)]
pub(super) struct Search {
    #[serde(default, alias = "query")]
    pub(super) queries: Queries,
    #[serde(default)]
    pub(super) detail: Detail,
    #[serde(default)]
    pub(super) server: Option<String>,
    #[serde(default = "ten", deserialize_with = "from_one")]
    pub(super) limit: usize,
}

/// More than there can be is as many as there can be; none at all is a mistake.
fn from_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    match usize::deserialize(deserializer)? {
        0 => Err(D::Error::custom("`limit` is at least 1")),
        limit => Ok(limit),
    }
}

fn ten() -> usize {
    10
}

/// One query is often written without its list.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Queries {
    Many(Vec<String>),
    One(String),
}

impl Default for Queries {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Queries {
    pub(super) fn into_list(self) -> Vec<String> {
        let list = match self {
            Self::Many(list) => list,
            Self::One(query) => vec![query],
        };
        list.into_iter().filter(|query| !query.trim().is_empty()).collect()
    }
}

/// Arguments of `execute_code`.
#[derive(Debug, PartialEq, Deserialize)]
pub(super) struct Execute {
    pub(super) code: String,
    #[serde(default)]
    pub(super) workspace: Option<String>,
    #[serde(default)]
    pub(super) background: Option<bool>,
}

/// Arguments of `get_run`.
#[derive(Debug, PartialEq, Deserialize)]
pub(super) struct GetRun {
    #[serde(default)]
    pub(super) run_id: Option<String>,
    #[serde(default, deserialize_with = "from_zero")]
    wait_seconds: Option<f64>,
    #[serde(default)]
    pub(super) handle: Option<String>,
    #[serde(default)]
    pub(super) offset: Option<usize>,
}

fn from_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    match Option::deserialize(deserializer)? {
        Some(seconds) if seconds < 0.0 => Err(D::Error::custom("`wait_seconds` is at least 0")),
        seconds => Ok(seconds),
    }
}

impl GetRun {
    pub(super) fn wait(&self) -> Duration {
        let wait = Duration::try_from_secs_f64(self.wait_seconds.unwrap_or(0.0)).unwrap_or_default();
        wait.min(ANSWER_WITHIN)
    }
}

/// Decodes arguments; the error is a sentence for the model.
pub(super) fn decode<T: for<'de> Deserialize<'de>>(
    tool: &str,
    arguments: Option<JsonObject>,
) -> Result<T, String> {
    let arguments = Value::Object(arguments.unwrap_or_default());
    T::deserialize(&arguments).map_err(|error| format!("the arguments of {tool} do not fit: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arguments(value: &Value) -> Option<JsonObject> {
        value.as_object().cloned()
    }

    #[test]
    fn one_query_without_its_list_is_understood() {
        let search: Search = decode("search_tools", arguments(&json!({"query": "mail"}))).expect("it fits");
        assert_eq!(search.queries.into_list(), ["mail"]);
        let none: Search = decode("search_tools", None).expect("it fits");
        assert_eq!((none.queries.into_list().len(), none.limit), (0, 10));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let execute = decode::<Execute>("execute_code", arguments(&json!({"source": "1"}))).map(drop);
        let search = decode::<Search>("search_tools", arguments(&json!({"limit": 0}))).map(drop);
        let get_run = decode::<GetRun>("get_run", arguments(&json!({"wait_seconds": -5}))).map(drop);
        for (wrong, expect) in [
            (execute, "the arguments of execute_code do not fit: missing field `code`"),
            (search, "the arguments of search_tools do not fit: `limit` is at least 1"),
            (get_run, "the arguments of get_run do not fit: `wait_seconds` is at least 0"),
        ] {
            assert_eq!(wrong.expect_err("it does not fit"), expect);
        }
    }

    #[test]
    fn waiting_has_an_end() {
        let wait = |seconds: Value| {
            let request: GetRun =
                decode("get_run", arguments(&json!({"wait_seconds": seconds}))).expect("it fits");
            request.wait()
        };
        assert_eq!(wait(json!(1e9)), ANSWER_WITHIN);
        assert_eq!(wait(json!(2.5)), Duration::from_millis(2500));
    }
}
