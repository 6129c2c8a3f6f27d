```ts
// A fence of Markdown around a script is taken off
return 'inside';
```
//= returned "inside"
//= repair: Markdown fences were removed
