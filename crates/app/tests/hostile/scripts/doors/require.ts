// expect: threw ReferenceError
return (globalThis as any)['req' + 'uire']('fs');
