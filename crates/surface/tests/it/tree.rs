//! The tree: paths, lookups, modules.

use std::sync::Arc;

use serde_json::json;
use surface::{Module, Surface};
use tools::{Annotations, Catalog, Server, ServerName, ServerState, Tool, ToolId};

pub(crate) fn tool(name: &str) -> Tool {
    Tool {
        name: name.into(),
        title: None,
        description: String::new(),
        input_schema: json!({"type": "object"}),
        output_schema: None,
        annotations: Annotations::default(),
    }
}

pub(crate) fn surface_of<'a>(servers: impl IntoIterator<Item = (&'a str, Vec<Tool>)>) -> Surface {
    let server = |(name, tools): (&str, Vec<Tool>)| {
        let tools = tools.into_iter().map(Arc::new).collect();
        Arc::new(Server { tools, state: ServerState::Ready, ..Server::starting(ServerName::new(name)) })
    };
    Surface::new(Arc::new(Catalog::new(servers.into_iter().map(server))))
}

pub(crate) fn surface(servers: &[(&str, &[&str])]) -> Surface {
    surface_of(servers.iter().map(|(name, tools)| (*name, tools.iter().map(|name| tool(name)).collect())))
}

fn company() -> Surface {
    surface(&[
        ("google-drive", &["get_document", "list_files", "search"]),
        ("Sales Force", &["updateRecord", "search"]),
        ("github", &[]),
    ])
}

fn id(server: &str, tool: &str) -> ToolId {
    ToolId::new(ServerName::new(server), tool)
}

#[test]
fn folders_are_listed_in_order() {
    let one = company();
    assert_eq!(one.read_dir("/servers").expect("a folder"), ["Sales%20Force", "github", "google-drive"]);
    assert_eq!(
        one.read_dir("/servers/google-drive/").expect("a folder"),
        ["getDocument.ts", "index.ts", "listFiles.ts", "search.ts"]
    );
    assert_eq!(one.read_dir("/servers/github").expect("a folder"), ["index.ts"]);
    for path in
        ["/", "", "/server", "/servers/nope", "/servers/README.md", "/servers/github/index.ts", "servers"]
    {
        assert_eq!(one.read_dir(path), None, "{path}");
    }
}

#[test]
fn every_listed_file_can_be_read() {
    let one = company();
    let files: Vec<(String, String)> = one.files().collect();
    assert_eq!(files.len(), 1 + 3 + 5);
    for (path, text) in files {
        assert_eq!(one.read_file(&format!("/{path}")), Some(text), "{path}");
    }
    for path in [
        "/servers",
        "/servers/github",
        "/servers/google-drive/getDocument",
        "/servers/google-drive/get_document.ts",
    ] {
        assert_eq!(one.read_file(path), None, "{path}");
    }
}

#[test]
fn tools_are_found_by_path_and_back() {
    let one = company();
    let document = id("google-drive", "get_document");
    assert_eq!(one.tool_at("servers/google-drive/getDocument"), Some(&document));
    assert_eq!(one.path_of(&document), Some("servers/google-drive/getDocument"));
    assert_eq!(one.path_of(&id("Sales Force", "updateRecord")), Some("servers/Sales%20Force/updateRecord"));
    assert_eq!(one.tool_at("servers/google-drive/get_document"), None);
    assert_eq!(one.path_of(&id("google-drive", "getDocument")), None);
}

#[test]
fn tools_are_found_by_many_names() {
    let one = company();
    for name in [
        "google_drive__get_document",
        "google-drive__get_document",
        "google-drive/getDocument",
        "google-drive/get_document",
        "google-drive.getDocument",
        "./servers/google-drive/getDocument.ts",
        "getDocument",
        "get_document",
        "GetDocument",
    ] {
        assert_eq!(one.tool_named(name), Ok(&id("google-drive", "get_document")), "{name}");
    }
    assert_eq!(one.tool_named("salesforce/search"), Ok(&id("Sales Force", "search")));
}

#[test]
fn names_of_nothing_are_answered_with_a_guess() {
    let one = company();
    let check = |name: &str, expect: &str| {
        assert_eq!(one.tool_named(name).expect_err(name).to_string(), expect);
    };
    check("getDocumnt", "there is no tool `getDocumnt`; did you mean `google-drive/getDocument`?");
    check(
        "google-drive/getDoc",
        "there is no tool `google-drive/getDoc`; did you mean `google-drive/getDocument`?",
    );
    check(
        "search",
        "2 tools are called `search`; put the server's name before it; did you mean `Sales%20Force/search` or `google-drive/search`?",
    );
    check("zzz", "there is no tool `zzz`");
    check("", "there is no tool ``");
}

#[test]
fn modules_are_resolved() {
    let one = company();
    let check = |specifier: &str, from: &str, expect: &str| {
        assert_eq!(one.resolve(specifier, from).as_deref(), Ok(expect), "{specifier} in {from}");
    };
    let document = "/servers/google-drive/getDocument.ts";
    check("./servers/google-drive/getDocument", "/main.ts", document);
    check("./servers/google-drive/getDocument.ts", "/main.ts", document);
    check("./servers/google-drive/getDocument.js", "/main.ts", document);
    check("/servers/google-drive/getDocument", "/main.ts", document);
    check("servers/google-drive/getDocument", "/skills/a.ts", document);
    check("../servers/google-drive/getDocument", "/skills/a.ts", document);
    check("./getDocument.ts", "/servers/google-drive/index.ts", document);
    check("./servers/../servers/google-drive/getDocument", "/main.ts", document);
    for index in [
        "./servers/google-drive",
        "./servers/google-drive/",
        "./servers/google-drive/index",
        "./servers/google-drive/index.ts",
    ] {
        check(index, "/main.ts", "/servers/google-drive/index.ts");
    }
}

#[test]
fn modules_of_nothing_are_answered_with_a_guess() {
    let one = company();
    let check = |specifier: &str, expect: &str| {
        assert_eq!(one.resolve(specifier, "/main.ts").expect_err(specifier).to_string(), expect);
    };
    check(
        "./servers/google-drive/get_document",
        "the server `google-drive` has no tool `get_document`; did you mean `./servers/google-drive/getDocument`?",
    );
    check("./servers/google-drive/sendMail", "the server `google-drive` has no tool `sendMail`");
    check(
        "./servers/googledrive/getDocument",
        "there is no server `googledrive`; did you mean `./servers/google-drive/getDocument`?",
    );
    check(
        "./servers/salesforce/updateRecord",
        "there is no server `salesforce`; did you mean `./servers/Sales%20Force/updateRecord`?",
    );
    check(
        "./servers/drive/getDocument",
        "there is no server `drive`; did you mean `./servers/google-drive/getDocument`?",
    );
    check("./servers", "`./servers` is a folder; import a server in it, as in `./servers/Sales%20Force`");
    check("./skills/report", "`./skills/report` is not below `./servers`");
    check("../../etc/passwd", "`../../etc/passwd` is not below `./servers`");
}

#[test]
fn the_engine_gets_the_module_and_what_it_imports() {
    let one = company();
    let module =
        |name: &str, javascript: &str| Module { name: name.to_owned(), javascript: javascript.to_owned() };
    let update = module(
        "/servers/Sales%20Force/updateRecord.ts",
        r#"export const updateRecord = __narrows.tool("servers/Sales%20Force/updateRecord");"#,
    );
    let search = module(
        "/servers/Sales%20Force/search.ts",
        r#"export const search = __narrows.tool("servers/Sales%20Force/search");"#,
    );
    let index = module(
        "/servers/Sales%20Force/index.ts",
        "export { search } from \"./search.ts\";\nexport { updateRecord } from \"./updateRecord.ts\";\n",
    );
    assert_eq!(one.modules("/servers/Sales%20Force/updateRecord.ts"), Some(vec![update.clone()]));
    assert_eq!(one.modules("/servers/Sales%20Force/index.ts"), Some(vec![index, search, update]));
    assert_eq!(one.exports("/servers/Sales%20Force/index.ts"), Some(vec!["search", "updateRecord"]));
    assert_eq!(one.exports("/servers/google-drive/getDocument.ts"), Some(vec!["getDocument"]));
    assert_eq!(one.modules("/servers/README.md"), None);
    assert_eq!(one.exports("/servers/google-drive"), None);
}

#[test]
fn a_server_that_is_away_is_not_taken_for_one_without_tools() {
    let state = ServerState::Failed { reason: "exit code 1 in /home/ada".to_owned() };
    let away = Arc::new(Server { state, ..Server::starting(ServerName::new("git-hub")) });
    let surface = Surface::new(Arc::new(Catalog::new([away])));
    let expect = "the server `git-hub` is not available now";
    let said = |unknown: surface::Unknown| {
        assert!(unknown.is_away);
        unknown.to_string()
    };
    assert_eq!(
        surface.resolve("./servers/git-hub/listIssues", "/main.ts").map_err(said),
        Err(expect.to_owned())
    );
    for name in ["git_hub__list_issues", "git-hub/listIssues"] {
        assert_eq!(surface.tool_named(name).map_err(said), Err(expect.to_owned()), "{name}");
    }
}
