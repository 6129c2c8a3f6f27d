// expect: exceeded limits.cpu_seconds
function* forever() {
  for (let n = 0; ; n++) yield n;
}
return Math.max(...(function* () { for (const n of forever()) if (n < 0) yield n; })());
