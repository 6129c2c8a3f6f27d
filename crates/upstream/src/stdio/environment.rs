//! Which variables of our own environment a server gets.
//!
//! Those that say where things are and how text and time are written: programs need them, package runners and proxies
//! most of all. None that unlocks something: what is named like a credential, or holds a password in an address, is not
//! passed on unless the configuration names it.

use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
};

use crate::credentials::is_credential_name;

/// What a server inherits, by topic: names, and families that end with `*`.
pub const INHERITED: [(&str, &[&str]); 7] = [
    (
        "the person and their files",
        &[
            "HOME",
            "LOGNAME",
            "PATH",
            "SHELL",
            "TERM",
            "USER",
            "TMPDIR",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_STATE_HOME",
            "XDG_RUNTIME_DIR",
        ],
    ),
    ("language and time", &["LANG", "LANGUAGE", "LC_*", "TZ"]),
    (
        "proxies",
        &[
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "ALL_PROXY",
            "NO_PROXY",
            "http_proxy",
            "https_proxy",
            "all_proxy",
            "no_proxy",
            "NODE_USE_ENV_PROXY",
        ],
    ),
    (
        "certificates",
        &[
            "SSL_CERT_FILE",
            "SSL_CERT_DIR",
            "NODE_EXTRA_CA_CERTS",
            "NODE_USE_SYSTEM_CA",
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
            "GIT_SSL_CAINFO",
            "DENO_CERT",
            "DENO_TLS_CA_STORE",
        ],
    ),
    (
        "package runners",
        &[
            "npm_config_*",
            "NPM_CONFIG_*",
            "PIP_*",
            "UV_*",
            "PIPX_*",
            "DENO_DIR",
            "BUN_INSTALL",
            "NVM_DIR",
            "VOLTA_HOME",
            "PNPM_HOME",
            "COREPACK_HOME",
            "GOPROXY",
            "GOPATH",
            "JAVA_HOME",
        ],
    ),
    ("screens and sessions", &["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS"]),
    (
        "containers, clusters and clouds",
        &[
            "DOCKER_HOST",
            "DOCKER_CONTEXT",
            "DOCKER_CONFIG",
            "KUBECONFIG",
            "AWS_PROFILE",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_CONFIG_FILE",
            "CLOUDSDK_CONFIG",
            "AZURE_CONFIG_DIR",
        ],
    ),
];

/// What a server gets of an environment, and the names of what it would get if that held no credential.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Inherited {
    pub(super) passed: Vec<(OsString, OsString)>,
    pub(super) withheld: BTreeSet<String>,
    /// The names of all others, which no server gets unasked.
    pub(super) unlisted: BTreeSet<String>,
}

/// Sorts an environment.
pub(super) fn inherited(environment: impl Iterator<Item = (OsString, OsString)>) -> Inherited {
    let mut inherited = Inherited::default();
    for (name, value) in environment {
        let Some(text) = name.to_str() else { continue };
        if !is_listed(text) {
            inherited.unlisted.insert(text.to_owned());
        } else if is_credential_name(text) || holds_password(&value) {
            inherited.withheld.insert(text.to_owned());
        } else {
            inherited.passed.push((name, value));
        }
    }
    inherited
}

fn is_listed(name: &str) -> bool {
    let mut listed = INHERITED.iter().flat_map(|(_, names)| names.iter());
    listed.any(|listed| match listed.strip_suffix('*') {
        Some(family) => name.starts_with(family),
        None => name == *listed,
    })
}

/// Whether there is an address with a user's name and password (or a token in the place of both) in it.
fn holds_password(value: &OsStr) -> bool {
    let value = value.to_string_lossy();
    let mut words = value.split_whitespace().flat_map(|word| word.split([',', ';']));
    words.any(|word| {
        let (_, rest) = word.split_once("://").unwrap_or(("", word));
        rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: &str, expect: Option<bool>) {
        let seen = inherited([(name.into(), value.into())].into_iter());
        let seen = match (seen.passed.len(), seen.withheld.len()) {
            (1, 0) => Some(true),
            (0, 1) => Some(false),
            _ => None,
        };
        assert_eq!(seen, expect, "{name}={value}");
    }

    #[test]
    fn what_programs_need_is_passed_and_no_credential() {
        for name in [
            "PATH",
            "HTTPS_PROXY",
            "no_proxy",
            "LC_TIME",
            "KUBECONFIG",
            "DISPLAY",
            "XAUTHORITY",
            "NODE_EXTRA_CA_CERTS",
        ] {
            check(name, "x", Some(true));
        }
        check("npm_config_registry", "https://npm.example/", Some(true));
        check("UV_INDEX_URL", "https://pypi.example/simple", Some(true));
        check("npm_config_@corp:registry", "https://npm.example/@corp/", Some(true));
        check("PIP_EXTRA_INDEX_URL", "https://a.example/x https://me:pw@b.example/simple", Some(false));
        check("UV_INDEX_CORP_PASSWORD", "x", Some(false));
        check("npm_config_//npm.example/:_authToken", "x", Some(false));
        check("HTTPS_PROXY", "http://me:pw@proxy.example:8080", Some(false));
        check("ALL_PROXY", "me:pw@proxy.example:8080", Some(false));
        for name in [
            "SSH_AUTH_SOCK",
            "AWS_SECRET_ACCESS_KEY",
            "GITHUB_TOKEN",
            "MY_VARIABLE",
            "PATHS",
            "NARROWS_TOKEN",
        ] {
            check(name, "x", None);
        }
    }
}
