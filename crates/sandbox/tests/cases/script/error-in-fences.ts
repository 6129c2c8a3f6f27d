
```ts
return 1 +
```
