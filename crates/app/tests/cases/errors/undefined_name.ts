// A name that does not exist
const rows = [1];
return row.length;
//= threw at 3:8: ReferenceError: row is not defined
//deno= threw at 3:1: ReferenceError: row is not defined
