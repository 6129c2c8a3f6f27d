const order = [];
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
queueMicrotask(() => order.push('micro'));
setTimeout((a, b) => order.push(a + b), 5, 'time', 'out');
const cancelled = setTimeout(() => order.push('never'), 5);
clearTimeout(cancelled);
let ticks = 0;
const interval = setInterval(() => {
  order.push(`tick ${++ticks}`);
  if (ticks === 2) clearInterval(interval);
}, 10);
await wait(1);
while (ticks < 2) await wait(1);
await wait(1);
const signal = AbortSignal.timeout(1);
await wait(1);
return { order, name: signal.reason?.name, elapsed: performance.now() > 0, typed: typeof setImmediate(() => {}) };
// expect: returned {"order":["micro","timeout","tick 1","tick 2"],"name":"TimeoutError","elapsed":true,"typed":"number"}
