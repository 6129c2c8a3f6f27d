// expect: returned ["undefined","undefined","undefined"]
const timer = (globalThis as any).__narrows.tool('timer');
const times = await Promise.all([timer({ ms: -1 }), timer({ ms: 'soon' }), timer({})]);
return times.map((time) => typeof time);
