// A word that is not among the choices is found before anything runs
import { getTickets } from './servers/zendesk';
await getTickets({ status: 'opened' });
