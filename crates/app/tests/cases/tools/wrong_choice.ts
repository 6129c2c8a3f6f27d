// A word that is not among the choices is found before anything runs
import { getTickets } from './servers/zendesk';
await getTickets({ status: 'opened' });
//= refused at 3:20: CheckError: `status` of `getTickets` must be one of `"new"`, `"open"`, `"pending"`, `"solved"` (did you mean `"open"`?)
//= problem 3:20: `status` of `getTickets` must be one of `"new"`, `"open"`, `"pending"`, `"solved"` (did you mean `"open"`?)
