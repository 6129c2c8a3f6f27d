//! `oauth` of an entry: how its server is signed in to, in the words of this program and of others.

use jsonc_parser::{
    ast::{Object, ObjectProp, Value},
    common::Ranged,
};
use reqwest::Url;
use upstream::Transport;

use super::{
    keys::{name_range, none_twice, wrong_kind},
    servers::{Entries, Reader, flag, listed, set},
    text::Problem,
};
use crate::auth::{Grant, OAuth};

/// Where programs write it; Cursor in the second.
const SECTIONS: [&str; 2] = ["oauth", "auth"];
const CLIENT_ID: [&str; 3] = ["client_id", "clientId", "CLIENT_ID"];
const CLIENT_SECRET: [&str; 3] = ["client_secret", "clientSecret", "CLIENT_SECRET"];
const CLIENT_METADATA_URL: [&str; 2] = ["client_metadata_url", "clientMetadataUrl"];
const SCOPES: [&str; 2] = ["scopes", "scope"];
const CALLBACK_PORT: [&str; 2] = ["callback_port", "callbackPort"];
const GRANT: &str = "grant";
const PRIVATE_NETWORK: &str = "private_network";
const ENABLED: &str = "enabled";

impl Reader<'_> {
    /// How a server is signed in to; `None` where it is no remote one, its entry has a credential for that, or says no.
    pub(super) fn oauth(
        &self,
        entry: &Value<'_>,
        transport: &Transport,
        entries: &mut Entries,
    ) -> Result<Option<OAuth>, Problem> {
        let Value::Object(entry) = entry else { return Ok(None) };
        let section = SECTIONS.iter().find_map(|key| Some((*key, set(entry, key)?)));
        let oauth = match section {
            None => OAuth::default(),
            Some((_, Value::BooleanLit(flag))) if !flag.value => return Ok(None),
            Some((key, Value::Object(section))) => {
                if flag(section, ENABLED)? == Some(false) {
                    return Ok(None);
                }
                self.section(section, key, entries)?
            }
            Some((key, other)) => return Err(wrong_kind(other, key, "an object, or false")),
        };
        Ok((!has_credential(transport)).then_some(oauth))
    }

    fn section(&self, section: &Object<'_>, key: &str, entries: &mut Entries) -> Result<OAuth, Problem> {
        none_twice(&section.properties, |_| true, |name| format!("{key}.{name}"))?;
        let unknown = section.properties.iter().filter(|property| !is_known(property.name.as_str()));
        entries.warnings.extend(unknown.map(|property| {
            let (place, name) = (self.source.place(name_range(property)), property.name.as_str());
            format!("{place}: `{key}.{name}` has no effect; docs/sign-in.md lists the keys of `oauth`")
        }));
        let text = |names: &[&str]| {
            let found = names.iter().find_map(|name| Some((name, set(section, name)?)));
            found.map(|(name, value)| self.text(value, &format!("{key}.{name}"))).transpose()
        };
        let oauth = OAuth {
            client_id: text(&CLIENT_ID)?,
            client_secret: text(&CLIENT_SECRET)?.map(Into::into),
            client_metadata_url: text(&CLIENT_METADATA_URL)?,
            scopes: self.scopes(section, key)?,
            callback_port: port(section, key)?,
            grant: grant(section, key)?,
            private_network: flag(section, PRIVATE_NETWORK)?.unwrap_or(false),
        };
        check(&oauth, section, key)?;
        Ok(oauth)
    }

    /// A list, or a text as a provider takes it.
    fn scopes(&self, section: &Object<'_>, key: &str) -> Result<Vec<String>, Problem> {
        let Some(name) = SCOPES.into_iter().find(|name| set(section, name).is_some()) else {
            return Ok(Vec::new());
        };
        let texts = match set(section, name) {
            Some(text @ Value::StringLit(_)) => vec![self.text(text, &format!("{key}.{name}"))?],
            _ => {
                let items = listed(section, name)?.into_iter();
                items
                    .map(|(name, item)| self.text(item, &format!("{key}.{name}")))
                    .collect::<Result<_, _>>()?
            }
        };
        Ok(texts.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect())
    }
}

fn is_known(name: &str) -> bool {
    let others = [GRANT, PRIVATE_NETWORK, ENABLED];
    [&CLIENT_ID[..], &CLIENT_SECRET, &CLIENT_METADATA_URL, &SCOPES, &CALLBACK_PORT, &others]
        .iter()
        .any(|names| names.contains(&name))
}

/// Whether the entry has what signs requests: a header, or a user in the address.
fn has_credential(transport: &Transport) -> bool {
    match transport {
        Transport::Stdio { .. } => true,
        Transport::Http { url, headers }
        | Transport::Sse { url, headers }
        | Transport::Auto { url, headers } => {
            headers.iter().any(|(name, _)| name.trim().eq_ignore_ascii_case("authorization"))
                || Url::parse(url).is_ok_and(|url| !url.username().is_empty() || url.password().is_some())
        }
    }
}

fn port(section: &Object<'_>, key: &str) -> Result<Option<u16>, Problem> {
    let Some(name) = CALLBACK_PORT.into_iter().find(|name| set(section, name).is_some()) else {
        return Ok(None);
    };
    match set(section, name) {
        Some(Value::NumberLit(number)) if number.value.parse::<u16>().is_ok_and(|port| port > 0) => {
            Ok(number.value.parse().ok())
        }
        Some(other) => Err(wrong_kind(other, &format!("{key}.{name}"), "a port, 1 to 65535")),
        None => Ok(None),
    }
}

fn grant(section: &Object<'_>, key: &str) -> Result<Grant, Problem> {
    match set(section, GRANT) {
        None => Ok(Grant::Code),
        Some(Value::StringLit(word)) if word.value == "authorization_code" => Ok(Grant::Code),
        Some(Value::StringLit(word)) if word.value == "client_credentials" => Ok(Grant::ClientCredentials),
        Some(other) => {
            let message = format!("`{key}.{GRANT}` must be `authorization_code` or `client_credentials`");
            Err(Problem::new(other.range(), message))
        }
    }
}

/// What belongs together.
fn check(oauth: &OAuth, section: &Object<'_>, key: &str) -> Result<(), Problem> {
    let at = |names: &[&str]| {
        names.iter().find_map(|name| section.get(name)).map(|it: &ObjectProp<'_>| name_range(it))
    };
    let place = at(&CLIENT_SECRET).or_else(|| at(&[GRANT])).unwrap_or_else(|| section.range());
    if oauth.client_secret.is_some() && oauth.client_id.is_none() {
        return Err(Problem::new(place, format!("`{key}` has a `client_secret` and no `client_id`")));
    }
    if oauth.grant == Grant::ClientCredentials && oauth.client_secret.is_none() {
        let message =
            format!("`{key}.grant` is `client_credentials`, which needs `client_id` and `client_secret`");
        return Err(Problem::new(place, message));
    }
    match &oauth.client_metadata_url {
        Some(url) if !Url::parse(url).is_ok_and(|url| url.scheme() == "https" && url.path() != "/") => {
            let place = at(&CLIENT_METADATA_URL).unwrap_or_else(|| section.range());
            Err(Problem::new(
                place,
                format!("`{key}.client_metadata_url` must be an `https` address with a path"),
            ))
        }
        _ => Ok(()),
    }
}
