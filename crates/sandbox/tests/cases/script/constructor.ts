class Task { static most = 3; clone() { return new (this.constructor as any)(); } label() { return this.constructor.name; } }
const same = (a: object, b: object) => a.constructor === b.constructor || typeof a.constructor === 'undefined' || a?.constructor?.name === 'Task';
function Old() {}
Old.prototype.constructor = Old;
const key = 'constructor';
const { constructor: made } = () => 1;
let taken: any;
({ constructor: taken } = setTimeout as any);
class Maker extends ((() => {}).constructor as any) {}
const all = [(() => 1).constructor('return 7'), Reflect.get(same, 'constructor'), (same as any)[key], (same as any)['constructor'], made, Maker];
const name = same.constructor.name.length;
return [all, name, new Task().label()];
