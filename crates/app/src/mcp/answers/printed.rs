//! What a script printed, within a budget: a line that is too long is cut, so that the lines after it are shown as well.

use std::borrow::Cow;

use host::{Printed, RunRecord, without_data};
use serde_json::Value;
use wire::PrintLevel;

use super::line;

/// Printed text of fewer bytes may stand beside a result that is the same.
const REPEATED_BYTES: usize = 200;

/// No line is cut to less: the beginnings of a thousand lines say less than some whole ones.
const CUT_BYTES_MIN: usize = 200;

/// Printed lines, at most as many bytes as of a value. What is the result as well is not shown twice.
pub(super) fn add(text: &mut String, record: &RunRecord, bytes_max: usize) {
    if record.printed.is_empty() {
        return;
    }
    line(text, "Printed:");
    let shown: Vec<_> = record.printed.iter().map(|one| shown(one, record)).collect();
    let levels = record.printed.iter().map(|one| level(one.level));
    let (told, left) = within(&shown, bytes_max);
    levels.zip(told).for_each(|(level, told)| line(text, &format!("{level}{told}")));
    if left > 0 {
        line(text, &format!("[{} not shown]", text::counted(left, "more line")));
    }
}

/// The first of some lines, as many as fit, each as long as it may be; and how many are left.
fn within(lines: &[Cow<'_, str>], bytes_max: usize) -> (Vec<String>, usize) {
    let most = longest(lines.iter().map(|one| one.len() + 1).collect(), bytes_max);
    let mut budget = bytes_max;
    let fits = |beginning: &&str| {
        let rest = budget.checked_sub(beginning.len() + 1);
        budget = rest.unwrap_or(0);
        rest.is_some()
    };
    let beginnings = lines.iter().map(|one| text::beginning(one, most)).take_while(fits);
    let told: Vec<_> = lines.iter().zip(beginnings).map(|(one, beginning)| cut_at(one, beginning)).collect();
    let left = lines.len() - told.len();
    (told, left)
}

fn cut_at(line: &str, beginning: &str) -> String {
    match line.len() - beginning.len() {
        0 => line.to_owned(),
        cut => format!("{beginning}… [{} of this line]", text::counted(cut, "more byte")),
    }
}

/// A printed text as it is shown.
fn shown<'p>(printed: &'p Printed, record: &RunRecord) -> Cow<'p, str> {
    match is_result(&printed.text, record) {
        true => Cow::Borrowed("[the result, as above]"),
        false => without_data(&printed.text),
    }
}

/// How long a line may be so that all fit: what short ones leave of their share is for the long ones.
fn longest(mut sizes: Vec<usize>, bytes_max: usize) -> usize {
    sizes.sort_unstable();
    let mut left = bytes_max;
    for (at, size) in sizes.iter().enumerate() {
        let share = left / (sizes.len() - at);
        if *size > share {
            return share.saturating_sub(1).max(CUT_BYTES_MIN);
        }
        left -= size;
    }
    usize::MAX
}

fn level(level: PrintLevel) -> &'static str {
    match level {
        PrintLevel::Log => "",
        PrintLevel::Warn => "warn: ",
        PrintLevel::Error => "error: ",
    }
}

/// Whether a printed text is the result, as it is or as JSON of any layout.
fn is_result(printed: &str, record: &RunRecord) -> bool {
    let Some(value) = record.value.as_deref().filter(|_| printed.len() > REPEATED_BYTES) else {
        return false;
    };
    let same = || {
        Some(
            serde_json::from_str::<Value>(printed).ok()?
                == serde_json::from_str::<Value>(value.get()).ok()?,
        )
    };
    // The longest layout that is usual is hardly longer than this.
    let may_be = value.get().len() <= printed.len().saturating_mul(2);
    may_be && (record.text().as_deref() == Some(printed) || same() == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_and_those_after_it_are_shown() {
        let (long, words) = ("é".repeat(1_000), "w ".repeat(150));
        let cut = |count, bytes| format!("{}… [{bytes} more bytes of this line]", "é".repeat(count));
        for (lines, expect) in [
            (["a", "", "b"], ["a", "", "b"]),
            (["a", &long, "b"], ["a", &cut(497, 1_006), "b"]),
            (["a", "b", &long], ["a", "b", &cut(497, 1_006)]),
            ([&words, &long, "b"], [&words, &cut(348, 1_304), "b"]),
            ([&long, &long, "b"], [&cut(249, 1_502), &cut(249, 1_502), "b"]),
        ] {
            let lines = lines.map(Cow::Borrowed);
            assert_eq!(within(&lines, 1_000), (expect.map(str::to_owned).to_vec(), 0), "{lines:?}");
        }
    }

    #[test]
    fn lines_beyond_the_budget_are_counted() {
        let line = "x".repeat(500);
        let cut = format!("{}… [300 more bytes of this line]", "x".repeat(200));
        assert_eq!(within(&vec![Cow::Borrowed(line.as_str()); 100], 500), (vec![cut.clone(), cut], 98));
    }
}
