// One message to each owner of overdue deals: a loop with calls in parallel, one answer.
import { queryRecords } from './servers/salesforce';
import { sendMessage } from './servers/slack';

const deals = await queryRecords({
  object: 'Opportunity',
  fields: ['Name', 'OwnerId'],
  where: "CloseDate < TODAY AND StageName != 'Closed Won'",
});
const byOwner = Map.groupBy(deals, (deal: any) => deal.OwnerId);

await Promise.all(
  [...byOwner].map(([owner, theirs]) =>
    sendMessage({ channel: `user-${owner}`, text: `${theirs.length} overdue deals, first ${theirs[0].Name}` }),
  ),
);

return { overdue: deals.length, owners: byOwner.size };
