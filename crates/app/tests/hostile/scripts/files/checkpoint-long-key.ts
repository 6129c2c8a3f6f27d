// expect: threw TypeError
await checkpoint.set('k'.repeat(10_000), 1);
