// An object is taken for its text
import { getDocument } from './servers/google-drive';
const text = await getDocument({ documentId: 'doc-123' });
return text.split('\n').length;
//= threw at 4:13: TypeError: `text.split` is not a function (`getDocument` returned { id: string, title: string, content: … })
//= call google-drive/get_document answered x1
//= warning: line 4: by what `getDocument` declares to return, `text` has no `split`; write `text.content.split(…)`; it has `id`, `title`, `content`, `mimeType`, `lastModified`, `webViewLink`
//deno= threw at 4:13: TypeError: text.split is not a function (`getDocument` returned { id: string, title: string, content: … })
//deno= call google-drive/get_document answered x1
//deno= warning: line 4: by what `getDocument` declares to return, `text` has no `split`; write `text.content.split(…)`; it has `id`, `title`, `content`, `mimeType`, `lastModified`, `webViewLink`
