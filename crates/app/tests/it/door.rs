//! The HTTP face against clients that are slow, greedy, idle or do not speak HTTP: each is let go, and an honest one
//! is answered meanwhile.

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    thread,
    time::Duration,
};

use crate::{
    http::{Gateway, initialize},
    narrows::Narrows,
    servers::config,
};

/// The longest of the face's own times is 20 s; who is still connected after this stays for ever.
const HANGS_AFTER: Duration = Duration::from_secs(120);

fn narrows() -> Narrows {
    Narrows::configured(&config([]))
}

fn connect(gateway: &Gateway) -> TcpStream {
    let stream = TcpStream::connect(&gateway.address).expect("it listens");
    stream.set_read_timeout(Some(HANGS_AFTER)).expect("a time-out can be set");
    stream.set_write_timeout(Some(HANGS_AFTER)).expect("a time-out can be set");
    stream
}

/// What comes until the connection ends.
fn rest(mut stream: &TcpStream) -> String {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        // A reset is an end as well: we had sent what was not read.
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("it does not end: {error}"),
        _ => String::from_utf8_lossy(&bytes).into_owned(),
    }
}

fn head(gateway: &Gateway, more: &str) -> String {
    format!(
        "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\n{more}",
        gateway.address
    )
}

fn request(gateway: &Gateway) -> String {
    let body = initialize().to_string();
    format!("{}Content-Length: {}\r\n\r\n{body}", head(gateway, ""), body.len())
}

fn is_served(gateway: &Gateway) {
    assert_eq!(gateway.post(&[], &initialize()).0, 200);
}

#[test]
fn slow_clients_are_let_go() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    let half_a_body = format!("{}Content-Length: 100\r\n\r\n{{\"jsonrpc\"", head(&gateway, ""));
    let cases = [
        ("nothing", "", ""),
        ("half a head", "POST /mcp HTTP/1.1\r\nHost: x\r\nX-Slow: ", ""),
        ("half a body", &half_a_body, "HTTP/1.1 408 Request Timeout"),
    ];
    let streams = cases.map(|(_, sent, _)| {
        let mut stream = connect(&gateway);
        stream.write_all(sent.as_bytes()).expect("it is taken");
        stream
    });
    is_served(&gateway);
    for ((name, _, expect), stream) in cases.iter().zip(&streams) {
        let answer = rest(stream);
        assert!(answer.starts_with(expect), "{name}: {answer}");
    }
    is_served(&gateway);
}

#[test]
fn a_client_that_drips_is_let_go() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    let mut stream = connect(&gateway);
    let drip = stream.try_clone().expect("it can be cloned");
    stream.write_all(b"POST /mcp HTTP/1.1\r\nX-Slow: ").expect("it is taken");
    let dripping = thread::spawn(move || {
        // Until it is not taken any more.
        while (&drip).write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    rest(&stream);
    let _ = stream.shutdown(Shutdown::Both);
    dripping.join().expect("it ends");
    is_served(&gateway);
}

#[test]
fn a_client_that_does_not_read_is_let_go() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    let mut stream = connect(&gateway);
    let request = request(&gateway);
    // The answers fill what the system keeps for us, then nothing is read of what we say, then the end.
    let error = loop {
        match stream.write_all(request.as_bytes()) {
            Ok(()) => {}
            Err(error) => break error,
        }
    };
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
    is_served(&gateway);
}

#[test]
fn what_is_too_large_or_no_http_is_refused() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    let long_header = head(&gateway, &format!("X-Long: {}\r\n\r\n", "x".repeat(100_000)));
    let many_headers = head(&gateway, &"X-More: 1\r\n".repeat(200));
    let long_target = format!("POST /mcp{} HTTP/1.1\r\nHost: x\r\n\r\n", "/x".repeat(100_000));
    let announced = head(&gateway, "Content-Length: 10000000000\r\n\r\n");
    let endless = head(&gateway, "Transfer-Encoding: chunked\r\n\r\n")
        + &format!("100000\r\n{}\r\n", "x".repeat(0x10_0000)).repeat(10);
    let bad_chunk = head(&gateway, "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n");
    let two_lengths = head(&gateway, "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello");
    let negative = head(&gateway, "Content-Length: -5\r\n\r\n");
    let no_length = head(&gateway, "\r\n");
    let query = request(&gateway).replace("/mcp ", "/mcp?token=open-sesame ");
    let no_host = request(&gateway).replace(&format!("Host: {}\r\n", gateway.address), "");
    for (name, sent, expect) in [
        ("a long header", &*long_header, "431"),
        ("many headers", &many_headers, "431"),
        ("a long address", &long_target, "431"),
        ("a large body, announced", &announced, "413"),
        ("a large body, in chunks", &endless, "413"),
        ("a large body of another face", &announced.replace("/mcp ", "/runs "), "413"),
        ("a bad chunk", &bad_chunk, "400"),
        ("two lengths", &two_lengths, "400"),
        ("a negative length", &negative, "400"),
        ("no body", &no_length, "400"),
        ("a credential in the address", &query, "400"),
        ("no host", &no_host, "400"),
        ("no HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\x7c\x03\x03\r\n\r\n", "400"),
        ("another method", "TRACE /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "405"),
        (
            "another address",
            "POST /etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "404",
        ),
    ] {
        let mut stream = connect(&gateway);
        // It may be refused before all of it was taken.
        let _ = stream.write_all(sent.as_bytes());
        let mut start = [0; 12];
        let read = stream.read(&mut start).unwrap_or(0);
        let start = String::from_utf8_lossy(&start[..read]).into_owned();
        assert_eq!(start, format!("HTTP/1.1 {expect}"), "{name}");
    }
    is_served(&gateway);
}

#[test]
fn a_client_that_stops_in_its_body_is_let_go() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    let mut stream = connect(&gateway);
    let sent = format!("{}Content-Length: 100\r\n\r\n{{", head(&gateway, ""));
    stream.write_all(sent.as_bytes()).expect("it is taken");
    stream.shutdown(Shutdown::Write).expect("our half is closed");
    let answer = rest(&stream);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    is_served(&gateway);
}

#[test]
fn requests_in_a_row_are_all_answered() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    let mut stream = connect(&gateway);
    stream.write_all(request(&gateway).repeat(10).as_bytes()).expect("they are taken");
    let answers = rest(&stream);
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 10, "{answers}");
}

/// More than there are slots: the connection that has waited longest gives way.
#[test]
fn idle_clients_do_not_keep_others_out() {
    let narrows = narrows();
    let gateway = Gateway::start(&narrows, None);
    let idle: Vec<_> = (0..600).map(|_| connect(&gateway)).collect();
    for _ in 0..20 {
        is_served(&gateway);
    }
    drop(idle);
    is_served(&gateway);
}
