//! A remote MCP server and the provider of its tokens, on one port of this machine. It is strict where it can be: whatever a
//! client leaves out of the protocol is refused.

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
    thread,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Response, StatusCode, Uri, header::LOCATION},
    response::IntoResponse,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded};

/// How it behaves, and what it has seen.
pub(crate) struct Behaviour {
    /// How long its tokens live, in seconds.
    pub(crate) lives: u64,
    /// Whether a token can be renewed.
    pub(crate) refreshes: bool,
    /// The issuer that its metadata names, in place of the right one.
    pub(crate) issuer: Option<String>,
    /// The issuer that it sends people back with, in place of the right one.
    pub(crate) sent_issuer: Option<String>,
    /// What it answers in place of its metadata.
    pub(crate) metadata: Option<String>,
    /// Whether clients may register by themselves.
    pub(crate) registers: bool,
    /// It says nowhere what it is, and takes no clients.
    pub(crate) is_hidden: bool,
    /// It says that the person refused.
    pub(crate) refuses: bool,
    /// What it was asked, in short.
    pub(crate) log: Vec<String>,
    clients: HashMap<String, Vec<String>>,
    codes: HashMap<String, HashMap<String, String>>,
    /// Access tokens and their scopes.
    tokens: HashMap<String, String>,
    /// Refresh tokens, each for one use, and their scopes.
    renewals: HashMap<String, String>,
    count: u32,
}

/// The server, as long as the test runs.
#[derive(Clone)]
pub(crate) struct Provider {
    behaviour: Arc<Mutex<Behaviour>>,
    base: String,
}

impl Provider {
    pub(crate) fn start() -> Self {
        let behaviour = Arc::new(Mutex::new(Behaviour {
            lives: 3_600,
            refreshes: true,
            issuer: None,
            sent_issuer: None,
            metadata: None,
            registers: true,
            is_hidden: false,
            refuses: false,
            log: Vec::new(),
            clients: HashMap::new(),
            codes: HashMap::new(),
            tokens: HashMap::new(),
            renewals: HashMap::new(),
            count: 0,
        }));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let base = format!("http://{}", listener.local_addr().expect("bound"));
        let provider = Self { behaviour, base };
        let router = Router::new().fallback(serve).with_state(provider.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        thread::spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
                axum::serve(listener, router).await
            })
        });
        provider
    }

    /// The address of its MCP server.
    pub(crate) fn url(&self) -> String {
        format!("{}/mcp", self.base)
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.behaviour.lock());
    }

    /// Takes back all access tokens.
    pub(crate) fn revoke(&self) {
        self.change(|it| it.tokens.clear());
    }

    /// Takes back everything.
    pub(crate) fn revoke_for_good(&self) {
        self.change(|it| {
            it.tokens.clear();
            it.renewals.clear();
        });
    }

    /// How often it was asked this.
    pub(crate) fn asked(&self, what: &str) -> usize {
        self.behaviour.lock().log.iter().filter(|seen| *seen == what).count()
    }

    /// Everything that must not be seen: its tokens and codes.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let behaviour = self.behaviour.lock();
        let kept = [behaviour.tokens.keys(), behaviour.renewals.keys()];
        kept.into_iter().flatten().chain(behaviour.codes.keys()).cloned().collect()
    }
}

/// What a browser does: opens an address and goes where it is sent. Gives the address it ends at, and the text there.
pub(crate) fn browse(address: &str) -> (String, String) {
    let (head, body) = get(address);
    match head.lines().find_map(|line| line.strip_prefix("location: ")) {
        Some(next) => browse(next),
        None => (address.to_owned(), body),
    }
}

/// Where an address of the provider sends a browser, which does not go there.
pub(crate) fn sent_to(address: &str) -> String {
    let (head, body) = get(address);
    let location = head.lines().find_map(|line| line.strip_prefix("location: "));
    location.unwrap_or_else(|| panic!("nobody is sent anywhere: {head}\n{body}")).to_owned()
}

fn get(address: &str) -> (String, String) {
    let url = Url::parse(address).expect("an address");
    let host = format!("{}:{}", url.host_str().expect("a host"), url.port().expect("a port"));
    let mut stream = TcpStream::connect(&host).expect("it listens");
    let target = &url[url::Position::BeforePath..];
    write!(stream, "GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    (head.to_owned(), body.to_owned())
}

async fn serve(
    State(provider): State<Provider>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let mut it = provider.behaviour.lock();
    let base = provider.base.as_str();
    match (method.as_str(), uri.path()) {
        (_, "/mcp") => it.mcp(base, &headers, &body),
        _ if it.is_hidden => StatusCode::NOT_FOUND.into_response(),
        ("GET", "/.well-known/oauth-protected-resource/mcp") => json_of(&json!({
            "resource": format!("{base}/mcp"), "authorization_servers": [base], "scopes_supported": ["read"],
        })),
        ("GET", "/.well-known/oauth-authorization-server") => it.metadata(base),
        ("POST", "/register") => it.register(&body),
        ("GET", "/authorize") => it.authorize(base, uri.query().unwrap_or_default()),
        ("POST", "/token") => it.token(base, &body),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn json_of(value: &Value) -> Response<Body> {
    ([("content-type", "application/json")], value.to_string()).into_response()
}

fn error(error: &str) -> Response<Body> {
    (StatusCode::BAD_REQUEST, [("content-type", "application/json")], json!({"error": error}).to_string())
        .into_response()
}

fn form(text: &[u8]) -> HashMap<String, String> {
    form_urlencoded::parse(text).into_owned().collect()
}

impl Behaviour {
    fn new_name(&mut self, kind: &str) -> String {
        self.count += 1;
        format!("{kind}-secret-{}-{:x}", self.count, Sha256::digest(self.count.to_string()))
    }

    fn mcp(&mut self, base: &str, headers: &HeaderMap, body: &Bytes) -> Response<Body> {
        let message: Value = serde_json::from_slice(body).unwrap_or_default();
        let token = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let token = token.strip_prefix("Bearer ").unwrap_or_default();
        let what = message["params"]["name"].as_str().or(message["method"].as_str()).unwrap_or("?");
        self.log.push(format!("mcp {what}"));
        let metadata = format!("resource_metadata=\"{base}/.well-known/oauth-protected-resource/mcp\"");
        let Some(scopes) = self.tokens.get(token) else {
            return (StatusCode::UNAUTHORIZED, [("www-authenticate", format!("Bearer {metadata}"))])
                .into_response();
        };
        if what == "write" && !scopes.split(' ').any(|scope| scope == "write") {
            let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"write\", {metadata}");
            return (StatusCode::FORBIDDEN, [("www-authenticate", challenge)]).into_response();
        }
        let tool = |name: &str| json!({"name": name, "inputSchema": {"type": "object"}});
        let result = match message["method"].as_str() {
            Some("server/discover") => {
                json!({"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}})
            }
            Some("tools/list") => json!({"tools": [tool("read"), tool("write")]}),
            _ => json!({"content": [{"type": "text", "text": format!("{what} by {token}")}]}),
        };
        json_of(&json!({"jsonrpc": "2.0", "id": message["id"], "result": result}))
    }

    fn metadata(&mut self, base: &str) -> Response<Body> {
        self.log.push("metadata".to_owned());
        if let Some(text) = &self.metadata {
            return text.clone().into_response();
        }
        let mut metadata = json!({
            "issuer": self.issuer.as_deref().unwrap_or(base),
            "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"),
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
            "authorization_response_iss_parameter_supported": true,
        });
        if self.registers {
            metadata["registration_endpoint"] = format!("{base}/register").into();
        }
        json_of(&metadata)
    }

    fn register(&mut self, body: &Bytes) -> Response<Body> {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        self.log.push(format!("register {}", asked["application_type"].as_str().unwrap_or("?")));
        let uris: Vec<String> = serde_json::from_value(asked["redirect_uris"].clone()).unwrap_or_default();
        let id = format!("client-{}", self.clients.len());
        self.clients.insert(id.clone(), uris);
        json_of(&json!({"client_id": id, "redirect_uris": asked["redirect_uris"]}))
    }

    fn authorize(&mut self, base: &str, query: &str) -> Response<Body> {
        let asked = form(query.as_bytes());
        let get = |key: &str| asked.get(key).map(String::as_str).unwrap_or_default();
        self.log.push(format!("authorize {}", get("scope")));
        let redirect = get("redirect_uri");
        let is_known = match self.clients.get(get("client_id")) {
            Some(uris) => uris.iter().any(|uri| uri == redirect),
            None => get("client_id") == "by-hand",
        };
        let is_right = get("response_type") == "code"
            && get("code_challenge_method") == "S256"
            && get("resource") == format!("{base}/mcp")
            && !get("state").is_empty();
        if !is_known || !is_right {
            return error("invalid_request");
        }
        let mut back = Url::parse(redirect).expect("the client's address");
        let issuer = self.sent_issuer.clone().unwrap_or_else(|| base.to_owned());
        back.query_pairs_mut().append_pair("state", get("state")).append_pair("iss", &issuer);
        if self.refuses {
            back.query_pairs_mut().append_pair("error", "access_denied");
        } else {
            let code = self.new_name("code");
            back.query_pairs_mut().append_pair("code", &code);
            self.codes.insert(code, asked);
        }
        (StatusCode::FOUND, [(LOCATION, back.to_string())]).into_response()
    }

    fn token(&mut self, base: &str, body: &Bytes) -> Response<Body> {
        let asked = form(body);
        let get = |key: &str| asked.get(key).map(String::as_str).unwrap_or_default();
        self.log.push(format!("token {}", get("grant_type")));
        if get("resource") != format!("{base}/mcp") {
            return error("invalid_target");
        }
        let scopes = match get("grant_type") {
            "authorization_code" => self.codes.remove(get("code")).filter(|grant| {
                let digest = Sha256::digest(get("code_verifier"));
                let challenge = BASE64_URL_SAFE_NO_PAD.encode(digest);
                grant.get("code_challenge") == Some(&challenge)
                    && grant.get("redirect_uri").map(String::as_str) == Some(get("redirect_uri"))
            }),
            "refresh_token" => self
                .renewals
                .remove(get("refresh_token"))
                .map(|scope| HashMap::from([("scope".to_owned(), scope)])),
            "client_credentials"
                if (get("client_id"), get("client_secret")) == ("machine", "machine-secret-1") =>
            {
                Some(asked.clone())
            }
            _ => None,
        };
        let Some(grant) = scopes else { return error("invalid_grant") };
        let scope = grant.get("scope").cloned().unwrap_or_default();
        let access = self.new_name("access");
        self.tokens.insert(access.clone(), scope.clone());
        let mut answer = json!({
            "access_token": access, "token_type": "Bearer", "expires_in": self.lives, "scope": scope,
        });
        if self.refreshes && get("grant_type") != "client_credentials" {
            let refresh = self.new_name("refresh");
            self.renewals.insert(refresh.clone(), scope);
            answer["refresh_token"] = refresh.into();
        }
        json_of(&answer)
    }
}
