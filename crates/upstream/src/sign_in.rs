//! How the requests to a remote server are signed: by a token that whoever configured the server knows how to get.
//!
//! A connection asks for the token of every request, so a token may change while the connection lasts, and hands every
//! refusal back. How tokens are got and kept is not known here.

use std::{future::Future, pin::Pin};

use secrecy::SecretString;

/// A token, or none where nobody has signed in yet.
pub type TokenFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Option<SecretString>, SignInError>> + Send + 'a>>;

/// Gets the tokens for one server. Several requests ask at the same time.
pub trait SignIn: Send + Sync + 'static {
    /// The token for the next request.
    fn token(&self) -> TokenFuture<'_>;

    /// Another token, after the server has refused one; none where the refusal has nothing to do with signing in.
    fn renewed(&self, refusal: Refusal) -> TokenFuture<'_>;

    /// Waits until there may be another token than there was, after one could not be got.
    fn changed(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// What a server says to a request that it does not allow.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The HTTP status: 401 or 403.
    pub status: u16,
    /// The `WWW-Authenticate` header that is about bearer tokens, where there is one. Untrusted text.
    pub challenge: Option<String>,
    /// The token that was refused.
    pub token: Option<SecretString>,
    /// How often this very request was already given another token.
    pub renewals: u32,
}

/// Why there is no token. The texts are whole sentences that say what to do, without credentials.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SignInError {
    /// The person has to sign in, or to allow more.
    #[error("{0}")]
    NeedsLogin(String),
    /// It cannot be got now; it may be later.
    #[error("{0}")]
    Unavailable(String),
}
