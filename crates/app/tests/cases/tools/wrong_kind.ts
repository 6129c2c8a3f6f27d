// An argument of the wrong kind is found before anything runs
import { getTickets } from './servers/zendesk';
await getTickets({ limit: 'ten' });
