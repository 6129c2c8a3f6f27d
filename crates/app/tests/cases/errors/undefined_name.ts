// A name that does not exist
const rows = [1];
return row.length;
