import { getOrder } from './servers/shop/getOrder';
const order = await getOrder({ id: 'o-1', lines: [1, -2, null, ...more], note: `for ${name}` });

import { sendMessage } from './servers/chat';
await sendMessage({ channel: '#' + team, text: `done`, ...rest });
if (order.open) return { open: true };
return order as unknown as { total: number };
