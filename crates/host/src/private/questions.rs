//! What a script may ask about a value that it does not see: `privacy.last4(…)` and the like.
//!
//! What each question gives away of a value is bounded, however often it is asked, and noted in the account. Two values
//! are compared only where both are hidden: else a script could find one out by guessing.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{PrivacyError, PrivateData, RestoredValue};
use crate::record::RunId;

/// Characters that say where a value stands among others.
const SORT_KEY_CHARS: usize = 2;

/// A question, by the name it is asked under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AboutValue {
    /// The last four digits of a number.
    Last4,
    /// The domain of a mail address.
    Domain,
    /// The first characters, in lower case.
    SortKey,
    /// Whether two are the same, however they are written.
    Equals,
}

/// Why a question has no answer.
pub(crate) enum NoAnswer {
    /// What the script is told.
    Wrong(String),
    Failed(PrivacyError),
}

#[derive(Deserialize)]
struct Asked {
    value: Value,
    #[serde(default)]
    other: Value,
}

/// A value that a question is about.
struct Meant {
    kind: Option<String>,
    placeholder: Option<String>,
    value: String,
}

impl AboutValue {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "privacy/last4" => Self::Last4,
            "privacy/domain" => Self::Domain,
            "privacy/sortKey" => Self::SortKey,
            "privacy/equals" => Self::Equals,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Last4 => "privacy.last4",
            Self::Domain => "privacy.domain",
            Self::SortKey => "privacy.sortKey",
            Self::Equals => "privacy.equals",
        }
    }

    /// Answers with JSON. Where nothing is hidden the script has the values, and is answered of those.
    pub(crate) async fn answer(
        self,
        arguments: &[u8],
        private: Option<&PrivateData>,
        run: &RunId,
    ) -> Result<Value, NoAnswer> {
        let asked: Asked = serde_json::from_slice(arguments)
            .map_err(|_| NoAnswer::Wrong(format!("`{}` takes a value", self.name())))?;
        let one = self.meant(&asked.value, private).await?;
        let (answer, all) = match self {
            Self::Last4 => (self.of_digits(&one)?, vec![one]),
            Self::Domain => (self.of_address(&one)?, vec![one]),
            Self::SortKey => {
                (json!(normal(&one.value).chars().take(SORT_KEY_CHARS).collect::<String>()), vec![one])
            }
            Self::Equals => {
                let other = self.meant(&asked.other, private).await?;
                if one.placeholder.is_some() != other.placeholder.is_some() {
                    let wrong = "`privacy.equals` compares two hidden values, or two texts";
                    return Err(NoAnswer::Wrong(wrong.to_owned()));
                }
                (json!(normal(&one.value) == normal(&other.value)), vec![one, other])
            }
        };
        if let Some(private) = private {
            let uses: Vec<_> = all.into_iter().filter_map(|meant| meant.used_by(self.name())).collect();
            private.vault.note(Some(run), &uses).await.map_err(NoAnswer::Failed)?;
        }
        Ok(answer)
    }

    async fn meant(self, value: &Value, private: Option<&PrivateData>) -> Result<Meant, NoAnswer> {
        let Some(text) = value.as_str() else {
            return Err(NoAnswer::Wrong(format!("`{}` takes a text", self.name())));
        };
        let plain = || Meant { kind: None, placeholder: None, value: text.to_owned() };
        let Some(private) = private else { return Ok(plain()) };
        let slots = privacy::slots_in_text(text);
        if !slots.iter().any(|slot| slot.range == (0..text.len())) {
            return Ok(plain());
        }
        let standing = private.standing(slots).await.map_err(NoAnswer::Failed)?;
        let Some(hidden) = standing.into_iter().next().map(|standing| standing.hidden) else {
            return Err(NoAnswer::Wrong(format!("`{text}` stands for nothing in this workspace")));
        };
        let (kind, value) = (Some(hidden.kind.name().to_owned()), hidden.value.to_string());
        Ok(Meant { kind, placeholder: Some(text.to_owned()), value })
    }

    fn of_digits(self, meant: &Meant) -> Result<Value, NoAnswer> {
        let digits: Vec<char> = meant.value.chars().filter(char::is_ascii_digit).collect();
        let is_number =
            meant.kind.as_deref().is_none_or(|kind| matches!(kind, "PHONE" | "SSN" | "CREDIT_CARD" | "IBAN"));
        match digits.last_chunk::<4>() {
            // Of a shorter number they would be nearly all.
            Some(last) if is_number && digits.len() > 2 * last.len() => Ok(json!(String::from_iter(last))),
            _ => Err(NoAnswer::Wrong(
                "`privacy.last4` is of cards, accounts, phone and social security numbers".to_owned(),
            )),
        }
    }

    fn of_address(self, meant: &Meant) -> Result<Value, NoAnswer> {
        let is_address = meant.kind.as_deref().is_none_or(|kind| kind == "EMAIL");
        match meant.value.rsplit_once('@') {
            Some((_, domain)) if is_address => Ok(json!(domain.to_lowercase())),
            _ => Err(NoAnswer::Wrong("`privacy.domain` is of mail addresses".to_owned())),
        }
    }
}

impl Meant {
    /// For the account, where the script did not have the value.
    fn used_by(self, question: &str) -> Option<RestoredValue> {
        let (kind, placeholder) = (self.kind?, self.placeholder?);
        let tool = question.to_owned();
        Some(RestoredValue {
            server: "narrows".to_owned(),
            tool,
            field: "value".to_owned(),
            kind,
            placeholder,
        })
    }
}

/// What is the same however it is written: letters and digits, in lower case.
fn normal(value: &str) -> String {
    value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn of_texts(name: &str, arguments: Value) -> Result<Value, String> {
        let question = AboutValue::named(name).expect("a question");
        let answer = question.answer(arguments.to_string().as_bytes(), None, &RunId::new("run_1")).await;
        answer.map_err(|no| match no {
            NoAnswer::Wrong(message) => message,
            NoAnswer::Failed(error) => error.to_string(),
        })
    }

    #[tokio::test]
    async fn questions_about_texts_are_answered_where_nothing_is_hidden() {
        for (name, arguments, expect) in [
            ("privacy/last4", json!({"value": "4111 1111 1111 1234"}), Ok(json!("1234"))),
            (
                "privacy/last4",
                json!({"value": "12345"}),
                Err("`privacy.last4` is of cards, accounts, phone and social security numbers"),
            ),
            ("privacy/domain", json!({"value": "Maria@Example.com"}), Ok(json!("example.com"))),
            ("privacy/domain", json!({"value": "Maria"}), Err("`privacy.domain` is of mail addresses")),
            ("privacy/sortKey", json!({"value": "Maria@example.com"}), Ok(json!("ma"))),
            (
                "privacy/equals",
                json!({"value": "+1 415 555 0100", "other": "+1-415-555-0100"}),
                Ok(json!(true)),
            ),
            ("privacy/equals", json!({"value": "a", "other": "b"}), Ok(json!(false))),
            ("privacy/equals", json!({"value": "a"}), Err("`privacy.equals` takes a text")),
            ("privacy/sortKey", json!(7), Err("`privacy.sortKey` takes a value")),
        ] {
            let answer = of_texts(name, arguments.clone()).await;
            assert_eq!(answer, expect.map_err(str::to_owned), "{name} {arguments}");
        }
    }
}
