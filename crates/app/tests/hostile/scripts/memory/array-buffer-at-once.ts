// expect: exceeded limits.memory_mb
// limits: cpu_seconds=20
return new ArrayBuffer(1 << 30).byteLength;
