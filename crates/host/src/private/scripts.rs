//! The door of scripts, in the mode `boundary`: a script is given the real values, and what it says is hidden before
//! anything else hears it.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering::Relaxed},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use privacy::Form;
use serde_json::{Value, json, value::RawValue};
use wire::{End, InBlocks, Print, Settlement, Thrown};

use super::{
    PrivacyError, PrivateData,
    policy::PrivacyMode,
    rewrite::{Look, Standing, filled},
    vault::Reach,
};
use crate::pool::Event;

/// What a worker said, as it said it. Nothing can be done with it but to open it.
pub(crate) struct Said(Event);

impl From<Event> for Said {
    fn from(event: Event) -> Self {
        Self(event)
    }
}

impl Said {
    /// What was said, with placeholders in the place of what is personal in it.
    pub(crate) async fn opened(self, private: Option<&Arc<PrivateData>>) -> Result<Event, PrivacyError> {
        let Self(event) = self;
        match private.filter(|private| private.is_told.load(Relaxed)) {
            Some(private) => private.without_personal(event).await,
            None => Ok(event),
        }
    }
}

impl PrivateData {
    /// From here on what the script says is searched, where scripts are given real values at all.
    pub(crate) fn search_from_now(&self) {
        let gives = self.privacy.settings.uses(PrivacyMode::Boundary);
        self.is_told.fetch_or(gives, Relaxed);
    }

    /// An answer as the script is given it.
    pub(crate) async fn told(&self, settlement: Settlement) -> Settlement {
        if !self.privacy.settings.uses(PrivacyMode::Boundary) {
            return settlement;
        }
        self.with_values(settlement).await.unwrap_or_else(|error| {
            let fields = json!({"name": "PrivacyError", "message": error.to_string()});
            Settlement::Reject(fields.to_string().into_bytes())
        })
    }

    async fn without_personal(self: &Arc<Self>, event: Event) -> Result<Event, PrivacyError> {
        Ok(match event {
            Event::Call { call, name, arguments, at } => {
                let arguments = match name.starts_with("servers/") {
                    true => self.json_said(arguments).await?,
                    false => self.members_said(without_base64(&name, arguments)).await?,
                };
                Event::Call { call, name: self.text_said(name).await?, arguments, at }
            }
            Event::Printed(Print { level, text }) => {
                Event::Printed(Print { level, text: self.text_said(text).await? })
            }
            Event::Ended(end, used) => Event::Ended(self.end(end).await?, used),
            other @ (Event::Waiting { .. } | Event::Flooded | Event::Lost(_)) => other,
        })
    }

    async fn end(self: &Arc<Self>, end: End) -> Result<End, PrivacyError> {
        Ok(match end {
            End::Returned(Some(json)) => End::Returned(Some(self.json_said(json).await?)),
            End::Threw(Thrown { name, message, stack, properties }) => End::Threw(Thrown {
                name: self.text_said(name).await?,
                message: self.text_said(message).await?,
                stack: self.text_said(stack).await?,
                properties: match properties {
                    Some(properties) => Some(self.json_said(properties).await?),
                    None => None,
                },
            }),
            End::Exceeded { limit, stack } => End::Exceeded { limit, stack: self.text_said(stack).await? },
            End::Cancelled { stack } => End::Cancelled { stack: self.text_said(stack).await? },
            other @ (End::Returned(None) | End::Deadlocked | End::Crashed(_)) => other,
        })
    }

    async fn text_said(self: &Arc<Self>, text: String) -> Result<String, PrivacyError> {
        self.hidden(text, Look::OutputText, Reach::Scripts).await
    }

    /// What is no text is no JSON either; who decodes it says so.
    async fn json_said(self: &Arc<Self>, json: Vec<u8>) -> Result<Vec<u8>, PrivacyError> {
        match String::from_utf8(json) {
            Ok(json) => self.hidden(json, Look::Output, Reach::Scripts).await.map(String::into_bytes),
            Err(error) => Ok(error.into_bytes()),
        }
    }

    /// What is asked of the host, each of its members by itself: their names are ours, and no fields of the configuration.
    async fn members_said(self: &Arc<Self>, json: Vec<u8>) -> Result<Vec<u8>, PrivacyError> {
        let Ok(members) = serde_json::from_slice::<BTreeMap<String, Box<RawValue>>>(&json) else {
            return self.json_said(json).await;
        };
        let mut said = Vec::with_capacity(json.len());
        for (name, value) in members {
            let value = String::from(Box::<str>::from(value));
            let value = self.hidden(value, Look::Output, Reach::Scripts).await?;
            said.extend_from_slice(if said.is_empty() { b"{" } else { b"," });
            said.extend_from_slice(format!("{}:{value}", Value::from(name)).as_bytes());
        }
        said.extend_from_slice(if said.is_empty() { b"{}" } else { b"}" });
        Ok(said)
    }

    async fn with_values(&self, settlement: Settlement) -> Result<Settlement, PrivacyError> {
        Ok(match settlement {
            Settlement::Json(json) => Settlement::Json(self.json_with_values(json).await?),
            Settlement::Reject(json) => Settlement::Reject(self.json_with_values(json).await?),
            Settlement::Answer(answer) => {
                let InBlocks { value, blocks, beside, is_only_item } = *answer;
                let (value, blocks) =
                    (self.json_with_values(value).await?, self.json_with_values(blocks).await?);
                Settlement::Answer(Box::new(InBlocks { value, blocks, beside, is_only_item }))
            }
            Settlement::Text(text) => Settlement::Text(self.text_with_values(text).await?),
            Settlement::Bytes(bytes) => Settlement::Bytes(match String::from_utf8(bytes) {
                Ok(text) => self.text_with_values(text).await?.into_bytes(),
                // A file of other data was written as it is.
                Err(error) => error.into_bytes(),
            }),
            // Code is as it was written: a value in it could be code, too.
            other @ (Settlement::Undefined | Settlement::Modules(_)) => other,
        })
    }

    async fn json_with_values(&self, json: Vec<u8>) -> Result<Vec<u8>, PrivacyError> {
        let Ok(text) = std::str::from_utf8(&json) else { return Ok(json) };
        let standing = self.given_in(privacy::slots(text)).await?;
        Ok(if standing.is_empty() { json } else { filled(text, &standing).into_bytes() })
    }

    async fn text_with_values(&self, text: String) -> Result<String, PrivacyError> {
        let standing = self.given_in(privacy::slots_in_text(&text)).await?;
        Ok(if standing.is_empty() { text } else { filled(&text, &standing) })
    }

    /// The placeholders whose values a script is given. They are looked for in what it says from here on.
    async fn given_in<'t>(&self, slots: Vec<privacy::Slot<'t>>) -> Result<Vec<Standing<'t>>, PrivacyError> {
        if slots.is_empty() {
            return Ok(Vec::new());
        }
        let mut standing = self.standing(slots).await?;
        standing.retain(|Standing { hidden, .. }| {
            hidden.reach == Reach::Scripts && hidden.form != Form::LookAlike
        });
        let mut given = self.given.lock();
        for Standing { hidden, .. } in &standing {
            given.add(&hidden.kind, &hidden.value);
        }
        self.is_told.fetch_or(!standing.is_empty(), Relaxed);
        Ok(standing)
    }
}

/// A file that is written from bytes, as text where they are text: in Base64 a part could not be hidden.
fn without_base64(name: &str, arguments: Vec<u8>) -> Vec<u8> {
    if !matches!(name, "fs/writeFile" | "fs/appendFile") {
        return arguments;
    }
    let as_text = || {
        let mut fields: serde_json::Map<String, Value> = serde_json::from_slice(&arguments).ok()?;
        let base64 = fields.remove("base64")?;
        let text = String::from_utf8(BASE64_STANDARD.decode(base64.as_str()?).ok()?).ok()?;
        fields.insert("text".to_owned(), text.into());
        serde_json::to_vec(&fields).ok()
    };
    as_text().unwrap_or(arguments)
}
