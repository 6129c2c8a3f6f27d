//! Writes `docs/command-line.md` from the command line's own definition, and fails when the page was stale.

use std::{fmt::Write, path::Path};

use clap::{Command, CommandFactory};

use crate::args::Cli;

#[test]
fn the_manual_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/command-line.md");
    let page = page();
    let was = std::fs::read_to_string(&path).unwrap_or_default();
    if was != page {
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("the folder can be made");
        std::fs::write(&path, page).expect("the page can be written");
        panic!("docs/command-line.md was stale; it has been written anew: look at it and commit it");
    }
}

fn page() -> String {
    let mut page =
        "<!-- Written by the test `manual::the_manual_is_fresh` from crates/app/src/args.rs: do not edit. -->\n\n\
         # Command line\n"
            .to_owned();
    let mut top = Cli::command().term_width(100).bin_name("narrows");
    top.build();
    section(&mut page, &mut top, "narrows");
    page
}

fn section(page: &mut String, command: &mut Command, name: &str) {
    let help = command.render_long_help().to_string();
    let help: Vec<_> = help.trim_end().lines().map(str::trim_end).collect();
    write!(page, "\n## `{name}`\n\n```text\n{}\n```\n", help.join("\n")).expect("a String takes everything");
    for sub in command.get_subcommands_mut() {
        // `help` says again what the others say of themselves.
        if !sub.is_hide_set() && sub.get_name() != "help" {
            let name = format!("{name} {}", sub.get_name());
            section(page, sub, &name);
        }
    }
}
