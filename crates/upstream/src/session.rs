//! Judging whether a server has forgotten our session, and whether a request may then be sent again. Pure.
//!
//! The protocol says HTTP 404. Servers, and gateways before them, say it with every other status, with JSON-RPC errors
//! of any code, with a page, an empty body or the end of the connection. What a request was refused with is therefore
//! compared with what `ping` is refused with in the same session.

use crate::{failure::Failure, message::Request};

/// The method is not known: said of a `ping` by servers that are well.
pub(crate) const METHOD_NOT_FOUND: i64 = -32601;
/// Something broke while the request was carried out.
const INTERNAL_ERROR: i64 = -32603;
/// The client errors that do not say that a request was refused before it was looked at: it took too long, it came
/// between others, it came too early, there were too many.
const NOT_REFUSED: [u16; 4] = [408, 409, 425, 429];

/// Whether what a `ping` was refused with means that the session is forgotten.
pub(crate) fn is_forgotten(pinged: &Failure) -> bool {
    match pinged {
        Failure::Rpc { code, .. } => *code != METHOD_NOT_FOUND,
        Failure::Status { status, .. } => !NOT_REFUSED.contains(status),
        failure => failure.is_refusal(),
    }
}

/// Whether the server surely did not do what a request says, which it refused with `failure` and a `ping` in the same
/// session with `pinged`. What only asks may be sent again in any case.
pub(crate) fn was_not_taken(request: &Request, failure: &Failure, pinged: &Failure) -> bool {
    if request.method != "tools/call" {
        return true;
    }
    match (failure, pinged) {
        (Failure::SessionLost | Failure::Denied(_), _) => true,
        (Failure::Status { status, .. }, _) => (400..500).contains(status) && !NOT_REFUSED.contains(status),
        // The same words for both: nobody looked at what was asked.
        (Failure::Rpc { code, message, .. }, Failure::Rpc { code: other, message: words, .. }) => {
            code == other && message == words && (*code != INTERNAL_ERROR || names_session(message))
        }
        _ => false,
    }
}

/// "Session not found", "Server not initialized".
fn names_session(message: &str) -> bool {
    let message = message.to_lowercase();
    ["session", "initializ", "initialis"].iter().any(|word| message.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rpc(code: i64, message: &str) -> Failure {
        Failure::Rpc { code, message: message.to_owned(), data: None }
    }

    fn status(status: u16) -> Failure {
        Failure::Status { status, said: String::new() }
    }

    #[test]
    fn a_call_is_only_made_again_when_it_was_surely_not_taken() {
        let check = |failure: Failure, pinged: Failure, expect: bool| {
            let call = Request::new("tools/call", "");
            assert_eq!(was_not_taken(&call, &failure, &pinged), expect, "{failure} / {pinged}");
            assert!(was_not_taken(&Request::new("tools/list", ""), &failure, &pinged));
        };
        check(Failure::SessionLost, Failure::SessionLost, true);
        check(Failure::Denied(String::new()), status(400), true);
        for (code, expect) in
            [(400, true), (406, true), (410, true), (408, false), (429, false), (500, false)]
        {
            check(status(code), status(code), expect);
        }
        check(Failure::Malformed("it is empty (HTTP 200)".to_owned()), status(400), false);
        check(Failure::NoAnswer("it ended".to_owned()), status(400), false);
        check(rpc(-32600, "Bad Request: no session"), rpc(-32600, "Bad Request: no session"), true);
        check(rpc(-32000, "unknown"), rpc(-32000, "unknown"), true);
        check(rpc(-32603, "Session not found"), rpc(-32603, "Session not found"), true);
        check(rpc(-32603, "Internal error"), rpc(-32603, "Internal error"), false);
        check(rpc(-32602, "no such row"), rpc(-32600, "no session"), false);
    }

    #[test]
    fn a_server_that_does_not_know_ping_has_forgotten_nothing() {
        assert!(!is_forgotten(&rpc(-32601, "Method not found")));
        assert!(!is_forgotten(&status(429)));
        assert!(!is_forgotten(&Failure::Lost("it ended".to_owned())));
        for failure in [rpc(-32000, "no session"), status(400), status(500), Failure::Denied(String::new())] {
            assert!(is_forgotten(&failure), "{failure}");
        }
    }
}
