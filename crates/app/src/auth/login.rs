//! One server that is signed in to: the token of every request, and what is done when one is refused.

use std::{pin::Pin, sync::Arc, time::Duration};

use parking_lot::Mutex;
use rmcp::transport::auth::WWWAuthenticateParams;
use secrecy::{ExposeSecret, SecretString};
use tokio::{runtime::Handle, sync::Mutex as AsyncMutex, task::spawn_blocking, time::sleep};
use upstream::{Refusal, SignIn, SignInError, TokenFuture};

use super::{
    credential::{Credential, State},
    person::Person,
    provider::{Provider, ProviderError, SharedProvider},
    settings::{Grant, OAuth},
    store::{Drawer, Open, Stamp},
};
use crate::typed::{command, quoted};

/// How often it is looked whether a person has signed in, or out, in another process.
const LOOKS_AGAIN: Duration = Duration::from_secs(1);
/// Scopes that one server may want beside those it has. More are no list that a person would read.
const WANTED_MAX: usize = 64;

/// The sign-in to one server.
pub(crate) struct RemoteLogin {
    name: String,
    provider: SharedProvider,
    drawer: Drawer,
    /// Who can sign in now; nobody in a gateway.
    person: Option<Arc<dyn Person>>,
    /// The entry has headers of its own, of which one may be its credential.
    has_headers: bool,
    /// What was read last, and when it was written.
    seen: Mutex<(Option<Stamp>, Option<Credential>)>,
    /// Held while a token is got, so that of many requests one gets it.
    busy: AsyncMutex<()>,
}

type Token = Result<Option<SecretString>, SignInError>;

impl RemoteLogin {
    /// `None` where the address is none.
    pub(crate) fn new(name: &str, url: &str, oauth: OAuth, drawer: Drawer) -> Option<Self> {
        Some(Self {
            name: name.to_owned(),
            provider: Arc::new(Provider::new(url, oauth)?),
            drawer,
            person: None,
            has_headers: false,
            seen: Mutex::default(),
            busy: AsyncMutex::new(()),
        })
    }

    /// With a person who can sign in.
    pub(crate) fn with(self, person: Arc<dyn Person>) -> Self {
        Self { person: Some(person), ..self }
    }

    /// For an entry that has headers of its own.
    pub(crate) fn beside_headers(self, has_headers: bool) -> Self {
        Self { has_headers, ..self }
    }

    /// What is kept of the sign-in, where there is one.
    pub(crate) fn credential(&self) -> Result<Option<Credential>, SignInError> {
        let stamp = self.drawer.stamp();
        let mut seen = self.seen.lock();
        if stamp.is_none() || seen.0 != stamp {
            *seen = (stamp, self.drawer.read().map_err(|error| self.unkept(&error))?);
        }
        Ok(seen.1.clone())
    }

    /// Forgets the sign-in; whether there was one.
    pub(crate) fn forget(&self) -> Result<bool, SignInError> {
        self.drawer.forget().map_err(|error| self.unkept(&error))
    }

    async fn token_now(&self) -> Token {
        let Some(credential) = self.credential()? else { return Ok(None) };
        let asks_anew = self.person.is_some() && !credential.wanted.is_empty();
        match credential.state() {
            // The server says to the request without a token where to sign in.
            _ if asks_anew => Ok(None),
            State::Good => Ok(Some(credential.token())),
            State::Renewable => {
                let _one = self.busy.lock().await;
                match self.renewed_token(None).await {
                    Err(SignInError::NeedsLogin(_)) if self.can_get_new() => Ok(None),
                    renewed => renewed.map(Some),
                }
            }
            State::Spent if self.can_get_new() => Ok(None),
            State::Spent => Err(self.needs_login()),
        }
    }

    async fn token_after(&self, refusal: Refusal) -> Token {
        let _one = self.busy.lock().await;
        let credential = self.credential()?;
        let refused = refusal.token.as_ref();
        let is_other = |credential: &Credential| {
            refused.is_none_or(|token| !credential.has_token(token.expose_secret()))
        };
        match credential {
            Some(credential) if is_other(&credential) && self.is_good(&credential) => {
                Ok(Some(credential.token()))
            }
            credential if refusal.status == 403 => self.after_forbidden(&refusal, credential).await,
            credential => self.after_unauthorized(&refusal, credential).await,
        }
    }

    /// Whether it can be used, and there is no more to ask for.
    fn is_good(&self, credential: &Credential) -> bool {
        credential.state() == State::Good && (self.person.is_none() || credential.wanted.is_empty())
    }

    async fn after_unauthorized(&self, refusal: &Refusal, credential: Option<Credential>) -> Token {
        let Some(token) = &refusal.token else {
            // A server that has another credential of ours and does not speak of tokens wants that one to be right.
            let is_about_headers = refusal.challenge.is_none() && self.has_headers;
            return if is_about_headers { Ok(None) } else { self.new_token(refusal, credential).await };
        };
        if refusal.renewals > 0 {
            return self.after_useless_token();
        }
        if credential.as_ref().is_some_and(Credential::can_be_renewed) {
            match self.renewed_token(Some(token.clone())).await {
                Err(SignInError::NeedsLogin(_)) if self.can_get_new() => {}
                renewed => return renewed.map(Some),
            }
        } else {
            self.change(|credential| credential.is_refused = true)?;
        }
        self.new_token(refusal, credential).await
    }

    /// The token was given for this very request, and is refused too: another one would be.
    fn after_useless_token(&self) -> Token {
        self.change(|credential| credential.is_refused = true)?;
        let words = "it does not take the token that its provider has just given";
        Err(match self.provider.oauth.grant {
            Grant::Code => SignInError::NeedsLogin(format!("{words}: run {}", self.login_command())),
            Grant::ClientCredentials => SignInError::Unavailable(words.to_owned()),
        })
    }

    /// More rights are asked for only where the server says which, and they were not granted before.
    async fn after_forbidden(&self, refusal: &Refusal, credential: Option<Credential>) -> Token {
        let challenge = refusal.challenge.as_deref().unwrap_or_default();
        let challenge = WWWAuthenticateParams::parse(challenge, &self.provider.server);
        let Some(credential) = credential.filter(|_| challenge.is_insufficient_scope()) else {
            return Ok(None);
        };
        let named = challenge.scope.as_deref().unwrap_or_default().split_whitespace();
        let missing = |scope: &&str| !credential.scopes.iter().any(|granted| granted == scope);
        let wanted: Vec<_> = named.filter(missing).take(WANTED_MAX).map(str::to_owned).collect();
        if wanted.is_empty() {
            return Ok(None);
        }
        self.change(|credential| credential.want(&wanted))?;
        if self.can_get_new() {
            return self.new_token(refusal, self.credential()?).await;
        }
        Err(SignInError::NeedsLogin(format!(
            "it wants rights that you have not granted ({}): run {}, which asks for them",
            text::named(&wanted),
            self.login_command()
        )))
    }

    /// Whether a token can be got without one before.
    fn can_get_new(&self) -> bool {
        self.person.is_some() || self.provider.oauth.grant == Grant::ClientCredentials
    }

    async fn new_token(&self, refusal: &Refusal, before: Option<Credential>) -> Token {
        let challenge = refusal.challenge.as_deref();
        let got = match (self.provider.oauth.grant, &self.person) {
            (Grant::ClientCredentials, _) => {
                self.provider.client_credentials(challenge, before.as_ref()).await
            }
            (Grant::Code, Some(person)) => {
                self.provider.sign_in(challenge, before.as_ref(), person.as_ref()).await
            }
            (Grant::Code, None) => return Err(self.needs_login()),
        };
        let credential = got.map_err(|error| self.unavailable(&error))?;
        let kept = self.drawer.locked(|open| open.write(&credential)).flatten();
        kept.map_err(|error| self.unkept(&error))?;
        Ok(Some(credential.token()))
    }

    /// Renews the tokens while no other process does, on a thread of its own: the lock may have to be waited for.
    async fn renewed_token(&self, refused: Option<SecretString>) -> Result<SecretString, SignInError> {
        let (drawer, provider) = (self.drawer.clone(), Arc::clone(&self.provider));
        let runtime = Handle::current();
        let renewed = spawn_blocking(move || {
            drawer.locked(|open| runtime.block_on(renewed_in(open, &provider, refused.as_ref())))
        });
        let renewed = renewed.await.map_err(std::io::Error::other).flatten();
        match renewed.map_err(|error| self.unkept(&error))? {
            Ok(token) => Ok(token),
            Err(Unrenewed::Spent) => {
                self.credential()?;
                Err(self.needs_login())
            }
            Err(Unrenewed::Failed(error)) => Err(self.unavailable(&error)),
            Err(Unrenewed::Unkept(error)) => Err(self.unkept(&error)),
        }
    }

    /// Changes what is kept, where something is.
    fn change(&self, change: impl FnOnce(&mut Credential)) -> Result<(), SignInError> {
        let changed = self.drawer.locked(|open| match open.read()? {
            Some(mut credential) => {
                change(&mut credential);
                open.write(&credential)
            }
            None => Ok(()),
        });
        changed.flatten().map_err(|error| self.unkept(&error))?;
        // What this process has changed is no news to it.
        self.credential().map(drop)
    }

    fn login_command(&self) -> String {
        command(&format!("login {}", quoted(&self.name)))
    }

    fn needs_login(&self) -> SignInError {
        SignInError::NeedsLogin(format!("it wants you to sign in: run {}", self.login_command()))
    }

    fn unavailable(&self, error: &ProviderError) -> SignInError {
        SignInError::Unavailable(format!("the sign-in failed: {error}"))
    }

    fn unkept(&self, error: &std::io::Error) -> SignInError {
        SignInError::Unavailable(format!("what is kept of the sign-in cannot be used: {error}"))
    }
}

/// Why tokens were not renewed.
enum Unrenewed {
    /// They cannot be any more.
    Spent,
    Failed(ProviderError),
    Unkept(std::io::Error),
}

/// Renews the tokens, unless another process has: then those are the new ones.
async fn renewed_in(
    open: &Open<'_>,
    provider: &Provider,
    refused: Option<&SecretString>,
) -> Result<SecretString, Unrenewed> {
    let Some(credential) = open.read().map_err(Unrenewed::Unkept)? else { return Err(Unrenewed::Spent) };
    let is_refused = refused.is_some_and(|token| credential.has_token(token.expose_secret()));
    match credential.state() {
        State::Spent => return Err(Unrenewed::Spent),
        State::Good if !is_refused => return Ok(credential.token()),
        State::Good | State::Renewable => {}
    }
    let renewed = match provider.renew(&credential).await {
        Err(ProviderError::Rejected(reason)) => {
            tracing::debug!(reason, "a sign-in is over");
            Err(credential.spent())
        }
        renewed => Ok(renewed.map_err(Unrenewed::Failed)?),
    };
    let kept = renewed.as_ref().unwrap_or_else(|spent| spent);
    open.write(kept).map_err(Unrenewed::Unkept)?;
    renewed.map(|credential| credential.token()).map_err(|_| Unrenewed::Spent)
}

impl SignIn for RemoteLogin {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(self.token_now())
    }

    fn renewed(&self, refusal: Refusal) -> TokenFuture<'_> {
        Box::pin(self.token_after(refusal))
    }

    fn changed(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            let seen = self.seen.lock().0;
            while self.drawer.stamp() == seen {
                sleep(LOOKS_AGAIN).await;
            }
        })
    }
}
