// A tool that does not exist is refused with a proposal
import { getDocumnt } from './servers/google-drive/getDocumnt';
await getDocumnt({ id: 'x' });
