// expect: returned "forged"
(Object.prototype as any).toJSON = () => 'forged';
return { a: 1 };
