// Three questions at once, one document, one mail.
import { createDocument, shareDocument } from './servers/google-drive';
import { queryRecords } from './servers/salesforce';
import { sendEmail } from './servers/sendgrid';

const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const weekday = new Date().getUTCDay();
const [sunday, saturday] = [day(-weekday), day(6 - weekday)];

const [won, open, tasks] = await Promise.all([
  queryRecords({
    object: 'Opportunity',
    fields: ['Name', 'Amount'],
    where: `StageName = 'Closed Won' AND CloseDate >= ${sunday} AND CloseDate <= ${saturday}`,
  }),
  queryRecords({
    object: 'Opportunity',
    fields: ['Amount', 'Probability'],
    where: "StageName != 'Closed Won' AND StageName != 'Closed Lost'",
  }),
  queryRecords({ object: 'Task', fields: ['Subject'], where: `ActivityDate >= ${sunday} AND ActivityDate <= ${saturday}` }),
]);

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
const revenue = sum(won.map((deal: any) => deal.Amount));
const pipeline = sum(open.map((deal: any) => (deal.Amount * deal.Probability) / 100));
const best = [...won].sort((a: any, b: any) => b.Amount - a.Amount)[0];

const report = await createDocument({
  title: `Sales, week of ${sunday}`,
  mimeType: 'text/markdown',
  content: [
    `# Sales, ${sunday} to ${saturday}`,
    `- Revenue: $${revenue.toLocaleString()} from ${won.length} deals`,
    `- Pipeline: $${Math.round(pipeline).toLocaleString()}`,
    `- Tasks: ${tasks.length}`,
    `- Best deal: ${best.Name}, $${best.Amount.toLocaleString()}`,
  ].join('\n'),
});
await shareDocument({ documentId: report.id, emails: ['sales-team@example.com'], role: 'reader' });
await sendEmail({
  to: 'sales-team@example.com',
  subject: `Sales report for the week of ${sunday}`,
  body: `This week: $${revenue.toLocaleString()}. The report: ${report.webViewLink}`,
});

return { report: report.webViewLink, revenue, deals: won.length, tasks: tasks.length };
