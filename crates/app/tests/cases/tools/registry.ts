// The registry finds and loads a tool
const tools = toolRegistry.search('google drive document');
const get = await toolRegistry.load('getDocument');
const doc: any = await get({ documentId: 'doc-notes-01' });
return [tools.length > 0, doc.id];
//= returned [true,"doc-notes-01"]
//= call google-drive/get_document answered x1
