export const a = 1, { b, c: [d = 2] } = {} as any;
export function e() {}
export class F {}
export enum G { H }
export interface I {}
export type { J } from './j';
const k = 1;
export { k as l, k as default };
export { m } from './servers/x';
export * as n from './servers/y';
