// expect: exceeded limits.cpu_seconds
return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);
