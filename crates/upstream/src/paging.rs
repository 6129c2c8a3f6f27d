//! Asking for a listing page by page, for every `*/list` of the protocol. Pure.
//!
//! A cursor is opaque: the empty string is one like any other, and only a page without `nextCursor` is the last. Some
//! servers of older eras write an empty or a repeated cursor on their last page, so a cursor that comes again ends the
//! listing as soon as a page brings nothing new.

use std::collections::HashSet;

use crate::{
    failure::Failure,
    message::{Reply, Request},
};

/// Pages of one listing. Servers page by 50 to 1,000 tools.
const PAGES_MAX: usize = 500;
/// A cursor is an opaque token, not a place to keep data.
const CURSOR_BYTES_MAX: usize = 64 << 10;

/// What a page was to the listing that it was added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// It held something that no earlier page had.
    New,
    /// It held only what is known already.
    Known,
    /// The listing takes no more.
    Full,
}

/// A listing on its way: which page to ask for next, until there is none.
pub(crate) struct Paging {
    method: &'static str,
    next: Option<Request>,
    is_empty_cursor: bool,
    seen: HashSet<String>,
    asked: usize,
    /// Why pages may be missing, when they may.
    pub(crate) cut_off: Option<String>,
}

impl Paging {
    /// The listing that `method` asks for.
    pub(crate) fn of(method: &'static str) -> Self {
        let next = Some(Request::page(method, None));
        Self { method, next, is_empty_cursor: false, seen: HashSet::new(), asked: 0, cut_off: None }
    }

    /// The request for the next page.
    pub(crate) fn next(&mut self) -> Option<Request> {
        let next = self.next.take()?;
        self.asked += 1;
        Some(next)
    }

    /// The reply to it; `None` where the refusal only means that there is no further page.
    pub(crate) fn reply(&mut self, outcome: Result<Reply, Failure>) -> Result<Option<Reply>, Failure> {
        match outcome {
            // Older servers write it for "no more" and refuse it as a cursor.
            Err(Failure::Rpc { message, .. }) if self.is_empty_cursor => {
                self.cut_off = Some(format!("the server refused its own cursor `\"\"`: {message}"));
                Ok(None)
            }
            outcome => outcome.map(Some),
        }
    }

    /// Goes on behind a page that was this to the listing.
    pub(crate) fn turn(&mut self, reply: &Reply, page: Page) {
        let cursor = match next_cursor(reply) {
            Ok(None) => return,
            Ok(Some(cursor)) => cursor,
            Err(reason) => return self.cut_off = Some(reason),
        };
        let next = Request::page(self.method, Some(&cursor));
        self.is_empty_cursor = cursor.is_empty();
        let is_repeated = !self.seen.insert(cursor);
        if page == Page::Full || (is_repeated && page == Page::Known) {
            tracing::debug!(method = self.method, ?page, "the server's pages do not end");
        } else if self.asked == PAGES_MAX {
            self.cut_off = Some(format!("the server's list has more than {PAGES_MAX} pages"));
        } else {
            self.next = Some(next);
        }
    }
}

fn next_cursor(reply: &Reply) -> Result<Option<String>, String> {
    let Some(raw) = &reply.next_cursor else { return Ok(None) };
    if raw.get().len() > CURSOR_BYTES_MAX {
        return Err(format!("the server's `nextCursor` is larger than {} KiB", CURSOR_BYTES_MAX >> 10));
    }
    serde_json::from_str(raw.get())
        .map(Some)
        .map_err(|_| "the server's `nextCursor` is not a string".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json, value::RawValue};

    use super::*;

    /// What is listed of pages by their cursors; a page is what it lists and what its `nextCursor` is.
    fn listed(serve: impl Fn(Option<&str>) -> Option<(Vec<u32>, Value)>) -> (Vec<u32>, Option<String>) {
        let (mut found, mut paging) = (Vec::new(), Paging::of("tools/list"));
        while let Some(request) = paging.next() {
            let params: Value = serde_json::from_str(&format!("{{{}}}", request.members)).expect("JSON");
            let refused = || Failure::Rpc { code: -32602, message: "Invalid cursor".to_owned(), data: None };
            let served = serve(params["cursor"].as_str());
            let items = served.iter().flat_map(|(items, _)| items.clone()).collect::<Vec<_>>();
            let raw = |(_, next): (_, Value)| {
                let next_cursor = RawValue::from_string(next.to_string()).expect("JSON");
                Reply { next_cursor: Some(next_cursor).filter(|raw| raw.get() != "null"), ..Reply::default() }
            };
            let Some(reply) = paging.reply(served.map(raw).ok_or_else(refused)).expect("pages") else {
                break;
            };
            let before = found.len();
            items.into_iter().for_each(|item| {
                if !found.contains(&item) {
                    found.push(item);
                }
            });
            paging.turn(&reply, if found.len() > before { Page::New } else { Page::Known });
        }
        (found, paging.cut_off)
    }

    #[test]
    fn an_empty_cursor_is_a_cursor() {
        let serve = |cursor: Option<&str>| match cursor {
            None => Some((vec![1], json!(""))),
            Some("") => Some((vec![2], json!("x"))),
            _ => Some((vec![3], Value::Null)),
        };
        assert_eq!(listed(serve), (vec![1, 2, 3], None));
    }

    #[test]
    fn an_empty_cursor_that_means_the_end_is_asked_for_once() {
        assert_eq!(listed(|_| Some((vec![1], json!("")))), (vec![1], None));
        let refuses = |cursor: Option<&str>| cursor.is_none().then(|| (vec![1], json!("")));
        let cut = "the server refused its own cursor `\"\"`: Invalid cursor".to_owned();
        assert_eq!(listed(refuses), (vec![1], Some(cut)));
    }

    #[test]
    fn a_repeated_cursor_is_followed_while_it_brings_something() {
        let asked = std::cell::Cell::new(0);
        let counting = |_: Option<&str>| {
            asked.set(asked.get() + 1);
            Some((vec![asked.get().min(4)], json!("more")))
        };
        assert_eq!(listed(counting), (vec![1, 2, 3, 4], None));
        assert_eq!(asked.get(), 5);
    }

    #[test]
    fn pages_that_may_be_missing_are_said() {
        let check = |next: Value, expect: &str| {
            assert_eq!(listed(|_| Some((vec![1], next.clone()))), (vec![1], Some(expect.to_owned())));
        };
        check(json!(7), "the server's `nextCursor` is not a string");
        check(json!("x".repeat(70_000)), "the server's `nextCursor` is larger than 64 KiB");
        let endless = |cursor: Option<&str>| {
            let next = cursor.map_or(0, |cursor| cursor.parse::<u32>().expect("a number")) + 1;
            Some((vec![next], json!(next.to_string())))
        };
        let (found, cut) = listed(endless);
        assert_eq!((found.len(), cut.as_deref()), (500, Some("the server's list has more than 500 pages")));
    }
}
