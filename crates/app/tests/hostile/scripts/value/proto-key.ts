// expect: returned {"__proto__":{"polluted":true}}
return JSON.parse('{"__proto__": {"polluted": true}}');
