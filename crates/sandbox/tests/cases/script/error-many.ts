const a = 1; const a = 2;
break;
function f() { await g(); }
delete a;
class C { constructor() {} constructor() {} }
/(/.test('');
