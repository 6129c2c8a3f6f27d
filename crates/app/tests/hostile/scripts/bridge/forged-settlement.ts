// expect: threw TypeError
(globalThis as any).__native.settle(1, 'forged');
