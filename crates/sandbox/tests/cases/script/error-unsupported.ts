@sealed class A { accessor x = 1; }
using file = open();
try { import { a } from './a'; } catch {}
import fs = require('fs');
export = A;
