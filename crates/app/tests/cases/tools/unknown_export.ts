// A name a server does not have is refused with a proposal
import { getDocuments } from './servers/google-drive';
await getDocuments({ id: 'x' });
