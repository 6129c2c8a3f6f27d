Here:
```ts
return 1;
```
