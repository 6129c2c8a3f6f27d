// Notes of meetings go to the deals they belong to: only decisions and actions, never the whole notes.
import { getDocument, listFiles } from './servers/google-drive';
import { queryRecords, updateRecord } from './servers/salesforce';

const [notes, deals] = await Promise.all([
  listFiles({ query: "name contains 'Meeting Notes' and modifiedTime >= '2025-11-01'", fields: ['id', 'name'] }),
  queryRecords({
    object: 'Opportunity',
    fields: ['Name', 'Meeting_Notes_Doc_Id__c'],
    where: 'Meeting_Notes_Doc_Id__c != null',
  }),
]);
const dealOf = new Map<string, any>(deals.map((deal: any) => [deal.Meeting_Notes_Doc_Id__c, deal]));

let actions = 0;
const updated = await Promise.all(
  notes
    .filter((note: any) => dealOf.has(note.id))
    .map(async (note: any) => {
      const { content } = await getDocument({ documentId: note.id });
      const lines = content.split('\n');
      const begin = (word: string) => lines.filter((line: string) => line.startsWith(word));
      const summary = [...begin('Decision:'), ...begin('Action:')];
      actions += begin('Action:').length;
      await updateRecord({ id: dealOf.get(note.id).Id, fields: { Meeting_Summary__c: summary.join('\n') } });
      return note.id;
    }),
);

return { notes: notes.length, dealsUpdated: updated.length, actions };
