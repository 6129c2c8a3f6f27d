//! `narrows auth` and `logout`: what is kept of the sign-ins to remote servers. Nothing is connected to.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Context, Servers, no_configured};
use crate::{
    args::{AuthCommand, LogoutArgs},
    auth::{self, Credential, RemoteLogin, State},
    config::{Config, ConfiguredServer},
    exit::{Failed, Status},
    print,
    typed::{command, quoted},
};

/// `narrows auth`.
pub(super) fn auth(wanted: &AuthCommand, context: &Context<'_>) -> Result<(), Failed> {
    let AuthCommand::Ls = wanted;
    let config = context.config(Servers::Configured)?;
    let remote = config.servers.iter().filter(|server| server.remote_url().is_some());
    let listed: Vec<_> = remote.map(|server| Listed::of(server, &config)).collect();
    if context.common.json {
        print::json(&listed.iter().map(Listed::json).collect::<Vec<_>>());
    } else if listed.is_empty() {
        print::note("the configuration has no remote servers");
    } else {
        print::out(print::table(&["server", "sign-in", "until", ""], listed.iter().map(Listed::row)));
    }
    Ok(())
}

/// `narrows logout`.
pub(super) fn logout(args: &LogoutArgs, context: &Context<'_>) -> Result<(), Failed> {
    let config = context.config(Servers::Configured)?;
    let login = login_of(&args.server, &config)?;
    let forgotten = login.forget().map_err(|error| Failed::new(Status::Internal, error.to_string()))?;
    if context.common.json {
        print::json(&json!({"server": args.server, "signed_out": forgotten}));
    } else if forgotten {
        print::out(format_args!("signed out of `{}`", args.server));
        print::note("note: what you granted ends at the provider only on the provider's own pages");
    } else {
        print::note(format_args!("there was no sign-in to `{}`", args.server));
    }
    Ok(())
}

/// How a server is signed in to, or why it is not.
pub(super) fn login_of(name: &str, config: &Config) -> Result<RemoteLogin, Failed> {
    let found = config.servers.iter().find(|server| server.name.as_str() == name);
    let server = found.ok_or_else(|| no_configured(name, config))?;
    if let Err(reason) = &server.transport {
        return Err(Failed::new(Status::Config, format!("server `{name}` cannot be used: {reason}")));
    }
    auth::login(server, &config.data_dir).ok_or_else(|| {
        let why = match server.remote_url() {
            None => "it is a program on this machine, which gets its credentials in `env`",
            Some(_) => {
                "its entry has an `Authorization` header, a user in its address, or says `\"oauth\": false`"
            }
        };
        Failed::new(Status::Usage, format!("nobody signs in to `{name}`: {why}"))
    })
}

/// One server of the list.
struct Listed<'a> {
    server: &'a ConfiguredServer,
    /// Whether it can be signed in to, and what is kept of that.
    credential: Option<Result<Option<Credential>, String>>,
}

impl<'a> Listed<'a> {
    fn of(server: &'a ConfiguredServer, config: &Config) -> Self {
        let login = auth::login(server, &config.data_dir);
        let credential = login.map(|login| login.credential().map_err(|error| error.to_string()));
        Self { server, credential }
    }

    /// In a word, and what more there is to say.
    fn state(&self) -> (&'static str, String) {
        let login = || command(&format!("login {}", quoted(self.server.name.as_str())));
        match &self.credential {
            None => ("by its entry", String::new()),
            Some(Err(error)) => ("unreadable", error.clone()),
            Some(Ok(None)) => ("none", format!("{}, where the server wants it", login())),
            Some(Ok(Some(credential))) if credential.state() == State::Spent => ("over", login()),
            Some(Ok(Some(credential))) if !credential.wanted.is_empty() => {
                let wanted = text::named(&credential.wanted);
                ("signed in", format!("the server wants more rights ({wanted}): {}", login()))
            }
            Some(Ok(Some(_))) => ("signed in", String::new()),
        }
    }

    fn kept(&self) -> Option<&Credential> {
        self.credential.as_ref()?.as_ref().ok()?.as_ref()
    }

    fn row(&self) -> Vec<String> {
        let (state, note) = self.state();
        let until =
            self.kept().map(|credential| match (credential.can_be_renewed(), credential.expires_at()) {
                (true, _) => "renewed by itself".to_owned(),
                (false, Some(end)) => left(end),
                (false, None) => String::new(),
            });
        let name = print::one_line(self.server.name.as_str());
        vec![name, state.to_owned(), until.unwrap_or_default(), print::one_line(&note)]
    }

    fn json(&self) -> Value {
        let kept = self.kept();
        json!({
            "server": self.server.name.as_str(),
            "url": self.server.shown,
            "state": self.state().0.replace(' ', "_"),
            "provider": kept.and_then(|credential| credential.issuer.as_deref()),
            "scopes": kept.map(|credential| &credential.scopes),
            "wanted_scopes": kept.map(|credential| &credential.wanted),
            "expires_at": kept.and_then(Credential::expires_at),
            "renewed": kept.map(Credential::can_be_renewed),
        })
    }
}

fn left(end: u64) -> String {
    let end = UNIX_EPOCH + Duration::from_secs(end);
    match end.duration_since(SystemTime::now()) {
        Ok(left) if left.as_secs() >= 7_200 => format!("{} hours left", left.as_secs() / 3_600),
        Ok(left) => format!("{} minutes left", left.as_secs() / 60),
        Err(_) => "over".to_owned(),
    }
}
