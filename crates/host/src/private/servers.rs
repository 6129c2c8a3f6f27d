//! The door of servers: what they send is hidden before anything else sees it, and what is sent to them is given back.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use privacy::{Form, Kind, Known, Slot};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tools::{Answer, CallError, Content, ToolId};

use super::{
    PrivacyError, PrivateData,
    policy::{PrivacyMode, Wanted},
    rewrite::{Look, Standing, filled},
    vault::{Hidden, Reach, placeholder},
};
use crate::{record::RunId, rules::Refusal};

/// Arguments with values in the place of placeholders.
#[derive(Default)]
pub(crate) struct Restored {
    /// `None` where there was nothing to give back.
    pub(crate) arguments: Option<Box<RawValue>>,
    /// Which values, where: for the account.
    uses: Vec<RestoredValue>,
    /// The values, by which they are found where the tool repeats them.
    given: Arc<Known>,
    /// A value that scripts must not see is among them.
    is_sealed: bool,
}

/// A value that was given back to a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoredValue {
    /// The server.
    pub server: String,
    /// The tool.
    pub tool: String,
    /// The field of its arguments: `recipients[].email`.
    pub field: String,
    /// The kind of data.
    pub kind: String,
    /// The placeholder that stood for it.
    pub placeholder: String,
}

/// Why arguments cannot be sent.
pub(crate) enum NotRestored {
    /// The tool may not receive a value: what the script is told, and what the person is.
    Refused(String, Refusal),
    Failed(PrivacyError),
}

impl PrivateData {
    /// The arguments of a call, as the tool is to receive them.
    pub(crate) async fn restored(
        &self,
        tool: &ToolId,
        arguments: &RawValue,
    ) -> Result<Restored, NotRestored> {
        let slots = privacy::slots(arguments.get());
        if slots.is_empty() {
            return Ok(Restored::default());
        }
        let standing = self.standing(slots).await.map_err(NotRestored::Failed)?;
        let (mut uses, mut given) = (Vec::new(), Known::default());
        for Standing { slot, hidden } in standing.iter().filter(|it| it.hidden.form != Form::LookAlike) {
            let field = slot.field.clone();
            let wanted = Wanted { tool, field: &field, kind: slot.kind, reach: hidden.reach };
            let placeholder = placeholder(slot.kind, slot.number);
            if let Some(refusal) = self.privacy.settings.refusal(wanted) {
                let told = format!("`{tool}` may not receive the value of `{placeholder}` in `{field}`");
                return Err(NotRestored::Refused(told, refusal));
            }
            given.add(&hidden.kind, &hidden.value);
            let (server, name) = (tool.server.to_string(), tool.tool.to_string());
            uses.push(RestoredValue { server, tool: name, field, kind: slot.kind.to_owned(), placeholder });
        }
        let is_sealed = standing.iter().any(|it| it.hidden.reach == Reach::NamedTools);
        let arguments = (!standing.is_empty()).then(|| filled(arguments.get(), &standing));
        let arguments = arguments.map(RawValue::from_string).transpose();
        let arguments = arguments.map_err(|_| NotRestored::Failed(PrivacyError::Lost))?;
        Ok(Restored { arguments, uses, given: Arc::new(given), is_sealed })
    }

    /// An answer as everything but its server sees it.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        tool: &ToolId,
        restored: &Restored,
        answer: Answer,
    ) -> Result<Answer, PrivacyError> {
        let Answer { value, content } = answer;
        let value = self.json(tool, restored, value).await?;
        let Some(Content { blocks, beside, is_only_item }) = content else {
            return Ok(Answer { value, content: None });
        };
        let blocks = match blocks {
            Some(blocks) => Some(self.json(tool, restored, blocks).await?),
            None => None,
        };
        Ok(Answer { value, content: Some(Content { blocks, beside, is_only_item }) })
    }

    /// An error as everything but its server sees it. One that cannot be searched says nothing.
    pub(crate) async fn error(
        self: &Arc<Self>,
        tool: &ToolId,
        restored: &Restored,
        error: CallError,
    ) -> CallError {
        let CallError { kind, message, data } = error;
        let hidden = async {
            let message = self.text(tool, restored, message).await?;
            let data = match data {
                Some(data) => Some(self.json(tool, restored, data).await?),
                None => None,
            };
            Ok::<_, PrivacyError>(CallError { kind, message, data })
        };
        hidden.await.unwrap_or_else(|error| CallError::new(kind, error.to_string()))
    }

    /// A text about a call of this tool, that may repeat what it was sent or answered.
    pub(crate) async fn text(
        self: &Arc<Self>,
        tool: &ToolId,
        restored: &Restored,
        text: String,
    ) -> Result<String, PrivacyError> {
        let Some(reach) = self.reach_of(tool, restored) else {
            return match self.new_names(privacy::slots_in_text(&text)).await? {
                Some(standing) => Ok(filled(&text, &standing)),
                None => Ok(text),
            };
        };
        let text = self.hidden(text, Look::AnswerText, reach).await?;
        match restored.given() {
            Some(given) => self.hidden(text, Look::EchoText(given), reach).await,
            None => Ok(text),
        }
    }

    async fn json(
        self: &Arc<Self>,
        tool: &ToolId,
        restored: &Restored,
        json: Box<RawValue>,
    ) -> Result<Box<RawValue>, PrivacyError> {
        let Some(reach) = self.reach_of(tool, restored) else {
            return match self.new_names(privacy::slots(json.get())).await? {
                Some(standing) => raw(filled(json.get(), &standing)),
                None => Ok(json),
            };
        };
        let text = self.hidden(String::from(Box::<str>::from(json)), Look::Answer, reach).await?;
        raw(match restored.given() {
            Some(given) => self.hidden(text, Look::Echo(given), reach).await?,
            None => text,
        })
    }

    /// Whom the values of a tool's answer may reach again. `None` where they are not hidden.
    fn reach_of(&self, tool: &ToolId, restored: &Restored) -> Option<Reach> {
        let reach = match self.privacy.settings.mode_of(tool) {
            _ if restored.is_sealed => Reach::NamedTools,
            PrivacyMode::Sealed => Reach::NamedTools,
            PrivacyMode::Boundary => Reach::Scripts,
            // It may repeat them.
            PrivacyMode::Off if !restored.uses.is_empty() => Reach::Scripts,
            PrivacyMode::Off => return None,
        };
        self.is_told.fetch_or(reach == Reach::Scripts, Relaxed);
        Some(reach)
    }

    /// Placeholders of their own for texts of a server that look like placeholders: else they would stand for values that
    /// they were not made for.
    async fn new_names<'t>(&self, slots: Vec<Slot<'t>>) -> Result<Option<Vec<Standing<'t>>>, PrivacyError> {
        let is_ours = |slot: &Slot<'_>| self.privacy.settings.finder.kinds().any(|kind| kind == slot.kind);
        let slots: Vec<_> = slots.into_iter().filter(is_ours).collect();
        if slots.is_empty() {
            return Ok(None);
        }
        let look_alike = |slot: &Slot<'_>| {
            let value = placeholder(slot.kind, slot.number).into();
            let kind = Kind::named(slot.kind)?;
            Some(Hidden { kind, form: Form::LookAlike, reach: Reach::Scripts, value })
        };
        let look_alikes: Vec<_> = slots.iter().filter_map(look_alike).collect();
        let numbers = self.vault.numbers(&look_alikes).await?;
        let named =
            look_alikes.into_iter().zip(numbers).zip(slots).map(|((hidden, number), slot)| Standing {
                hidden: Hidden { value: placeholder(hidden.kind.name(), number).into(), ..hidden },
                slot,
            });
        Ok(Some(named.collect()))
    }

    /// Notes that values are given back, before they are.
    pub(crate) async fn account(&self, run: Option<&RunId>, restored: &Restored) -> Result<(), PrivacyError> {
        self.vault.note(run, &restored.uses).await
    }
}

impl Restored {
    fn given(&self) -> Option<Arc<Known>> {
        (!self.uses.is_empty()).then(|| self.given.clone())
    }
}

fn raw(json: String) -> Result<Box<RawValue>, PrivacyError> {
    RawValue::from_string(json).map_err(|_| PrivacyError::Lost)
}
