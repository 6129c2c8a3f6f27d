```typescript
return `
\`\`\`
`;
```
