//! What a server says unasked, for clients of the protocol. Pure.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use tools::ServerName;

use crate::{secrets::Secrets, text::clean_line};

/// A message that is logged. More is a dump, and clients show it in a line.
const LOGGED_BYTES_MAX: usize = 64 << 10;
/// The name of a logger.
const LOGGER_BYTES_MAX: usize = 200;
/// The address of a resource.
const URI_BYTES_MAX: usize = 8 << 10;

/// What a server said.
#[derive(Debug, Clone)]
pub struct ServerNews {
    /// Which server.
    pub server: ServerName,
    /// What it said.
    pub news: News,
}

/// Word of a server that answers nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// It has other resources or templates than before.
    ResourcesChanged,
    /// It has other prompts than before.
    PromptsChanged,
    /// The resource at this address, which was subscribed to, has changed.
    ResourceUpdated(String),
    /// Something was logged.
    Logged {
        /// How grave it is: a word of the protocol.
        level: String,
        /// Who says so, within the server.
        logger: Option<String>,
        /// What is said: a text, or any other JSON.
        data: Value,
    },
}

impl News {
    /// What a notification says; nothing where it is for nobody but us, or says too much.
    pub(crate) fn of(method: &str, params: Option<&RawValue>) -> Option<Self> {
        match method {
            "notifications/resources/list_changed" => Some(Self::ResourcesChanged),
            "notifications/prompts/list_changed" => Some(Self::PromptsChanged),
            "notifications/resources/updated" => updated(params?),
            "notifications/message" => logged(params?),
            _ => None,
        }
    }

    /// Without the credentials of the server, and without personal data where it is hidden.
    pub(crate) fn without(self, secrets: &Secrets) -> Self {
        match self {
            Self::ResourceUpdated(uri) => Self::ResourceUpdated(secrets.hide(uri)),
            Self::Logged { level, logger, data } => {
                let hidden =
                    RawValue::from_string(data.to_string()).map(|data| secrets.hide_in_message(data));
                let data =
                    hidden.ok().and_then(|data| serde_json::from_str(data.get()).ok()).unwrap_or_default();
                Self::Logged { level, logger, data }
            }
            Self::ResourcesChanged | Self::PromptsChanged => self,
        }
    }
}

fn updated(params: &RawValue) -> Option<News> {
    #[derive(Deserialize)]
    struct Updated {
        uri: String,
    }
    let Updated { uri } = serde_json::from_str(params.get()).ok()?;
    (uri.len() <= URI_BYTES_MAX).then_some(News::ResourceUpdated(uri))
}

fn logged(params: &RawValue) -> Option<News> {
    #[derive(Deserialize)]
    struct Logged {
        level: String,
        #[serde(default)]
        logger: Option<String>,
        #[serde(default)]
        data: Value,
    }
    if params.get().len() > LOGGED_BYTES_MAX {
        tracing::debug!(bytes = params.get().len(), "a message that a server logged is too large to hand on");
        return None;
    }
    let Logged { level, logger, data } = serde_json::from_str(params.get()).ok()?;
    let logger = logger.map(|logger| clean_line(&logger, LOGGER_BYTES_MAX));
    Some(News::Logged { level: clean_line(&level, LOGGER_BYTES_MAX), logger, data })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_said_is_bounded() {
        let said = |method: &str, params: Value| {
            let params = RawValue::from_string(params.to_string()).expect("JSON");
            News::of(&format!("notifications/{method}"), Some(&params))
        };
        assert_eq!(said("prompts/list_changed", json!({})), Some(News::PromptsChanged));
        assert_eq!(
            said("resources/updated", json!({"uri": "a:1"})),
            Some(News::ResourceUpdated("a:1".to_owned()))
        );
        let logged =
            News::Logged { level: "info".to_owned(), logger: Some("a b".to_owned()), data: json!([1]) };
        assert_eq!(said("message", json!({"level": "info", "logger": "a\nb", "data": [1]})), Some(logged));
        for (method, params) in [
            ("resources/updated", json!({"uri": 7})),
            ("resources/updated", json!({"uri": "x".repeat(URI_BYTES_MAX + 1)})),
            ("message", json!({"data": "no level"})),
            ("message", json!({"level": "info", "data": "x".repeat(LOGGED_BYTES_MAX)})),
            ("tools/list_changed", json!({})),
        ] {
            assert_eq!(said(method, params), None, "{method}");
        }
    }
}
