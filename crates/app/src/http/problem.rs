//! What is answered to a request that is not carried out: problem details (RFC 9457), under the codes that scripts see.

use std::borrow::Cow;

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use host::Failure;
use serde::Serialize;
use serde_json::value::RawValue;
use tools::CallErrorKind;

/// The type of an answer that says what went wrong.
const PROBLEM: &str = "application/problem+json";

/// How soon a client that was turned away may try again, in seconds: most runs end within one.
pub(crate) const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Why a request is not carried out.
#[derive(Debug)]
pub(crate) struct Problem(Box<Details>);

/// What is said of it, and the headers of the answer that says it.
#[derive(Debug, Serialize)]
struct Details {
    title: &'static str,
    #[serde(serialize_with = "number")]
    status: StatusCode,
    code: Cow<'static, str>,
    detail: Cow<'static, str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    of_tool: Option<OfTool>,
    /// The server's own details of a failed call. Not in `OfTool`: JSON that is kept as it is cannot be flattened.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
    #[serde(skip)]
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// Which call failed.
#[derive(Debug, Serialize)]
struct OfTool {
    #[serde(skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl Problem {
    /// A problem with a status and a code of its own.
    pub(crate) fn new(
        status: StatusCode,
        code: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Details {
            title: status.canonical_reason().unwrap_or("Error"),
            status,
            code: code.into(),
            detail: detail.into(),
            of_tool: None,
            data: None,
            headers: Vec::new(),
        }))
    }

    /// The request is not one that is understood.
    pub(crate) fn invalid(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", detail)
    }

    /// What was asked for is not there.
    pub(crate) fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// There is too much to do; the same request may be sent again.
    pub(crate) fn busy(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).again()
    }

    /// Narrows ends.
    pub(crate) fn stopping() -> Self {
        let detail = "Narrows was stopped before the request was carried out to its end";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", detail).again()
    }

    /// Narrows itself failed.
    pub(crate) fn internal(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// The failure of a tool's call, or of a run of one, as a script would have caught it.
    pub(crate) fn of(failure: Failure) -> Self {
        let Failure { message, code, server, tool, hint, data, .. } = failure;
        let Some(code) = code else { return Self::internal(message) };
        let status = CallErrorKind::named(&code).map_or(StatusCode::UNPROCESSABLE_ENTITY, status_of);
        let mut problem = Self::new(status, code, message);
        (problem.0.of_tool, problem.0.data) = (Some(OfTool { server, tool, hint }), data);
        if status == StatusCode::SERVICE_UNAVAILABLE { problem.again() } else { problem }
    }

    /// With a header.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The connection is closed: what is left of the request is not read.
    pub(crate) fn closing(self) -> Self {
        self.with(header::CONNECTION, HeaderValue::from_static("close"))
    }

    fn again(self) -> Self {
        self.with(header::RETRY_AFTER, RETRY_AFTER)
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        let headers = std::mem::take(&mut self.0.headers);
        // Texts and JSON are always JSON.
        let body = serde_json::to_string(&self.0).unwrap_or_default();
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM))];
        let mut response = (self.0.status, kind, body).into_response();
        response.headers_mut().extend(headers);
        response
    }
}

/// The status that says best what kind of error it is. What its tool makes of a request that could be read is no failure of this
/// server.
fn status_of(kind: CallErrorKind) -> StatusCode {
    match kind {
        CallErrorKind::UnknownTool => StatusCode::NOT_FOUND,
        CallErrorKind::Refused | CallErrorKind::NotApproved => StatusCode::FORBIDDEN,
        CallErrorKind::InvalidArguments
        | CallErrorKind::Tool
        | CallErrorKind::Protocol(_)
        | CallErrorKind::Limit
        | CallErrorKind::NotRecorded => StatusCode::UNPROCESSABLE_ENTITY,
        CallErrorKind::TooLarge | CallErrorKind::BadAnswer | CallErrorKind::UnknownOutcome => {
            StatusCode::BAD_GATEWAY
        }
        CallErrorKind::Unavailable | CallErrorKind::NeedsLogin | CallErrorKind::Cancelled => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        CallErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
    }
}

fn number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tools_failure_keeps_its_code_and_details() {
        let failure = |code: &str| Failure {
            message: "no such customer".to_owned(),
            code: Some(code.to_owned()),
            server: Some("crm".to_owned()),
            tool: Some("get".to_owned()),
            data: RawValue::from_string(r#"{"id":12345678901234567890}"#.to_owned()).ok(),
            ..Failure::default()
        };
        let text = serde_json::to_string(&Problem::of(failure("tool_error")).0).expect("JSON");
        let expect = r#"{"title":"Unprocessable Entity","status":422,"code":"tool_error","detail":"no such customer","server":"crm","tool":"get","data":{"id":12345678901234567890}}"#;
        assert_eq!(text, expect);
        for (code, status) in [
            ("-32602", 422),
            ("invalid_arguments", 422),
            ("unknown_tool", 404),
            ("not_allowed", 403),
            ("refused", 403),
            ("unavailable", 503),
            ("timeout", 504),
            ("bad_answer", 502),
        ] {
            assert_eq!(Problem::of(failure(code)).0.status.as_u16(), status, "{code}");
        }
    }

    #[test]
    fn who_is_to_try_again_is_told_when() {
        let response = Problem::busy("too much").into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "1");
        assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM);
    }
}
