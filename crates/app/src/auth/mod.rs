//! Signing in to remote servers: OAuth 2.1 as both revisions of the protocol ask for it.
//!
//! `upstream` asks a [`RemoteLogin`] for the token of every request and hands it every refusal. What providers are asked is
//! rmcp's (`provider`); ours are the credentials and their store, the guard of renewals between processes, and the person.
//!
//! Reading order: `login` (one server) → `provider` (what is said to its provider) → `credential`, `store` (what is kept) →
//! `person`, `callback` (how a person comes to the provider and back).

mod callback;
mod credential;
mod login;
mod person;
mod provider;
mod settings;
mod store;

use std::{path::Path, sync::Arc};

use upstream::{ServerEntry, SignIn};

use crate::config::ConfiguredServer;

pub(crate) use callback::{Loopback, state_of};
pub(crate) use credential::{Credential, State};
pub(crate) use login::RemoteLogin;
pub(crate) use person::{Person, PersonFuture};
pub(crate) use settings::{Grant, OAuth};
pub(crate) use store::Store;

/// The entry of a server for `upstream`, its requests signed where that is how its provider is asked. `None` where it cannot be
/// used at all.
pub(crate) fn entry(server: &ConfiguredServer, data_dir: &Path) -> Option<ServerEntry> {
    let sign_in = login(server, data_dir).map(|login| Arc::new(login) as Arc<dyn SignIn>);
    server.entry(sign_in)
}

/// How a server is signed in to, where it can be.
pub(crate) fn login(server: &ConfiguredServer, data_dir: &Path) -> Option<RemoteLogin> {
    let (url, oauth) = (server.remote_url()?, server.oauth.clone()?);
    let name = server.name.as_str();
    let login = RemoteLogin::new(name, url, oauth, Store::of(data_dir).drawer(name, url))?;
    Some(login.beside_headers(server.has_headers()))
}
