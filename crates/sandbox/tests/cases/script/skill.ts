import { getOrder } from './servers/shop';
async function openOrders() { return getOrder({ open: true }); }
export { openOrders };
