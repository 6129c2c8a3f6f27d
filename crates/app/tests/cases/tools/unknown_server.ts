// A server that does not exist is refused with a proposal
import { getDocument } from './servers/google-drve';
await getDocument({ id: 'x' });
//= refused at 2:29: CheckError: there is no server `google-drve` (did you mean `./servers/google-drive` or `./servers/google-sheets`?)
//= problem 2:29: there is no server `google-drve` (did you mean `./servers/google-drive` or `./servers/google-sheets`?)
