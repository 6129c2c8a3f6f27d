// expect: exceeded
for (let n = 0; ; n++) await import('./servers/no-such-server-' + n).catch(() => {});
