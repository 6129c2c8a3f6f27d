// An argument of the wrong kind is found before anything runs
import { getTickets } from './servers/zendesk';
await getTickets({ limit: 'ten' });
//= refused at 3:20: CheckError: `limit` of `getTickets` must be an integer, not a string
//= problem 3:20: `limit` of `getTickets` must be an integer, not a string
