//! Backslashes: no path is silently another one.

use super::*;

#[test]
fn a_backslash_that_json_does_not_know_fails_the_file() {
    for (text, column, escape) in [
        (r#""C:\Projects""#, 42, r"\P"),
        (r#""\.git""#, 40, r"\."),
        (r#""C:\users""#, 42, r"\u"),
        (r#""it\'s""#, 42, r"\'"),
    ] {
        let file = format!(r#"{{"mcpServers": {{"a": {{"command": "x", "args": [{text}]}}}}}}"#);
        let error = load(&file).err().expect("it is broken");
        let said = error.to_string();
        assert!(
            said.starts_with(&format!("/project/narrows.json:1:{}: this is not JSON: `{escape}", column + 9)),
            "{said}"
        );
        assert_eq!(
            error.hint(),
            Some(r#"in a path write every backslash twice, as in "C:\\Projects", or write `/`"#)
        );
    }
    let rule =
        r#"{"mcpServers": {}, "narrows": {"rules": [{"name": "a", "arguments": {"x": {"matches": "\d"}}}]}}"#;
    assert!(
        load(rule).err().is_some_and(|error| error.to_string().contains(r"`\d` is not an escape")),
        "{rule}"
    );
}

#[test]
fn only_json_is_read() {
    for text in ["{\"a\": .5}", "{\"a\": NaN}", "{\"a\": Infinity}", "{\"a\": \"b\nc\"}", "{\"a\": \"b\tc\"}"]
    {
        let said = load(text).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains("this is not JSON: "), "{text:?}: {said}");
    }
}

#[test]
fn a_windows_path_with_single_backslashes_is_told() {
    let at = "/project/narrows.json:1:";
    check_entry(
        r#"{"command": "C:\node\node.exe"}"#,
        &format!(
            r#"{at}34: `command` holds a line break (`\n`): a backslash in JSON text must be written twice; write "C:\\node\\node.exe" or "C:/node/node.exe""#
        ),
    );
    check_entry(
        r#"{"command": "x", "cwd": "tools\big"}"#,
        &format!(
            r#"{at}46: `cwd` holds a backspace (`\b`): a backslash in JSON text must be written twice; write "tools\\big" or "tools/big""#
        ),
    );
    for (argument, way_out) in [
        (r"C:\new\tools", r#""C:\\new\\tools" or "C:/new/tools""#),
        (r"--root=D:\fine", r#""--root=D:\\fine" or "--root=D:/fine""#),
        (r"..\tools", r#""..\\tools" or "../tools""#),
        (r"%APPDATA%\npm", r#""%APPDATA%\\npm" or "%APPDATA%/npm""#),
        (r"\\server\new", r#""\\server\\new" or "/server/new""#),
    ] {
        for entry in [
            format!(r#"{{"command": "x", "args": ["{argument}"]}}"#),
            format!(r#"{{"command": "x", "env": {{"A": "{argument}"}}}}"#),
        ] {
            let config = load(&format!("{{\"mcpServers\": {{\"x\": {entry}}}}}")).expect("the file is fine");
            let reason = config.servers[0].transport.as_ref().err().cloned().unwrap_or_default();
            assert!(
                reason.ends_with(&format!("must be written twice; write {way_out}")),
                "{entry}: {reason}"
            );
        }
    }
}

#[test]
fn line_breaks_and_tabs_of_other_texts_are_taken() {
    check_entry(
        r#"{"command": "sh", "args": ["-c", "echo a.\necho b\t# done", "C:\\new\\tools", "Note:\n- one"]}"#,
        r#"Stdio { command: "sh", args: 4, env: ["NARROWS_BEHIND"], cwd: Some("/project") }"#,
    );
}
