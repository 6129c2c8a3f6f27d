//! Texts with placeholders in the place of values, and back.

use std::sync::Arc;

use privacy::{Known, Place, Slot};

use super::{
    PrivacyError, PrivateData,
    vault::{Hidden, Reach, placeholder},
};

/// Texts larger than this are searched on another thread: it takes a millisecond.
const ASIDE_BYTES: usize = 128 * 1024;

/// What is searched, and how.
#[derive(Clone)]
pub(super) enum Look {
    /// JSON of a server.
    Answer,
    /// Other text of a server.
    AnswerText,
    /// JSON of a script.
    Output,
    /// Other text of a script.
    OutputText,
    /// JSON of a server that was given these values, once it was searched as an answer.
    Echo(Arc<Known>),
    /// Other text of such a server.
    EchoText(Arc<Known>),
}

/// A placeholder of a text, with what it stands for.
pub(super) struct Standing<'a> {
    pub(super) slot: Slot<'a>,
    pub(super) hidden: Hidden,
}

impl PrivateData {
    /// The text with placeholders in the place of what is personal in it.
    pub(super) async fn hidden(
        self: &Arc<Self>,
        text: String,
        look: Look,
        reach: Reach,
    ) -> Result<String, PrivacyError> {
        if text.len() <= ASIDE_BYTES {
            let places = self.find(&text, &look);
            return self.with_placeholders(&text, &places, reach).await.map(|hidden| hidden.unwrap_or(text));
        }
        let this = self.clone();
        let aside = move || {
            let places: Vec<_> = this.find(&text, &look).into_iter().map(Place::into_owned).collect();
            (text, places)
        };
        let (text, places) = tokio::task::spawn_blocking(aside).await.map_err(|_| PrivacyError::Lost)?;
        self.with_placeholders(&text, &places, reach).await.map(|hidden| hidden.unwrap_or(text))
    }

    /// Learns once in a run what other processes have forgotten: `narrows forget`.
    async fn up_to_date(&self) -> Result<(), PrivacyError> {
        self.read.get_or_try_init(|| self.vault.refresh()).await.copied()
    }

    fn find<'t>(&self, text: &'t str, look: &Look) -> Vec<Place<'t>> {
        let finder = &self.privacy.settings.finder;
        match look {
            Look::Answer => finder.in_answer(text),
            Look::AnswerText => finder.in_answer_text(text),
            Look::Output => finder.in_output(text, &self.given.lock()),
            Look::OutputText => finder.in_output_text(text, &self.given.lock()),
            Look::Echo(given) => finder.in_output(text, given),
            Look::EchoText(given) => finder.in_output_text(text, given),
        }
    }

    /// `None` where there are no places.
    async fn with_placeholders(
        &self,
        text: &str,
        places: &[Place<'_>],
        reach: Reach,
    ) -> Result<Option<String>, PrivacyError> {
        if places.is_empty() {
            return Ok(None);
        }
        let hidden: Vec<_> = places.iter().map(|place| hidden_at(place, reach)).collect();
        self.up_to_date().await?;
        let numbers = self.vault.numbers(&hidden).await?;
        Ok(Some(privacy::hidden(text, places, |at| placeholder(hidden[at].kind.name(), numbers[at]))))
    }

    /// The placeholders among these that stand for something here.
    pub(super) async fn standing<'t>(&self, slots: Vec<Slot<'t>>) -> Result<Vec<Standing<'t>>, PrivacyError> {
        self.up_to_date().await?;
        let is_known = |slot: &Slot<'_>| self.vault.hidden(slot.kind, slot.number).is_some();
        if !slots.iter().all(is_known) {
            self.vault.refresh().await?;
        }
        let standing = |slot: Slot<'t>| {
            let hidden = self.vault.hidden(slot.kind, slot.number)?;
            Some(Standing { slot, hidden })
        };
        Ok(slots.into_iter().filter_map(standing).collect())
    }
}

/// The text with values in the place of these placeholders.
pub(super) fn filled(text: &str, standing: &[Standing<'_>]) -> String {
    let slots: Vec<_> = standing.iter().map(|standing| standing.slot.clone()).collect();
    privacy::filled(text, &slots, |at| {
        let hidden = &standing[at].hidden;
        Some((hidden.form, &*hidden.value))
    })
}

fn hidden_at(place: &Place<'_>, reach: Reach) -> Hidden {
    Hidden { kind: place.kind.clone(), form: place.form, reach, value: (*place.value).into() }
}
