//! Everything a server can send, read as far as it goes: for property tests and fuzzing.

use serde_json::value::RawValue;
use tools::AnswerForm;

use crate::{
    listing::Listing,
    message::{self, Incoming},
    peer::Peer,
    unwrap,
};

/// Reads bytes as one message of a server, down to the tools it lists and the value it answers with. Never panics;
/// what it makes of an answer is JSON.
pub fn read_as_message(bytes: &[u8]) {
    for answer in Peer::new().receive(bytes) {
        serde_json::from_slice::<&RawValue>(&answer).expect("what is said back is JSON");
    }
    let Ok(Incoming::Answer { outcome: Ok(body), .. }) = message::read(bytes) else { return };
    assert!(
        serde_json::from_str::<&RawValue>(&body.keep(AnswerForm::Result).whole()).is_ok(),
        "a result is JSON"
    );
    let reply = body.keep(AnswerForm::Value);
    if let Some(page) = &reply.tools {
        let mut listing = Listing::default();
        // A page that is none is refused as a whole; of others odd tools are dropped.
        if listing.add_page(page).is_ok() {
            assert!(listing.tools.iter().all(|tool| tool.input_schema.is_object()), "a schema is an object");
        }
    }
    let _ = unwrap::input_wanted(&reply);
    if let Ok(answer) = unwrap::answer_of(reply, None) {
        serde_json::from_str::<&RawValue>(answer.whole().get()).expect("a value is JSON");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Messages as good servers send them.
    const GOOD: [&str; 8] = [
        r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"{\"a\":[1,2]}"}],"isError":false}}"#,
        r#"{"jsonrpc":"2.0","id":"2","result":{"structuredContent":{"result":[1,"x",null]},"content":[]}}"#,
        r#"{"jsonrpc":"2.0","id":3,"result":{"tools":[{"name":"get","title":"Get","description":"d","inputSchema":{"type":"object","properties":{"a":{"$ref":"x"}}},"annotations":{"readOnlyHint":true}}],"nextCursor":"c","ttlMs":5}}"#,
        r#"{"jsonrpc":"2.0","id":4,"error":{"code":-32602,"message":"no","data":{"x":1}}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#,
        r#"{"jsonrpc":"2.0","id":"s","method":"sampling/createMessage","params":{"messages":[]}}"#,
        r#"[{"id":5,"result":{"isError":true,"content":[{"type":"image","data":"aGk=","mimeType":"image/png"}]}},{"method":"ping","id":6}]"#,
        r#"{"id":7,"result":{"content":[{"type":"resource","resource":{"uri":"a:b","text":"t"}},{"type":"resource_link","uri":"u","name":"n"}],"requestState":"s"}}"#,
    ];

    /// Pieces that turn a good message into an odd one.
    const PIECES: [&str; 18] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "null",
        "-1e999",
        "18446744073709551616",
        "\\ud800",
        "\u{0}",
        "\u{feff}",
        "\"id\":1,",
        "\"result\":{},",
        "\"tools\":[{}],",
        "\"content\":[null],",
    ];

    #[test]
    fn good_messages_are_read() {
        GOOD.iter().for_each(|message| read_as_message(message.as_bytes()));
    }

    proptest! {
        #[test]
        fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            read_as_message(&bytes);
        }

        #[test]
        fn no_change_to_a_good_message_breaks_the_reader(
            which in 0..GOOD.len(),
            changes in proptest::collection::vec((any::<prop::sample::Index>(), 0..PIECES.len(), 0..6_usize), 1..6),
        ) {
            let mut message = GOOD[which].as_bytes().to_vec();
            for (at, piece, removed) in changes {
                let at = at.index(message.len() + 1);
                let end = (at + removed).min(message.len());
                message.splice(at..end, PIECES[piece].bytes());
            }
            read_as_message(&message);
        }
    }
}
