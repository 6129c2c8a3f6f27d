//! A text that was made of another by resolving escapes, and where its characters stand there.

use std::ops::Range;

/// A way to write a character in others.
pub(crate) struct Spelling {
    /// Where in a text one may begin.
    pub(crate) next: fn(&[u8]) -> Option<usize>,
    /// The character that one stands for, and how long it is.
    pub(crate) read: fn(&[u8]) -> Option<(char, usize)>,
}

/// From here on, characters stand at these places of the raw text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    at: usize,
    raw: usize,
}

pub(crate) fn raw_of(runs: &[Run], at: usize) -> usize {
    let last = runs.partition_point(|run| run.at <= at).checked_sub(1);
    last.map_or(at, |last| runs[last].raw + at - runs[last].at)
}

/// A text that was made of the raw one, and where its characters stand there.
#[derive(Default)]
pub(crate) struct Layer {
    pub(crate) text: String,
    pub(crate) runs: Vec<Run>,
}

/// A part of a layer, or of the raw text.
pub(crate) struct Piece<'p> {
    pub(crate) text: &'p str,
    layer: Option<&'p Layer>,
    /// Where it begins in it.
    from: usize,
}

impl<'p> Piece<'p> {
    /// All of a text.
    pub(crate) fn whole(text: &'p str, layer: Option<&'p Layer>) -> Self {
        Self { text, layer, from: 0 }
    }

    pub(crate) fn part(&self, range: &Range<usize>) -> Self {
        Self { text: &self.text[range.clone()], layer: self.layer, from: self.from + range.start }
    }

    fn runs(&self) -> &'p [Run] {
        self.layer.map_or(&[], |layer| &layer.runs)
    }
}

impl Layer {
    /// Where a range of the text, between characters, stands in the other.
    pub(crate) fn range(&self, range: &Range<usize>) -> Range<usize> {
        raw_of(&self.runs, range.start)..raw_of(&self.runs, range.end)
    }

    /// Adds a piece as it is.
    pub(crate) fn copy(&mut self, piece: &Piece<'_>) {
        if piece.text.is_empty() {
            return;
        }
        let (runs, end) = (piece.runs(), piece.from + piece.text.len());
        let to = self.text.len();
        self.add_run(to, raw_of(runs, piece.from));
        let first = runs.partition_point(|run| run.at <= piece.from);
        for run in runs[first..].iter().take_while(|run| run.at < end) {
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
        let bytes = piece.text.as_bytes();
        let mut from = 0;
        let mut at = 0;
        while let Some(found) = (spelling.next)(&bytes[at..]) {
            at += found;
            let Some((character, length)) = (spelling.read)(&bytes[at..]) else {
                at += 1;
                continue;
            };
            self.copy(&piece.part(&(from..at)));
            self.add_run(self.text.len(), raw_of(piece.runs(), piece.from + at));
            self.text.push(character);
            at += length;
            from = at;
        }
        self.copy(&piece.part(&(from..bytes.len())));
        self.add_run(self.text.len(), raw_of(piece.runs(), piece.from + bytes.len()));
    }
}
