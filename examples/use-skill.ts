// A script that was good once is a module for the next one.
import { overdueDeals } from './skills/deals';
import { sendMessage } from './servers/slack';

const overdue = await overdueDeals();
await sendMessage({ channel: '#sales', text: `${overdue.length} deals are overdue, first ${overdue[0].name}` });

return { overdue: overdue.length, oldest: overdue[0].since };
