import { a } from './servers/x';
import { a } from './servers/x';
import { a, b } from './servers/x';
return a({ n: await b() });
