// An import that is not used is left out, and said if it could not have worked
import { nope } from './servers/slack/nope';
import axios from 'axios';
import { type Channel } from './servers/slack';
return 1;
//= returned 1
//= warning: line 2: the server `slack` has no tool `nope`
//= warning: line 3: `axios` does not exist here; the network cannot be reached from here; call a tool: `await searchTools("…")` finds one
