// Timers fire in order
const order: string[] = [];
setTimeout(() => order.push('late'), 20);
setTimeout(() => order.push('early'), 1);
const every = setInterval(() => order.push('tick'), 3);
await new Promise((done) => setTimeout(done, 30));
clearInterval(every);
return [order[0] === 'early' || order[0] === 'tick', order.includes('late'), order.includes('tick')];
//= returned [true,true,true]
