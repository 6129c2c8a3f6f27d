//! Writes the table of `docs/clients.md`, and fails when it was stale.

use std::path::Path;

use super::table::{CLIENTS, Client, Format, Places, Scope};

const BEGIN: &str =
    "<!-- The table is written by the test `clients::page::the_page_is_fresh`: do not edit it. -->\n";

#[test]
fn the_page_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/clients.md");
    let was = std::fs::read_to_string(&path).unwrap_or_default();
    let (before, rest) = was.split_once(BEGIN).expect("the page has a place for the table");
    let after = rest.split_once("\n\n").map_or("", |(_, after)| after);
    let page = format!("{before}{BEGIN}{}\n{after}", table());
    if was != page {
        std::fs::write(&path, page).expect("the page can be written");
        panic!("docs/clients.md was stale; it has been written anew: look at it and commit it");
    }
}

#[test]
fn every_row_has_a_name_of_its_own_and_an_entry() {
    for (at, client) in CLIENTS.iter().enumerate() {
        assert!(CLIENTS[..at].iter().all(|earlier| earlier.name != client.name), "{}", client.name);
        if client.format == Format::Yaml {
            continue;
        }
        let more: serde_json::Value = serde_json::from_str(client.entry.more).expect(client.name);
        assert!(more.is_object(), "{}", client.name);
    }
}

fn table() -> String {
    let head = "| name | client | for | file | its servers |\n|---|---|---|---|---|\n".to_owned();
    CLIENTS.iter().fold(head, |table, client| table + &row(client))
}

fn row(client: &Client) -> String {
    let scope = match client.scope {
        Scope::User => "you",
        Scope::Local => "you, in one folder",
        Scope::Project => "a project",
    };
    let key = client.key.iter().map(|&word| if word == "." { "the folder" } else { word });
    let key = key.collect::<Vec<_>>().join("` → `");
    let not_edited = if client.format == Format::Yaml { "; only told what to add" } else { "" };
    format!(
        "| `{}` | {} | {scope} | {} | `{key}`{not_edited} |\n",
        client.name,
        client.title,
        places(client.places)
    )
}

fn places(places: Places) -> String {
    let code =
        |places: &[&str]| places.iter().map(|place| format!("`{place}`")).collect::<Vec<_>>().join(" or ");
    let Places { linux, macos, windows } = places;
    if linux == macos && linux == windows {
        return code(linux);
    }
    format!("Linux {}, macOS {}, Windows {}", code(linux), code(macos), code(windows))
}
