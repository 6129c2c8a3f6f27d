//! Tools that a query asks for by their names.
//!
//! A name is known in any spelling: `list_issues`, `listIssues`, `list-issues`, `list issues`, with its server's name
//! before it, with what clients put before that. Within a sentence it has to look like a name, or to be called one.

use std::collections::HashMap;

use text::loose;

use crate::hash;

/// What is put before names, without punctuation.
const PREFIXES: [&str; 3] = ["mcp", "tools", "servers"];

/// What is put behind names where they stand for files.
const EXTENSIONS: [&str; 2] = [".ts", ".js"];

/// Words that call what stands beside them a tool.
const NOUNS: [&str; 4] = ["tool", "tools", "function", "method"];

/// Words that ask for what comes next to be used.
const STARTS: [&str; 16] = [
    "please", "can", "could", "you", "use", "using", "call", "run", "invoke", "execute", "try", "find",
    "with", "via", "the", "to",
];

/// Words of a query that are looked at, and words of one name; longer names are not spoken of.
const QUERY_WORDS_MAX: usize = 200;
const NAME_WORDS_MAX: usize = 12;

/// All names.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The tools of each name without case and punctuation.
    tools: HashMap<Box<str>, Vec<u32>>,
    /// The name of each tool as its server spells it.
    spellings: Vec<Box<str>>,
    /// A hash of each name without case, punctuation and numbers.
    letters: Vec<u64>,
}

impl Names {
    /// Tools are added in order.
    pub(super) fn add(&mut self, tool: u32, server: &str, wire: &str) {
        let name = loose(wire);
        self.spellings.push(wire.into());
        self.letters.push(hash::of(&without_numbers(&name)));
        for key in [name.clone(), loose(server) + &name, without_generic(server) + &name] {
            let tools = self.tools.entry(key.into()).or_default();
            if tools.last() != Some(&tool) {
                tools.push(tool);
            }
        }
    }

    /// What a tool has in common with those that are called like it but for numbers, on whatever server.
    pub(super) fn letters(&self, tool: usize) -> u64 {
        self.letters[tool]
    }

    /// The tools a query names, in its order.
    pub(super) fn asked(&self, query: &str) -> Vec<usize> {
        let whole = self.called(query);
        if !whole.is_empty() {
            return whole;
        }
        let words: Vec<&str> = query
            .split_whitespace()
            .map(trimmed)
            .filter(|word| !word.is_empty())
            .take(QUERY_WORDS_MAX)
            .collect();
        let mut found = self.remainder(&words);
        for (at, word) in words.iter().enumerate() {
            if NOUNS.contains(&word.to_ascii_lowercase().as_str()) {
                found.extend(self.beside(&words, at));
            } else if looks_like_a_name(word) {
                found.extend(self.called(word));
            }
        }
        let mut seen = Vec::new();
        found.retain(|tool| {
            !seen.contains(tool) && {
                seen.push(*tool);
                true
            }
        });
        found
    }

    /// Whether a query is nothing but a name, in words that could be meant as words: `read file`.
    pub(super) fn is_said_in_words(&self, query: &str) -> bool {
        let has_words = query.trim().contains(char::is_whitespace);
        has_words && !query.split_whitespace().any(looks_like_a_name) && !self.called(query).is_empty()
    }

    /// The tools of a name, those that are spelt just so first.
    fn called(&self, name: &str) -> Vec<usize> {
        let name = trimmed(name);
        let without_extension = EXTENSIONS.iter().filter_map(|extension| name.strip_suffix(extension));
        for name in [name].into_iter().chain(without_extension) {
            let mut tools = self.alike(&loose(name));
            if !tools.is_empty() {
                tools.sort_by_key(|&tool| !name.ends_with(&*self.spellings[tool]));
                return tools;
            }
        }
        Vec::new()
    }

    /// The tools of a name without case and punctuation.
    fn alike(&self, name: &str) -> Vec<usize> {
        let without = PREFIXES.iter().filter_map(|prefix| name.strip_prefix(prefix));
        let mut readings = [name].into_iter().chain(without).filter(|name| !name.is_empty());
        let tools = readings.find_map(|name| {
            // Servers are named with and without what says that they are servers.
            self.tools.get(name).or_else(|| self.tools.get(name.replacen("mcp", "", 1).as_str()))
        });
        tools.into_iter().flatten().map(|&tool| tool as usize).collect()
    }

    /// `please use list issues`: all that follows the asking.
    fn remainder(&self, words: &[&str]) -> Vec<usize> {
        let starts =
            words.iter().take_while(|word| STARTS.contains(&word.to_ascii_lowercase().as_str())).count();
        // Names begin with such words too: `call find teams`.
        let rests = (1..=starts).map(|start| &words[start..]).filter(|rest| rest.len() <= NAME_WORDS_MAX);
        let mut found = rests.map(|rest| self.called(&rest.concat()));
        found.find(|tools| !tools.is_empty()).unwrap_or_default()
    }

    /// `the list issues tool`, `the tool list issues`: the longest name that stands before or behind the word at `at`.
    fn beside(&self, words: &[&str], at: usize) -> Vec<usize> {
        let before = (at.saturating_sub(NAME_WORDS_MAX)..at).map(|start| &words[start..at]);
        let after = &words[at + 1..];
        let named = after.first().is_some_and(|word| matches!(*word, "called" | "named"));
        let after = if named { &after[1..] } else { after };
        let behind = (1..=after.len().min(NAME_WORDS_MAX)).rev().map(|end| &after[..end]);
        let mut found = before.chain(behind).map(|name| self.called(&name.concat()));
        found.find(|tools| !tools.is_empty()).unwrap_or_default()
    }
}

fn without_numbers(name: &str) -> String {
    let letters: String = name.chars().filter(|c| !c.is_numeric()).collect();
    if letters.is_empty() { name.to_owned() } else { letters }
}

/// A server's name without the words that many have: `mcp-server-git` is spoken of as git.
fn without_generic(server: &str) -> String {
    let words = server.split(|c: char| !c.is_alphanumeric());
    let own: Vec<&str> =
        words.filter(|word| !matches!(word.to_ascii_lowercase().as_str(), "mcp" | "server")).collect();
    let own = loose(&own.concat());
    if own.is_empty() { loose(server) } else { own }
}

/// A word without the punctuation around it.
fn trimmed(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

/// `list_issues`, `list-issues`, `github.list`, `listIssues`: no word of a sentence looks so.
fn looks_like_a_name(word: &str) -> bool {
    let mut before = '\0';
    word.chars().any(|c| {
        let rises = before.is_lowercase() && c.is_uppercase();
        before = c;
        rises || matches!(c, '_' | '-' | '.' | '/' | ':')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_spelling_and_in_sentences() {
        let mut names = Names::default();
        let tools = [
            ("mcp-server-git", "git_log"),
            ("github", "list-issues"),
            ("github", "search"),
            ("x", "列出_问题"),
            ("x", "find_teams"),
        ];
        for (at, (server, name)) in tools.into_iter().enumerate() {
            names.add(at as u32, server, name);
        }
        for (query, expect) in [
            ("git_log", &[0][..]),
            ("gitLog", &[0]),
            ("GIT LOG", &[0]),
            ("gitlog", &[0]),
            ("mcp__git__git_log", &[0]),
            ("git/git_log", &[0]),
            ("git_mcp__git_log", &[0]),
            ("tools.github.listIssues", &[1]),
            ("use the list issues tool", &[1]),
            ("Please use the `list_issues` tool to see what is open, then git_log.", &[1, 0]),
            ("call the tool named list issues", &[1]),
            ("run list issues", &[1]),
            ("call find teams", &[4]),
            ("please use the find teams", &[4]),
            ("./servers/github/listIssues.ts", &[1]),
            ("import { gitLog } from \"./servers/git/gitLog.js\"", &[0]),
            ("use the search tool", &[2]),
            ("search", &[2]),
            ("search for the log of issues", &[]),
            ("what does a list of issues say", &[]),
            ("列出 问题", &[3]),
            ("mcp", &[]),
            ("", &[]),
        ] {
            assert_eq!(names.asked(query), expect, "{query}");
        }
    }
}
