// expect: exceeded limits.cpu_seconds at 2
while (true) await null;
