//! A listing of resources, templates or prompts while its pages arrive. Pure.
//!
//! The entries are for clients of the protocol, so they stay as their server sent them, but for hidden characters in what
//! people and models read.

use std::collections::HashSet;

use serde_json::{Value, value::RawValue};
use tools::{CallError, CallErrorKind};

use crate::{array, failure::Failure, listing::clean_texts, message::Reply, paging::Page, text::clean};

/// Entries of one listing. Servers with more have templates in their place.
const ITEMS_MAX: usize = 10_000;
/// One entry. Icons as data are what makes them large.
const ITEM_BYTES_MAX: usize = 256 << 10;
/// All entries together: clients hold the lists of all servers in memory.
const BYTES_MAX: usize = 16 << 20;
/// What an entry is known by: an address or a name.
const KEY_BYTES_MAX: usize = 8 << 10;

/// A listing.
pub(crate) struct Items {
    /// The member of a result that holds it, and that of an entry that it is known by.
    member: &'static str,
    key: &'static str,
    known: HashSet<String>,
    listed: Vec<String>,
    bytes: usize,
    seen: usize,
}

impl Items {
    pub(crate) fn of(member: &'static str, key: &'static str) -> Self {
        Self { member, key, known: HashSet::new(), listed: Vec::new(), bytes: 0, seen: 0 }
    }

    /// Adds the entries of one result.
    pub(crate) fn add_page(&mut self, reply: &Reply) -> Result<Page, Failure> {
        let malformed = |what: &str| Failure::Malformed(format!("its `{}` is {what}", self.member));
        let page = reply.other(self.member).ok_or_else(|| malformed("missing"))?;
        let page = array::items(page.get().as_bytes(), ITEMS_MAX.saturating_sub(self.seen))
            .map_err(|error| malformed(&format!("not an array: {error}")))?;
        let before = self.listed.len();
        for raw in &page.items {
            self.seen += 1;
            if let Err(reason) = self.add(raw) {
                self.lose(&format!("entry {}: {reason}", self.seen));
            }
        }
        if page.more > 0 || self.seen >= ITEMS_MAX {
            self.lose(&format!("the server lists more than {ITEMS_MAX}"));
            return Ok(Page::Full);
        }
        Ok(if self.listed.len() > before { Page::New } else { Page::Known })
    }

    /// Notes that something is not listed.
    pub(crate) fn lose(&self, reason: &str) {
        tracing::warn!(reason, "not all {} of a server are listed", self.member);
    }

    /// All entries, as a JSON array.
    pub(crate) fn listed(self) -> Result<Box<RawValue>, CallError> {
        RawValue::from_string(format!("[{}]", self.listed.join(",")))
            .map_err(|error| CallError::new(CallErrorKind::BadAnswer, error.to_string()))
    }

    /// An entry that comes again is the same: servers repeat pages.
    fn add(&mut self, raw: &RawValue) -> Result<(), String> {
        if raw.get().len() > ITEM_BYTES_MAX {
            return Err(format!("it is larger than {} KiB", ITEM_BYTES_MAX >> 10));
        }
        let mut item: Value =
            serde_json::from_str(raw.get()).map_err(|error| format!("it cannot be read: {error}"))?;
        let key = item.get(self.key).and_then(Value::as_str).unwrap_or_default();
        if key.is_empty() || key.len() > KEY_BYTES_MAX {
            return Err(format!("its `{}` is not a text of 1 to {KEY_BYTES_MAX} bytes", self.key));
        }
        // It is sent back as it is, so it cannot be cleaned.
        if clean(key, KEY_BYTES_MAX) != key || key.contains(['\n', '\t']) {
            return Err(format!("its `{}` has control or invisible characters", self.key));
        }
        if !self.known.insert(key.to_owned()) {
            return Ok(());
        }
        clean_texts(&mut item);
        let item = item.to_string();
        self.bytes += item.len();
        if self.bytes > BYTES_MAX {
            return Err(format!("the entries before it are {} MiB", BYTES_MAX >> 20));
        }
        self.listed.push(item);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(items: &str) -> Reply {
        let items = RawValue::from_string(items.to_owned()).expect("JSON");
        Reply { others: vec![("resources".to_owned(), items)], ..Reply::default() }
    }

    fn listed(pages: &[&str]) -> (Vec<Page>, String) {
        let mut items = Items::of("resources", "uri");
        let pages = pages.iter().map(|items_of| items.add_page(&page(items_of)).expect("an array")).collect();
        (pages, items.listed().expect("JSON").get().to_owned())
    }

    #[test]
    fn entries_stay_as_they_were_sent() {
        let odd = r#"[{"uri":"a:1","name":"n","_meta":{"ui":{"x":12345678901234567890}},"new":[1.5]}]"#;
        assert_eq!(listed(&[odd]), (vec![Page::New], odd.to_owned()));
    }

    #[test]
    fn an_odd_entry_costs_only_itself() {
        let large = format!(r#"{{"uri":"b:2","x":"{}"}}"#, "x".repeat(ITEM_BYTES_MAX));
        for odd in ["5", "{}", r#"{"uri":7}"#, r#"{"uri":""}"#, "{\"uri\":\"a\\u202eb\"}", &large] {
            let (_, all) = listed(&[&format!(r#"[{odd},{{"uri":"a:1"}}]"#)]);
            assert_eq!(all, r#"[{"uri":"a:1"}]"#, "{odd}");
        }
    }

    #[test]
    fn what_is_read_of_an_entry_hides_nothing() {
        let (_, all) = listed(&["[{\"uri\":\"a:1\",\"description\":\"say\\u200b it\",\"title\":\"a\\nb\"}]"]);
        assert_eq!(all, r#"[{"uri":"a:1","description":"say it","title":"a b"}]"#);
    }

    #[test]
    fn a_page_that_comes_again_brings_nothing_new() {
        let one = r#"[{"uri":"a:1"}]"#;
        assert_eq!(listed(&[one, one]), (vec![Page::New, Page::Known], one.to_owned()));
    }

    #[test]
    fn a_listing_is_bounded() {
        let many: Vec<_> = (0..=ITEMS_MAX).map(|at| format!(r#"{{"uri":"a:{at}"}}"#)).collect();
        let (pages, all) = listed(&[&format!("[{}]", many.join(","))]);
        let all: Vec<&RawValue> = serde_json::from_str(&all).expect("a list");
        assert_eq!((pages, all.len()), (vec![Page::Full], ITEMS_MAX));
    }

    #[test]
    fn what_is_no_list_is_said() {
        let mut items = Items::of("resources", "uri");
        let said = |outcome: Result<Page, Failure>| outcome.expect_err("no list").to_string();
        assert!(said(items.add_page(&Reply::default())).contains("its `resources` is missing"));
        assert!(said(items.add_page(&page("{}"))).contains("its `resources` is not an array"));
    }
}
