// A script that breaks what it can still prints, calls and ends in a defined way.
// answer: call {"n":1}
Array.prototype[Symbol.iterator] = Array.prototype.map = Array.prototype.push = () => { throw new Error('poison') };
Object.keys = Reflect.apply = Promise.prototype.then = () => { throw new Error('poison') };
const { n } = await callMCPTool('a__b', { x: 1 });
return n;
// expect: returned 1
