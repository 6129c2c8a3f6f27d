// A script that fills its memory is stopped
const all: Uint8Array[] = [];
for (;;) all.push(new Uint8Array(16 << 20).fill(1));
//= exceeded at 3:40: LimitError [limits.memory_mb]: the memory limit of 512 MB was reached (`limits.memory_mb`)
//deno= exceeded: LimitError [limits.memory_mb]: the memory limit of 512 MB was reached (`limits.memory_mb`)
