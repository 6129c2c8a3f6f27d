// expect: exceeded limits.cpu_seconds at 3
const text = JSON.stringify(new Array(100_000).fill(1));
while (true) JSON.parse(text);
