```ts
// A fence of Markdown around a script is taken off
return 'inside';
```
