// A fence of Markdown around a script is taken off
```ts
return 'inside';
```
