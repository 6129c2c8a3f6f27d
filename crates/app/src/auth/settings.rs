//! What the entry of a server says of signing in to it.

use reqwest::Url;
use secrecy::SecretString;

/// The settings of one server.
#[derive(Debug, Clone, Default)]
pub(crate) struct OAuth {
    /// The client that was registered with the provider by hand.
    pub(crate) client_id: Option<String>,
    /// Its secret, where it has one.
    pub(crate) client_secret: Option<SecretString>,
    /// The address of a client id metadata document.
    pub(crate) client_metadata_url: Option<String>,
    /// What is asked for, in place of what the server names.
    pub(crate) scopes: Vec<String>,
    /// The port a provider sends the person back to; any free one where it is not said.
    pub(crate) callback_port: Option<u16>,
    /// How tokens are got.
    pub(crate) grant: Grant,
    /// The server and its provider may have addresses of a private network.
    pub(crate) private_network: bool,
}

/// How tokens are got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Grant {
    /// A person signs in.
    #[default]
    Code,
    /// The client has a secret of its own, and no person is needed.
    ClientCredentials,
}

/// Whether tokens may be sent to an address: it is encrypted, or does not leave this machine.
pub(crate) fn can_sign_in(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

/// Whether an address is one of this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
