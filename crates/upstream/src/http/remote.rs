//! Where a remote server is, and speaking HTTP to it: headers, budgets, and reasons that carry no secret.

use std::{
    error::Error,
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::{
    Client, ClientBuilder, RequestBuilder, Response, StatusCode, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    entry::printable_url,
    failure::Failure,
    http::proxy::{is_this_machine, proxy_of},
    message::Request,
    secrets::Secrets,
    sign_in::SignIn,
    text::clean_line,
};

/// Time to open a connection. Servers that are up answer within one round trip or two.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection waits to be used again. Servers close theirs after five seconds (Node, uvicorn) or later; a
/// request that meets the end of its connection is lost, and not every one may be sent twice.
const IDLE_MAX: Duration = Duration::from_secs(4);
/// Same-origin redirects followed: a path that moved, moved again.
const REDIRECTS_MAX: usize = 3;
/// What to do about a proxy that refuses us.
const PROXY_DENIED: &str = "the proxy wants a credential; write it into the proxy's address, as in `HTTPS_PROXY=http://user:password@host`";
/// What is read of an answer that is an error.
const ERROR_BODY_BYTES_MAX: usize = 64 << 10;

/// Whether a request may be sent a second time when its connection ended before an answer began. What was provably not
/// sent at all goes out again in any case; that is the HTTP client's to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    /// It only asks: whether the server has seen it before makes no difference.
    Once,
    /// The server may have done what it says.
    Never,
}

impl Again {
    pub(crate) fn of(request: &Request) -> Self {
        if request.method == "tools/call" { Self::Never } else { Self::Once }
    }
}

/// A remote server's address and what is sent to it every time.
#[derive(Clone)]
pub(crate) struct Remote {
    client: Client,
    pub(crate) url: Url,
    headers: HeaderMap,
    /// What must not be seen of what it says.
    pub(crate) secrets: Arc<Secrets>,
    /// The largest message taken from it, decompressed.
    pub(crate) limit: usize,
    /// The proxy between us and it.
    proxy: Option<String>,
    /// Who signs its requests, where its entry has no credential for that.
    pub(super) sign_in: Option<Arc<dyn SignIn>>,
}

impl Remote {
    pub(crate) fn new(
        url: &str,
        headers: &[(String, SecretString)],
        secrets: Arc<Secrets>,
        limit: usize,
    ) -> Result<Self, Failure> {
        let parsed =
            Url::parse(url).map_err(|error| Failure::Lost(format!("its `url` is not a URL: {error}")))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            let scheme = parsed.scheme();
            return Err(Failure::Lost(format!("its `url` is of scheme `{scheme}`, not `http` or `https`")));
        }
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let bad = |what: &str| {
                Failure::Lost(format!("{what} header `{}` cannot be sent", clean_line(name, 100)))
            };
            let header = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| bad("the name of"))?;
            let mut value =
                HeaderValue::from_str(value.expose_secret().trim()).map_err(|_| bad("the value of"))?;
            value.set_sensitive(true);
            map.append(header, value);
        }
        let client = client(is_this_machine(&parsed))?;
        let proxy = proxy_of(&parsed);
        Ok(Self { client, proxy, url: parsed, headers: map, secrets, limit, sign_in: None })
    }

    /// The same, its requests signed.
    pub(crate) fn signed_by(self, sign_in: Option<Arc<dyn SignIn>>) -> Self {
        Self { sign_in, ..self }
    }

    /// The failure of a start, with the proxy that may be its reason.
    pub(crate) fn in_context(&self, failure: Failure) -> Failure {
        match &self.proxy {
            Some(proxy) => failure.with(&format!(" (through the proxy {proxy})")),
            None => failure,
        }
    }

    /// The same server at another path; never another host, which must not get this one's credentials.
    pub(crate) fn at_path(&self, path: &str, query: Option<&str>) -> Self {
        let mut url = self.url.clone();
        url.set_path(path);
        url.set_query(query);
        url.set_fragment(None);
        Self { url, ..self.clone() }
    }

    /// Sends one message. `headers` win over those of the user's configuration.
    pub(crate) async fn post(
        &self,
        body: Vec<u8>,
        headers: HeaderMap,
        again: Again,
    ) -> Result<Response, Failure> {
        let mut all = self.headers.clone();
        all.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        all.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        all.extend(headers);
        self.send(self.client.post(self.url.clone()).headers(all).body(body), again).await
    }

    /// Opens a stream of events.
    pub(crate) async fn stream(&self, headers: HeaderMap) -> Result<Response, Failure> {
        let mut all = self.headers.clone();
        all.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        all.extend(headers);
        self.send(self.client.get(self.url.clone()).headers(all), Again::Once).await
    }

    /// Ends a session.
    pub(crate) async fn delete(&self, headers: HeaderMap) -> Result<Response, Failure> {
        let mut all = self.headers.clone();
        all.extend(headers);
        self.send(self.client.delete(self.url.clone()).headers(all), Again::Once).await
    }

    async fn send(&self, request: RequestBuilder, again: Again) -> Result<Response, Failure> {
        match &self.sign_in {
            Some(sign_in) => self.judged(self.send_signed(sign_in.as_ref(), &request, again).await?).await,
            None => self.judged(self.send_once(request, again).await?).await,
        }
    }

    pub(super) async fn send_once(&self, request: RequestBuilder, again: Again) -> Result<Response, Failure> {
        let second = request.try_clone().filter(|_| again == Again::Once);
        let response = match (request.send().await, second) {
            (Err(error), Some(second)) if broke_off(&error) => second.send().await,
            (sent, _) => sent,
        };
        response.map_err(|error| self.unreachable(error))
    }

    /// What was answered, unless that is a refusal or sends us elsewhere.
    async fn judged(&self, response: Response) -> Result<Response, Failure> {
        let status = response.status();
        if let (StatusCode::PROXY_AUTHENTICATION_REQUIRED, Some(proxy)) = (status, &self.proxy) {
            return Err(Failure::Denied(format!("{PROXY_DENIED} (HTTP 407 of {proxy})")));
        }
        if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN {
            // A server that knows who asks often says which right is missing.
            let said = match status {
                StatusCode::FORBIDDEN => self.said(&read_error_body(response).await),
                _ => String::new(),
            };
            return Err(Failure::Denied(self.denied(status) + &said));
        }
        if status.is_redirection() {
            let target = response.headers().get("location").and_then(|value| value.to_str().ok());
            let target = target.and_then(|target| self.url.join(target).ok());
            let target = target.map_or_else(|| "nowhere".to_owned(), |url| printable_url(url.as_str()));
            let said = format!(" and sends us to {target}; if that is right, set it as the server's `url`");
            return Err(Failure::Status { status: status.as_u16(), said });
        }
        Ok(response)
    }

    fn unreachable(&self, error: reqwest::Error) -> Failure {
        let (what, failure): (_, fn(String) -> Failure) = match broke_off(&error) {
            true => ("no answer came from", Failure::NoAnswer),
            false => ("cannot reach", Failure::Lost),
        };
        let error = error.without_url();
        let mut cause: &dyn Error = &error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let proxy =
            self.proxy.as_ref().map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default();
        failure(format!("{what} {}{proxy}: {}", self.printable(), clean_line(&cause.to_string(), 300)))
    }

    /// What a server says beside its refusal, as the end of a sentence; nothing where it is a page for a browser.
    pub(crate) fn said(&self, body: &[u8]) -> String {
        let said = self.secrets.hide_in_line(body, SAID_BYTES_MAX);
        if said.is_empty() || said.starts_with('<') { String::new() } else { format!(": {said}") }
    }

    fn denied(&self, status: StatusCode) -> String {
        let url = self.printable();
        let what = match (status, self.headers.contains_key("authorization")) {
            (StatusCode::FORBIDDEN, _) => "does not allow this; check the rights of the credential",
            (_, true) => "does not accept the `Authorization` header of its entry; renew it",
            (_, false) => "wants a credential; add an `Authorization` header to its entry",
        };
        format!("{url} {what} (HTTP {})", status.as_u16())
    }

    pub(crate) fn printable(&self) -> String {
        printable_url(self.url.as_str())
    }
}

/// What is shown of the body of a refusal: one sentence, mostly.
const SAID_BYTES_MAX: usize = 200;

/// There was a connection, and it ended before an answer began.
fn broke_off(error: &reqwest::Error) -> bool {
    error.is_request() && !error.is_connect() && !error.is_timeout()
}

/// The whole body, within a budget that counts decompressed bytes.
pub(crate) async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = next_chunk(&mut response).await? {
        if body.len() + chunk.len() > limit {
            return Err(Failure::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The next piece of a body.
pub(crate) async fn next_chunk(
    response: &mut Response,
) -> Result<Option<impl AsRef<[u8]> + std::ops::Deref<Target = [u8]>>, Failure> {
    response
        .chunk()
        .await
        .map_err(|error| Failure::NoAnswer(format!("the connection broke off: {}", error.without_url())))
}

/// The start of the body of an error.
pub(crate) async fn read_error_body(response: Response) -> Vec<u8> {
    read_body(response, ERROR_BODY_BYTES_MAX).await.unwrap_or_default()
}

/// What kind of body it is: the media type without parameters, in lower case.
pub(crate) fn media_type(response: &Response) -> String {
    let value =
        response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// One client for all servers, and one for those on this machine, which are never asked through a proxy: they hold the
/// pool of connections and the certificates, which take time to load.
fn client(is_here: bool) -> Result<Client, Failure> {
    static ELSEWHERE: OnceLock<Result<Client, String>> = OnceLock::new();
    static HERE: OnceLock<Result<Client, String>> = OnceLock::new();
    let made = match is_here {
        true => HERE.get_or_init(|| build(builder().no_proxy())),
        false => ELSEWHERE.get_or_init(|| build(builder())),
    };
    made.clone().map_err(Failure::Lost)
}

fn builder() -> ClientBuilder {
    use_tls();
    Client::builder()
        .user_agent(concat!("narrows/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_MAX)
        .redirect(redirect::Policy::custom(redirected))
}

/// Has TLS done by the library that all connections use. Whoever makes an HTTP client of its own needs that before.
pub fn use_tls() {
    // Fails only if someone installed a provider before, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn build(builder: ClientBuilder) -> Result<Client, String> {
    builder.build().map_err(|error| format!("HTTP cannot be used: {error}"))
}

/// Only to the same origin, because credentials go along, and only where the method stays the same.
fn redirected(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let keeps_method = matches!(attempt.status().as_u16(), 307 | 308);
    let same_origin = attempt.previous().last().is_some_and(|from| from.origin() == attempt.url().origin());
    if keeps_method && same_origin && attempt.previous().len() <= REDIRECTS_MAX {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Transport;

    fn remote(url: &str, headers: &[(String, SecretString)]) -> Result<Remote, Failure> {
        let secrets = Secrets::of(&Transport::Http { url: url.to_owned(), headers: headers.to_owned() });
        Remote::new(url, headers, Arc::new(secrets), 1)
    }

    fn check(url: &str, headers: &[(&str, &str)], expect: &str) {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect();
        let seen = match remote(url, &headers) {
            Ok(remote) => remote.printable(),
            Err(failure) => failure.to_string(),
        };
        assert_eq!(seen, expect);
    }

    #[tokio::test]
    async fn addresses_are_checked_and_shown_without_secrets() {
        check("https://u:p@example.com/mcp?key=1", &[], "https://example.com/mcp");
        check("example.com", &[], "its `url` is not a URL: relative URL without a base");
        check("file:///etc/passwd", &[], "its `url` is of scheme `file`, not `http` or `https`");
        check("http://a/", &[("X Y", "secret")], "the name of header `X Y` cannot be sent");
        check("http://a/", &[("X-Key", "sec\nret")], "the value of header `X-Key` cannot be sent");
    }
}
