//! What is said to the provider of a server: finding it, the client, the tokens. The protocol is rmcp's.
//!
//! What a provider answers is untrusted: rmcp reads at most one megabyte of it and checks whose it is; here it is bounded in time,
//! its addresses have to be encrypted ones, and its words are shown without the credentials that they may repeat.

use std::{error::Error, sync::Arc, time::Duration};

use reqwest::{Client as HttpClient, Url, redirect};
use rmcp::transport::auth::{
    AuthError, AuthorizationManager, AuthorizationMetadata, AuthorizationRequest, AuthorizationSession,
    ClientCredentialsConfig, CredentialStore, InMemoryCredentialStore, OAuthClientConfig, StoredCredentials,
};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;

use super::{
    credential::{Client, Credential},
    person::Person,
    settings::{OAuth, can_sign_in, is_loopback},
};
use crate::print;

/// What a provider may take to be found, or to give a token. It is asked several documents, one after the other.
const ANSWERED_WITHIN: Duration = Duration::from_secs(45);
/// One request of them.
const REQUEST_WITHIN: Duration = Duration::from_secs(20);
/// What is shown of the words of a provider.
const WORDS_CHARS: usize = 300;
/// What a person reads when the provider asks whether they allow it.
const CLIENT_NAME: &str = "Narrows";

/// What is wrong with a server that wants a credential and says nowhere how to sign in.
const NO_PROVIDER: &str = "the server says nowhere how to sign in to it; if it wants a key, write that to the `headers` of \
     its entry, as in { \"Authorization\": \"Bearer ${KEY}\" }";

/// Why a provider gave no token.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProviderError {
    /// It does not take what it was shown any more: a person has to sign in.
    #[error("{0}")]
    Rejected(String),
    /// Anything else. A whole clause, without credentials.
    #[error("{0}")]
    Failed(String),
}

/// The provider of one server.
pub(super) struct Provider {
    /// The server's address, without what is no part of its identity.
    pub(super) server: Url,
    pub(super) oauth: OAuth,
}

/// A provider that was found.
struct Found {
    manager: AuthorizationManager,
    metadata: AuthorizationMetadata,
    /// Nobody says that it is one: its addresses are those of 2025-03-26, where the server is its own provider.
    is_guess: bool,
}

impl Provider {
    pub(super) fn new(url: &str, oauth: OAuth) -> Option<Self> {
        let mut server = Url::parse(url).ok()?;
        // Both fail only for addresses that cannot have them. A query may carry a key, and would be shown to the provider.
        let _ = server.set_username("");
        let _ = server.set_password(None);
        server.set_query(None);
        server.set_fragment(None);
        Some(Self { server, oauth })
    }

    /// Has a person sign in.
    pub(super) async fn sign_in(
        &self,
        challenge: Option<&str>,
        before: Option<&Credential>,
        person: &dyn Person,
    ) -> Result<Credential, ProviderError> {
        let mut found = self.found(challenge).await?;
        let redirect = person.redirect_uri();
        let scopes = self.scopes(&found, before).await;
        let client = self.client(&mut found, challenge, &redirect, scopes).await?;
        let mut request = AuthorizationRequest::new(redirect)
            .with_initial_scope_selection()
            .with_scopes(client.scopes.clone())
            .with_preregistered_client(client.id.clone());
        if let Some(secret) = &client.secret {
            request = request.with_client_secret(secret.clone());
        }
        let session = AuthorizationSession::new(found.manager, request).await;
        let session = session.map_err(|(_, error)| failed(&error, &client))?;
        let back = person.sign_in(session.get_authorization_url()).await.map_err(ProviderError::Failed)?;
        refused(&back)?;
        let answer = within(session.handle_callback_url(&back)).await;
        let code = parameter(&back, "code");
        let secrets = client.secret.as_deref().into_iter().chain(code.as_deref());
        credential(answer.map_err(|error| error.explained_of(secrets))?, &client, None)
    }

    /// Has the tokens of a credential renewed.
    pub(super) async fn renew(&self, before: &Credential) -> Result<Credential, ProviderError> {
        let mut found = self.found(before.challenge.as_deref()).await?;
        if found.metadata.issuer != before.issuer {
            let words = "the server names another provider than the one that was signed in to";
            return Err(ProviderError::Rejected(words.to_owned()));
        }
        let client = before.client();
        let failed = |error: AuthError| failed(&error, &client);
        // A renewal sends nobody anywhere; the client has to have an address all the same.
        let mut config = OAuthClientConfig::new(client.id.clone(), self.server.as_str());
        if let Some(secret) = &client.secret {
            config = config.with_client_secret(secret.clone());
        }
        found.manager.configure_client(config).map_err(failed)?;
        let store = InMemoryCredentialStore::new();
        let answer = serde_json::from_value(before.answer()).ok();
        let stored = StoredCredentials::new(client.id.clone(), answer, before.scopes.clone(), None);
        store.save(stored.with_issuer(before.issuer.clone())).await.map_err(failed)?;
        found.manager.set_credential_store(store);
        let answer = within(found.manager.refresh_token()).await;
        let answer = answer.map_err(|error| {
            let rejected = error.is_rejection();
            let error = error.explained_of(before.secrets());
            if rejected { ProviderError::Rejected(error.to_string()) } else { error }
        })?;
        credential(answer, &client, Some(before))
    }

    /// Has a token given to the client itself.
    pub(super) async fn client_credentials(
        &self,
        challenge: Option<&str>,
        before: Option<&Credential>,
    ) -> Result<Credential, ProviderError> {
        let (Some(id), Some(secret)) = (&self.oauth.client_id, &self.oauth.client_secret) else {
            let words = "its `oauth` has the grant `client_credentials`, and not both of `client_id` and `client_secret`";
            return Err(ProviderError::Failed(words.to_owned()));
        };
        let mut found = self.found(challenge).await?;
        let scopes = self.scopes(&found, before).await;
        let client = Client {
            issuer: found.metadata.issuer.clone(),
            id: id.clone(),
            secret: Some(secret.expose_secret().to_owned()),
            scopes: scopes.clone(),
            challenge: challenge.map(str::to_owned),
        };
        let config = ClientCredentialsConfig::ClientSecret {
            client_id: id.clone(),
            client_secret: secret.expose_secret().to_owned(),
            scopes,
            resource: Some(self.server.to_string()),
        };
        let manager = &mut found.manager;
        let ready = manager
            .validate_client_credentials_metadata(&config)
            .and_then(|()| manager.configure_client_credentials(&config));
        ready.map_err(|error| failed(&error, &client))?;
        let answer = within(manager.exchange_client_credentials(&config)).await;
        credential(answer.map_err(|error| error.explained(&client))?, &client, None)
    }

    async fn found(&self, challenge: Option<&str>) -> Result<Found, ProviderError> {
        if !can_sign_in(&self.server) {
            let words = "tokens are only sent to `https` addresses, and to those of this machine";
            return Err(ProviderError::Failed(words.to_owned()));
        }
        let found = async {
            let mut manager = self.manager().await?;
            let resolution = manager.resolve_metadata_from_challenge(challenge).await?;
            manager.set_metadata(resolution.metadata.clone());
            Ok((manager, resolution))
        };
        let (manager, resolution) =
            within(found).await.map_err(|error| error.explained_of([].into_iter()))?;
        tracing::debug!(server = %self.server, source = ?resolution.source, "a provider was found");
        let is_guess = !resolution.source.is_discovered();
        self.check(&resolution.metadata, is_guess)?;
        Ok(Found { manager, metadata: resolution.metadata, is_guess })
    }

    async fn manager(&self) -> Result<AuthorizationManager, AuthError> {
        upstream::use_tls();
        let url = self.server.clone();
        if !is_loopback(&self.server) {
            return match self.oauth.private_network {
                true => AuthorizationManager::new_allowing_private_addresses(url).await,
                false => AuthorizationManager::new(url).await,
            };
        }
        // As everything on this machine, it is not asked through a proxy.
        let client =
            HttpClient::builder().no_proxy().redirect(redirect::Policy::none()).timeout(REQUEST_WITHIN);
        let mut manager = AuthorizationManager::new(url).await?;
        manager.with_client(client.build()?)?;
        Ok(manager)
    }

    /// Refuses endpoints to which a code or a token would go in clear text.
    fn check(&self, metadata: &AuthorizationMetadata, is_guess: bool) -> Result<(), ProviderError> {
        let named = [
            Some(&metadata.authorization_endpoint),
            Some(&metadata.token_endpoint),
            metadata.registration_endpoint.as_ref(),
        ];
        for endpoint in named.into_iter().flatten() {
            let is_usable = Url::parse(endpoint)
                .is_ok_and(|url| url.scheme() == "https" || (is_loopback(&self.server) && can_sign_in(&url)));
            if !is_usable {
                let what = if is_guess { "as its own provider it" } else { "its provider" };
                let words = format!("{what} has the address `{}`, which is not encrypted", shown(endpoint));
                return Err(ProviderError::Failed(words));
            }
        }
        Ok(())
    }

    /// What to ask for: what the entry says, or what the server wants, and whatever was granted and wanted before.
    async fn scopes(&self, found: &Found, before: Option<&Credential>) -> Vec<String> {
        let mut scopes = match self.oauth.scopes.is_empty() {
            true => found.manager.select_initial_scopes(&[]).await,
            false => self.oauth.scopes.clone(),
        };
        let more = before.filter(|before| !before.wanted.is_empty());
        let more = more.into_iter().flat_map(|before| before.scopes.iter().chain(&before.wanted));
        for scope in more {
            if !scopes.contains(scope) {
                scopes.push(scope.clone());
            }
        }
        scopes
    }

    /// The client to ask as: one registered by hand, else a document that describes it, else one registered now. A provider may forget
    /// what was registered by itself, and nobody would see why it refuses it: so that is done for every sign-in.
    async fn client(
        &self,
        found: &mut Found,
        challenge: Option<&str>,
        redirect: &str,
        scopes: Vec<String>,
    ) -> Result<Client, ProviderError> {
        let issuer = found.metadata.issuer.clone();
        let challenge = challenge.map(str::to_owned);
        let client = |id: String, secret: Option<String>| Client {
            issuer,
            id,
            secret,
            scopes: scopes.clone(),
            challenge,
        };
        if let Some(id) = &self.oauth.client_id {
            let secret = self.oauth.client_secret.as_ref().map(|secret| secret.expose_secret().to_owned());
            return Ok(client(id.clone(), secret));
        }
        let takes_documents = found.metadata.additional_fields.get("client_id_metadata_document_supported");
        let document = self.oauth.client_metadata_url.as_ref();
        if let Some(document) = document.filter(|_| takes_documents == Some(&Value::Bool(true))) {
            return Ok(client(document.clone(), None));
        }
        if found.metadata.registration_endpoint.is_none() {
            return Err(ProviderError::Failed(format!(
                "its provider {} registers no clients by itself: register one there, which is sent back to `{redirect}` \
                 (`oauth.callback_port` sets the port), and write its `oauth.client_id` to the server's entry",
                found.metadata.issuer.as_deref().map(shown).unwrap_or_default()
            )));
        }
        let wanted: Vec<_> = scopes.iter().map(String::as_str).collect();
        let registered = within(found.manager.register_client(CLIENT_NAME, redirect, &wanted)).await;
        let registered = registered.map_err(|error| match found.is_guess {
            true => ProviderError::Failed(NO_PROVIDER.to_owned()),
            false => error.explained_of([].into_iter()),
        })?;
        Ok(client(registered.client_id, registered.client_secret))
    }
}

fn parameter(address: &str, key: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    url.query_pairs().find(|(name, _)| name == key).map(|(_, value)| value.into_owned())
}

/// What a provider says in place of a code, in the address that it sends a person back to.
fn refused(back: &str) -> Result<(), ProviderError> {
    let said = |key: &str| parameter(back, key).map(|value| shown(&value));
    let Some(error) = said("error") else { return Ok(()) };
    let description = said("error_description").map(|text| format!(": {text}")).unwrap_or_default();
    Err(ProviderError::Failed(format!("its provider answered `{error}`{description}")))
}

/// What went wrong, in rmcp's words or by the clock.
enum Unanswered {
    Error(Box<AuthError>),
    TooSlow,
}

async fn within<T>(work: impl Future<Output = Result<T, AuthError>>) -> Result<T, Unanswered> {
    match timeout(ANSWERED_WITHIN, work).await {
        Ok(answer) => answer.map_err(|error| Unanswered::Error(Box::new(error))),
        Err(_) => Err(Unanswered::TooSlow),
    }
}

impl Unanswered {
    /// Whether the provider says for good that the tokens or the client are of no use.
    fn is_rejection(&self) -> bool {
        let Self::Error(error) = self else { return false };
        match error.as_ref() {
            AuthError::TokenRefreshRejected(_) | AuthError::AuthorizationRequired => true,
            // A client that was forgotten.
            AuthError::TokenRefreshFailed(words) => {
                words.contains("invalid_client") || words.contains("unauthorized_client")
            }
            _ => false,
        }
    }

    fn explained(&self, client: &Client) -> ProviderError {
        self.explained_of(client.secret.as_deref().into_iter())
    }

    fn explained_of<'s>(&self, secrets: impl Iterator<Item = &'s str>) -> ProviderError {
        ProviderError::Failed(match self {
            Self::Error(error) => without(secrets, &in_words(error.as_ref())),
            Self::TooSlow => format!("its provider did not answer within {ANSWERED_WITHIN:?}"),
        })
    }
}

fn failed(error: &AuthError, client: &Client) -> ProviderError {
    ProviderError::Failed(without(client.secret.as_deref().into_iter(), &in_words(error)))
}

/// The error and its causes, which it does not say itself.
fn in_words(error: &AuthError) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let deeper_words = deeper.to_string();
        if !words.contains(&deeper_words) {
            words = format!("{words}: {deeper_words}");
        }
        cause = deeper.source();
    }
    words
}

/// A provider may repeat what it was sent.
fn without<'s>(secrets: impl Iterator<Item = &'s str>, words: &str) -> String {
    let hidden = secrets
        .filter(|secret| !secret.is_empty())
        .fold(words.to_owned(), |words, secret| words.replace(secret, "[credential]"));
    shown(&upstream::masked(&hidden))
}

fn shown(words: &str) -> String {
    text::cut(&print::one_line(words), WORDS_CHARS)
}

fn credential(
    answer: impl Serialize,
    client: &Client,
    before: Option<&Credential>,
) -> Result<Credential, ProviderError> {
    let missing = || ProviderError::Failed("its provider answered without a token".to_owned());
    let answer = serde_json::to_value(answer).map_err(|_| missing())?;
    Credential::of_answer(&answer, client, before).ok_or_else(missing)
}

/// A provider is shared by the tasks that renew.
pub(super) type SharedProvider = Arc<Provider>;
