// Types, enums, generics and assertions are understood
enum Level { Low = 1, High = 5 }
interface Row { name: string; level: Level }
type Named<T> = { [K in keyof T]: T[K] };
const rows = [{ name: 'a', level: Level.High }] as const satisfies readonly Row[];
function first<T>(list: readonly T[]): T { return list[0]!; }
class Box<T> { constructor(private readonly value: T) {} get(): T { return this.value; } }
abstract class Shape { abstract area(): number; static unit = 'm'; }
namespace Inner { export const x = 3; }
const row: Named<Row> = first(rows);
return [row.level, Level[1], new Box(4).get(), Shape.unit, Inner.x, (rows as any)?.[1]?.name ?? 'none'];
//= returned [5,"Low",4,"m",3,"none"]
