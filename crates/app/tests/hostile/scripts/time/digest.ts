// expect: exceeded limits.cpu_seconds
const bytes = new Uint8Array(1 << 20);
while (true) await crypto.subtle.digest('SHA-512', bytes);
