// expect: threw TypeError: a search takes at most 32 queries at once, not 500000
// limits: cpu_seconds=10 memory_mb=256 argument_kb=16384
await searchTools(new Array(500_000).fill('send mail user chan') as any);
