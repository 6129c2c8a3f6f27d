// expect: refused
import x from './servers/slack' with { type: 'json' };
return x;
