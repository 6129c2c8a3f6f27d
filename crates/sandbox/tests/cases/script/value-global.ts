globalThis.result = [1].map(String);
