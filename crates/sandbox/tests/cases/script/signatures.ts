// A skill's exports, as they are read
export async function weekly(since: string,
  to?: Date): Promise<number> { return 1; }
export const LIMIT: number = 3, plain = 4;
export const pick = <T,>(list: T[]): T => list[0];
export const one = async x => x;
export function* each<T extends object>({ a, b }: { a: T; b: T }, ...rest: T[]) {}
const hidden = 1;
export { hidden as shown };
export class Report {}
export const { left, right } = { left: 1, right: 2 };
export type Row = { a: string };
