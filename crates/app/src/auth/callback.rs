//! The address on this machine that a provider sends a person back to.
//!
//! Whatever runs on this machine can call it, and so can a page in the person's browser. Only a request with the state of this
//! very sign-in counts; every other one is answered and forgotten.

use std::{io, time::Duration};

use axum::http::StatusCode;
use reqwest::Url;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

const PATH: &str = "/callback";
/// A browser sends its request at once. Others must not keep it from being read for long.
const REQUEST_WITHIN: Duration = Duration::from_secs(5);
/// A code and a state in an address, and the headers of a browser.
const REQUEST_BYTES_MAX: usize = 32 << 10;

/// A port of this machine, for one sign-in.
pub(crate) struct Loopback {
    listener: TcpListener,
    redirect_uri: String,
}

impl Loopback {
    /// Takes this port, or any free one.
    pub(crate) async fn bind(port: Option<u16>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port.unwrap_or(0))).await?;
        let redirect_uri = format!("http://127.0.0.1:{}{PATH}", listener.local_addr()?.port());
        Ok(Self { listener, redirect_uri })
    }

    pub(crate) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the person to be sent back from the provider that was opened at `address`.
    pub(crate) async fn back_from(&self, address: &str) -> io::Result<String> {
        let state = state_of(address);
        loop {
            let (mut stream, _) = self.listener.accept().await?;
            // Whatever goes wrong with one request, the next may be the one.
            let Ok(Ok(target)) = timeout(REQUEST_WITHIN, target(&mut stream)).await else { continue };
            let back = format!("{}{target}", self.redirect_uri.trim_end_matches(PATH));
            let is_ours = target.split('?').next() == Some(PATH);
            let (status, text) = match (is_ours, state.is_some() && state_of(&back) == state) {
                (true, true) => (StatusCode::OK, "You can close this page and go back to Narrows."),
                (true, false) => (StatusCode::BAD_REQUEST, "This is not the sign-in that Narrows waits for."),
                (false, _) => (StatusCode::NOT_FOUND, "There is nothing here."),
            };
            let _ = timeout(REQUEST_WITHIN, answer(&mut stream, status, text)).await;
            if status == StatusCode::OK {
                return Ok(back);
            }
        }
    }
}

/// What an address says is the state of its sign-in.
pub(crate) fn state_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    url.query_pairs().find(|(name, _)| name == "state").map(|(_, state)| state.into_owned())
}

/// The target of a GET request, whose headers are read and do not matter.
async fn target(stream: &mut TcpStream) -> io::Result<String> {
    let malformed = || io::Error::from(io::ErrorKind::InvalidData);
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if head.len() > REQUEST_BYTES_MAX || stream.read_buf(&mut head).await? == 0 {
            return Err(malformed());
        }
    }
    let head = String::from_utf8(head).map_err(|_| malformed())?;
    let target = head.strip_prefix("GET ").and_then(|rest| rest.split(' ').next());
    target.filter(|target| target.starts_with('/')).map(str::to_owned).ok_or_else(malformed)
}

async fn answer(stream: &mut TcpStream, status: StatusCode, text: &str) -> io::Result<()> {
    let page = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(page.as_bytes()).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(uri: &str) -> String {
        let url = Url::parse(uri).expect("an address");
        let port = url.port().expect("a port");
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("it listens");
        let target = &uri[uri.find("/c").unwrap_or(uri.len())..];
        stream.write_all(format!("GET {target} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("answered");
        answer.lines().next().unwrap_or_default().to_owned()
    }

    #[tokio::test]
    async fn only_the_state_of_this_sign_in_counts() {
        let loopback = Loopback::bind(None).await.expect("a port");
        let uri = loopback.redirect_uri().to_owned();
        let asked = async {
            // One that says nothing, and ones that know nothing.
            drop(TcpStream::connect(uri.trim_start_matches("http://").trim_end_matches(PATH)).await);
            let mut seen = Vec::new();
            for query in ["", "?code=stolen", "?code=stolen&state=other", "?code=c&state=ours"] {
                seen.push(get(&format!("{uri}{query}")).await);
            }
            seen
        };
        let (back, seen) =
            tokio::join!(loopback.back_from("https://p.example/authorize?state=ours&x=1"), asked);
        assert_eq!(back.expect("they came"), format!("{uri}?code=c&state=ours"));
        let refused = "HTTP/1.1 400 Bad Request";
        assert_eq!(seen, [refused, refused, refused, "HTTP/1.1 200 OK"]);
    }
}
