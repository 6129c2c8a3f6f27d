/** Deals that should have been closed, the oldest first. Keep it with: narrows skill add deals skill-deals.ts */
import { queryRecords } from './servers/salesforce';

export interface Overdue {
  name: string;
  since: string;
}

export async function overdueDeals(): Promise<Overdue[]> {
  const deals = await queryRecords({
    object: 'Opportunity',
    fields: ['Name', 'CloseDate'],
    where: "CloseDate < TODAY AND StageName != 'Closed Won'",
  });
  return deals
    .map((deal: any) => ({ name: deal.Name, since: deal.CloseDate }))
    .sort((a: Overdue, b: Overdue) => a.since.localeCompare(b.since));
}
