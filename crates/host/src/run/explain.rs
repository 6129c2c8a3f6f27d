//! From the end of a run to what its author should know of it: warnings about a value, hints for an error.

use std::time::Duration;

use wire::Parsed;

use super::{Context, Draft, Order, Stop, Value, bytes, reach, told};
use crate::record::Outcome;

/// How long a script that used a name which does not exist waits for servers that are starting: it may be a tool's.
const NAMES_WITHIN: Duration = Duration::from_secs(2);

/// Adds to the end of a run what its author should know of it.
pub(super) async fn explain(
    context: &Context,
    order: &Order,
    parsed: &Parsed,
    draft: &mut Draft,
    end: Result<Value, Stop>,
) -> Result<Value, Stop> {
    let may_mean_a_tool = end.as_ref().is_err_and(|stop| match stop.failure.name.as_str() {
        "ReferenceError" => true,
        "TypeError" => !parsed.facts.globals.is_empty(),
        _ => false,
    });
    let surface = match may_mean_a_tool {
        true => reach::all_settled(&order.surfaces, NAMES_WITHIN.min(context.parts.servers_within)).await,
        false => context.surface().clone(),
    };
    let mut samples = context.progress.ledger.samples();
    for sample in &mut samples {
        sample.name = surface.identifier_of(&sample.tool).unwrap_or(&sample.name).to_owned();
    }
    let told = told::End {
        parsed,
        code: &order.code,
        surface: &surface,
        samples,
        has_printed: context.progress.has_printed(),
        misread: &draft.misread,
    };
    match end {
        Ok(value) => {
            let warnings = told.of_value(value.as_deref());
            draft.warnings.extend(warnings);
            let bytes = value.as_deref().and_then(|value| bytes::told(value.get(), &parsed.facts.bytes));
            draft.warnings.extend(bytes);
            draft.repairs.extend(parsed.value_repair.clone().filter(|_| value.is_some()));
            Ok(value)
        }
        Err(Stop { outcome: Outcome::Threw, failure }) => {
            draft.warnings.extend(told.other_habits(&failure));
            Err(Stop::new(Outcome::Threw, told.of_failure(*failure)))
        }
        Err(stop) => Err(stop),
    }
}
