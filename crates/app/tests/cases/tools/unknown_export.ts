// A name a server does not have is refused with a proposal
import { getDocuments } from './servers/google-drive';
await getDocuments({ id: 'x' });
//= refused at 2:10: CheckError: `./servers/google-drive` does not export `getDocuments` (did you mean `getDocument`?)
//= problem 2:10: `./servers/google-drive` does not export `getDocuments` (did you mean `getDocument`?)
