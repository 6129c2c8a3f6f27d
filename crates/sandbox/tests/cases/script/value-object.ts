const n = await f();
({ n });
function f() { return 1; }
