// expect: refused
import x from 'https://example.invalid/x.js';
return x;
