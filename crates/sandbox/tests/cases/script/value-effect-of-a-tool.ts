import * as redis from './servers/redis';
await redis.set({ key: 'a', value: '1' });
