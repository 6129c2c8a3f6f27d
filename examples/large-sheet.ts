// Ten thousand rows come in, those worth calling go out to another server, and three numbers are the answer.
import { getValues } from './servers/google-sheets';
import { bulkInsert } from './servers/salesforce';

const [header, ...rows] = await getValues({ spreadsheetId: 'leads-2026', range: 'A1:Z10000' });
const [email, company, revenue] = ['Email', 'Company', 'AnnualRevenue'].map((name) => header.indexOf(name));

const large = rows.filter((row) => Number(row[revenue]) > 100_000);
const { successCount } = await bulkInsert({
  object: 'Lead',
  records: large.map((row) => ({ Email: row[email], Company: row[company] })),
});

return { rows: rows.length, large: large.length, imported: successCount };
