// It counts.
```ts
const a = 1;
return a;
```
