//! What commands read and write by names that a person gives.

use std::{
    fs,
    process::{Command, Stdio},
};

use serde_json::json;

use crate::{
    narrows::{Narrows, finish},
    servers::{config, demo},
};

fn pipe(narrows: &Narrows) -> std::path::PathBuf {
    let pipe = narrows.home().join("pipe.ts");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo starts").success());
    pipe
}

#[test]
fn a_script_may_come_through_a_pipe_and_the_wait_for_it_can_be_ended() {
    let narrows = Narrows::configured(&config([]));
    let pipe = pipe(&narrows);
    std::thread::scope(|scope| {
        scope.spawn(|| fs::write(&pipe, "return 1 + 1").expect("written"));
        assert_eq!(narrows.output(&["run", "pipe.ts", "-q"]).stdout, "2\n");
    });
    for signal in ["-TERM", "-INT"] {
        let mut command = narrows.command(&["run", "pipe.ts"]);
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        // Opened once the script is waited for; nothing comes through it.
        let _silent = fs::OpenOptions::new().write(true).open(&pipe).expect("it has a reader");
        Command::new("kill").args([signal, &child.id().to_string()]).status().expect("`kill` starts");
        assert_eq!(child.wait().expect("it ends").code(), Some(130), "{signal}");
    }
}

#[test]
fn what_is_too_large_to_read_is_not_cut() {
    let narrows = Narrows::configured(&config([]));
    let output = finish(narrows.command(&["run", "/dev/zero"]).stdin(Stdio::null()));
    let says = "error: cannot read `/dev/zero`: it has more than 67108864 bytes\n";
    assert_eq!((output.code, &*output.stderr), (Some(2), says));
}

#[test]
fn types_are_written_inside_of_their_folder_alone() {
    let narrows = Narrows::configured(&config([("slack", demo("slack"))]));
    let secret = narrows.write("secret", "mine");
    let out = narrows.home().join("out");
    assert_eq!(narrows.output(&["types", "out"]).code, Some(0));
    fs::remove_file(out.join(".narrows-types")).expect("removed");
    std::os::unix::fs::symlink(&secret, out.join(".narrows-types")).expect("linked");
    assert_ne!(narrows.output(&["types", "out"]).code, Some(0));
    assert_eq!(fs::read_to_string(&secret).expect("there"), "mine");
    fs::remove_file(out.join(".narrows-types")).expect("removed");
    fs::write(out.join(".narrows-types"), "").expect("written");
    let elsewhere = narrows.home().join("elsewhere");
    fs::create_dir(&elsewhere).expect("made");
    let _ = fs::remove_dir_all(out.join("servers"));
    std::os::unix::fs::symlink(&elsewhere, out.join("servers")).expect("linked");
    narrows.output(&["types", "out"]);
    assert_eq!(fs::read_dir(&elsewhere).expect("listed").count(), 0);
    // The folder itself is where its person says.
    std::os::unix::fs::symlink(&elsewhere, narrows.home().join("link")).expect("linked");
    assert_eq!(narrows.output(&["types", "link", "--json"]).json()["folder"], json!("link"));
    assert!(elsewhere.join("servers").is_dir());
}
