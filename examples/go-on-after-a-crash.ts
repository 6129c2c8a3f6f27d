// What is done is written down in the workspace. This script fails half-way the first time; run again, it goes on
// where it was and repeats nothing.
import { fs } from 'narrows';
import { queryRecords } from './servers/salesforce';
import { sendMessage } from './servers/slack';

const FILE = '/workspace/sent.json';
const done = new Set<string>((await fs.exists(FILE)) ? JSON.parse(await fs.readFile(FILE, 'utf-8')) : []);
const skipped = done.size;

const deals = await queryRecords({ object: 'Opportunity', fields: ['Id'], limit: 100 });
for (const { Id } of deals.filter((deal: any) => !done.has(deal.Id))) {
  await sendMessage({ channel: '#sync', text: `looked at ${Id}` });
  done.add(Id);
  await fs.writeFile(FILE, JSON.stringify([...done]));
  if (skipped === 0 && done.size === 60) throw new Error('the power went out');
}

return { sent: done.size - skipped, skipped };
