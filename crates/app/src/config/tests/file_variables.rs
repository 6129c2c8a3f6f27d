//! `${file:PATH}`: what files hold.

use secrecy::ExposeSecret;

use super::*;

#[test]
fn what_a_file_holds_is_put_in_and_is_a_credential() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("my key");
    for (content, expect) in
        [("abc\n", "Bearer abc"), ("a\nb\r\n", "Bearer a\nb"), ("", "Bearer "), ("\u{0}", "Bearer \u{0}")]
    {
        std::fs::write(&file, content).expect("written");
        let text = format!(
            r#"{{"mcpServers": {{"a": {{"url": "https://a.example/", "headers": {{"X": "Bearer ${{file:{}}}"}}}}}}}}"#,
            file.display()
        );
        let config = load(&text).expect("the file is fine");
        let entry = config.servers[0].entry(None).expect("it is one");
        let upstream::Transport::Auto { headers, .. } = &entry.transport else { panic!("a URL") };
        assert_eq!(headers[0].1.expose_secret(), expect);
        assert_eq!(entry.credentials.len(), 1);
        let shown = config.servers[0].disclosure.with.join("; ");
        assert_eq!(shown, format!("header X; file '{}'", file.display()));
    }
}

#[test]
fn a_file_that_cannot_be_read_fails_its_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let large = folder.path().join("large");
    std::fs::write(&large, " ".repeat((64 << 10) + 1)).expect("written");
    for path in [folder.path().join("none"), folder.path().to_owned(), large] {
        let text = format!(
            r#"{{"mcpServers": {{"a": {{"url": "https://a.example/${{file:{}}}"}}}}}}"#,
            path.display()
        );
        let reason =
            load(&text).expect("the file is fine").servers.remove(0).transport.expect_err("unreadable");
        assert!(reason.contains("cannot be read: it must be there"), "{reason}");
    }
}
