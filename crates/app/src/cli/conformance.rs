//! `narrows conformance-client URL`: connects to the conformance suite's server as to any other, and makes the calls
//! the suite asks for, or one of each tool, so that it can look at what we send.
//!
//! Where the server wants that, it signs in: the suite's provider asks nobody, so a person is played who goes where they are sent.

use std::sync::Arc;

use reqwest::{Client, header::LOCATION, redirect};
use serde::Deserialize;

use crate::{
    auth::{Grant, OAuth, Person, PersonFuture, RemoteLogin, Store},
    exit::{Failed, Status},
};

/// Where the suite says which calls it wants to see, and which client it knows.
const CONTEXT: &str = "MCP_CONFORMANCE_CONTEXT";
/// The document that describes the suite's client. Nobody reads it.
const CLIENT_METADATA_URL: &str = "https://conformance-test.local/client-metadata.json";

/// What it says of signing in.
#[derive(Debug, Default, Deserialize)]
struct SignInContext {
    #[serde(default)]
    name: String,
    client_id: Option<String>,
    client_secret: Option<String>,
}

pub(super) async fn client(url: &str) -> Result<(), Failed> {
    let context = std::env::var(CONTEXT).ok();
    let folder = tempfile::tempdir().map_err(|error| Failed::internal("cannot make a folder", error))?;
    let known = context.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let drawer = Store::of(folder.path()).drawer("server", url);
    let login = RemoteLogin::new("server", url, oauth(known), drawer);
    let login = login.map(|login| Arc::new(login.with(Arc::new(Robot))) as Arc<_>);
    let exercised = upstream::exercise(url, context.as_deref(), login).await;
    exercised.map_err(|error| Failed::new(Status::Unavailable, error.to_string()))
}

fn oauth(known: SignInContext) -> OAuth {
    OAuth {
        grant: if known.name.starts_with("auth/client-credentials") {
            Grant::ClientCredentials
        } else {
            Grant::Code
        },
        client_id: known.client_id,
        client_secret: known.client_secret.map(Into::into),
        client_metadata_url: Some(CLIENT_METADATA_URL.to_owned()),
        ..OAuth::default()
    }
}

/// Agrees to everything.
struct Robot;

impl Person for Robot {
    fn redirect_uri(&self) -> String {
        // Nobody listens there: where a browser is sent is enough.
        "http://localhost:3000/callback".to_owned()
    }

    fn sign_in<'a>(&'a self, address: &'a str) -> PersonFuture<'a> {
        Box::pin(async move {
            let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).build();
            let answer = client.map_err(words)?.get(address).send().await.map_err(words)?;
            let location = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            location.map(str::to_owned).ok_or_else(|| "the provider sends nobody anywhere".to_owned())
        })
    }
}

fn words(error: reqwest::Error) -> String {
    error.without_url().to_string()
}
