// expect: threw LimitError: the CPU time limit of 1 s was reached
throw Object.assign(new Error('the CPU time limit of 1 s was reached'), { name: 'LimitError', code: 'limits.cpu_seconds' });
