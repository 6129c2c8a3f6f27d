//! A text that was made of another by resolving escapes, and where its characters stand there.

use std::ops::Range;

/// A way to write a character in others.
pub(crate) struct Spelling {
    /// Where in a text one may begin.
    pub(crate) next: fn(&[u8]) -> Option<usize>,
    /// The character that one stands for, and how long it is.
    pub(crate) read: fn(&[u8]) -> Option<(char, usize)>,
}

impl Spelling {
    /// The first that there is: where, what it stands for, and how long it is.
    pub(crate) fn first(&self, text: &[u8]) -> Option<(usize, char, usize)> {
        let mut at = 0;
        loop {
            at += (self.next)(&text[at..])?;
            if let Some((character, length)) = (self.read)(&text[at..]) {
                return Some((at, character, length));
            }
            at += 1;
        }
    }
}

/// From here on, characters stand at these places of the raw text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    at: usize,
    raw: usize,
}

/// A text that was made of the raw one, and where its characters stand there.
#[derive(Default)]
pub(crate) struct Layer {
    pub(crate) text: String,
    pub(crate) runs: Vec<Run>,
}

/// A part of a layer, or of the raw text.
#[derive(Clone, Copy)]
pub(crate) struct Piece<'p> {
    pub(crate) text: &'p str,
    /// Those of the layer from the one on that it begins in. None of the raw text.
    runs: &'p [Run],
    /// Where it begins in the layer.
    from: usize,
}

impl<'p> Piece<'p> {
    /// All of a text, which is the raw one if it is of no layer.
    pub(crate) fn whole(text: &'p str, layer: Option<&'p Layer>) -> Self {
        Self { text, runs: layer.map_or(&[], |layer| &layer.runs), from: 0 }
    }

    /// What is left from a place on.
    pub(crate) fn from(&self, at: usize) -> Self {
        let from = self.from + at;
        let passed = self.runs.iter().skip(1).take_while(|run| run.at <= from).count();
        Self { text: &self.text[at..], runs: &self.runs[passed..], from }
    }

    /// As much of it.
    pub(crate) fn to(&self, length: usize) -> Self {
        Self { text: &self.text[..length], ..*self }
    }

    /// Where it begins in the raw text.
    fn raw(&self) -> usize {
        self.runs.first().map_or(self.from, |run| run.raw + self.from - run.at)
    }
}

impl Layer {
    /// Where a range of the text, between characters, stands in the raw one.
    pub(crate) fn range(&self, range: &Range<usize>) -> Range<usize> {
        raw_range(&self.runs, range)
    }

    /// Adds a piece as it is.
    pub(crate) fn copy(&mut self, piece: &Piece<'_>) {
        if piece.text.is_empty() {
            return;
        }
        let (to, end) = (self.text.len(), piece.from + piece.text.len());
        self.add_run(to, piece.raw());
        for run in piece.runs.iter().skip(1).take_while(|run| run.at < end) {
            self.add_run(to + run.at - piece.from, run.raw);
        }
        self.text.push_str(piece.text);
    }

    fn add_run(&mut self, at: usize, raw: usize) {
        let goes_on = self.runs.last().is_some_and(|last| raw.wrapping_sub(last.raw) == at - last.at);
        if !goes_on {
            self.runs.push(Run { at, raw });
        }
    }

    /// Adds a piece with what is written in this way resolved.
    pub(crate) fn resolve(&mut self, piece: &Piece<'_>, spelling: &Spelling) {
        self.text.reserve(piece.text.len());
        let mut rest = *piece;
        while let Some((at, character, length)) = spelling.first(rest.text.as_bytes()) {
            self.copy(&rest.to(at));
            rest = rest.from(at);
            self.add_run(self.text.len(), rest.raw());
            self.text.push(character);
            rest = rest.from(length);
        }
        self.copy(&rest);
        self.add_run(self.text.len(), rest.from(rest.text.len()).raw());
    }
}

/// Where a range of a text, between characters, stands in the raw one.
pub(crate) fn raw_range(runs: &[Run], range: &Range<usize>) -> Range<usize> {
    let raw_of = |at: usize| {
        let last = runs.partition_point(|run| run.at <= at).checked_sub(1);
        last.map_or(at, |last| runs[last].raw + at - runs[last].at)
    };
    raw_of(range.start)..raw_of(range.end)
}
