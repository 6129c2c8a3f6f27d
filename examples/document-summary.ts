// A transcript of two hours is read here and summed up; three numbers and words leave the sandbox.
import { getDocument } from './servers/google-drive/getDocument';
import { updateRecord } from './servers/salesforce/updateRecord';

const { title, content } = await getDocument({ documentId: 'doc-123' });

const actions = content.split('\n').filter((line) => line.startsWith('ACTION:'));
await updateRecord({ id: 'opp-456', fields: { Next_Steps__c: actions.join('\n'), Source__c: title } });

return { title, words: content.split(/\s+/).length, actions: actions.length };
