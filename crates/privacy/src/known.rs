//! Values that a script was given, and how they are found again when it writes them in another way.

use std::{collections::HashMap, ops::Range};

use crate::kind::Kind;

/// Values a script has been given.
#[derive(Debug, Default)]
pub struct Known {
    values: HashMap<String, Kind>,
}

impl Known {
    /// Adds one.
    pub fn add(&mut self, kind: &Kind, value: &str) {
        self.values.insert(value.to_owned(), kind.clone());
    }

    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Those that are the whole of one of these strings.
    pub(crate) fn find<'t>(
        &self,
        text: &'t str,
        strings: impl Iterator<Item = Range<usize>> + 't,
    ) -> impl Iterator<Item = (Range<usize>, Kind)> + 't
    where
        Self: 't,
    {
        strings
            .filter_map(|range| Some((range.clone(), self.values.get(&text[range])?.clone())))
            .collect::<Vec<_>>()
            .into_iter()
    }
}
