eval('1'); (0, eval)('2'); globalThis.eval('3');
new Function('return 1')(); Function('x'); globalThis.Function('y');
x instanceof Function; typeof process; typeof fetch === 'function';
require('fs'); process.env.HOME; await fetch('https://example.com');
new WebSocket('ws://x'); window.fetch('y');
function local(fetch, eval_, process) { fetch(); process.exit(); }
const path = './x'; await import(path + '.ts');
