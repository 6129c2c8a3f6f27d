//! Everything a script asks of the host, by the name it asks under.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use serde_json::{Value, json};
use surface::{Detail, LIMIT_MAX, SearchError, SearchRequest, Surface};
use tools::{Answer, AnswerForm, RawValue};
use wire::{AskKind, InBlocks, MAIN, Position, Settlement};

use super::{
    Context, OWN_AT_ONCE,
    called::called,
    fetched,
    files::{self, FileChange},
    modules::{self, Missing, Wanted},
    registry,
    replay::{Ask, Before},
    skill_files,
};
use crate::{
    broker::{Asked, Origin},
    journal,
    private::{AboutValue, NoAnswer},
    search,
    skills::{ABOUT, Form, Kept, MODULE, Shelf},
    workspace::{FileError, ReadOnly, Request},
};

/// The longest name of anything. The worker keeps to it as well.
const NAME_BYTES_MAX: usize = 1024;

/// Does what the script asked for; `before` is what is known to have been done of it.
pub(super) async fn answer(run: Arc<Context>, ask: Ask, before: Before) -> Settlement {
    let Ask { call: number, request: journal::Request { name, arguments }, at, rest_ms, .. } = ask;
    let line = at.and_then(|at| run.places.lock().line(at));
    let from = Origin { call: Some(number), line, sent_as: before.sent_as() };
    let result = fetched::wanted(&name, &arguments);
    // Kept until the answer is taken: until then it is here.
    let _turn = match AskKind::of(&name) {
        // It may be as large as any value: nothing else is here meanwhile.
        AskKind::Own if result.is_some() => run.own_turns.acquire_many(OWN_AT_ONCE).await.ok(),
        AskKind::Own => run.own_turns.acquire().await.ok(),
        AskKind::Tool | AskKind::Timer => None,
    };
    if is_long(&name) {
        return nameless();
    }
    match called(&name, &arguments) {
        Some(Ok((wanted, arguments))) => {
            return call(&run, Asked { wanted, arguments, form: AnswerForm::Value, from }).await;
        }
        Some(Err(wrong)) => return wrong,
        None => {}
    }
    match name.as_str() {
        "timer" => timer(&arguments, rest_ms).await,
        "search" => search(&run, &arguments).await,
        "module" => module(&run, &arguments).await,
        name if let Some(question) = AboutValue::named(name) => about_value(&run, question, &arguments).await,
        decoded => match Request::decode(decoded, &arguments) {
            Some(decoded) => {
                let change =
                    FileChange { call: number, request: journal::Request { name, arguments }, before };
                match (file(run.clone(), decoded, change).await, result) {
                    (Settlement::Json(none), Some(id)) if none == b"null" => {
                        told(&run, fetched::result(&run, number, &id).await)
                    }
                    (answer, _) => answer,
                }
            }
            None => type_error(&format!("there is no `{name}`")),
        },
    }
}

async fn call(run: &Context, asked: Asked) -> Settlement {
    match run.parts.broker.call(asked, &run.caller()).await {
        Ok(answer) => settled(answer),
        Err(unanswered) => {
            if unanswered.error.kind == tools::CallErrorKind::Limit {
                run.note_limit();
            }
            Settlement::Reject(unanswered.to_json().into_bytes())
        }
    }
}

fn settled(answer: Answer) -> Settlement {
    let value = bytes(answer.value);
    match answer.content {
        None => Settlement::Json(value),
        Some(content) => Settlement::Answer(Box::new(InBlocks {
            value,
            blocks: content.blocks.map(bytes).unwrap_or_default(),
            beside: content.beside,
            is_only_item: content.is_only_item,
        })),
    }
}

fn bytes(json: Box<RawValue>) -> Vec<u8> {
    String::from(Box::<str>::from(json)).into_bytes()
}

/// A question about a value that the script may not see.
async fn about_value(run: &Context, question: AboutValue, arguments: &[u8]) -> Settlement {
    match question.answer(arguments, run.private.as_deref(), &run.id).await {
        Ok(answer) => Settlement::Json(answer.to_string().into_bytes()),
        Err(NoAnswer::Wrong(message)) => type_error(&message),
        Err(NoAnswer::Failed(error)) => {
            reject(&json!({"name": "PrivacyError", "message": error.to_string()}))
        }
    }
}

async fn timer(arguments: &[u8], rest_ms: Option<f64>) -> Settlement {
    let ms = rest_ms.unwrap_or_else(|| timer_ms(arguments));
    if ms > 0.0 {
        tokio::time::sleep(Duration::from_secs_f64(ms / 1e3)).await;
    } else {
        tokio::task::yield_now().await;
    }
    Settlement::Undefined
}

fn timer_ms(arguments: &[u8]) -> f64 {
    #[derive(Deserialize)]
    struct Timer {
        ms: f64,
    }
    let ms = serde_json::from_slice(arguments).map_or(0.0, |Timer { ms }| ms);
    // As in browsers: what is not a time is none, and none is longer than 24.8 days.
    if ms > 0.0 { ms.min(f64::from(i32::MAX)) } else { 0.0 }
}

/// Takes from the timers of a run that was taken up what has passed of them since the run was asked for. Those that are over
/// by now end in their order.
pub(super) fn shorten_timers<'a>(asks: impl Iterator<Item = &'a mut Ask>, since_ms: f64, now_ms: f64) {
    let mut due: Vec<_> = asks
        .filter(|ask| AskKind::of(&ask.request.name) == AskKind::Timer)
        .map(|ask| (ask.slice_ms.max(since_ms) + timer_ms(&ask.request.arguments) - now_ms, ask))
        .collect();
    due.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let mut over = 0.0;
    for (rest_ms, ask) in due {
        ask.rest_ms = Some(rest_ms.max(over));
        if rest_ms <= over {
            over += 1.0;
        }
    }
}

async fn search(run: &Context, arguments: &[u8]) -> Settlement {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Query {
        One(String),
        Several(Vec<String>),
    }
    #[derive(Deserialize)]
    struct Search {
        query: Query,
        detail: Option<String>,
        server: Option<String>,
        limit: Option<Value>,
    }
    let Ok(asked) = serde_json::from_slice::<Search>(arguments) else {
        return type_error(
            "searchTools takes a query, or a list of queries, and `{ detail, server, limit }`",
        );
    };
    let queries = match asked.query {
        Query::One(query) => vec![query],
        Query::Several(queries) => queries,
    };
    let limit = match asked.limit.filter(|limit| !limit.is_null()).map(|limit| count(&limit)).transpose() {
        Ok(limit) => limit,
        Err(wrong) => return type_error(&wrong),
    };
    let request = SearchRequest { queries, server: asked.server, limit };
    let found = async {
        let detail = asked.detail.as_deref().map_or(Ok(Detail::default()), str::parse)?;
        let found =
            search::search(run.surface().clone(), run.parts.clone(), run.skills.clone(), request).await?;
        Ok::<_, SearchError>(found.values(detail))
    };
    match found.await {
        Ok(found) => Settlement::Json(Value::from(found).to_string().into_bytes()),
        Err(error) => type_error(&error.to_string()),
    }
}

/// How many a search is to find, read as `search_tools` reads it: its text counts as the number.
fn count(limit: &Value) -> Result<usize, String> {
    let number = match limit {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    let whole = number.filter(|number: &f64| number.fract() == 0.0 && *number >= 1.0);
    whole.map(|whole| whole as usize).ok_or_else(|| {
        let given = limit.to_string();
        format!("`limit` must be from 1 to {LIMIT_MAX}, not {}", text::beginning(&given, LIMIT_SHOWN))
    })
}

/// How much of a wrong limit is shown.
const LIMIT_SHOWN: usize = 40;

async fn module(run: &Context, arguments: &[u8]) -> Settlement {
    #[derive(Deserialize)]
    struct Import {
        specifier: String,
        #[serde(default)]
        from: String,
    }
    let Ok(Import { specifier, from }) = serde_json::from_slice::<Import>(arguments) else {
        return type_error("import() takes a path");
    };
    if specifier.len() > NAME_BYTES_MAX || from.len() > NAME_BYTES_MAX {
        return nameless();
    }
    let from = if from.is_empty() { MAIN.to_owned() } else { from };
    let wanted = Wanted { specifier, names: Vec::new(), from, at: Position { line: 1, column: 1 } };
    match modules::find(vec![wanted], &run.parts, &run.skills, run.surface()).await {
        Ok(found) if found.modules.is_empty() => type_error("this module cannot be imported"),
        Ok(found) => {
            run.add_places(found.positions);
            let registry = found.registry.then(|| registry::module(run.surface()));
            Settlement::Modules(found.modules.into_iter().chain(registry).collect())
        }
        Err(Missing { message, .. }) => type_error(&message),
    }
}

async fn file(run: Arc<Context>, request: Result<Request, FileError>, change: FileChange) -> Settlement {
    let answer = async {
        let mut request = request?;
        let skill = request.skill_change().transpose()?;
        let call = change.call;
        let alone = files::alone(&run, &request).await;
        let answer = match (files::once(&run, request, change).await?, skill) {
            (None, _) => Ok(Settlement::Undefined),
            (Some(_), Some(change)) => skill_files::change(&run, change).await,
            (Some(request), None) => {
                let answer =
                    move |run: &Context| request.answer(&run.workspace, &Trees::of(run), &run.limits);
                files::blocking(&run, answer).await
            }
        };
        if alone.is_some() {
            files::made(&run, call, answer.is_ok());
        }
        answer
    };
    told(&run, answer.await)
}

/// An answer as the script sees it.
fn told(run: &Context, answer: Result<Settlement, FileError>) -> Settlement {
    answer.unwrap_or_else(|error| {
        if matches!(error, FileError::Limit(_)) {
            run.note_limit();
        }
        reject(&error.to_json(&run.limits))
    })
}

/// What a script can read beside its own files.
pub(super) struct Trees<'a> {
    surface: &'a Surface,
    skills: &'a Shelf,
}

impl ReadOnly for Trees<'_> {
    fn read_file(&self, path: &str) -> Option<String> {
        match path.strip_prefix("/skills/") {
            Some(path) => self.skill_file(path),
            None => self.surface.read_file(path),
        }
    }

    fn read_dir(&self, path: &str) -> Option<Vec<String>> {
        match path.strip_prefix("/skills") {
            Some("") => Some(self.skills.list().iter().map(Kept::entry).collect()),
            Some(path) => self.skill_files(path.strip_prefix('/')?),
            None => self.surface.read_dir(path),
        }
    }
}

impl<'a> Trees<'a> {
    pub(super) fn of(run: &'a Context) -> Self {
        Self { surface: run.surface(), skills: &run.skills }
    }

    fn skill_file(&self, path: &str) -> Option<String> {
        let (name, file) = match path.split_once('/') {
            Some((name, file)) => (name, Some(file)),
            None => (path.strip_suffix(".ts")?, None),
        };
        let content = self.skills.kept(name).ok()?.content;
        match file {
            // A script may read it as it was written, whichever form it has.
            None | Some(MODULE) => Some(content.source),
            Some(ABOUT) => content.about,
            Some(_) => None,
        }
    }

    fn skill_files(&self, name: &str) -> Option<Vec<String>> {
        let kept = self.skills.kept(name).ok().filter(|kept| kept.form == Form::Folder)?;
        let about = kept.content.about.map(|_| ABOUT.to_owned());
        Some(about.into_iter().chain([MODULE.to_owned()]).collect())
    }
}

fn reject(fields: &Value) -> Settlement {
    Settlement::Reject(fields.to_string().into_bytes())
}

pub(super) fn is_long(name: &str) -> bool {
    name.len() > NAME_BYTES_MAX
}

pub(super) fn nameless() -> Settlement {
    type_error(&format!("a name must not be longer than {NAME_BYTES_MAX} bytes"))
}

pub(super) fn type_error(message: &str) -> Settlement {
    reject(&json!({"name": "TypeError", "message": message}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal;

    #[test]
    fn timers_that_are_over_end_in_their_order_and_others_when_they_are_due() {
        let ask = |name: &str, slice_ms: f64, ms: u64| Ask {
            call: 1,
            request: journal::Request {
                name: name.to_owned(),
                arguments: format!(r#"{{"ms":{ms}}}"#).into(),
            },
            at: None,
            slice_ms,
            rest_ms: None,
        };
        let mut asks = [
            ask("timer", 1_000.0, 900),
            ask("fs/readFile", 1_000.0, 1),
            ask("timer", 1_000.0, 20),
            ask("timer", 1_500.0, 5_000),
            ask("timer", 1_010.0, 5),
        ];
        shorten_timers(asks.iter_mut(), 0.0, 2_000.0);
        let rests = asks.map(|ask| ask.rest_ms);
        assert_eq!(rests, [Some(2.0), None, Some(1.0), Some(4_500.0), Some(0.0)]);
    }
}
