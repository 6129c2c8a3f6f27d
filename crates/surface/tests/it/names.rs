//! Names of whole catalogs: unique, and found again.

use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::json;
use surface::typescript_of_schema;

use crate::{
    text::assert_sound,
    tree::{surface, tool},
};

#[test]
fn tools_of_one_spelling_are_told_apart() {
    let one = surface(&[("s", &["get_doc", "getDoc", "get-doc", "GETDOC"])]);
    let mut names: Vec<&str> = one.exports("/servers/s/index.ts").expect("an index");
    names.sort_unstable();
    assert_eq!(names, ["getDoc", "getDoc_1dd10d", "getDoc_26f887", "getdoc_f783cc"]);
}

#[test]
fn a_type_name_that_is_none_becomes_one() {
    assert_eq!(typescript_of_schema(&json!(true), "my type"), "export type MyType = unknown;\n");
    assert_eq!(typescript_of_schema(&json!(true), "*/"), "export type T = unknown;\n");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_names_make_a_tree(servers in prop::collection::vec((".{0,20}", prop::collection::hash_set("[a-bA-B_ -]{0,3}|.{0,300}", 0..8)), 0..5)) {
        let lists: Vec<(String, Vec<String>)> =
            servers.into_iter().map(|(name, tools)| (name, tools.into_iter().collect())).collect();
        let catalog = lists.iter().map(|(name, tools)| (name.as_str(), tools.iter().map(|name| tool(name)).collect()));
        let one = crate::tree::surface_of(catalog);
        let mut seen = HashSet::new();
        for (path, text) in one.files() {
            prop_assert!(seen.insert(path.to_lowercase()), "{path} twice");
            prop_assert!(path.split('/').all(|part| !part.is_empty() && part != "." && part != ".." && part.len() < 200), "{path}");
            if path.ends_with(".ts") {
                assert_sound(&text);
                let module = one.resolve(&format!("./{}", path.trim_end_matches(".ts")), "/main.ts");
                prop_assert_eq!(module.as_deref(), Ok(&*format!("/{path}")));
            }
        }
        for (server, tool) in one.catalog().tools() {
            let id = ::tools::ToolId::new(server.name.clone(), tool.name.clone());
            let path = one.path_of(&id).expect("every tool has a path");
            prop_assert_eq!(one.tool_at(path), Some(&id));
        }
    }
}
