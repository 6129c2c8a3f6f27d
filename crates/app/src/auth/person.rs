//! The person who signs in, wherever they are.

use std::pin::Pin;

/// The address that a provider sent the person back to, or why they did not come back.
pub(crate) type PersonFuture<'a> = Pin<Box<dyn Future<Output = Result<String, String>> + Send + 'a>>;

/// Brings a person to a provider and back.
pub(crate) trait Person: Send + Sync + 'static {
    /// Where the provider is to send them back to.
    fn redirect_uri(&self) -> String;

    /// Has them open an address of the provider, and waits for where they are sent back.
    fn sign_in<'a>(&'a self, address: &'a str) -> PersonFuture<'a>;
}
