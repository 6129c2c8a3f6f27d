// A script can look around by itself: the tree of servers, a search, a tool called by its name.
import { callMCPTool, fs, searchTools } from 'narrows';

const servers = (await fs.readdir('/servers')).filter((name) => !name.endsWith('.md'));
const [best] = await searchTools('read the text of a document', 'names');
const document: any = await callMCPTool(`${best.server}/${best.tool}`, { documentId: 'doc-123' });

return { servers, best: best.path, title: document.title };
