// expect: threw
const self: Promise<unknown> = new Promise((done) => queueMicrotask(() => done(self)));
await self;
