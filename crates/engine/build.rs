//! Puts the prelude's files together: the body of one function, in the order of their names.

use std::{env, fs, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=prelude");
    let mut files: Vec<_> = fs::read_dir("prelude")
        .expect("the folder `prelude`")
        .map(|entry| entry.expect("an entry of `prelude`").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "js"))
        .collect();
    files.sort();
    // The wrapper opens on the first line, so that line numbers of the first file stay.
    let mut prelude = String::from("(function (native) { \"use strict\"; ");
    for file in files {
        prelude.push_str(&fs::read_to_string(&file).expect("a readable file"));
        prelude.push('\n');
    }
    prelude.push_str("})");
    let out = env::var("OUT_DIR").expect("OUT_DIR");
    fs::write(Path::new(&out).join("prelude.js"), prelude).expect("written");
}
