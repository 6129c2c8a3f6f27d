// A tool that does not exist is refused with a proposal
import { getDocumnt } from './servers/google-drive/getDocumnt';
await getDocumnt({ id: 'x' });
//= refused at 2:28: CheckError: the server `google-drive` has no tool `getDocumnt` (did you mean `./servers/google-drive/getDocument`?)
//= problem 2:28: the server `google-drive` has no tool `getDocumnt` (did you mean `./servers/google-drive/getDocument`?)
