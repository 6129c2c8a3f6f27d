// A result is handed on where its text was meant
import { getDocument } from './servers/google-drive';
import { sendMessage } from './servers/slack';
const text: any = await getDocument({ documentId: 'doc-123' });
return await sendMessage({ channel: '#general', text });
//= threw at 5:14: ToolError [invalid_arguments]: wrong arguments for `slack/send_message`: `text` must be a string, not an object
//= call google-drive/get_document answered x1
//= call slack/send_message invalid_arguments x1
//= warning: line 5: by what `getDocument` declares to return, `text` is an object, and `text` of `sendMessage` must be a string; write `text.content`
