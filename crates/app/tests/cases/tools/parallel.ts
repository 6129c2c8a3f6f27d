// A hundred calls at once
import { addComment } from './servers/zendesk';
const all = await Promise.all(Array.from({ length: 100 }, (_, i) => addComment({ ticketId: 1001 + i, body: 'x' })));
return all.length;
//= returned 100
//= call zendesk/add_comment answered x100
