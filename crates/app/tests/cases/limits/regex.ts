// A regular expression without end is stopped
return /^(a+)+$/.test('a'.repeat(40) + '!');
//= exceeded at 2:40: LimitError [limits.cpu_seconds]: the CPU time limit of 2 s was reached (`limits.cpu_seconds`)
//deno= exceeded: LimitError [limits.cpu_seconds]: the CPU time limit of 2 s was reached (`limits.cpu_seconds`)
