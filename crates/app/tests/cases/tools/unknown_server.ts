// A server that does not exist is refused with a proposal
import { getDocument } from './servers/google-drve';
await getDocument({ id: 'x' });
