//! How fast tokens are counted, in text as it comes and in text that was made to be slow.

use criterion::{Criterion, Throughput};
use surface::count_tokens;

const BYTES: usize = 1_000_000;

fn tokens(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("count tokens");
    for (name, unit) in [
        (
            "rows of JSON",
            r#"{"id":1042,"customer":"Nordwind GmbH","total":1299.5,"paid":true,"due":"2025-11-30"},"#,
        ),
        (
            "prose",
            "The quick brown fox jumps over the lazy dog, and nobody in the valley has ever asked it why. ",
        ),
        ("one letter", "a"),
        ("spaces", " "),
        ("Chinese", "天气预报查询接口，支持多个城市。"),
    ] {
        let text = unit.repeat(BYTES / unit.len());
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bench| bench.iter(|| count_tokens(&text)));
    }
}

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    tokens(&mut criterion);
    criterion.final_summary();
}
