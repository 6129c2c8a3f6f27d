//! Holding arguments against a tool's schema, and small results against the one it declares for them.
//!
//! A schema is a stranger's text: it is measured before it is compiled (see `cost`), nothing is fetched for
//! it, its patterns run in linear time, and one that cannot be used is skipped: the server validates too.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Weak},
    time::Duration,
};

use jsonschema::{PatternOptions, Validator};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::time::timeout;
use tools::{RawValue, Tool};

use super::{
    ASIDE_BYTES,
    cost::{Cost, measure},
    wording::{Sender, Wording},
};
use crate::definitions;

/// Visits to parts of the schema in all. About a second; more is left to the server.
const VISITS_MAX: u64 = 100_000_000;

/// So many visits hold nobody up: two milliseconds or so. More are made on another thread.
const QUICK_VISITS: u64 = 200_000;

/// The measure says that it takes less; this is for the case that the measure is wrong.
const TIME_MAX: Duration = Duration::from_secs(10);

/// One compiled pattern of a schema, in bytes.
const PATTERN_BYTES: usize = 1024 * 1024;

/// Tools that are gone are forgotten when so many are known.
const KNOWN_MAX: usize = 4_096;

/// Results up to so many bytes are held against their schema: they are built into a tree for it, which larger ones are
/// spared, and most results are smaller.
const RESULT_BYTES: usize = 64 * 1024;

/// What holding a value against a schema found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It fits.
    Valid,
    /// It does not: what is wrong, in words.
    Invalid(String),
    /// Nobody knows, and why.
    Unknown(&'static str),
}

/// Compiled schemas by the address of their tool, which stays taken as long as the weak pointer is here.
type Known = HashMap<usize, (Weak<Tool>, Arc<Schemas>)>;

/// The compiled schemas of all tools that were called.
#[derive(Default)]
pub(super) struct Validators {
    known: Mutex<Known>,
}

/// The compiled schemas of one tool, both made when it is first called.
pub(super) struct Schemas {
    arguments: Compiled,
    result: Option<Compiled>,
    /// The fingerprint of the definition.
    pub(super) fingerprint: u64,
}

enum Compiled {
    Ready { validator: Box<Validator>, cost: Cost },
    Unusable(&'static str),
}

impl Validators {
    /// The compiled schemas of a tool.
    pub(super) async fn of(&self, tool: &Arc<Tool>) -> Arc<Schemas> {
        let key = Arc::as_ptr(tool).addr();
        if let Some((_, schemas)) = self.known.lock().get(&key) {
            return schemas.clone();
        }
        let asked = tool.clone();
        let compiling = tokio::task::spawn_blocking(move || Schemas::new(&asked));
        let schemas = Arc::new(compiling.await.unwrap_or(Schemas::UNUSABLE));
        let mut known = self.known.lock();
        if known.len() >= KNOWN_MAX {
            known.retain(|_, (tool, _)| tool.strong_count() > 0);
        }
        known.insert(key, (Arc::downgrade(tool), schemas.clone()));
        schemas
    }
}

impl Schemas {
    const UNUSABLE: Self = Self { arguments: Compiled::UNCOMPILED, result: None, fingerprint: 0 };

    fn new(tool: &Tool) -> Self {
        let compiled = |schema, what| {
            let compiled = Compiled::new(schema);
            if let Compiled::Unusable(why) = &compiled {
                tracing::warn!(tool = &*tool.name, "{what} not validated: {why}");
            }
            compiled
        };
        Self {
            arguments: compiled(&tool.input_schema, "arguments are"),
            result: tool.output_schema.as_ref().map(|schema| compiled(schema, "its results are")),
            fingerprint: definitions::fingerprint(tool),
        }
    }

    /// Holds arguments, a JSON object, against the schema of the tool these are of.
    pub(super) async fn check_arguments(self: Arc<Self>, tool: &Arc<Tool>, arguments: &RawValue) -> Verdict {
        if self.arguments.is_quick(arguments.get().len()) {
            return self.arguments.check(arguments.get(), &tool.input_schema, Sender::Script);
        }
        let (tool, arguments) = (tool.clone(), arguments.get().to_owned());
        let aside = move || self.arguments.check(&arguments, &tool.input_schema, Sender::Script);
        match timeout(TIME_MAX, tokio::task::spawn_blocking(aside)).await {
            Ok(checked) => checked.unwrap_or(Verdict::Unknown("the validator failed")),
            Err(_) => Verdict::Unknown("that takes too long"),
        }
    }

    /// What of a result is not as its tool declares it, where looking takes no time that counts.
    pub(super) fn faults_of_result(&self, tool: &Tool, value: &RawValue) -> Option<String> {
        let (compiled, schema) = (self.result.as_ref()?, tool.output_schema.as_ref()?);
        let bytes = value.get().len();
        if bytes > RESULT_BYTES || !compiled.is_quick(bytes) {
            return None;
        }
        match compiled.check(value.get(), schema, Sender::Server) {
            Verdict::Invalid(faults) => Some(faults),
            Verdict::Valid | Verdict::Unknown(_) => None,
        }
    }
}

impl Compiled {
    const UNCOMPILED: Self = Self::Unusable("its schema cannot be compiled");

    fn new(schema: &Value) -> Self {
        let Ok(cost) = measure(schema) else { return Self::Unusable("its schema is too complex") };
        // A pattern may use what runs in exponential time; without the patterns the rest still holds.
        match compile(schema).or_else(|| compile(&without_patterns(schema))) {
            Some(validator) => Self::Ready { validator: Box::new(validator), cost },
            None => Self::UNCOMPILED,
        }
    }

    /// Whether a value of so many bytes is looked through at once.
    fn is_quick(&self, bytes: usize) -> bool {
        let visits = match self {
            Self::Ready { cost, .. } => cost.visits,
            Self::Unusable(_) => return true,
        };
        // A place takes two bytes at least, itself and what separates it from the next.
        let places = bytes as u64 / 2 + 1;
        bytes <= ASIDE_BYTES && visits.saturating_mul(places) <= QUICK_VISITS
    }

    fn check(&self, json: &str, schema: &Value, sender: Sender) -> Verdict {
        let (validator, cost) = match self {
            Self::Ready { validator, cost } => (validator, cost),
            Self::Unusable(why) => return Verdict::Unknown(why),
        };
        let Ok(value) = serde_json::from_str::<Value>(json) else {
            return Verdict::Unknown("they nest too deeply");
        };
        let (depth, places) = extent(&value);
        if depth > cost.depth_max || cost.visits.saturating_mul(places) > VISITS_MAX {
            return Verdict::Unknown("they are too complex for its schema");
        }
        let found = catch_unwind(AssertUnwindSafe(|| {
            if validator.is_valid(&value) {
                return None;
            }
            Wording { value: &value, schema, sender }.faults(validator.iter_errors(&value))
        }));
        match found {
            Ok(None) => Verdict::Valid,
            Ok(Some(faults)) => Verdict::Invalid(faults),
            Err(_) => Verdict::Unknown("the validator failed"),
        }
    }
}

fn compile(schema: &Value) -> Option<Validator> {
    let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES);
    let options = jsonschema::options().offline().with_pattern_options(patterns);
    // What a format asks differs from one validator to the next, and many check none: that is left to the server.
    let options = options.should_validate_formats(false);
    catch_unwind(AssertUnwindSafe(|| options.build(schema).ok())).ok().flatten()
}

fn without_patterns(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let is_pattern = |key: &str, value: &Value| key == "pattern" && value.is_string();
            let kept = fields.iter().filter(|(key, value)| !is_pattern(key, value));
            Value::Object(kept.map(|(key, value)| (key.clone(), without_patterns(value))).collect())
        }
        Value::Array(items) => items.iter().map(without_patterns).collect(),
        scalar => scalar.clone(),
    }
}

/// How deep a value is, and how many places it has.
fn extent(value: &Value) -> (usize, u64) {
    let add = |(depth, places): (usize, u64), inner: &Value| {
        let (inner_depth, inner_places) = extent(inner);
        (depth.max(inner_depth + 1), places + inner_places)
    };
    match value {
        Value::Array(items) => items.iter().fold((0, 1), add),
        Value::Object(fields) => fields.values().fold((0, 1), add),
        _ => (0, 1),
    }
}
