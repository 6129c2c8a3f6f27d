//! What a run costs, measured through a runner process as the host uses it.
#![expect(missing_docs, reason = "criterion's macros make public items")]

#[expect(dead_code, reason = "the tests use more of it")]
#[path = "../tests/it/worker.rs"]
mod worker;

use std::{hint::black_box, process::Command};

use criterion::{Criterion, criterion_group, criterion_main};
use wire::Settlement;

use crate::worker::{Worker, module, start};

const IMPORT: &str = "import { getOrder } from './servers/shop/getOrder';\n";

fn runs(bench: &mut Criterion) {
    let mut worker = Worker::start();

    bench.bench_function("return 1, fresh instance", |bencher| {
        bencher.iter(|| black_box(worker.run_with(start("return 1"), worker::nobody)));
    });

    let answer = |_: &str, _: &str| Settlement::Json(br#"{"id":1,"name":"Ada","tags":["x","y"]}"#.to_vec());
    let sequence = "let n = 0; for (let i = 0; i < 1000; i++) n += (await getOrder({ id: i })).id; return n";
    let together = "const all = await Promise.all([...Array(1000).keys()].map((id) => getOrder({ id }))); return all.length";
    for (name, body) in [("1,000 calls in sequence", sequence), ("1,000 calls in Promise.all", together)] {
        let javascript = format!("{IMPORT}export default async () => {{\n{body}\n}}");
        bench.bench_function(name, |bencher| {
            bencher.iter(|| black_box(worker.run_with(module(&javascript), answer)));
        });
    }

    // 10,000 rows of 26 cells, as a spreadsheet server answers.
    let row = format!("[{}]", vec!["\"cell text\",12345.5"; 13].join(","));
    let sheet = format!("{{\"rows\":[{}]}}", vec![row; 10_000].join(",")).into_bytes();
    let body = "const { rows } = await getOrder(); return rows.filter((row) => row[1] > 1).length";
    let javascript = format!("{IMPORT}export default async () => {{\n{body}\n}}");
    bench.bench_function("a sheet of 10,000 x 26", |bencher| {
        bencher
            .iter(|| black_box(worker.run_with(module(&javascript), |_, _| Settlement::Json(sheet.clone()))));
    });
}

/// A runner without a single wall.
fn bare() -> Command {
    let mut command = Command::new(worker::program());
    command.arg("run-bare");
    command
}

/// From nothing to the first frame: starts are what hosts do ahead of need, so this is the cost of a worker lost.
fn starts(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("start of a worker");
    group.bench_function("behind all walls", |bencher| bencher.iter(|| black_box(Worker::start())));
    group
        .bench_function("without walls", |bencher| bencher.iter(|| black_box(Worker::launched(&mut bare()))));
}

criterion_group!(benches, runs, starts);
criterion_main!(benches);
