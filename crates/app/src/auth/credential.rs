//! What is kept of a sign-in: the client, its tokens and what they are good for.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A token is renewed so long before its end, or at half of its time where that is shorter: it has to arrive.
const RENEWED_BEFORE: Duration = Duration::from_secs(30);
/// A sign-in to one server. Never printed, and without `Debug` for that reason.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Credential {
    /// The provider that the tokens are of. They are never shown to another one.
    pub(crate) issuer: Option<String>,
    /// The client they were given to.
    pub(crate) client_id: String,
    client_secret: Option<String>,
    access_token: String,
    refresh_token: Option<String>,
    /// Seconds since 1970.
    received_at: u64,
    lives_seconds: Option<u64>,
    /// What the tokens are good for.
    pub(crate) scopes: Vec<String>,
    /// What the server asked for beside that since.
    pub(crate) wanted: Vec<String>,
    /// The challenge by which the provider was found.
    pub(crate) challenge: Option<String>,
    /// The tokens are not taken any more, and the person has to sign in again.
    pub(crate) is_refused: bool,
}

/// What can be done with a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// The token can be sent.
    Good,
    /// The token is over and can be renewed.
    Renewable,
    /// It is of no use any more.
    Spent,
}

impl Credential {
    /// Of what a provider answered, as `provider` reads it. `before` is what it replaces.
    pub(super) fn of_answer(answer: &Value, client: &Client, before: Option<&Self>) -> Option<Self> {
        let text = |key: &str| answer.get(key).and_then(Value::as_str).map(str::to_owned);
        let kept = before.and_then(|before| before.refresh_token.clone());
        let granted = text("scope").map(|scope| scope.split_whitespace().map(str::to_owned).collect());
        Some(Self {
            issuer: client.issuer.clone(),
            client_id: client.id.clone(),
            client_secret: client.secret.clone(),
            access_token: text("access_token").filter(|token| !token.is_empty())?,
            refresh_token: text("refresh_token").or(kept),
            received_at: now(),
            lives_seconds: answer.get("expires_in").and_then(Value::as_u64),
            // A provider that does not say what it granted granted what was asked for.
            scopes: granted.unwrap_or_else(|| client.scopes.clone()),
            wanted: before.map(|before| before.wanted.clone()).unwrap_or_default(),
            challenge: client.challenge.clone(),
            is_refused: false,
        })
    }

    /// The token that requests are signed with.
    pub(crate) fn token(&self) -> SecretString {
        self.access_token.as_str().into()
    }

    pub(super) fn has_token(&self, token: &str) -> bool {
        self.access_token == token
    }

    /// The client that has the tokens.
    pub(super) fn client(&self) -> Client {
        Client {
            issuer: self.issuer.clone(),
            id: self.client_id.clone(),
            secret: self.client_secret.clone(),
            scopes: self.scopes.clone(),
            challenge: self.challenge.clone(),
        }
    }

    /// The tokens as a provider's answer has them.
    pub(super) fn answer(&self) -> Value {
        let mut answer = json!({ "access_token": self.access_token, "token_type": "bearer" });
        if let Some(token) = &self.refresh_token {
            answer["refresh_token"] = token.as_str().into();
        }
        answer
    }

    /// What must not be seen in what a provider says.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        let optional = [self.refresh_token.as_deref(), self.client_secret.as_deref()];
        optional.into_iter().flatten().chain([self.access_token.as_str()])
    }

    /// What can be done with it now.
    pub(crate) fn state(&self) -> State {
        match (self.is_refused, self.is_over(now()), self.can_be_renewed()) {
            (true, ..) | (_, true, false) => State::Spent,
            (_, true, true) => State::Renewable,
            (_, false, _) => State::Good,
        }
    }

    /// Whether there is something to renew the token with.
    pub(crate) fn can_be_renewed(&self) -> bool {
        self.refresh_token.is_some()
    }

    /// The same, of no use any more. What it was good for is asked for again.
    pub(super) fn spent(self) -> Self {
        Self { is_refused: true, ..self }
    }

    /// Notes what the server wants beside what it was granted.
    pub(super) fn want(&mut self, scopes: &[String]) {
        self.wanted = scopes.to_vec();
    }

    /// The second since 1970 at which the token is over, where its provider said so.
    pub(crate) fn expires_at(&self) -> Option<u64> {
        Some(self.received_at.saturating_add(self.lives_seconds?))
    }

    fn is_over(&self, now: u64) -> bool {
        let Some((lives, end)) = self.lives_seconds.zip(self.expires_at()) else { return false };
        let before = RENEWED_BEFORE.as_secs().min(lives / 2).max(1);
        now.saturating_add(before) > end
    }
}

/// A client as a provider knows it, and what it asks for.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) issuer: Option<String>,
    pub(super) id: String,
    pub(super) secret: Option<String>,
    pub(super) scopes: Vec<String>,
    pub(super) challenge: Option<String>,
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_before_its_end() {
        let credential = |lives: Option<u64>, refresh: Option<&str>, is_refused: bool| Credential {
            access_token: "a".to_owned(),
            refresh_token: refresh.map(str::to_owned),
            received_at: now(),
            lives_seconds: lives,
            is_refused,
            ..Credential::default()
        };
        for (lives, refresh, is_refused, expect) in [
            (None, None, false, State::Good),
            (Some(3_600), None, false, State::Good),
            // A token of a few seconds is not renewed with every call.
            (Some(20), Some("r"), false, State::Good),
            (Some(0), Some("r"), false, State::Renewable),
            (Some(0), None, false, State::Spent),
            (Some(3_600), Some("r"), true, State::Spent),
            (Some(u64::MAX), None, false, State::Good),
        ] {
            let state = credential(lives, refresh, is_refused).state();
            assert_eq!(state, expect, "{lives:?} {refresh:?} {is_refused}");
        }
        let mut old = credential(Some(100), Some("r"), false);
        old.received_at -= 71;
        assert_eq!(old.state(), State::Renewable, "30 seconds are left, and a token has to arrive");
    }
}
