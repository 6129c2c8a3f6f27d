//! Which parts of a configuration's text may be credentials. What is printed of a file or kept of it stars them: agents
//! keep what we print in their logs.
//!
//! The decision is that of `upstream`, over the syntax tree of the file, so that it does not matter on which lines a name and
//! its value stand. Of a file that cannot be parsed the part before the mistake is read so, and after it everything but keys is
//! taken for a credential.

mod rest;
mod strings;
mod tree;

use std::ops::Range;

use jsonc_parser::{CollectOptions, ParseOptions, Scanner, parse_to_ast, tokens::Token};

use super::syntax;
use tree::TreeMask;

/// What can stand between the last whole token and the brackets that are missing.
const FILLERS: [&str; 3] = ["", "null", ":null"];

/// The places in the text, in order, none within another.
pub(super) fn hidden(text: &str) -> Vec<Range<usize>> {
    let scanned = Scanned::new(text);
    let mut mask = TreeMask::new(text);
    let read_to = read(&scanned, &mut mask);
    let comments = scanned.comments.iter().filter(|comment| comment.end <= read_to);
    comments.for_each(|comment| mask.comment(comment.clone()));
    let mut places = mask.places();
    places.retain(|place| place.start < read_to);
    places.extend(rest::hidden(text, read_to));
    merged(places)
}

/// The text with something else in its places; line breaks stay.
pub(super) fn replaced(text: &str, places: &[Range<usize>], instead: impl Fn(&str) -> String) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut from = 0;
    for place in places {
        shown.push_str(&text[from..place.start]);
        let lines: Vec<_> = text[place.clone()].split('\n').map(&instead).collect();
        shown.push_str(&lines.join("\n"));
        from = place.end;
    }
    shown.push_str(&text[from..]);
    shown
}

/// Reads the text as far as it is grammatical; how far that is.
fn read(scanned: &Scanned<'_>, mask: &mut TreeMask<'_>) -> usize {
    let mut end = scanned.end;
    // The first mistake is found once; what stands before it has none.
    for _ in 0..2 {
        match FILLERS.iter().find_map(|filler| mask.read(&scanned.closed(end, filler)).ok()) {
            Some(()) => return end,
            None => end = scanned.mistake(end),
        }
    }
    0
}

/// A text as far as it consists of tokens.
struct Scanned<'t> {
    text: &'t str,
    comments: Vec<Range<usize>>,
    /// Brackets, by their places.
    brackets: Vec<(usize, Token<'t>)>,
    /// Where the tokens end: at the end of the text, or where a string is not closed on its line.
    end: usize,
}

impl<'t> Scanned<'t> {
    fn new(text: &'t str) -> Self {
        let mut scanned = Self { text, comments: Vec::new(), brackets: Vec::new(), end: 0 };
        let mut scanner = Scanner::new(text, &syntax::SCANNER);
        loop {
            let token = scanner.scan();
            let range = scanner.token_start()..scanner.token_end();
            match token {
                Ok(None) => scanned.end = text.len(),
                Ok(Some(Token::String(_))) if text[range.clone()].contains('\n') => scanned.end = range.start,
                Err(_) => scanned.end = range.start,
                Ok(Some(token)) => {
                    scanned.add(token, range);
                    continue;
                }
            }
            return scanned;
        }
    }

    fn add(&mut self, token: Token<'t>, range: Range<usize>) {
        match token {
            Token::CommentLine(_) | Token::CommentBlock(_) => self.comments.push(range),
            Token::OpenBrace | Token::OpenBracket | Token::CloseBrace | Token::CloseBracket => {
                self.brackets.push((range.start, token));
            }
            _ => {}
        }
    }

    /// The text up to a place, with the brackets that are open there closed.
    fn closed(&self, end: usize, filler: &str) -> String {
        let mut open = Vec::new();
        for (_, token) in self.brackets.iter().take_while(|(at, _)| *at < end) {
            match token {
                Token::OpenBrace => open.push('}'),
                Token::OpenBracket => open.push(']'),
                _ => drop(open.pop()),
            }
        }
        // The line break ends a comment.
        let mut closed = format!("{}\n{filler}", &self.text[..end]);
        closed.extend(open.iter().rev());
        closed
    }

    /// The place of the first mistake before `end`.
    fn mistake(&self, end: usize) -> usize {
        let closed = self.closed(end, "");
        let error = parse_to_ast(&closed, &CollectOptions::default(), &options()).err();
        error.map_or(0, |error| error.range().start.min(end))
    }
}

/// As a file is parsed, but for the commas: that one is missing makes nothing doubtful.
fn options() -> ParseOptions {
    ParseOptions { allow_missing_commas: true, ..syntax::OPTIONS }
}

fn merged(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.retain(|place| !place.is_empty());
    places.sort_by_key(|place| place.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for place in places {
        match merged.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => merged.push(place),
        }
    }
    merged
}

#[cfg(test)]
mod tests;
