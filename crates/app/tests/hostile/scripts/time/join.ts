// expect: exceeded limits.cpu_seconds at 3
const words = new Array(200_000).fill('x');
while (true) words.join('');
