// An uncaught tool's failure tells where it was called
import { getDocument } from './servers/google-drive';

async function load(id: string) {
  return await getDocument({ id });
}
await load('doc-999');
//= threw at 5:16: ToolError [tool_error]: no document has the id "doc-999"
//= call google-drive/get_document tool_error x1
