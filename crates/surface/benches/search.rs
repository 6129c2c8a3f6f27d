//! Ten thousand made-up tools: how long the index takes to build, and a query to answer.

use criterion::Criterion;
use serde_json::{Value, json};
use surface::{Document, Index};

const SERVERS: usize = 200;
const TOOLS_OF_EACH: usize = 50;

const VERBS: [&str; 10] =
    ["get", "list", "create", "update", "delete", "search", "export", "share", "archive", "compare"];
const THINGS: [&str; 25] = [
    "document",
    "invoice",
    "customer",
    "order",
    "payment",
    "issue",
    "branch",
    "commit",
    "folder",
    "calendar",
    "meeting",
    "contact",
    "message",
    "channel",
    "product",
    "price",
    "warehouse",
    "shipment",
    "report",
    "dashboard",
    "metric",
    "alert",
    "deployment",
    "database",
    "ticket",
];
const PLACES: [&str; 8] =
    ["workspace", "account", "project", "team", "region", "archive", "organisation", "environment"];

const QUERIES: [&str; 3] = [
    "list open issues",
    "export the invoices of a customer as a report for the team",
    "I'm preparing our monthly meeting. Could you compare the shipments of all warehouses with the orders? Also share \
     the dashboard 'Sales 2025' with the team and create a ticket for every alert.",
];

struct MadeUp {
    server: String,
    name: String,
    description: String,
    schema: Value,
}

impl MadeUp {
    fn new(server: usize, tool: usize) -> Self {
        let at = server * TOOLS_OF_EACH + tool;
        let (verb, thing) = (VERBS[at % VERBS.len()], THINGS[(at / VERBS.len() + server) % THINGS.len()]);
        let (place, other) = (PLACES[at % PLACES.len()], THINGS[(at * 7 + server) % THINGS.len()]);
        Self {
            server: format!("{other}-service-{server}"),
            name: format!("{verb}_{thing}_{at}"),
            description: format!(
                "Use this to {verb} one {thing} or several of the {place}. It answers with the {thing} and the {other} \
                 it belongs to; the result is paged, sorted by date and never longer than a thousand rows."
            ),
            schema: json!({"type": "object", "properties": {
                format!("{thing}_id"): {"type": "string", "description": format!("The identifier of the {thing}")},
                place: {"type": "string", "description": format!("The {place} to look in")},
                "limit": {"type": "integer", "description": "How many rows to answer with at most"},
                "order": {"enum": ["newest", "oldest", other]},
            }}),
        }
    }

    fn document(&self) -> Document<'_> {
        Document {
            server: &self.server,
            server_title: "",
            name: &self.name,
            title: "",
            description: &self.description,
            schema: &self.schema,
        }
    }
}

fn search(criterion: &mut Criterion) {
    let tools: Vec<MadeUp> = (0..SERVERS)
        .flat_map(|server| (0..TOOLS_OF_EACH).map(move |tool| MadeUp::new(server, tool)))
        .collect();
    let build = || Index::new(tools.iter().map(MadeUp::document));
    criterion.bench_function("build the index of 10,000 tools", |bench| bench.iter(build));
    let index = build();
    for (name, query) in ["short", "medium", "long"].into_iter().zip(QUERIES) {
        let name = format!("a {name} query over 10,000 tools");
        criterion.bench_function(&name, |bench| bench.iter(|| index.search(&[query], None, 10)));
    }
}

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    search(&mut criterion);
    criterion.final_summary();
}
