// Globals one expects
return ['structuredClone', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'AbortController', 'atob', 'btoa', 'queueMicrotask', 'setInterval', 'performance', 'crypto', 'Intl', 'console'].filter((name) => !(name in globalThis));
//= returned []
