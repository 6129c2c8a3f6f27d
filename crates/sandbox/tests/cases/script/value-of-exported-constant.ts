import { load } from './skills/x';
export const rows = await load();
