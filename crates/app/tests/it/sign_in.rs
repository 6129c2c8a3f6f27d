//! Signing in to remote servers, against a provider of our own.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Stdio},
    thread,
};

use serde_json::{Value, json};

use crate::{
    agent::Agent,
    narrows::{Narrows, Output, wait_until},
    provider::{Provider, browse, sent_to},
    servers::config,
};

fn narrows(provider: &Provider) -> Narrows {
    with(provider, &json!({}))
}

/// With this `oauth` in the entry.
fn with(provider: &Provider, oauth: &Value) -> Narrows {
    Narrows::configured(&config([("s", json!({"url": provider.url(), "oauth": oauth}))]))
}

/// A `login` that waits for its person.
struct Waiting {
    process: Child,
    stderr: BufReader<std::process::ChildStderr>,
    /// The address that it shows.
    address: String,
}

impl Waiting {
    fn start(narrows: &Narrows, arguments: &[&str]) -> Self {
        let mut process = narrows
            .command(&[&["login"], arguments].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut stderr = BufReader::new(process.stderr.take().expect("a pipe"));
        let mut said = String::new();
        while !said.lines().any(|line| line.starts_with("http")) {
            assert_ne!(stderr.read_line(&mut said).expect("readable"), 0, "no address: {said}");
        }
        let address = said.lines().find(|line| line.starts_with("http")).expect("an address").to_owned();
        Self { process, stderr, address }
    }

    fn end(mut self) -> Output {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stderr.read_to_string(&mut stderr).expect("readable");
        self.process.stdout.take().expect("a pipe").read_to_string(&mut stdout).expect("readable");
        let code = self.process.wait().expect("it ends").code();
        Output { code, stdout, stderr }
    }
}

/// Signs in as a person with a browser does.
fn login(narrows: &Narrows) -> Output {
    let waiting = Waiting::start(narrows, &["s"]);
    let (_, page) = browse(&waiting.address);
    assert_eq!(page, "You can close this page and go back to Narrows.");
    waiting.end()
}

fn signed_in(narrows: &Narrows) {
    let output = login(narrows);
    assert_eq!(
        (output.code, output.stdout.as_str()),
        (Some(0), "signed in to `s`: 2 tools\n"),
        "{}",
        output.stderr
    );
}

fn call(narrows: &Narrows, tool: &str) -> String {
    let output = narrows.output(&["call", "s", tool]);
    output.stdout.replace('"', "") + &output.stderr
}

fn assert_needs_login(narrows: &Narrows) {
    let output = narrows.output(&["call", "s", "read"]);
    assert_eq!(output.code, Some(69), "{}", output.stderr);
    assert!(output.stderr.ends_with("it wants you to sign in: run `narrows login s`\n"), "{}", output.stderr);
}

#[test]
fn a_person_signs_in_and_out() {
    let provider = Provider::start();
    let narrows = narrows(&provider);
    assert_needs_login(&narrows);
    let doctor = narrows.output(&["doctor"]);
    assert!(doctor.stdout.contains("run `narrows login s`"), "{}", doctor.stdout);

    signed_in(&narrows);
    assert_eq!(provider.asked("register native"), 1);
    assert_eq!(provider.asked("authorize read"), 1);
    assert_eq!(call(&narrows, "read"), "read by [credential]\n", "what the server repeats is hidden");
    let listed = narrows.output(&["auth", "ls", "--json"]).json();
    assert_eq!(listed[0]["state"], "signed_in", "{listed}");
    assert_eq!(listed[0]["scopes"], json!(["read"]), "{listed}");

    let again = narrows.output(&["login", "s"]);
    assert_eq!(again.stdout, "`s` wants no sign-in now: 2 tools\n", "{}", again.stderr);
    assert_eq!(narrows.output(&["logout", "s"]).stdout, "signed out of `s`\n");
    assert_needs_login(&narrows);
    assert_eq!(narrows.output(&["auth", "ls", "--json"]).json()[0]["state"], "none");
}

#[test]
fn a_run_fails_at_once_and_a_gateway_notices_the_sign_in() {
    let provider = Provider::start();
    let narrows = narrows(&provider);
    let mut agent = Agent::modern(&narrows, &[]);
    let script = "try { return await callMCPTool('s', 'read', {}) } catch (e) { return [e.code, e.message] }";
    let run = |agent: &mut Agent| agent.run(script);
    let first = run(&mut agent);
    assert!(first.contains("it wants you to sign in: run `narrows login s`"), "{first}");
    let asked = provider.asked("mcp server/discover");
    run(&mut agent);
    assert_eq!(provider.asked("mcp server/discover"), asked, "nobody is asked in vain");
    signed_in(&narrows);
    wait_until("the gateway connects", || run(&mut agent).contains("read by [credential]"));
}

#[test]
fn tokens_are_renewed_before_and_after_they_are_refused() {
    let provider = Provider::start();
    let narrows = narrows(&provider);
    // Over when it arrives: it is renewed before the first call.
    provider.change(|it| it.lives = 0);
    signed_in(&narrows);
    provider.change(|it| it.lives = 3_600);
    let asked = provider.asked("token refresh_token");
    assert_eq!(call(&narrows, "read"), "read by [credential]\n");
    assert_eq!(provider.asked("token refresh_token"), asked + 1);
    // Taken back early: the call that meets it goes on.
    provider.revoke();
    assert_eq!(call(&narrows, "read"), "read by [credential]\n");
    assert_eq!(provider.asked("token refresh_token"), asked + 2);
    provider.revoke_for_good();
    assert_needs_login(&narrows);
    assert_eq!(narrows.output(&["auth", "ls", "--json"]).json()[0]["state"], "over");
    let asked = provider.asked("token refresh_token");
    assert_needs_login(&narrows);
    assert_eq!(provider.asked("token refresh_token"), asked, "what is over is not tried again");
    signed_in(&narrows);
}

#[test]
fn a_token_without_renewal_is_used_until_it_is_over() {
    let provider = Provider::start();
    let narrows = narrows(&provider);
    provider.change(|it| it.refreshes = false);
    signed_in(&narrows);
    assert_eq!(call(&narrows, "read"), "read by [credential]\n");
    provider.revoke();
    assert_needs_login(&narrows);
    signed_in(&narrows);
}

#[test]
fn processes_that_renew_at_once_renew_once() {
    let provider = Provider::start();
    let narrows = narrows(&provider);
    signed_in(&narrows);
    // A refresh token is good for one use: who came second with the same would be signed out.
    provider.revoke();
    let asked = provider.asked("token refresh_token");
    let outputs = thread::scope(|scope| {
        let calls: Vec<_> = (0..4).map(|_| scope.spawn(|| call(&narrows, "read"))).collect();
        calls.into_iter().map(|call| call.join().expect("it ends")).collect::<Vec<_>>()
    });
    assert_eq!(outputs, vec!["read by [credential]\n"; 4]);
    assert_eq!(provider.asked("token refresh_token"), asked + 1);
}

#[test]
fn more_rights_are_asked_for_when_a_call_needs_them() {
    let provider = Provider::start();
    let narrows = narrows(&provider);
    signed_in(&narrows);
    let refused = call(&narrows, "write");
    let expect =
        "it wants rights that you have not granted (`write`): run `narrows login s`, which asks for them";
    assert!(refused.contains(expect), "{refused}");
    assert_eq!(call(&narrows, "read"), "read by [credential]\n", "what was granted goes on");
    let listed = narrows.output(&["auth", "ls", "--json"]).json();
    assert_eq!(listed[0]["wanted_scopes"], json!(["write"]));
    signed_in(&narrows);
    assert_eq!(provider.asked("authorize read write"), 1);
    assert_eq!(call(&narrows, "write"), "write by [credential]\n");
}

#[test]
fn answers_of_other_sign_ins_are_refused() {
    let provider = Provider::start();
    let narrows = narrows(&provider);
    let waiting = Waiting::start(&narrows, &["s"]);
    let other = Waiting::start(&narrows, &["s"]);
    // The answer to another sign-in, at the address of this one: it is not taken, and this one goes on.
    let theirs = sent_to(&other.address);
    let port = |address: &str| {
        let encoded = address.split("127.0.0.1%3A").nth(1).expect("the address it is sent back to");
        encoded.split("%2F").next().expect("a port").to_owned()
    };
    let stolen = theirs.replace(&port(&other.address), &port(&waiting.address));
    assert_eq!(browse(&stolen).1, "This is not the sign-in that Narrows waits for.");
    browse(&waiting.address);
    assert_eq!(waiting.end().code, Some(0));

    // Pasted, it ends the sign-in that it was pasted into.
    narrows.output(&["logout", "s"]);
    let mut pasting = Waiting::start(&narrows, &["s", "--paste"]);
    writeln!(pasting.process.stdin.take().expect("a pipe"), "{theirs}").expect("written");
    let output = pasting.end();
    assert_eq!(output.code, Some(69));
    assert!(output.stderr.contains("the address that was pasted is of another sign-in"), "{}", output.stderr);
    other.stop();
}

impl Waiting {
    fn stop(mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("it ends");
    }
}

#[test]
fn a_headless_machine_is_given_the_address_by_hand() {
    let provider = Provider::start();
    let narrows = narrows(&provider);
    let mut waiting = Waiting::start(&narrows, &["s", "--paste"]);
    let back = sent_to(&waiting.address);
    writeln!(waiting.process.stdin.take().expect("a pipe"), "{back}").expect("written");
    let output = waiting.end();
    assert_eq!(
        (output.code, output.stdout.as_str()),
        (Some(0), "signed in to `s`: 2 tools\n"),
        "{}",
        output.stderr
    );
}

/// A sign-in that comes back from the provider and fails.
fn fails(change: impl FnOnce(&mut crate::provider::Behaviour), expect: &str) {
    let provider = Provider::start();
    provider.change(change);
    let narrows = narrows(&provider);
    let output = login(&narrows);
    assert_eq!(output.code, Some(69), "{}", output.stderr);
    assert!(output.stderr.contains(expect), "{}", output.stderr);
    assert_eq!(narrows.output(&["auth", "ls", "--json"]).json()[0]["state"], "none");
}

#[test]
fn another_issuer_and_a_refusal_end_a_sign_in() {
    fails(|it| it.sent_issuer = Some("https://evil.example".to_owned()), "issuer mismatch");
    fails(|it| it.refuses = true, "access_denied");
}

/// A provider that cannot be used: the sign-in ends before a person is asked.
fn unusable(change: impl FnOnce(&mut crate::provider::Behaviour), expect: &str) {
    let provider = Provider::start();
    provider.change(change);
    let output = narrows(&provider).output(&["login", "s"]);
    assert_eq!(output.code, Some(69), "{}", output.stderr);
    assert!(output.stderr.contains(expect), "{}", output.stderr);
    assert!(output.stderr.len() < 1_000, "{}", output.stderr);
}

#[test]
fn metadata_that_cannot_be_used_ends_a_sign_in() {
    unusable(|it| it.issuer = Some("https://evil.example".to_owned()), "issuer mismatch");
    unusable(|it| it.metadata = Some("not JSON".to_owned()), "none published usable metadata");
    unusable(|it| it.metadata = Some(" ".repeat(2 << 20)), "exceeds 1048576 bytes");
    unusable(|it| it.registers = false, "registers no clients by itself");
    unusable(|it| it.is_hidden = true, "the server says nowhere how to sign in to it");
}

#[test]
fn a_failed_sign_in_is_one_json_document() {
    let provider = Provider::start();
    provider.change(|it| it.registers = false);
    let output = narrows(&provider).output(&["login", "--all", "--json"]);
    assert_eq!(output.code, Some(69), "{}", output.stderr);
    let told = output.json();
    assert_eq!(
        (&told[0]["server"], &told[0]["error"]["code"]),
        (&json!("s"), &json!("unavailable")),
        "{told}"
    );
}

#[test]
fn a_client_that_was_registered_by_hand_is_used() {
    let provider = Provider::start();
    provider.change(|it| it.registers = false);
    let narrows = with(&provider, &json!({"client_id": "by-hand", "scopes": ["read", "write"]}));
    signed_in(&narrows);
    assert_eq!(provider.asked("authorize read write"), 1);
    assert_eq!(call(&narrows, "write"), "write by [credential]\n");
}

#[test]
fn a_program_signs_in_with_a_secret_of_its_own() {
    let provider = Provider::start();
    let oauth =
        json!({"grant": "client_credentials", "client_id": "machine", "client_secret": "machine-secret-1"});
    let narrows = with(&provider, &oauth);
    assert_eq!(call(&narrows, "read"), "read by [credential]\n");
    assert_eq!(call(&narrows, "read"), "read by [credential]\n");
    assert_eq!(provider.asked("token client_credentials"), 1, "the token is kept");
    provider.revoke();
    assert_eq!(call(&narrows, "read"), "read by [credential]\n");
}

#[test]
fn entries_with_one_address_have_accounts_of_their_own() {
    let provider = Provider::start();
    let entry = || json!({"url": provider.url()});
    let narrows = Narrows::configured(&config([("s", entry()), ("other", entry())]));
    signed_in(&narrows);
    let other = narrows.output(&["call", "other", "read"]);
    assert!(other.stderr.contains("run `narrows login other`"), "{}", other.stderr);
    // Nor does the same name at another address get the tokens of the first.
    let elsewhere = Provider::start();
    narrows.write("narrows.json", &config([("s", json!({"url": elsewhere.url()}))]).to_string());
    assert_needs_login(&narrows);
}

#[test]
fn no_credential_is_seen_anywhere() {
    let provider = Provider::start();
    let narrows = narrows(&provider);
    let mut said = String::new();
    let mut note = |output: Output| said.push_str(&(output.stdout + &output.stderr));
    note(login(&narrows));
    let loud = |arguments: &[&str]| {
        let mut command = narrows.command(arguments);
        crate::narrows::finish(command.env("NARROWS_LOG", "trace").stdin(Stdio::null()))
    };
    note(loud(&["call", "s", "read"]));
    let secrets = provider.secrets();
    provider.revoke();
    note(loud(&["call", "s", "read"]));
    note(loud(&["auth", "ls", "--json"]));
    note(loud(&["tools", "s", "--json"]));
    note(loud(&["run", "--json", "-e", "return await callMCPTool('s', 'read', {})"]));
    note(loud(&["doctor"]));
    let secrets = [secrets, provider.secrets()].concat();
    assert!(secrets.len() >= 4, "{secrets:?}");
    for secret in secrets {
        assert!(!said.contains(&secret), "{secret} is printed");
        assert!(!holds(narrows.home(), secret.as_bytes()), "{secret} is in a file");
    }
}

/// Whether a file below a folder holds these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(folder).expect("readable").map(|entry| entry.expect("readable").path()).any(
        |path| match path.is_dir() {
            true => holds(&path, bytes),
            false => {
                fs::read(&path).is_ok_and(|content| content.windows(bytes.len()).any(|part| part == bytes))
            }
        },
    )
}
