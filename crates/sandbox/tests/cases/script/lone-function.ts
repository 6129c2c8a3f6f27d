import { getOrder } from './servers/shop';
const LIMIT = 10;
async function report() {
  return { total: await total(LIMIT) };
}
const total = async (limit: number) => (await getOrder({ limit })).total;
