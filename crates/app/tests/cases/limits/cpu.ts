// A loop without end is stopped, and cannot catch it
try {
  for (;;);
} catch {
  return 'caught';
} finally {
  for (;;);
}
//= exceeded at 2:1: LimitError [limits.cpu_seconds]: the CPU time limit of 2 s was reached (`limits.cpu_seconds`)
//deno= exceeded: LimitError [limits.cpu_seconds]: the CPU time limit of 2 s was reached (`limits.cpu_seconds`)
