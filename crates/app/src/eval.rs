//! `narrows eval search`: how well the search finds the right tools, on anybody's collection of tools and requests.
//!
//! Reads files and prints; the ranking and its measures are `surface`'s. The collection's format is plain: one JSON
//! object a line. A tool has `id` (or `server` and `tool`), `description`, and where known `server_name`, `title`,
//! `inputSchema` or `flatArgs`; a query has `id`, `query`, `gold` (ids of the tools that should be found) and
//! `also_ok` (for each of these, ids that do as well).

use std::{
    collections::{BTreeMap, HashSet},
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};
use surface::{
    Document, Index,
    eval::{Quality, judge, mean},
};

/// How many tools of each query are judged and written out.
const RANKED: usize = 100;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct EvalArgs {
    /// Files of tools, one JSON object a line; `.gz` is unpacked
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub(crate) tools: Vec<PathBuf>,
    /// File of queries, one JSON object a line; `.gz` is unpacked
    #[arg(long, value_name = "FILE")]
    pub(crate) queries: PathBuf,
    /// Write what was found, one {"id","results"} a line
    #[arg(long, value_name = "RUN")]
    pub(crate) out: Option<PathBuf>,
}

/// Ranks every query over all tools, and prints the measures: of all, of each source, and of two halves, so that
/// numbers tuned on one half can be checked on the other.
pub(crate) fn run(args: &EvalArgs) -> anyhow::Result<()> {
    let tools = tools(&args.tools)?;
    let queries: Vec<QueryLine> = lines(&args.queries)?;
    let started = Instant::now();
    let index = Index::new(tools.iter().map(ToolLine::document));
    let built = started.elapsed();
    let runs: Vec<Run> = queries.iter().map(|query| Run::new(&index, &tools, query)).collect();
    if let Some(out) = &args.out {
        write_runs(out, &queries, &runs)?;
    }
    print(&mut std::io::stdout().lock(), &queries, &runs, tools.len(), built)
        .context("the report could not be printed")
}

/// A tool as the collection has it.
#[derive(Debug, Deserialize)]
struct ToolLine {
    #[serde(default)]
    id: String,
    server: String,
    tool: String,
    #[serde(default)]
    server_name: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default, rename = "inputSchema")]
    input_schema: Option<Value>,
    #[serde(default, rename = "flatArgs")]
    flat_args: Option<Value>,
}

impl ToolLine {
    fn document(&self) -> Document<'_> {
        const NONE: &Value = &Value::Null;
        Document {
            server: &self.server,
            server_title: self.server_name.as_deref().unwrap_or(&self.server),
            name: &self.tool,
            title: self.title.as_deref().unwrap_or_default(),
            description: self.description.as_deref().unwrap_or_default(),
            schema: self.input_schema.as_ref().or(self.flat_args.as_ref()).unwrap_or(NONE),
        }
    }
}

/// A request, and what should be found.
#[derive(Debug, Deserialize)]
struct QueryLine {
    id: Value,
    query: String,
    gold: Vec<String>,
    #[serde(default)]
    also_ok: Vec<Vec<String>>,
    #[serde(default)]
    src: Option<String>,
}

impl QueryLine {
    /// For each tool that should be found, itself and those that do as well.
    fn wanted(&self) -> Vec<Vec<String>> {
        let gold = self.gold.iter().enumerate();
        gold.map(|(at, gold)| {
            let others = self.also_ok.get(at).cloned().unwrap_or_default();
            [gold.clone()].into_iter().chain(others).collect()
        })
        .collect()
    }

    /// Whether the query belongs to the first of two halves: by a hash of its id, so that it stays there.
    fn is_in_first_half(&self) -> bool {
        let id = self.id.as_str().map_or_else(|| self.id.to_string(), str::to_owned);
        let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
        (hash >> 20) & 1 == 1
    }
}

/// What was found for one query.
struct Run {
    found: Vec<String>,
    quality: Quality,
    took: Duration,
}

impl Run {
    fn new(index: &Index, tools: &[ToolLine], query: &QueryLine) -> Self {
        let started = Instant::now();
        let found = index.search(&[&query.query], None, RANKED);
        let took = started.elapsed();
        let found: Vec<String> = found.iter().map(|found| tools[found.document].id.clone()).collect();
        Self { quality: judge(&found, &query.wanted()), found, took }
    }
}

/// All tools; of two with one id the first.
fn tools(files: &[PathBuf]) -> anyhow::Result<Vec<ToolLine>> {
    let mut all: Vec<ToolLine> = Vec::new();
    for file in files {
        all.extend(lines(file)?);
    }
    for tool in all.iter_mut().filter(|tool| tool.id.is_empty()) {
        tool.id = format!("{}/{}", tool.server, tool.tool);
    }
    let mut seen = HashSet::new();
    all.retain(|tool| seen.insert(tool.id.clone()));
    Ok(all)
}

fn lines<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<T>> {
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    let packed = path.extension().is_some_and(|extension| extension == "gz");
    let reader: Box<dyn Read> =
        if packed { Box::new(flate2::read::MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut all = Vec::new();
    for (at, line) in BufReader::new(reader).lines().enumerate() {
        let place = || format!("{}, line {}", path.display(), at + 1);
        let line = line.with_context(place)?;
        if !line.trim().is_empty() {
            all.push(serde_json::from_str(&line).with_context(place)?);
        }
    }
    Ok(all)
}

fn write_runs(path: &Path, queries: &[QueryLine], runs: &[Run]) -> anyhow::Result<()> {
    let mut text = String::new();
    for (query, run) in queries.iter().zip(runs) {
        text.push_str(&json!({"id": query.id, "results": run.found}).to_string());
        text.push('\n');
    }
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

fn print(
    out: &mut impl Write,
    queries: &[QueryLine],
    runs: &[Run],
    tools: usize,
    built: Duration,
) -> std::io::Result<()> {
    let mut times: Vec<Duration> = runs.iter().map(|run| run.took).collect();
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
    writeln!(out, "{tools} tools, {} queries", runs.len())?;
    writeln!(
        out,
        "index built in {:.0} ms; a query takes {:.2} ms (median), {:.2} ms (95th percentile)\n",
        built.as_secs_f64() * 1e3,
        at(0.5).as_secs_f64() * 1e3,
        at(0.95).as_secs_f64() * 1e3
    )?;
    let columns = ["queries", "recall@1", "recall@5", "recall@10", "MRR", "nDCG@10"];
    writeln!(out, "{:<20}{}", "", columns.map(|column| format!("{column:>10}")).concat())?;
    for (name, qualities) in groups(queries, runs) {
        let Quality { recall_1, recall_5, recall_10, mrr, ndcg_10 } = mean(&qualities);
        let figures = [recall_1, recall_5, recall_10, mrr, ndcg_10].map(|figure| format!("{figure:>10.3}"));
        writeln!(out, "{name:<20}{:>10}{}", qualities.len(), figures.concat())?;
    }
    Ok(())
}

/// All queries, the two halves, and each source.
fn groups(queries: &[QueryLine], runs: &[Run]) -> Vec<(String, Vec<Quality>)> {
    let (mut all, mut first, mut second) = (Vec::new(), Vec::new(), Vec::new());
    let mut sources: BTreeMap<String, Vec<Quality>> = BTreeMap::new();
    for (query, run) in queries.iter().zip(runs) {
        all.push(run.quality);
        if query.is_in_first_half() {
            first.push(run.quality);
        } else {
            second.push(run.quality);
        }
        if let Some(source) = &query.src {
            sources.entry(source.clone()).or_default().push(run.quality);
        }
    }
    let fixed = [("all", all), ("first half", first), ("second half", second)];
    fixed.into_iter().map(|(name, qualities)| (name.to_owned(), qualities)).chain(sources).collect()
}
