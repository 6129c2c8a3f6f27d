Here is the script you asked for:

```ts
return nope;
```

It returns nothing.
