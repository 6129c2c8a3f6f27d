// expect: threw TypeError
await fs.readFile({ toString: () => '/etc/passwd' } as any, 'utf-8');
