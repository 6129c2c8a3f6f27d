//! `narrows redact`: a text without the personal data that is recognised in it.

use std::{collections::HashMap, ops::Range};

use privacy::{Kind, Span, find};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Context, read_input};
use crate::{
    args::RedactArgs,
    exit::{Failed, Status},
    print,
};

/// Personal data, as programs are told where it is.
#[derive(Serialize)]
struct Found<'s> {
    /// In code points.
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    kind: &'s str,
}

/// One text of many.
#[derive(Deserialize)]
struct Text<'t> {
    /// Given back as it is.
    #[serde(borrow)]
    id: &'t RawValue,
    text: String,
}

pub(super) fn redact(args: &RedactArgs, context: &Context<'_>) -> Result<(), Failed> {
    let text = read_input(&args.file, &context.stop)?;
    if args.jsonl {
        return each_line(&text);
    }
    let spans = find(&text);
    if context.common.json {
        print::json(&told(&text, &spans));
    } else {
        let redacted = redacted(&text, &spans);
        print::out(redacted.strip_suffix('\n').unwrap_or(&redacted));
    }
    Ok(())
}

fn each_line(lines: &str) -> Result<(), Failed> {
    #[derive(Serialize)]
    struct Line<'t> {
        id: &'t RawValue,
        spans: Vec<Found<'t>>,
    }
    for (at, line) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let Text { id, text } = serde_json::from_str(line).map_err(|error| {
            let message = format!("line {}: invalid JSON: {error}", at + 1);
            Failed::new(Status::Usage, message)
                .hint("write one object a line: `{\"id\": 1, \"text\": \"…\"}`")
        })?;
        print::json(&Line { id, spans: told(&text, &find(&text)) });
    }
    Ok(())
}

/// The text with a placeholder in place of each value: the same value, the same placeholder.
fn redacted(text: &str, spans: &[Span]) -> String {
    let mut numbers: HashMap<(&Kind, &str), usize> = HashMap::new();
    let mut counts: HashMap<&Kind, usize> = HashMap::new();
    let mut redacted = String::with_capacity(text.len());
    let mut from = 0;
    for Span { range, kind } in spans {
        let number = *numbers.entry((kind, &text[range.clone()])).or_insert_with(|| {
            let count = counts.entry(kind).or_default();
            *count += 1;
            *count
        });
        redacted.push_str(&text[from..range.start]);
        redacted.push_str(&format!("[{}_{number}]", kind.name()));
        from = range.end;
    }
    redacted.push_str(&text[from..]);
    redacted
}

/// Spans in code points. They are in order, so each character is counted once.
fn told<'s>(text: &str, spans: &'s [Span]) -> Vec<Found<'s>> {
    let (mut at, mut from) = (0, 0);
    let mut points_to = |to: usize| {
        at += text[from..to].chars().count();
        from = to;
        at
    };
    let told = |Span { range: Range { start, end }, kind }: &'s Span| Found {
        start: points_to(*start),
        end: points_to(*end),
        kind: kind.name(),
    };
    spans.iter().map(told).collect()
}
