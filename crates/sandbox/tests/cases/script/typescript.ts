import type { Order } from './servers/shop';
import { type Line, getOrder, Invoice } from './servers/shop';
enum Level { Low, High = 'high' }
namespace Text { export const upper = (text: string): string => text.toUpperCase(); }
abstract class Shape<T> { constructor(private readonly size: T, public name?: string) {} abstract area(): number; declare ghost: number; }
declare const missing: string;
function pick(a: string): string;
function pick(a: number): number;
function pick(a: any) { return a satisfies unknown; }
const order: Order = (await getOrder({ id: <string>pick('x'), level: Level.Low }))!;
const lines = order.lines as Line[];
return lines.map((line): Invoice => ({ ...line } as const));
